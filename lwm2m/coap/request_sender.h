#pragma once

#include "ipe/base/timer_wheel.h"
#include "lwm2m/coap/core.h"
#include "lwm2m/coap/exchange.h"

#include <vector>

namespace isthmus::lwm2m::coap {

// The requests that we start: one outstanding per peer, the others in order behind it (RFC 7252 4.7), retransmission
// with exponential back-off (4.2), separate responses (5.2.2), blocks in both directions (RFC 7959).
class RequestSender {
 public:
  explicit RequestSender(Core& core);

  void send(const Address& to, OutgoingRequest request, Completion completion);
  // Asks for what follows the first block of a notification, before anything that waits.
  void fetchRest(const Address& to, OutgoingRequest request, Download begun, const RestOf& rest, Completion completion);
  // The fetch that runs for this token, if any.
  const RestOf* fetching(std::uint32_t peer, const Token& token) const;
  void abandonFetch(std::uint32_t peer, const Token& token);

  void onAcknowledgement(std::uint32_t peer, std::uint16_t messageId);
  void onReset(std::uint32_t peer, std::uint16_t messageId);
  void onPiggybacked(const Incoming& in);
  // False: it answers nothing that is outstanding.
  bool onSeparate(const Incoming& in);

  void cancel(std::uint32_t peer);

  // While held, nothing is started: the answer to the message in hand leaves first.
  class Hold {
   public:
    explicit Hold(RequestSender& sender) : sender_(sender) { ++sender_.holds_; }
    ~Hold() { sender_.release(); }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    RequestSender& sender_;
  };

  void expire(Instant now);
  std::optional<Instant> next() const { return wheel_.next(); }

 private:
  enum class Queue { last, first };

  void enqueue(const Address& to, std::unique_ptr<Exchange> exchange, Queue where);
  void pump(std::uint32_t peer);
  void start(std::uint32_t index);
  bool isTooLate(const Exchange& exchange) const;
  void giveUp(std::uint32_t index);
  void transmit(const Exchange& exchange);
  void deliver(std::uint32_t index, const Incoming& in);
  void onTimer(std::uint32_t index);
  void finish(std::uint32_t index, Result<IncomingResponse> result);
  void release();
  milliseconds firstPatience();
  Token freshToken() { return Token::fromUint(core_.random.bits()); }

  Core& core_;
  ExchangeTable exchanges_;
  TimerWheel wheel_;  // by index of the exchange
  unsigned holds_ = 0;
  std::vector<std::uint32_t> held_;  // peers to be looked at after the hold
};

}  // namespace isthmus::lwm2m::coap
