#include "lwm2m/coap/dtls/tls_context.h"

#include "lwm2m/coap/dtls/session.h"

namespace isthmus::lwm2m::coap {
namespace {

// LwM2M Transport 5.2.8: CCM_8 and CBC_SHA256 are a must; CCM and GCM is what some clients have. +AEAD is the "MAC" of
// CCM and GCM, +SHA256 that of CBC. GnuTLS wants signatures, groups and certificate types named, though PSK has no use
// for them.
constexpr const char* kPriority =
    "NONE:+VERS-DTLS1.2:+PSK:+AES-128-CCM-8:+AES-128-CCM:+AES-128-GCM:+AES-128-CBC:+AEAD:+SHA256:"
    "+SIGN-ECDSA-SHA256:+GROUP-SECP256R1:+COMP-NULL:+CTYPE-ALL:%SERVER_PRECEDENCE";

tl::unexpected<Error> problem(const char* what, int code) {
  return fail(Errc::internal, std::string(what) + ": " + gnutls_strerror(code), "GnuTLS");
}

}  // namespace

Result<std::unique_ptr<TlsContext>> TlsContext::make(const PskSource& keys, const std::optional<TicketKey>& ticketKey) {
  std::unique_ptr<TlsContext> context(new TlsContext(keys, ticketKey));
  gnutls_priority_t priority = nullptr;
  if (const int code = gnutls_priority_init(&priority, kPriority, nullptr); code < 0)
    return problem("its cipher suites", code);
  context->priority_.reset(priority);
  gnutls_psk_server_credentials_t psk = nullptr;
  if (const int code = gnutls_psk_allocate_server_credentials(&psk); code < 0) return problem("no credentials", code);
  context->psk_.reset(psk);
  gnutls_psk_set_server_credentials_function2(psk, Session::onPskIdentity);
  return context;
}

}  // namespace isthmus::lwm2m::coap
