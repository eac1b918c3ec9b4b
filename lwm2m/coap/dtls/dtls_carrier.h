#pragma once

#include "lwm2m/coap/carrier.h"
#include "lwm2m/coap/dtls/dtls_settings.h"
#include "lwm2m/coap/dtls/psk_source.h"
#include "lwm2m/coap/peer_identity.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace isthmus::lwm2m::coap {

// DTLS 1.2 with pre-shared keys for many devices on one UDP socket (RFC 6347, RFC 7252 9.1): what the endpoint sees are
// decrypted datagrams from addresses of Transport::dtls. Handshakes are begun by devices only, and take at most half of
// a loop's turn. Owned by one thread.
class DtlsCarrier final : public Carrier {
 public:
  struct Parts {
    const PskSource& keys;
    DtlsListener& listener;
    const Clock& clock;      // of the loop's turns
    const Clock& stopwatch;  // goes on within a turn
  };
  // Binds `local`; an IPv6 wildcard takes IPv4 too. All parts must outlive the carrier. Error: io, with the address in
  // `where`; internal (GnuTLS without what is needed).
  static Result<std::unique_ptr<DtlsCarrier>> open(const Address& local, const DtlsSettings& settings,
                                                   const Parts& parts, std::uint64_t seed);
  ~DtlsCarrier() override;

  Address local() const;  // of Transport::dtls

  int fd() const override;
  std::size_t receiveBatch(const std::function<void(std::span<const Datagram> batch)>& take) override;
  void send(const Address& to, ByteView datagram) override;  // dropped and counted where the peer has no session
  void flush() override;
  void expire() override;
  std::optional<Instant> nextDeadline() const override;
  bool hasWork() const override;

  // Null: no session. Valid until the next call.
  const PeerIdentity* identityOf(const Address& peer) const;
  // Its credential was changed or removed.
  void endSessionsOf(const PeerIdentity& identity);
  // Sessions can no longer be resumed by tickets under the former key; without a new one by none.
  void setTicketKey(const std::optional<TicketKey>& key);

  std::size_t sessions() const;
  std::size_t halfOpen() const;
  const DtlsCounters& counters() const;
  std::uint64_t dropped() const;  // by the socket

 private:
  struct Impl;
  explicit DtlsCarrier(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace isthmus::lwm2m::coap
