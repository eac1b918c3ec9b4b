#pragma once

#include "lwm2m/coap/message.h"

#include <cstdint>
#include <optional>

namespace isthmus::lwm2m::coap {

// The value of Block1 and Block2 (RFC 7959 2.2).
struct BlockOption {
  std::uint32_t number = 0;
  bool more = false;
  std::uint8_t szx = 6;

  static constexpr std::uint8_t kLargestSzx = 6;
  static constexpr std::uint32_t kLargestNumber = (1U << 20U) - 1;

  std::size_t size() const { return std::size_t{16} << szx; }
  std::size_t offset() const { return number * size(); }
  std::uint32_t encoded() const { return number << 4U | (more ? 8U : 0U) | szx; }

  // Nothing: longer than three bytes, or the reserved size 7.
  static std::optional<BlockOption> decode(const OptionView& option);
  // The block at `offset`, a multiple of the size, of a body of `total` bytes; nothing if its number does not fit.
  static std::optional<BlockOption> at(std::size_t offset, std::size_t total, std::uint8_t szx);
  // The size exponent of the largest block that is no larger than `size`.
  static std::uint8_t szxFor(std::size_t size);

  bool operator==(const BlockOption&) const = default;
};

// A block option of a message: absent, unreadable or a value.
struct BlockField {
  bool present = false;
  std::optional<BlockOption> value;
  bool unreadable() const { return present && !value; }
};
BlockField blockField(const MessageView& message, std::uint16_t number);

}  // namespace isthmus::lwm2m::coap
