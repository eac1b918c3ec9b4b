#pragma once

#include "lwm2m/coap/address.h"

#include <optional>
#include <string>
#include <string_view>

namespace isthmus::lwm2m {

// Who a peer has proved to be, as the security layer below knows it.
struct PeerIdentity {
  enum class Mode : std::uint8_t { psk };
  Mode mode = Mode::psk;
  std::string name;  // PSK identity; any bytes
  bool operator==(const PeerIdentity&) const = default;
};

// What the server asks of the security layer. Called on the loop's thread, must not wait.
class PeerSecurity {
 public:
  virtual ~PeerSecurity() = default;
  // Nothing: the peer speaks without security.
  virtual std::optional<PeerIdentity> identityOf(const coap::Address& peer) const = 0;
  // The identity that an endpoint must prove. Nothing: none is asked of it.
  virtual std::optional<PeerIdentity> requiredFor(std::string_view endpoint) const = 0;
};

}  // namespace isthmus::lwm2m
