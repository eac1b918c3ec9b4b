#include "lwm2m/server/peer_security.h"

namespace isthmus::lwm2m {

bool speaksFor(const PeerSecurity* security, const coap::Address& peer, std::string_view endpoint) {
  if (security == nullptr) return true;
  const std::optional<PeerIdentity> identity = security->identityOf(peer);
  if (!identity) return !security->requiredFor(endpoint).has_value();
  return security->endpointOf(*identity) == endpoint;
}

bool reaches(const PeerSecurity* security, const coap::Address& peer, std::string_view endpoint) {
  if (security == nullptr) return true;
  if (peer.transport != coap::Transport::dtls) return !security->requiredFor(endpoint).has_value();
  const std::optional<PeerIdentity> identity = security->identityOf(peer);
  return identity && security->endpointOf(*identity) == endpoint;
}

std::optional<Refusal> refusalOfPeer(const PeerSecurity* security, const coap::Address& peer,
                                     std::optional<std::string>& endpoint) {
  if (security != nullptr && !endpoint) {
    if (const auto identity = security->identityOf(peer)) endpoint = security->endpointOf(*identity);
  }
  if (!endpoint) return Refusal{coap::code::kBadRequest, "ep is missing"};
  if (speaksFor(security, peer, *endpoint)) return std::nullopt;
  return Refusal{coap::code::kForbidden, "the endpoint needs its own credential"};
}

}  // namespace isthmus::lwm2m
