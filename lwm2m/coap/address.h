#pragma once

#include "ipe/base/bytes.h"
#include "ipe/base/result.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace isthmus::lwm2m::coap {

// What carries a peer's datagrams. Peers of two transports are never the same peer.
enum class Transport : std::uint8_t { udp, dtls };

// Where a datagram came from or goes to. IPv4 is kept as an IPv4-mapped IPv6 address, so that one device has one form.
struct Address {
  std::array<std::uint8_t, 16> ip{};
  std::uint16_t port = 0;
  // Which of our own addresses the peer spoke to, as the carrier numbers them (0: not known); answers leave from there.
  // Says nothing about who the peer is: not compared, not hashed, not to be stored.
  std::uint8_t via = 0;
  Transport transport = Transport::udp;
  std::uint32_t scope = 0;  // interface of a link-local address, else 0

  // "127.0.0.1:5683", "[::1]:5683", "[fe80::1%2]:5683"; over DTLS "coaps://127.0.0.1:5684"
  static Result<Address> parse(std::string_view text);
  static Address ipv4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d, std::uint16_t port);
  bool isIpv4() const;
  std::string toString() const;
  std::uint64_t hash(std::uint64_t seed = 0) const;
  bool operator==(const Address& other) const {
    return half(0) == other.half(0) && half(1) == other.half(1) && port == other.port && scope == other.scope &&
           transport == other.transport;
  }

 private:
  std::uint64_t half(std::size_t which) const {
    std::uint64_t value = 0;
    std::memcpy(&value, ip.data() + which * sizeof(value), sizeof(value));
    return value;
  }
};

static_assert(sizeof(Address) == 24);  // a peer's record counts its bytes

}  // namespace isthmus::lwm2m::coap
