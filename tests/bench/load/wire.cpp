#include "wire.h"

#include <algorithm>

namespace isthmus::load {
namespace {

constexpr std::uint8_t kPayloadMarker = 0xFF;
constexpr std::size_t kLongestPath = 256;

// RFC 7252 3.1: 13 and 14 stand for one and two more bytes, 15 is reserved.
bool readExtended(ByteSpan datagram, std::size_t& at, unsigned nibble, std::size_t& value) {
  if (nibble == 15) return false;
  value = nibble;
  if (nibble == 13) {
    if (at + 1 > datagram.size()) return false;
    value = 13u + datagram[at];
    at += 1;
  } else if (nibble == 14) {
    if (at + 2 > datagram.size()) return false;
    value = 269u + (static_cast<std::size_t>(datagram[at]) << 8 | datagram[at + 1]);
    at += 2;
  }
  return true;
}

std::uint32_t toInteger(ByteSpan bytes) {
  std::uint32_t value = 0;
  for (const auto byte : bytes.first(std::min<std::size_t>(bytes.size(), 4))) value = value << 8 | byte;
  return value;
}

void append(std::string& path, ByteSpan segment) {
  if (path.size() + segment.size() > kLongestPath) return;
  path += '/';
  path.append(reinterpret_cast<const char*>(segment.data()), segment.size());
}

void take(std::size_t number, ByteSpan value, Message& message) {
  switch (number) {
    case kObserve: message.observe = toInteger(value); break;
    case kLocationPath: append(message.location, value); break;
    case kUriPath: append(message.path, value); break;
    case kMaxAge: message.maxAge = toInteger(value); break;
    case kAccept: message.accept = toInteger(value); break;
    default: break;
  }
}

bool parseOptions(ByteSpan datagram, std::size_t at, Message& message) {
  std::size_t number = 0;
  while (at < datagram.size()) {
    const auto head = datagram[at++];
    if (head == kPayloadMarker) return at < datagram.size();
    std::size_t delta = 0, length = 0;
    if (!readExtended(datagram, at, head >> 4, delta) || !readExtended(datagram, at, head & 15u, length)) return false;
    if (length > datagram.size() - at) return false;
    number += delta;
    take(number, datagram.subspan(at, length), message);
    at += length;
  }
  return true;
}

struct Extended {
  std::uint8_t nibble;
  std::uint8_t size;
  std::array<std::uint8_t, 2> bytes;
};

Extended extend(std::size_t value) {
  if (value < 13) return {static_cast<std::uint8_t>(value), 0, {}};
  if (value < 269) return {13, 1, {static_cast<std::uint8_t>(value - 13)}};
  const auto rest = value - 269;
  return {14, 2, {static_cast<std::uint8_t>(rest >> 8), static_cast<std::uint8_t>(rest & 0xFF)}};
}

}  // namespace

bool parse(ByteSpan datagram, Message& message) {
  if (datagram.size() < 4 || datagram[0] >> 6 != 1) return false;
  const std::size_t tokenLength = datagram[0] & 15u;
  if (tokenLength > 8 || datagram.size() < 4 + tokenLength) return false;
  message.type = static_cast<Type>(datagram[0] >> 4 & 3);
  message.code = datagram[1];
  message.mid = static_cast<std::uint16_t>(datagram[2] << 8 | datagram[3]);
  message.token = {};
  message.token.length = static_cast<std::uint8_t>(tokenLength);
  std::copy_n(datagram.begin() + 4, tokenLength, message.token.bytes.begin());
  message.observe = message.accept = message.maxAge = std::nullopt;
  message.path.clear();
  message.location.clear();
  return parseOptions(datagram, 4 + tokenLength, message);
}

Writer::Writer(Type type, std::uint8_t code, std::uint16_t mid, const Token& token) {
  put(static_cast<std::uint8_t>(0x40 | static_cast<unsigned>(type) << 4 | token.length));
  put(code);
  put(static_cast<std::uint8_t>(mid >> 8));
  put(static_cast<std::uint8_t>(mid & 0xFF));
  for (std::size_t i = 0; i < token.length; ++i) put(token.bytes[i]);
}

void Writer::put(std::uint8_t byte) {
  if (size_ == buffer_.size()) {
    fits_ = false;
    return;
  }
  buffer_[size_++] = byte;
}

Writer& Writer::option(std::uint16_t number, std::string_view value) {
  const auto delta = extend(static_cast<std::size_t>(number - lastOption_));
  const auto length = extend(value.size());
  lastOption_ = number;
  put(static_cast<std::uint8_t>(delta.nibble << 4 | length.nibble));
  for (std::size_t i = 0; i < delta.size; ++i) put(delta.bytes[i]);
  for (std::size_t i = 0; i < length.size; ++i) put(length.bytes[i]);
  for (const char byte : value) put(static_cast<std::uint8_t>(byte));
  return *this;
}

Writer& Writer::option(std::uint16_t number, std::uint32_t value) {
  std::array<char, 4> bytes{};
  std::size_t size = 0;
  for (int shift = 24; shift >= 0; shift -= 8) {
    const auto byte = static_cast<char>(value >> shift & 0xFF);
    if (size > 0 || byte != 0) bytes[size++] = byte;
  }
  return option(number, std::string_view(bytes.data(), size));
}

Writer& Writer::segments(std::uint16_t number, std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    option(number, path.substr(0, end));
    path.remove_prefix(end);
  }
  return *this;
}

Writer& Writer::payload(ByteSpan bytes) {
  if (bytes.empty()) return *this;
  put(kPayloadMarker);
  for (const auto byte : bytes) put(byte);
  return *this;
}

}  // namespace isthmus::load
