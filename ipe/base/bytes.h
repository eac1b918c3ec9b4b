#pragma once

#include "ipe/base/result.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;  // borrowed for the call

inline ByteView view(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view text(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

std::string toHex(ByteView bytes);            // lower case
Result<Bytes> fromHex(std::string_view hex);  // either case, white space between bytes allowed

std::string toBase64(ByteView bytes);                // standard alphabet, padded
std::string toBase64Url(ByteView bytes);             // URL alphabet, no padding (RFC 8428 4.3)
Result<Bytes> fromBase64(std::string_view encoded);  // either alphabet, padding optional

// A fast 64-bit hash for tables and change detection; not a protection against a hostile peer unless seeded.
std::uint64_t hash64(ByteView bytes, std::uint64_t seed = 0);
inline std::uint64_t hash64(std::string_view text, std::uint64_t seed = 0) { return hash64(view(text), seed); }

// SHA-256 as 64 hex digits.
std::string sha256Hex(std::string_view text);

// True if the text is valid UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool isUtf8(std::string_view text);
// The same text with each byte that is not part of valid UTF-8 replaced by U+FFFD.
std::string repairedUtf8(std::string_view text);

}  // namespace isthmus
