#include "lwm2m/server/peer_security.h"

namespace isthmus::lwm2m {
namespace {

// An end device's name begins with that of its gateway; either may have slashes of its own.
bool isBehindSecured(const PeerSecurity& security, std::string_view endpoint) {
  for (std::size_t at = endpoint.find('/'); at != std::string_view::npos; at = endpoint.find('/', at + 1))
    if (security.requiredFor(endpoint.substr(0, at))) return true;
  return false;
}

}  // namespace

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
  if (!speaksFor(security, peer, *endpoint))
    return Refusal{coap::code::kForbidden, "the endpoint needs its own credential"};
  if (security != nullptr && !security->identityOf(peer) && isBehindSecured(*security, *endpoint))
    return Refusal{coap::code::kForbidden, "the endpoint's gateway has a credential: register with one too"};
  return std::nullopt;
}

}  // namespace isthmus::lwm2m
