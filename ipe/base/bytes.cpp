#include "ipe/base/bytes.h"

#define XXH_INLINE_ALL
#include <openssl/sha.h>
#include <xxhash.h>

#include <algorithm>
#include <array>

namespace isthmus {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

int base64Digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

std::string encodeBase64(ByteView bytes, std::string_view alphabet, bool padded) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t have = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (k < have ? bytes[i + k] : 0U);
    for (std::size_t k = 0; k <= have; ++k) out += alphabet[group >> (18 - 6 * k) & 63U];
    if (padded) out.append(3 - have, '=');
  }
  return out;
}

// The lengths and first-continuation ranges of RFC 3629 4.
std::size_t utf8Sequence(ByteView rest) {
  const std::uint8_t lead = rest[0];
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xC2 && lead <= 0xDF   ? 2
                             : lead >= 0xE0 && lead <= 0xEF ? 3
                             : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                            : 0;
  if (length == 0 || rest.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((rest[i] & 0xC0) != 0x80) return 0;
  const bool overlong = (lead == 0xE0 && rest[1] < 0xA0) || (lead == 0xF0 && rest[1] < 0x90);
  const bool surrogate = lead == 0xED && rest[1] > 0x9F;
  const bool beyond = lead == 0xF4 && rest[1] > 0x8F;
  return overlong || surrogate || beyond ? 0 : length;
}

}  // namespace

std::string toHex(ByteView bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 15];
  }
  return out;
}

Result<Bytes> fromHex(std::string_view hex) {
  Bytes out;
  int high = -1;
  for (std::size_t i = 0; i < hex.size(); ++i) {
    if (high < 0 && (hex[i] == ' ' || hex[i] == '\n' || hex[i] == '\t')) continue;
    const int digit = hexDigit(hex[i]);
    if (digit < 0) return fail(Errc::malformed, "not a hexadecimal digit", "offset " + std::to_string(i));
    if (high < 0) {
      high = digit;
    } else {
      out.push_back(static_cast<std::uint8_t>(high << 4 | digit));
      high = -1;
    }
  }
  if (high >= 0) return fail(Errc::malformed, "odd number of hexadecimal digits");
  return out;
}

std::string toBase64(ByteView bytes) { return encodeBase64(bytes, kBase64, true); }
std::string toBase64Url(ByteView bytes) { return encodeBase64(bytes, kBase64Url, false); }

Result<Bytes> fromBase64(std::string_view encoded) {
  while (!encoded.empty() && encoded.back() == '=') encoded.remove_suffix(1);
  Bytes out;
  out.reserve(encoded.size() * 3 / 4);
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    const int digit = base64Digit(encoded[i]);
    if (digit < 0) return fail(Errc::malformed, "not a base64 character", "offset " + std::to_string(i));
    group = group << 6 | static_cast<std::uint32_t>(digit);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<std::uint8_t>(group >> bits));
    }
  }
  if (bits >= 6) return fail(Errc::malformed, "base64 text ends in the middle of a byte");
  return out;
}

std::uint64_t hash64(ByteView bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

std::string sha256Hex(std::string_view text) {
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(view(text).data(), text.size(), digest.data());
  return toHex(digest);
}

bool isUtf8(std::string_view text) {
  ByteView rest = view(text);
  while (!rest.empty()) {
    const std::size_t length = utf8Sequence(rest);
    if (length == 0) return false;
    rest = rest.subspan(length);
  }
  return true;
}

std::string repairedUtf8(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = utf8Sequence(view(text));
    out += length > 0 ? text.substr(0, length) : std::string_view("\xEF\xBF\xBD");
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

}  // namespace isthmus
