#pragma once

#include "ipe/base/bytes.h"
#include "ipe/base/result.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <string_view>

namespace isthmus::db {

// The secret that the database's credentials are encrypted under: 32 random bytes, as hexadecimal digits in a file that
// only its owner may read. It stands beside the database, so that a copy of the database alone gives nothing away.
class KeyFile {
 public:
  // Error: notFound; configuration (others may read it, or it holds no key); io.
  static Result<KeyFile> read(const std::filesystem::path& file);
  // A new one, mode 0600. Error: conflict (there is one), io.
  static Result<KeyFile> make(const std::filesystem::path& file);
  KeyFile(const KeyFile&) = default;
  KeyFile& operator=(const KeyFile&) = default;
  ~KeyFile();

  // 64 bytes that follow from the key and the purpose, and do not tell the key.
  using Derived = std::array<std::uint8_t, 64>;
  Derived derive(std::string_view purpose) const;

 private:
  using Key = std::array<std::uint8_t, 32>;
  explicit KeyFile(const Key& key) : key_(key) {}
  Key key_;
};

// AES-256-GCM (NIST SP 800-38D): nonce, ciphertext, tag. `about` is authenticated with it: what was sealed for one row
// cannot be put into another.
Bytes seal(ByteView plain, ByteView about, const KeyFile& key);
// Error: configuration: it was sealed under another key, or was changed.
Result<Bytes> unseal(ByteView sealed, ByteView about, const KeyFile& key);

}  // namespace isthmus::db
