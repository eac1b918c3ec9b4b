#pragma once

#include <cstdint>
#include <string>

namespace isthmus::lwm2m::coap {

// Who a peer has proved to be, as the security layer knows it.
struct PeerIdentity {
  enum class Mode : std::uint8_t { psk };
  Mode mode = Mode::psk;
  std::string name;  // PSK identity; any bytes
  bool operator==(const PeerIdentity&) const = default;
};

}  // namespace isthmus::lwm2m::coap
