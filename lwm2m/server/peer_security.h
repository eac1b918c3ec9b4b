#pragma once

#include "lwm2m/coap/address.h"
#include "lwm2m/coap/peer_identity.h"
#include "lwm2m/server/registration_request.h"

#include <optional>
#include <string>
#include <string_view>

namespace isthmus::lwm2m {

using coap::PeerIdentity;

// What the server asks of the security layer. Called on the loop's thread, must not wait.
class PeerSecurity {
 public:
  virtual ~PeerSecurity() = default;
  // Nothing: the peer speaks without security.
  virtual std::optional<PeerIdentity> identityOf(const coap::Address& peer) const = 0;
  // The identity that an endpoint must prove; one of them where it has several. Nothing: none is asked of it.
  virtual std::optional<PeerIdentity> requiredFor(std::string_view endpoint) const = 0;
  // The endpoint that an identity stands for. Nothing: the identity is bound to none.
  virtual std::optional<std::string> endpointOf(const PeerIdentity& identity) const = 0;
};

// May the peer act for the endpoint? It has proved an identity that stands for it, or nobody needs to. Without a
// security layer (null) anybody may.
bool speaksFor(const PeerSecurity* security, const coap::Address& peer, std::string_view endpoint);

// Can the endpoint be asked at this address? Over DTLS only while a session stands in which it proved itself: the
// device begins that, never the server. Without security only while nothing is asked of it.
bool reaches(const PeerSecurity* security, const coap::Address& peer, std::string_view endpoint);

// Why a Register is refused to the peer, if it is. An endpoint name that the device left out is filled in where its
// identity tells it (LwM2M Core 6.2.1).
std::optional<Refusal> refusalOfPeer(const PeerSecurity* security, const coap::Address& peer,
                                     std::optional<std::string>& endpoint);

}  // namespace isthmus::lwm2m
