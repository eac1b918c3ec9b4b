#pragma once

#include "ipe/base/clock.h"
#include "ipe/base/log.h"
#include "lwm2m/coap/dtls/dtls_carrier.h"
#include "lwm2m/coap/endpoint.h"
#include "lwm2m/server/credential_table.h"
#include "lwm2m/server/peer_security.h"

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace isthmus::app {

// Who devices are: the credentials in force on one side, the sessions of the DTLS carrier on the other. Owned by the
// loop's thread.
class DeviceSecurity final : public lwm2m::PeerSecurity,
                             public lwm2m::coap::PskSource,
                             public lwm2m::coap::DtlsListener {
 public:
  // Clock and log must outlive it.
  DeviceSecurity(std::span<const lwm2m::PskCredential> credentials, const Clock& clock, Log& log)
      : credentials_(credentials), clock_(clock), log_(log) {}

  // Before the loop runs; both must outlive the last call. Without a carrier nobody can prove anything.
  void attach(lwm2m::coap::Endpoint& endpoint) { endpoint_ = &endpoint; }
  void attach(lwm2m::coap::DtlsCarrier& carrier) { carrier_ = &carrier; }

  // In force from now on: a session whose credential was changed or removed ends, and none is resumed by a ticket that
  // was given under another ticket key than this one.
  using TicketKey = std::optional<lwm2m::coap::TicketKey>;
  void put(const lwm2m::PskCredential& credential, lwm2m::Others others, const TicketKey& ticketKey);
  void remove(std::string_view endpoint, const std::optional<std::string>& identity, const TicketKey& ticketKey);
  const lwm2m::CredentialTable& credentials() const { return credentials_; }

  // lwm2m::PeerSecurity
  std::optional<lwm2m::PeerIdentity> identityOf(const lwm2m::coap::Address& peer) const override;
  std::optional<lwm2m::PeerIdentity> requiredFor(std::string_view endpoint) const override;
  std::optional<std::string> endpointOf(const lwm2m::PeerIdentity& identity) const override;

  // lwm2m::coap::PskSource
  ByteView keyOf(std::string_view identity) const override;

  // lwm2m::coap::DtlsListener
  void onFailed(const lwm2m::coap::Address& peer, Failure why, std::string_view identity) override;
  void onEnded(const lwm2m::coap::Address& peer) override;
  void onRebooted(const lwm2m::coap::Address& peer) override;

 private:
  void revoke(std::span<const std::string> identities, const TicketKey& ticketKey);

  lwm2m::CredentialTable credentials_;
  const Clock& clock_;
  Log& log_;
  lwm2m::coap::Endpoint* endpoint_ = nullptr;
  lwm2m::coap::DtlsCarrier* carrier_ = nullptr;
  Instant quietUntil_{};
  std::uint64_t untold_ = 0;  // failures since the last one that was logged
};

// What the operator is to know of a key file that was just made.
std::string keyFileNotice(const std::filesystem::path& file);

// An identity as people read it: as it is, or in hexadecimal digits where it is no plain text.
std::string identityText(std::string_view identity);

}  // namespace isthmus::app
