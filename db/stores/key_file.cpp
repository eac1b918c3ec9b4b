#include "db/stores/key_file.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <memory>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace isthmus::db {
namespace {

constexpr std::size_t kNonce = 12, kTag = 16;
constexpr std::size_t kLongest = 4096;
constexpr std::string_view kSealing = "isthmus credentials";

std::string systemText() { return std::generic_category().message(errno); }

// A file that is open; closed with this.
class OpenFile {
 public:
  OpenFile(const std::filesystem::path& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  explicit operator bool() const { return fd_ >= 0; }
  int get() const { return fd_; }

 private:
  int fd_;
};

void must(bool worked) {
  if (!worked) throw std::runtime_error("OpenSSL failed in memory");
}

struct CipherFree {
  void operator()(EVP_CIPHER_CTX* cipher) const { EVP_CIPHER_CTX_free(cipher); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, CipherFree>;

int sizeOf(ByteView bytes) { return static_cast<int>(bytes.size()); }

}  // namespace

KeyFile::~KeyFile() { OPENSSL_cleanse(key_.data(), key_.size()); }

Result<KeyFile> KeyFile::read(const std::filesystem::path& file) {
  const OpenFile opened(file, O_RDONLY);
  if (!opened && errno == ENOENT) return fail(Errc::notFound, "there is no key file", file.string());
  if (!opened) return fail(Errc::io, "cannot open the key file: " + systemText(), file.string());
  struct stat facts{};
  if (fstat(opened.get(), &facts) != 0) return fail(Errc::io, "cannot look at the key file: " + systemText(), file);
  if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return fail(Errc::configuration, "others may read the key file: chmod 600 it", file.string());
  std::string digits(kLongest, '\0');
  const ssize_t got = ::read(opened.get(), digits.data(), digits.size());
  if (got < 0) return fail(Errc::io, "cannot read the key file: " + systemText(), file.string());
  digits.resize(static_cast<std::size_t>(got));
  const Result<Bytes> bytes = fromHex(digits);
  Key key{};
  if (!bytes || bytes->size() != key.size())
    return fail(Errc::configuration, "the key file does not hold 64 hexadecimal digits", file.string());
  std::copy(bytes->begin(), bytes->end(), key.begin());
  return KeyFile(key);
}

// Under its name only once it is whole and on disk.
Result<KeyFile> KeyFile::make(const std::filesystem::path& file) {
  Key key{};
  must(RAND_bytes(key.data(), static_cast<int>(key.size())) == 1);
  const std::filesystem::path draft = file.string() + ".new";
  std::error_code ignored;
  std::filesystem::remove(draft, ignored);
  {
    const OpenFile opened(draft, O_WRONLY | O_CREAT | O_EXCL);
    if (!opened) return fail(Errc::io, "cannot make the key file: " + systemText(), file.string());
    const std::string line = toHex(key) + "\n";
    if (::write(opened.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()) ||
        ::fsync(opened.get()) != 0)
      return fail(Errc::io, "cannot write the key file: " + systemText(), file.string());
  }
  const bool linked = ::link(draft.c_str(), file.c_str()) == 0;  // unlike a rename, never over one that is there
  const int problem = errno;
  std::filesystem::remove(draft, ignored);
  if (linked) return KeyFile(key);
  if (problem == EEXIST) return fail(Errc::conflict, "there is a key file already", file.string());
  return fail(Errc::io, "cannot make the key file: " + std::generic_category().message(problem), file.string());
}

KeyFile::Derived KeyFile::derive(std::string_view purpose) const {
  Derived out{};
  unsigned size = 0;
  const ByteView bytes = view(purpose);
  must(HMAC(EVP_sha512(), key_.data(), static_cast<int>(key_.size()), bytes.data(), bytes.size(), out.data(), &size) !=
           nullptr &&
       size == out.size());
  return out;
}

Bytes seal(ByteView plain, ByteView about, const KeyFile& key) {
  Bytes sealed(kNonce + plain.size() + kTag);
  must(RAND_bytes(sealed.data(), kNonce) == 1);
  const KeyFile::Derived secret = key.derive(kSealing);
  const Cipher cipher(EVP_CIPHER_CTX_new());
  int size = 0;
  std::uint8_t* const text = sealed.data() + kNonce;
  must(cipher && EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, secret.data(), sealed.data()) == 1 &&
       EVP_EncryptUpdate(cipher.get(), nullptr, &size, about.data(), sizeOf(about)) == 1 &&
       EVP_EncryptUpdate(cipher.get(), text, &size, plain.data(), sizeOf(plain)) == 1 &&
       EVP_EncryptFinal_ex(cipher.get(), text + plain.size(), &size) == 1 &&
       EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTag, text + plain.size()) == 1);
  return sealed;
}

Result<Bytes> unseal(ByteView sealed, ByteView about, const KeyFile& key) {
  const auto foreign = [] { return fail(Errc::configuration, "it was encrypted under another key, or was changed"); };
  if (sealed.size() < kNonce + kTag) return foreign();
  const ByteView text = sealed.subspan(kNonce, sealed.size() - kNonce - kTag);
  Bytes tag(sealed.end() - kTag, sealed.end());
  const KeyFile::Derived secret = key.derive(kSealing);
  const Cipher cipher(EVP_CIPHER_CTX_new());
  Bytes plain(text.size());
  int size = 0;
  must(cipher && EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, secret.data(), sealed.data()) == 1 &&
       EVP_DecryptUpdate(cipher.get(), nullptr, &size, about.data(), sizeOf(about)) == 1 &&
       EVP_DecryptUpdate(cipher.get(), plain.data(), &size, text.data(), sizeOf(text)) == 1 &&
       EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTag, tag.data()) == 1);
  if (EVP_DecryptFinal_ex(cipher.get(), plain.data() + plain.size(), &size) != 1) return foreign();
  return plain;
}

}  // namespace isthmus::db
