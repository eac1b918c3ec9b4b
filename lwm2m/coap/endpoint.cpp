#include "lwm2m/coap/endpoint.h"

#include "lwm2m/coap/core.h"
#include "lwm2m/coap/notification_receiver.h"
#include "lwm2m/coap/request_receiver.h"
#include "lwm2m/coap/request_sender.h"

#include <algorithm>
#include <array>

namespace isthmus::lwm2m::coap {
namespace {

constexpr std::size_t kLookAhead = 16;        // datagrams whose senders are fetched into the cache at once
constexpr std::size_t kTypeAndMessageId = 4;  // RFC 7252 3: the header, of which only the code belongs to the content

std::uint64_t hashOfContent(ByteView datagram, const MessageView& message) {
  const std::uint64_t seed = message.code.raw << 8U | message.token.bytes().size();
  return hash64(datagram.subspan(kTypeAndMessageId), seed);
}

}  // namespace

class Endpoint::Impl {
 public:
  Impl(const Limits& limits, Output& output, const Clock& clock, std::uint64_t seed)
      : core_(limits, output, clock, seed), sender_(core_), requests_(core_, sender_), notifications_(core_, sender_) {}

  void receive(const Address& from, ByteView datagram) { receive(from, datagram, core_.peers.hashOf(from)); }
  void receive(std::span<const Datagram> batch);
  void cancel(const Address& address);
  void forgetAnswers(const Address& address);
  void restore(const AnsweredExchange& exchange, milliseconds age);
  void expire();
  std::optional<Instant> nextDeadline() const;

  Core core_;
  RequestSender sender_;

 private:
  void receive(const Address& from, ByteView datagram, std::uint32_t hash);
  void dispatch(const Incoming& in);
  void onMalformed(const Address& from, ByteView datagram);
  void onEmpty(const Incoming& in);
  void onResponse(const Incoming& in);
  void ignore() { ++core_.counters.malformed; }

  RequestReceiver requests_;
  NotificationReceiver notifications_;
};

void Endpoint::Impl::receive(const Address& from, ByteView datagram, std::uint32_t hash) {
  ++core_.counters.received;
  const Result<MessageView> message = MessageView::parse(datagram);
  if (!message) return onMalformed(from, datagram);
  const Instant now = core_.clock.now();
  const std::uint32_t peer = core_.peers.find(from, hash);
  if (peer != kNone) core_.peers.touch(peer, from, now);
  dispatch({from, *message, datagram, hashOfContent(datagram, *message), peer, now});
}

void Endpoint::Impl::receive(std::span<const Datagram> batch) {
  std::array<std::uint32_t, kLookAhead> hashes, likely;
  while (!batch.empty()) {
    const auto group = batch.first(std::min(kLookAhead, batch.size()));
    for (std::size_t i = 0; i < group.size(); ++i) {
      hashes[i] = core_.peers.hashOf(group[i].from);
      core_.peers.prefetchIndex(hashes[i]);
      __builtin_prefetch(group[i].bytes.data());
    }
    for (std::size_t i = 0; i < group.size(); ++i) likely[i] = core_.peers.prefetchRecord(hashes[i]);
    for (std::size_t i = 0; i < group.size(); ++i) core_.peers.prefetchAnswers(likely[i]);
    for (std::size_t i = 0; i < group.size(); ++i) receive(group[i].from, group[i].bytes, hashes[i]);
    batch = batch.subspan(group.size());
  }
}

void Endpoint::Impl::dispatch(const Incoming& in) {
  const MessageView& message = in.message;
  if (message.code == code::kEmpty) return onEmpty(in);
  if (message.type == Type::reset) return ignore();  // RFC 7252 4.2: a Reset is empty
  if (message.code.isResponse()) return onResponse(in);
  if (message.type == Type::acknowledgement) return ignore();
  if (!message.code.isRequest()) {  // RFC 7252 4.2: a reserved class
    ignore();
    if (in.confirmable()) core_.wire.empty(in.from, Type::reset, message.messageId);
    return;
  }
  const bool newcomer = in.peer == kNone;
  if (newcomer && core_.peers.full()) {
    ++core_.counters.withheld;
    return;
  }
  requests_.receive(in);
}

// RFC 7252 4.2, 4.3: rejected with a Reset if confirmable, else ignored; so is another version (3).
void Endpoint::Impl::onMalformed(const Address& from, ByteView datagram) {
  ++core_.counters.malformed;
  const std::optional<Header> header = peekHeader(datagram);
  if (header && header->type == Type::confirmable) core_.wire.empty(from, Type::reset, header->messageId);
}

void Endpoint::Impl::onEmpty(const Incoming& in) {
  switch (in.message.type) {
    case Type::confirmable:  // CoAP ping, RFC 7252 4.3
      core_.wire.empty(in.from, Type::reset, in.message.messageId);
      return;
    case Type::nonConfirmable: ignore(); return;
    case Type::acknowledgement:
      if (in.peer != kNone) sender_.onAcknowledgement(in.peer, in.message.messageId);
      return;
    case Type::reset:
      if (in.peer != kNone) sender_.onReset(in.peer, in.message.messageId);
      return;
  }
}

void Endpoint::Impl::onResponse(const Incoming& in) {
  const bool known = in.peer != kNone;
  if (in.message.type == Type::acknowledgement) {
    if (known) sender_.onPiggybacked(in);
    return;
  }
  if (known && core_.peers.answered(in.peer, in.message.messageId, in.contentHash, in.now) != nullptr) {
    ++core_.counters.duplicates;
    if (in.confirmable()) core_.wire.empty(in.from, Type::acknowledgement, in.message.messageId);
    return;
  }
  if (known && sender_.onSeparate(in)) return;
  if (!known && core_.peers.full()) {
    ++core_.counters.withheld;
    return;
  }
  notifications_.receive(in);
}

void Endpoint::Impl::cancel(const Address& address) {
  const std::uint32_t peer = core_.peers.find(address);
  if (peer == kNone) return;
  requests_.cancel(peer);
  sender_.cancel(peer);
}

void Endpoint::Impl::forgetAnswers(const Address& address) {
  const std::uint32_t peer = core_.peers.find(address);
  if (peer != kNone) core_.peers.forgetAnswers(peer);
}

void Endpoint::Impl::restore(const AnsweredExchange& exchange, milliseconds age) {
  const Instant now = core_.clock.now();
  if (age >= core_.limits.exchangeLifetime) return;
  const std::uint32_t peer = core_.peers.obtain(exchange.key.peer, now - age);
  if (peer == kNone) return;
  core_.peers[peer].lastSeen = std::max(core_.peers[peer].lastSeen, now - age);
  Answered answered;
  answered.code = exchange.answer;
  answered.rebuildKey = exchange.rebuildKey;
  core_.peers.remember(peer, exchange.key.messageId, exchange.key.contentHash, answered, now - age);
}

void Endpoint::Impl::expire() {
  const Instant now = core_.clock.now();
  sender_.expire(now);
  requests_.expire(now);
  core_.peers.expire(now);
}

std::optional<Instant> Endpoint::Impl::nextDeadline() const {
  std::optional<Instant> earliest = core_.peers.next();
  for (const auto& other : {sender_.next(), requests_.next()})
    if (other && (!earliest || *other < *earliest)) earliest = other;
  return earliest;
}

Endpoint::Endpoint(const Limits& limits, Output& output, const Clock& clock, std::uint64_t seed)
    : impl_(std::make_unique<Impl>(limits, output, clock, seed)) {}
Endpoint::~Endpoint() = default;

void Endpoint::setHandler(Handler& handler) { impl_->core_.handler = &handler; }
void Endpoint::receive(const Address& from, ByteView datagram) { impl_->receive(from, datagram); }
void Endpoint::send(const Address& to, OutgoingRequest request, Completion completion) {
  impl_->sender_.send(to, std::move(request), std::move(completion));
}
void Endpoint::receive(std::span<const Datagram> batch) { impl_->receive(batch); }
void Endpoint::cancel(const Address& peer) { impl_->cancel(peer); }
void Endpoint::forgetAnswers(const Address& peer) { impl_->forgetAnswers(peer); }
void Endpoint::restore(const AnsweredExchange& exchange, milliseconds age) { impl_->restore(exchange, age); }
void Endpoint::expire() { impl_->expire(); }
std::optional<Instant> Endpoint::nextDeadline() const { return impl_->nextDeadline(); }
const Counters& Endpoint::counters() const { return impl_->core_.counters; }
std::size_t Endpoint::peers() const { return impl_->core_.peers.size(); }

}  // namespace isthmus::lwm2m::coap
