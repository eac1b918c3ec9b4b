#include "lwm2m/coap/dtls/session.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <gnutls/dtls.h>
#include <new>
#include <utility>

namespace isthmus::lwm2m::coap {
namespace {

constexpr unsigned kMtu = 1232;         // passes every IPv6 path (1280) in one piece
constexpr unsigned kRetransmit = 1000;  // RFC 6347 4.2.4.1
constexpr milliseconds kFirstBackOff{250}, kLongestBackOff{4000};
constexpr int kTicketLifetime = 86400;  // seconds
constexpr int kMostAttempts = 16;       // at what is not fatal, in one go

bool waits(ssize_t result) { return result == GNUTLS_E_AGAIN || result == GNUTLS_E_INTERRUPTED; }

}  // namespace

Session::Session(const TlsContext& context, Output& wire, const Address& peer, const HelloState& hello, ByteView random,
                 milliseconds total)
    : context_(context), wire_(wire), peer_(peer), backOff_(kFirstBackOff) {
  std::copy_n(random.begin(), random_.size(), random_.begin());
  const unsigned flags = GNUTLS_SERVER | GNUTLS_DATAGRAM | GNUTLS_NONBLOCK | GNUTLS_ENABLE_RAWPK | GNUTLS_NO_SIGNAL;
  if (gnutls_init(&handle_, flags) != GNUTLS_E_SUCCESS) throw std::bad_alloc();
  gnutls_priority_set(handle_, context.priority());
  gnutls_credentials_set(handle_, GNUTLS_CRD_PSK, context.psk());
  HelloState state = hello;
  gnutls_dtls_prestate_set(handle_, &state);
  gnutls_dtls_set_mtu(handle_, kMtu);
  gnutls_dtls_set_timeouts(handle_, kRetransmit, static_cast<unsigned>(total.count()));
  gnutls_transport_set_ptr(handle_, this);
  gnutls_transport_set_push_function(handle_, push);
  gnutls_transport_set_pull_function(handle_, pull);
  gnutls_transport_set_pull_timeout_function(handle_, pullTimeout);
  gnutls_session_set_ptr(handle_, this);
  gnutls_db_set_cache_expiration(handle_, kTicketLifetime);
  if (!context.ticketKey()) return;
  TicketKey key = *context.ticketKey();  // GnuTLS copies it
  const gnutls_datum_t ticketKey{key.data(), static_cast<unsigned>(key.size())};
  gnutls_session_ticket_enable_server(handle_, &ticketKey);
}

Session::~Session() { gnutls_deinit(handle_); }

Session::Step Session::handshake(ByteView record) {
  waiting_ = record;
  int result = GNUTLS_E_AGAIN;
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    result = gnutls_handshake(handle_);
    if (result == GNUTLS_E_SUCCESS || waits(result) || gnutls_error_is_fatal(result) != 0) break;
  }
  waiting_ = {};
  if (result == GNUTLS_E_SUCCESS) {
    learnIdentity();
    return Step::established;
  }
  if (waits(result)) return Step::waiting;
  tell(result);
  return Step::failed;
}

// GnuTLS's own alerts mislead: internal_error for an unknown identity.
void Session::tell(int failure) {
  if (failure == GNUTLS_E_FATAL_ALERT_RECEIVED || failure == GNUTLS_E_TIMEDOUT) return;
  if (unknown_) {
    gnutls_alert_send(handle_, GNUTLS_AL_FATAL, GNUTLS_A_UNKNOWN_PSK_IDENTITY);  // RFC 4279 2
  } else {
    gnutls_alert_send(handle_, GNUTLS_AL_FATAL, GNUTLS_A_HANDSHAKE_FAILURE);
  }
}

// GnuTLS says 0 for as long as it waits for the rest of the peer's flight; taken by its word that would be a busy loop.
milliseconds Session::untilRetry() {
  const unsigned left = gnutls_dtls_get_timeout(handle_);
  if (left > 0) {
    backOff_ = kFirstBackOff;
    return milliseconds(left);
  }
  return std::exchange(backOff_, std::min(2 * backOff_, kLongestBackOff));
}

bool Session::began(ByteView clientHelloRandom) const { return std::ranges::equal(random_, clientHelloRandom); }

bool Session::resumed() const { return gnutls_session_is_resumed(handle_) != 0; }

// Nothing of ours is called when a session is resumed: what it says of itself counts.
void Session::learnIdentity() {
  gnutls_datum_t name{nullptr, 0};
  gnutls_psk_server_get_username2(handle_, &name);
  identity_ = {PeerIdentity::Mode::psk, std::string(text({name.data, name.size}))};
}

Session::Received Session::receive(ByteView record, std::span<std::uint8_t> room) {
  std::uint8_t none = 0;
  waiting_ = record;
  Received received;
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    const ssize_t result =
        gnutls_record_recv(handle_, room.empty() ? &none : room.data(), std::max<std::size_t>(room.size(), 1));
    if (result > 0) {
      received = {Got::data, room.first(static_cast<std::size_t>(result))};
      break;
    }
    if (waits(result)) break;
    if (result == GNUTLS_E_REHANDSHAKE) {
      gnutls_alert_send(handle_, GNUTLS_AL_WARNING, GNUTLS_A_NO_RENEGOTIATION);  // RFC 5246 7.2.2
      continue;
    }
    if (result == 0 || gnutls_error_is_fatal(static_cast<int>(result)) != 0) {
      received.what = result == 0 ? Got::goodbye : Got::closed;
      break;
    }
  }
  waiting_ = {};
  return received;
}

bool Session::send(ByteView plaintext) {
  return gnutls_record_send(handle_, plaintext.data(), plaintext.size()) == static_cast<ssize_t>(plaintext.size());
}

void Session::close() { gnutls_bye(handle_, GNUTLS_SHUT_WR); }

void Session::refuse() { gnutls_alert_send(handle_, GNUTLS_AL_FATAL, GNUTLS_A_ACCESS_DENIED); }

ssize_t Session::push(gnutls_transport_ptr_t self, const void* bytes, size_t size) noexcept {
  const auto* session = static_cast<Session*>(self);
  session->wire_.send(session->peer_, {static_cast<const std::uint8_t*>(bytes), size});
  return static_cast<ssize_t>(size);
}

ssize_t Session::pull(gnutls_transport_ptr_t self, void* room, size_t size) noexcept {
  auto* session = static_cast<Session*>(self);
  const ByteView record = std::exchange(session->waiting_, {});
  if (record.empty() || record.size() > size) {
    gnutls_transport_set_errno(session->handle_, EAGAIN);
    return -1;
  }
  std::memcpy(room, record.data(), record.size());
  return static_cast<ssize_t>(record.size());
}

int Session::pullTimeout(gnutls_transport_ptr_t self, unsigned) noexcept {
  return static_cast<Session*>(self)->waiting_.empty() ? 0 : 1;
}

int Session::onPskIdentity(gnutls_session_t handle, const gnutls_datum_t* identity, gnutls_datum_t* key) noexcept {
  try {
    auto* session = static_cast<Session*>(gnutls_session_get_ptr(handle));
    return session->findKey(text({identity->data, identity->size}), *key);
  } catch (const std::exception&) {
    return -1;
  }
}

int Session::findKey(std::string_view identity, gnutls_datum_t& key) {
  named_ = identity;
  const ByteView known = context_.keys().keyOf(identity);
  unknown_ = known.empty();
  if (unknown_) return -1;
  key.data = static_cast<unsigned char*>(gnutls_malloc(known.size()));  // GnuTLS frees it
  if (key.data == nullptr) return -1;
  std::memcpy(key.data, known.data(), known.size());
  key.size = static_cast<unsigned>(known.size());
  return 0;
}

}  // namespace isthmus::lwm2m::coap
