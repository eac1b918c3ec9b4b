#pragma once

#include "lwm2m/coap/block_option.h"
#include "lwm2m/coap/core.h"
#include "lwm2m/coap/request_sender.h"

namespace isthmus::lwm2m::coap {

// Responses that answer nothing outstanding: notifications (RFC 7641 3.2), complete or in blocks (RFC 7959 2.6).
class NotificationReceiver {
 public:
  NotificationReceiver(Core& core, RequestSender& sender) : core_(core), sender_(sender) {}

  void receive(const Incoming& in);

 private:
  // Who is to be told how a notification was taken. Outlives the receive() that it came with.
  struct Origin {
    ExchangeKey key;
    Type type = Type::confirmable;
    std::uint32_t peer = kNone;  // where it is known already
  };

  void onFirstBlock(const Incoming& in, const BlockOption& block);
  void fetchRest(const Incoming& in, const BlockOption& block, OutgoingRequest request);
  void onRest(const Origin& origin, ByteView firstBlock, const Result<IncomingResponse>& rest);
  void deliver(const Origin& origin, const MessageView& message, ByteView payload, Instant now);
  void refuse(const Incoming& in);

  Core& core_;
  RequestSender& sender_;
};

}  // namespace isthmus::lwm2m::coap
