#pragma once

#include "wire.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace isthmus::load {

// "/3303/0/5700" as its numbers.
struct Target {
  std::uint8_t depth = 0;
  std::array<std::uint16_t, 4> ids{};

  static std::optional<Target> parse(std::string_view path);  // nothing: not a path of 1 to 3 numbers
  bool contains(const Target& other) const;
  bool operator==(const Target&) const = default;
};

struct Content {
  std::uint16_t format = kTlv;
  std::array<std::uint8_t, 128> bytes{};
  std::size_t size = 0;
  ByteSpan view() const { return {bytes.data(), size}; }
};

// What a device shows under a path: TLV, or text for one resource if that is asked for. A resource that is not known to
// be something else is a number, and has `value`. Nothing: the format is not one of these.
std::optional<Content> contentOf(const Target& target, double value, std::optional<std::uint32_t> accept);

}  // namespace isthmus::load
