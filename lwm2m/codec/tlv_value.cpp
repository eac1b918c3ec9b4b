#include "lwm2m/codec/tlv.h"

#include <bit>

namespace isthmus::lwm2m {
namespace {

constexpr std::size_t kMaxWord = 8;

tl::unexpected<Error> wrongLength(ResourceType type, std::size_t length) {
  return fail(Errc::malformed, std::to_string(length) + " bytes are no " + std::string(name(type)));
}

std::uint64_t bigEndian(ByteView bytes) {
  std::uint64_t word = 0;
  for (const std::uint8_t byte : bytes) word = word << 8 | byte;
  return word;
}

bool isIntegerLength(std::size_t length) { return length == 1 || length == 2 || length == 4 || length == 8; }

std::int64_t signExtended(ByteView bytes) {
  const unsigned unused = static_cast<unsigned>(8 * (kMaxWord - bytes.size()));
  return static_cast<std::int64_t>(bigEndian(bytes) << unused) >> unused;
}

Result<Value> decodeText(ByteView bytes, ResourceType type) {
  if (!isUtf8(text(bytes))) return fail(Errc::malformed, "text that is not UTF-8");
  std::string words(text(bytes));
  if (type == ResourceType::coreLink) return CoreLink{std::move(words)};
  return Value(std::move(words));
}

// An unsigned value is read as the word it is: the smallest signed form that some peers write has the same bytes.
Result<Value> decodeInteger(ByteView bytes, ResourceType type) {
  if (!isIntegerLength(bytes.size())) return wrongLength(type, bytes.size());
  if (type == ResourceType::unsignedInteger) return Value(bigEndian(bytes));
  if (type == ResourceType::time) return Value(Time{signExtended(bytes)});
  return Value(signExtended(bytes));
}

Result<Value> decodeFloat(ByteView bytes) {
  if (bytes.size() == 4) return Value(double{std::bit_cast<float>(static_cast<std::uint32_t>(bigEndian(bytes)))});
  if (bytes.size() == 8) return Value(std::bit_cast<double>(bigEndian(bytes)));
  return wrongLength(ResourceType::floating, bytes.size());
}

Result<Value> decodeBoolean(ByteView bytes) {
  if (bytes.size() != 1) return wrongLength(ResourceType::boolean, bytes.size());
  if (bytes[0] > 1) return fail(Errc::malformed, "a boolean is 0 or 1");
  return Value(bytes[0] == 1);
}

Result<Value> decodeObjectLink(ByteView bytes) {
  if (bytes.size() != 4) return wrongLength(ResourceType::objectLink, bytes.size());
  const std::uint64_t word = bigEndian(bytes);
  return Value(ObjectLink{static_cast<std::uint16_t>(word >> 16), static_cast<std::uint16_t>(word)});
}

Bytes word(std::uint64_t value, std::size_t length) {
  Bytes bytes(length);
  for (std::size_t i = length; i-- > 0; value >>= 8) bytes[i] = static_cast<std::uint8_t>(value);
  return bytes;
}

Bytes integer(std::int64_t value) {
  std::size_t length = 1;
  while (length < kMaxWord) {
    const std::int64_t limit = std::int64_t{1} << (8 * length - 1);
    if (value >= -limit && value < limit) break;
    length *= 2;
  }
  return word(static_cast<std::uint64_t>(value), length);
}

Bytes unsignedInteger(std::uint64_t value) {
  return static_cast<std::int64_t>(value) < 0 ? word(value, kMaxWord) : integer(static_cast<std::int64_t>(value));
}

Bytes floating(double value) {
  const auto small = static_cast<float>(value);
  if (std::bit_cast<std::uint64_t>(double{small}) == std::bit_cast<std::uint64_t>(value))
    return word(std::bit_cast<std::uint32_t>(small), 4);
  return word(std::bit_cast<std::uint64_t>(value), 8);
}

struct Writer {
  Result<Bytes> operator()(std::monostate) const {
    return fail(Errc::unsupported, "TLV cannot say that there is no value");
  }
  Result<Bytes> operator()(const std::string& v) const { return Bytes(v.begin(), v.end()); }
  Result<Bytes> operator()(std::int64_t v) const { return integer(v); }
  Result<Bytes> operator()(std::uint64_t v) const { return unsignedInteger(v); }
  Result<Bytes> operator()(double v) const { return floating(v); }
  Result<Bytes> operator()(bool v) const { return word(v ? 1 : 0, 1); }
  Result<Bytes> operator()(const Opaque& v) const { return v.bytes; }
  Result<Bytes> operator()(const Time& v) const { return integer(v.seconds); }
  Result<Bytes> operator()(const ObjectLink& v) const { return word(std::uint64_t{v.object} << 16 | v.instance, 4); }
  Result<Bytes> operator()(const CoreLink& v) const { return Bytes(v.text.begin(), v.text.end()); }
};

}  // namespace

Result<Value> decodeTlvValue(ByteView bytes, ResourceType type) {
  switch (type) {
    case ResourceType::none:
    case ResourceType::opaque: return Opaque{Bytes(bytes.begin(), bytes.end())};
    case ResourceType::string:
    case ResourceType::coreLink: return decodeText(bytes, type);
    case ResourceType::integer:
    case ResourceType::unsignedInteger:
    case ResourceType::time: return decodeInteger(bytes, type);
    case ResourceType::floating: return decodeFloat(bytes);
    case ResourceType::boolean: return decodeBoolean(bytes);
    case ResourceType::objectLink: return decodeObjectLink(bytes);
  }
  return fail(Errc::unsupported, "a type without a TLV form");
}

Result<Bytes> encodeTlvValue(const Value& value) { return std::visit(Writer{}, value); }

}  // namespace isthmus::lwm2m
