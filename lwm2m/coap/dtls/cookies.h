#pragma once

#include "ipe/base/clock.h"
#include "lwm2m/coap/endpoint.h"

#include <array>
#include <gnutls/dtls.h>
#include <optional>

namespace isthmus::lwm2m::coap {

// What of the exchange of cookies goes on into the session.
using HelloState = gnutls_dtls_prestate_st;

// Stateless cookies (RFC 6347 4.2.1): nothing is kept of a peer before it has shown that it receives at its address.
// A cookie holds for one to two periods of a minute, then its key is gone.
class Cookies {
 public:
  explicit Cookies(const Clock& clock);

  // What a session is to start with; nothing: the ClientHello bears no cookie of ours for this address.
  std::optional<HelloState> verify(const Address& from, ByteView clientHello);
  // Answers with a cookie.
  void request(const Address& from, ByteView clientHello, Output& wire);

 private:
  using Key = std::array<std::uint8_t, 16>;
  void rotate();

  const Clock& clock_;
  Key current_, previous_;
  Instant since_;
};

}  // namespace isthmus::lwm2m::coap
