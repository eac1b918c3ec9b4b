#include "ipe/app/device_security.h"

#include <algorithm>
#include <utility>

namespace isthmus::app {
namespace {

constexpr std::size_t kLongestShown = 128;
constexpr milliseconds kBetweenLines{1000};  // whoever can send us datagrams must not fill the log

}  // namespace

using lwm2m::PeerIdentity;

void DeviceSecurity::put(const lwm2m::PskCredential& credential, lwm2m::Others others, const TicketKey& ticketKey) {
  revoke(credentials_.put(credential, others), ticketKey);
}

void DeviceSecurity::remove(std::string_view endpoint, const std::optional<std::string>& identity,
                            const TicketKey& ticketKey) {
  revoke(credentials_.remove(endpoint, identity), ticketKey);
}

void DeviceSecurity::revoke(std::span<const std::string> identities, const TicketKey& ticketKey) {
  if (carrier_ == nullptr) return;
  carrier_->setTicketKey(ticketKey);
  for (const std::string& identity : identities) carrier_->endSessionsOf({PeerIdentity::Mode::psk, identity});
}

std::optional<PeerIdentity> DeviceSecurity::identityOf(const lwm2m::coap::Address& peer) const {
  if (carrier_ == nullptr || peer.transport != lwm2m::coap::Transport::dtls) return std::nullopt;
  const PeerIdentity* identity = carrier_->identityOf(peer);
  return identity == nullptr ? std::nullopt : std::optional(*identity);
}

std::optional<PeerIdentity> DeviceSecurity::requiredFor(std::string_view endpoint) const {
  const std::string* identity = credentials_.identityFor(endpoint);
  if (identity == nullptr) return std::nullopt;
  return PeerIdentity{PeerIdentity::Mode::psk, *identity};
}

std::optional<std::string> DeviceSecurity::endpointOf(const PeerIdentity& identity) const {
  const auto* entry = credentials_.find(identity.name);
  return entry == nullptr ? std::nullopt : std::optional(entry->endpoint);
}

ByteView DeviceSecurity::keyOf(std::string_view identity) const {
  const auto* entry = credentials_.find(identity);
  return entry == nullptr ? ByteView() : ByteView(entry->key);
}

void DeviceSecurity::onFailed(const lwm2m::coap::Address& peer, Failure why, std::string_view identity) {
  credentials_.noteFailure(identity);
  if (clock_.now() < quietUntil_) {
    ++untold_;
    return;
  }
  quietUntil_ = clock_.now() + kBetweenLines;
  const std::uint64_t others = std::exchange(untold_, 0);
  const std::string more = others == 0 ? "" : "; and " + std::to_string(others) + " more refused before";
  const std::string who = "the device at " + peer.toString() + " ";
  if (why == Failure::unknownIdentity) {
    log_.warn("dtls", who + "names the identity " + identityText(identity) +
                          ", which has no key here: give it one with isthmus psk add" + more);
  } else {
    log_.warn("dtls", who + "did not complete its handshake as " + identityText(identity) +
                          ": most likely its key is another one than here" + more);
  }
}

void DeviceSecurity::onEnded(const lwm2m::coap::Address& peer) {
  if (endpoint_ != nullptr) endpoint_->cancel(peer);
}

void DeviceSecurity::onRebooted(const lwm2m::coap::Address& peer) {
  if (endpoint_ != nullptr) endpoint_->forgetAnswers(peer);
}

std::string keyFileNotice(const std::filesystem::path& file) {
  return "made the key file " + file.string() +
         ": keep a copy of it apart from the database's; without it the keys of devices cannot be read";
}

std::string identityText(std::string_view identity) {
  if (identity.size() > kLongestShown) return identityText(identity.substr(0, kLongestShown)) + "...";
  const bool plain = std::ranges::all_of(identity, [](char c) { return c > 0x20 && c < 0x7F && c != '"'; });
  if (plain && !identity.empty()) return "\"" + std::string(identity) + "\"";
  return "0x" + toHex(view(identity));
}

}  // namespace isthmus::app
