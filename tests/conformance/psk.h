#pragma once

#include "lwm2m/coap/dtls/dtls_carrier.h"
#include "lwm2m/server/credential_table.h"
#include "lwm2m/server/peer_security.h"

namespace isthmus::conformance {

// The credentials of a test between the carrier, which needs keys, and the server, which needs identities.
class Keys final : public lwm2m::PeerSecurity, public lwm2m::coap::PskSource, public lwm2m::coap::DtlsListener {
 public:
  void join(lwm2m::coap::DtlsCarrier& carrier, lwm2m::coap::Endpoint& endpoint) {
    carrier_ = &carrier;
    endpoint_ = &endpoint;
  }
  void put(const lwm2m::PskCredential& credential) { revoke(table_.put(credential, lwm2m::Others::replace)); }
  void remove(const std::string& endpoint) { revoke(table_.remove(endpoint, std::nullopt)); }
  std::uint64_t unknown = 0, wrong = 0;  // handshakes that failed

  std::optional<lwm2m::PeerIdentity> identityOf(const lwm2m::coap::Address& peer) const override {
    const auto* identity =
        peer.transport == lwm2m::coap::Transport::dtls && carrier_ ? carrier_->identityOf(peer) : nullptr;
    return identity ? std::optional(*identity) : std::nullopt;
  }
  std::optional<lwm2m::PeerIdentity> requiredFor(std::string_view endpoint) const override {
    const auto* identity = table_.identityFor(endpoint);
    if (!identity) return std::nullopt;
    return lwm2m::PeerIdentity{lwm2m::PeerIdentity::Mode::psk, *identity};
  }
  std::optional<std::string> endpointOf(const lwm2m::PeerIdentity& identity) const override {
    const auto* entry = table_.find(identity.name);
    return entry ? std::optional(entry->endpoint) : std::nullopt;
  }
  ByteView keyOf(std::string_view identity) const override {
    const auto* entry = table_.find(identity);
    return entry ? ByteView(entry->key) : ByteView();
  }
  void onFailed(const lwm2m::coap::Address&, Failure why, std::string_view) override {
    ++(why == Failure::unknownIdentity ? unknown : wrong);
  }
  void onEnded(const lwm2m::coap::Address& peer) override { endpoint_->cancel(peer); }
  void onRebooted(const lwm2m::coap::Address& peer) override { endpoint_->forgetAnswers(peer); }

 private:
  void revoke(const std::vector<std::string>& identities) {
    for (const auto& identity : identities) carrier_->endSessionsOf({lwm2m::PeerIdentity::Mode::psk, identity});
  }

  lwm2m::CredentialTable table_;
  lwm2m::coap::DtlsCarrier* carrier_ = nullptr;
  lwm2m::coap::Endpoint* endpoint_ = nullptr;
};

}  // namespace isthmus::conformance
