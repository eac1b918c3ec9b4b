#pragma once

#include "ipe/base/clock.h"
#include "lwm2m/coap/dtls/cookies.h"
#include "lwm2m/coap/dtls/tls_context.h"
#include "lwm2m/coap/endpoint.h"
#include "lwm2m/coap/peer_identity.h"

#include <array>
#include <optional>
#include <span>
#include <string>

namespace isthmus::lwm2m::coap {

// One GnuTLS server session, from a ClientHello with a valid cookie to its end. It is fed one record at a time; what it
// says goes to the wire. Owned by the carrier's thread; does not move (GnuTLS keeps its address).
class Session {
 public:
  enum class Step : std::uint8_t { waiting, established, failed };
  enum class Got : std::uint8_t { nothing, data, goodbye, closed };  // a goodbye is to be answered by close()
  struct Received {
    Got what = Got::nothing;
    ByteView data;  // within the room that was given
  };

  // Context and wire must outlive it. `random`: of the ClientHello; `total`: when GnuTLS gives up by itself.
  Session(const TlsContext& context, Output& wire, const Address& peer, const HelloState& hello, ByteView random,
          milliseconds total);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // A record of the handshake, or none: its timer has fired. Not to be called again once it is established: GnuTLS
  // would begin another handshake. What fails is told to the peer.
  Step handshake(ByteView record);
  // When to call handshake() without a record, if none comes.
  milliseconds untilRetry();
  bool began(ByteView clientHelloRandom) const;
  // The identity that the peer named in the handshake, proved or not; empty: it did not come to that.
  const std::string& named() const { return named_; }
  // The peer named an identity that is not known.
  bool unknown() const { return unknown_; }

  // All below: once established.
  bool resumed() const;
  const PeerIdentity& identity() const { return identity_; }
  Received receive(ByteView record, std::span<std::uint8_t> room);
  bool send(ByteView plaintext);  // false: larger than a datagram may be
  void close();                   // says goodbye (close_notify)
  void refuse();                  // ends it with an alert: access denied
  // What GnuTLS keeps to repeat its last flight is freed by a receive later than 60 s after the handshake.
  void releaseBuffers() { receive({}, {}); }
  void moved(const Address& peer) { peer_.via = peer.via; }

  static int onPskIdentity(gnutls_session_t handle, const gnutls_datum_t* identity, gnutls_datum_t* key) noexcept;

 private:
  static ssize_t push(gnutls_transport_ptr_t self, const void* bytes, size_t size) noexcept;
  static ssize_t pull(gnutls_transport_ptr_t self, void* room, size_t size) noexcept;
  static int pullTimeout(gnutls_transport_ptr_t self, unsigned milliseconds) noexcept;
  int findKey(std::string_view identity, gnutls_datum_t& key);
  void tell(int failure);
  void learnIdentity();

  const TlsContext& context_;
  Output& wire_;
  Address peer_;
  gnutls_session_t handle_ = nullptr;
  ByteView waiting_;  // the record that GnuTLS is to read
  std::array<std::uint8_t, 32> random_;
  milliseconds backOff_;
  bool unknown_ = false;
  std::string named_;
  PeerIdentity identity_;
};

}  // namespace isthmus::lwm2m::coap
