#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "ipe/base/bytes.h"
#include "ipe/base/result.h"

namespace isthmus::lwm2m::coap {

// Where a datagram came from or goes to. IPv4 is kept as an IPv4-mapped IPv6 address, so that one device has one form.
struct Address {
  std::array<std::uint8_t, 16> ip{};
  std::uint16_t port = 0;
  std::uint32_t scope = 0;  // interface of a link-local address, else 0

  // "127.0.0.1:5683", "[::1]:5683"
  static Result<Address> parse(std::string_view text);
  static Address ipv4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d, std::uint16_t port);
  bool isIpv4() const;
  std::string toString() const;
  std::uint64_t hash() const;
  bool operator==(const Address&) const = default;
};

}  // namespace isthmus::lwm2m::coap
