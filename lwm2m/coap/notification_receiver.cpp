#include "lwm2m/coap/notification_receiver.h"

#include "lwm2m/coap/exchange_blocks.h"
#include "lwm2m/coap/option_rules.h"

namespace isthmus::lwm2m::coap {

void NotificationReceiver::receive(const Incoming& in) {
  const BlockField block = blockField(in.message, option::kBlock2);
  if (unacceptableInResponse(in.message) || block.unreadable()) return refuse(in);
  if (block.value && block.value->number > 0) return refuse(in);  // of a fetch that ended
  if (block.value && block.value->more) return onFirstBlock(in, *block.value);
  deliver({in.key(), in.message.type, in.peer}, in.message, in.message.payload, in.now);
}

// RFC 7252 4.2, 5.4.1: a response that cannot be processed is rejected.
void NotificationReceiver::refuse(const Incoming& in) {
  ++core_.counters.malformed;
  if (in.confirmable()) core_.wire.empty(in.from, Type::reset, in.message.messageId);
}

void NotificationReceiver::deliver(const Origin& origin, const MessageView& message, ByteView payload, Instant now) {
  const RequestSender::Hold acknowledgeFirst(sender_);
  const ExchangeKey& key = origin.key;
  switch (core_.handler->onNotification({key, message, payload})) {
    case Verdict::withhold: ++core_.counters.withheld; return;
    case Verdict::reset: core_.wire.empty(key.peer, Type::reset, key.messageId); return;
    case Verdict::acknowledge: break;
  }
  const std::uint32_t peer = origin.peer != kNone ? origin.peer : core_.peers.obtain(key.peer, now);
  if (peer != kNone) {
    Answered answered;
    answered.code = code::kEmpty;
    answered.origin = AnswerOrigin::endpoint;
    core_.peers.remember(peer, key.messageId, key.contentHash, answered, now);
  }
  if (origin.type == Type::confirmable) core_.wire.empty(key.peer, Type::acknowledgement, key.messageId);
}

void NotificationReceiver::onFirstBlock(const Incoming& in, const BlockOption& block) {
  if (!core_.handler->knowsToken(in.from, in.message.token))
    return core_.wire.empty(in.from, Type::reset, in.message.messageId);
  if (in.peer != kNone) {
    const RestOf* running = sender_.fetching(in.peer, in.message.token);
    if (running != nullptr && running->messageId == in.message.messageId && running->contentHash == in.contentHash) {
      ++core_.counters.duplicates;
      return;
    }
    sender_.abandonFetch(in.peer, in.message.token);  // this one is newer
  }
  std::optional<OutgoingRequest> request = core_.handler->requestForRest({in.key(), in.message, in.message.payload});
  if (!request) {
    ++core_.counters.withheld;
    return;
  }
  fetchRest(in, block, std::move(*request));
}

void NotificationReceiver::fetchRest(const Incoming& in, const BlockOption& block, OutgoingRequest request) {
  Result<Download> begun = beginDownload(in.message, block, core_.bodies);
  if (!begun) {
    // Withheld where it can be taken later; never again otherwise.
    if (begun.error().code != Errc::unavailable) return refuse(in);
    ++core_.counters.withheld;
    return;
  }
  const Origin origin{in.key(), in.message.type, kNone};
  const RestOf rest{in.message.token, in.message.messageId, in.contentHash};
  sender_.fetchRest(in.from, std::move(request), std::move(*begun), rest,
                    [this, origin, first = Bytes(in.datagram.begin(), in.datagram.end())](
                        const Result<IncomingResponse>& response) { onRest(origin, first, response); });
}

void NotificationReceiver::onRest(const Origin& origin, ByteView firstBlock, const Result<IncomingResponse>& rest) {
  const Result<MessageView> message = MessageView::parse(firstBlock);
  if (!message || !rest || !rest->code.isSuccess()) {
    ++core_.counters.withheld;  // the device says it again, or something newer
    return;
  }
  deliver(origin, *message, rest->payload, core_.clock.now());
}

}  // namespace isthmus::lwm2m::coap
