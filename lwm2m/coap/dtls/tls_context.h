#pragma once

#include "ipe/base/result.h"
#include "lwm2m/coap/dtls/dtls_settings.h"
#include "lwm2m/coap/dtls/psk_source.h"

#include <gnutls/gnutls.h>
#include <memory>
#include <type_traits>

namespace isthmus::lwm2m::coap {

// What all sessions share: the cipher suites (a copy for each would cost 8 kB) and the credentials. A further kind of
// credential (raw public keys, certificates) comes in here and in Session's constructor and identity().
class TlsContext {
 public:
  // `keys` must outlive the context. Error: internal (GnuTLS without what is needed).
  static Result<std::unique_ptr<TlsContext>> make(const PskSource& keys, const std::optional<TicketKey>& ticketKey);

  gnutls_priority_t priority() const { return priority_.get(); }
  gnutls_psk_server_credentials_t psk() const { return psk_.get(); }
  const PskSource& keys() const { return keys_; }
  const std::optional<TicketKey>& ticketKey() const { return ticketKey_; }
  // Tickets under the former key are void.
  void setTicketKey(const std::optional<TicketKey>& key) { ticketKey_ = key; }

 private:
  explicit TlsContext(const PskSource& keys, const std::optional<TicketKey>& ticketKey)
      : keys_(keys), ticketKey_(ticketKey) {}

  struct PriorityFree {
    void operator()(gnutls_priority_t priority) const { gnutls_priority_deinit(priority); }
  };
  struct PskFree {
    void operator()(gnutls_psk_server_credentials_t psk) const { gnutls_psk_free_server_credentials(psk); }
  };
  std::unique_ptr<std::remove_pointer_t<gnutls_priority_t>, PriorityFree> priority_;
  std::unique_ptr<std::remove_pointer_t<gnutls_psk_server_credentials_t>, PskFree> psk_;
  const PskSource& keys_;
  std::optional<TicketKey> ticketKey_;
};

}  // namespace isthmus::lwm2m::coap
