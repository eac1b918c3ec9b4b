#include "content.h"

#include <algorithm>
#include <bit>
#include <charconv>

namespace isthmus::load {
namespace {

// What is fixed; everything else is a number that changes.
struct Fixed {
  std::uint16_t object, resource;
  std::string_view text;  // as text/plain
  std::string_view tlv;   // as a TLV value
};

constexpr std::string_view kLifetime{"\x00\x01\x51\x80", 4};
constexpr Fixed kFixed[] = {
    {1, 0, "1", "\x01"},    {1, 1, "86400", kLifetime}, {1, 7, "U", "U"},  {3, 0, "Isthmus", "Isthmus"},
    {3, 1, "load", "load"}, {3, 9, "100", "\x64"},      {3, 16, "U", "U"}, {3303, 5701, "Cel", "Cel"},
};

const Fixed* fixed(std::uint16_t object, std::uint16_t resource) {
  const auto* found = std::find_if(std::begin(kFixed), std::end(kFixed), [&](const Fixed& entry) {
    return entry.object == object && entry.resource == resource;
  });
  return found == std::end(kFixed) ? nullptr : found;
}

void put(Content& content, std::uint8_t byte) {
  if (content.size < content.bytes.size()) content.bytes[content.size++] = byte;
}

void put(Content& content, std::string_view bytes) {
  for (const char byte : bytes) put(content, static_cast<std::uint8_t>(byte));
}

// LwM2M Core 7.4.3: type byte, id, length (when it is 8 or more), value.
void putTlv(Content& content, std::uint8_t kind, std::uint16_t id, std::string_view value) {
  const bool wideId = id > 255, longValue = value.size() > 7;
  put(content, static_cast<std::uint8_t>(kind << 6 | (wideId ? 0x20 : 0) | (longValue ? 0x08 : value.size())));
  if (wideId) put(content, static_cast<std::uint8_t>(id >> 8));
  put(content, static_cast<std::uint8_t>(id & 0xFF));
  if (longValue) put(content, static_cast<std::uint8_t>(value.size()));
  put(content, value);
}

constexpr std::uint8_t kInstanceTlv = 0, kResourceTlv = 3;

void putResource(Content& content, std::uint16_t object, std::uint16_t resource, double value) {
  if (const auto* entry = fixed(object, resource)) return putTlv(content, kResourceTlv, resource, entry->tlv);
  const auto bits = std::bit_cast<std::uint64_t>(value);
  std::array<char, 8> bytes{};
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(bits >> (56 - 8 * i) & 0xFF);
  putTlv(content, kResourceTlv, resource, {bytes.data(), bytes.size()});
}

void putInstance(Content& content, std::uint16_t object, double value) {
  for (const auto& entry : kFixed)
    if (entry.object == object) putResource(content, object, entry.resource, value);
  if (object != 1 && object != 3) putResource(content, object, 5700, value);
}

void putText(Content& content, const Target& target, double value) {
  if (const auto* entry = fixed(target.ids[0], target.ids[2])) return put(content, entry->text);
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  put(content, std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data())));
}

}  // namespace

std::optional<Target> Target::parse(std::string_view path) {
  Target target;
  while (!path.empty()) {
    if (path.front() != '/' || target.depth == 3) return std::nullopt;
    path.remove_prefix(1);
    const auto segment = path.substr(0, std::min(path.find('/'), path.size()));
    const auto [end, error] =
        std::from_chars(segment.data(), segment.data() + segment.size(), target.ids[target.depth]);
    if (error != std::errc{} || end != segment.data() + segment.size()) return std::nullopt;
    path.remove_prefix(segment.size());
    ++target.depth;
  }
  return target.depth == 0 ? std::nullopt : std::optional(target);
}

bool Target::contains(const Target& other) const {
  return depth <= other.depth && std::equal(ids.begin(), ids.begin() + depth, other.ids.begin());
}

std::optional<Content> contentOf(const Target& target, double value, std::optional<std::uint32_t> accept) {
  Content content;
  if (accept == kText && target.depth == 3) {
    content.format = kText;
    putText(content, target, value);
    return content;
  }
  if (accept && *accept != kTlv) return std::nullopt;
  if (target.depth == 3) {
    putResource(content, target.ids[0], target.ids[2], value);
  } else if (target.depth == 2) {
    putInstance(content, target.ids[0], value);
  } else {
    Content instance;
    putInstance(instance, target.ids[0], value);
    putTlv(content, kInstanceTlv, 0, {reinterpret_cast<const char*>(instance.bytes.data()), instance.size});
  }
  return content;
}

}  // namespace isthmus::load
