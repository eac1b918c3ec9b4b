#include "lwm2m/coap/dtls/cookies.h"

#include <algorithm>
#include <gnutls/crypto.h>
#include <stdexcept>

namespace isthmus::lwm2m::coap {
namespace {

constexpr milliseconds kPeriod{60'000};
constexpr std::size_t kSequenceLowByte = 10;  // of the record's header

// What a cookie is bound to, without the padding and the parts of an address that say nothing about the peer.
using PeerBytes = std::array<std::uint8_t, 22>;
PeerBytes bytesOf(const Address& from) {
  PeerBytes bytes{};
  auto out = std::copy(from.ip.begin(), from.ip.end(), bytes.begin());
  *out++ = static_cast<std::uint8_t>(from.port >> 8U);
  *out++ = static_cast<std::uint8_t>(from.port);
  for (unsigned shift = 0; shift < 32; shift += 8) *out++ = static_cast<std::uint8_t>(from.scope >> shift);
  return bytes;
}

void randomize(std::array<std::uint8_t, 16>& key) {
  if (gnutls_rnd(GNUTLS_RND_KEY, key.data(), key.size()) != 0) throw std::runtime_error("no random numbers");
}

struct Way {
  Output& wire;
  const Address& to;
};

ssize_t push(gnutls_transport_ptr_t way, const void* bytes, size_t size) noexcept {
  const auto* it = static_cast<Way*>(way);
  it->wire.send(it->to, {static_cast<const std::uint8_t*>(bytes), size});
  return static_cast<ssize_t>(size);
}

}  // namespace

Cookies::Cookies(const Clock& clock) : clock_(clock), since_(clock.now()) {
  randomize(current_);
  randomize(previous_);
}

void Cookies::rotate() {
  const Instant now = clock_.now();
  if (now - since_ < kPeriod) return;
  previous_ = current_;
  randomize(current_);
  if (now - since_ >= 2 * kPeriod) randomize(previous_);
  since_ = now;
}

std::optional<HelloState> Cookies::verify(const Address& from, ByteView clientHello) {
  rotate();
  PeerBytes peer = bytesOf(from);
  for (Key* key : {&current_, &previous_}) {
    gnutls_datum_t datum{key->data(), static_cast<unsigned>(key->size())};
    HelloState state{};
    // The message is only read.
    auto* message = const_cast<std::uint8_t*>(clientHello.data());
    if (gnutls_dtls_cookie_verify(&datum, peer.data(), peer.size(), message, clientHello.size(), &state) >= 0)
      return state;
  }
  return std::nullopt;
}

void Cookies::request(const Address& from, ByteView clientHello, Output& wire) {
  rotate();
  PeerBytes peer = bytesOf(from);
  gnutls_datum_t datum{current_.data(), static_cast<unsigned>(current_.size())};
  HelloState state{};
  state.record_seq = clientHello[kSequenceLowByte];
  Way way{wire, from};
  gnutls_dtls_cookie_send(&datum, peer.data(), peer.size(), &state, &way, push);
}

}  // namespace isthmus::lwm2m::coap
