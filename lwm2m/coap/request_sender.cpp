#include "lwm2m/coap/request_sender.h"

#include "lwm2m/coap/exchange_blocks.h"
#include "lwm2m/coap/option_rules.h"

#include <algorithm>
#include <utility>

namespace isthmus::lwm2m::coap {
namespace {

constexpr std::size_t kLargestUpload = std::size_t{16} * BlockOption::kLargestNumber;  // also in the smallest blocks

bool isOut(const Exchange& exchange) { return exchange.state != ExchangeState::waiting; }

}  // namespace

RequestSender::RequestSender(Core& core) : core_(core), wheel_(core.clock.now()) {}

void RequestSender::send(const Address& to, OutgoingRequest request, Completion completion) {
  if (request.payload.size() > kLargestUpload) {
    completion(fail(Errc::tooLarge, "payload above " + std::to_string(kLargestUpload) + " bytes", to.toString()));
    return;
  }
  auto exchange = std::make_unique<Exchange>();
  exchange->callerToken = request.token ? *request.token : freshToken();
  exchange->token = exchange->callerToken;
  const std::uint8_t szx = BlockOption::szxFor(core_.limits.blockSize);
  if (request.payload.size() > std::size_t{16} << szx) exchange->upload = Upload{0, szx};
  exchange->request = std::move(request);
  exchange->done = std::move(completion);
  enqueue(to, std::move(exchange), Queue::last);
}

void RequestSender::fetchRest(const Address& to, OutgoingRequest request, Download begun, const RestOf& rest,
                              Completion completion) {
  auto exchange = std::make_unique<Exchange>();
  exchange->callerToken = rest.token;
  exchange->token = freshToken();
  exchange->request = std::move(request);
  exchange->done = std::move(completion);
  exchange->download.emplace(std::move(begun));
  exchange->rest = rest;
  enqueue(to, std::move(exchange), Queue::first);
}

void RequestSender::enqueue(const Address& to, std::unique_ptr<Exchange> exchange, Queue where) {
  const Instant now = core_.clock.now();
  const std::uint32_t peer = core_.peers.obtain(to, now);
  if (peer == kNone || exchanges_.count(core_.peers[peer].firstExchange) > core_.limits.queuedPerPeer) {
    exchange->done(fail(Errc::unavailable, "too many requests wait for this device", to.toString()));
    return;
  }
  core_.peers.touch(peer, to, now);
  exchange->peer = peer;
  const std::optional<Instant> notAfter = exchange->request.notAfter;
  std::uint32_t& first = core_.peers[peer].firstExchange;
  const std::uint32_t index = where == Queue::first ? exchanges_.prepend(first, std::move(exchange))
                                                    : exchanges_.append(first, std::move(exchange));
  if (notAfter) wheel_.arm(index, *notAfter);
  pump(peer);
}

void RequestSender::pump(std::uint32_t peer) {
  if (holds_ > 0) {
    held_.push_back(peer);
    return;
  }
  while (true) {
    const std::uint32_t first = core_.peers[peer].firstExchange;
    const auto unacknowledged = [](const Exchange& e) { return e.state == ExchangeState::unacknowledged; };
    if (exchanges_.find(first, unacknowledged) != kNone) return;
    const std::uint32_t waiting = exchanges_.find(first, [](const Exchange& e) { return !isOut(e); });
    if (waiting == kNone) return;
    if (isTooLate(exchanges_[waiting])) return giveUp(waiting);  // which looks at the next one
    start(waiting);
  }
}

void RequestSender::release() {
  if (--holds_ > 0) return;
  for (const std::uint32_t peer : std::exchange(held_, {})) pump(peer);
}

milliseconds RequestSender::firstPatience() {
  const double factor = core_.random.between(1.0, core_.limits.ackRandomFactor);
  return milliseconds(static_cast<milliseconds::rep>(static_cast<double>(core_.limits.ackTimeout.count()) * factor));
}

bool RequestSender::isTooLate(const Exchange& exchange) const {
  return !isOut(exchange) && exchange.request.notAfter && core_.clock.now() >= *exchange.request.notAfter;
}

void RequestSender::giveUp(std::uint32_t index) {
  const std::string where = core_.peers[exchanges_[index].peer].address.toString();
  finish(index, fail(Errc::expired, "other requests to the device took too long", where));
}

void RequestSender::start(std::uint32_t index) {
  Exchange& exchange = exchanges_[index];
  exchange.request.notAfter.reset();  // its further blocks belong to what was begun in time
  exchange.messageId = core_.peers.takeMessageId(exchange.peer);
  exchange.retransmissions = 0;
  exchange.patience = firstPatience();
  const bool confirmable = exchange.request.type == Type::confirmable;
  exchange.state = confirmable ? ExchangeState::unacknowledged : ExchangeState::acknowledged;
  wheel_.arm(index, core_.clock.now() + (confirmable ? exchange.patience : core_.limits.responseTimeout));
  transmit(exchange);
}

void RequestSender::transmit(const Exchange& exchange) {
  const Composition message = compose(exchange);
  core_.wire.message(core_.peers[exchange.peer].address, exchange.request.type, exchange.request.code,
                     exchange.messageId, exchange.token, message.options, message.payload);
}

void RequestSender::onTimer(std::uint32_t index) {
  Exchange& exchange = exchanges_[index];
  if (!isOut(exchange)) return giveUp(index);
  const bool unacknowledged = exchange.state == ExchangeState::unacknowledged;
  if (unacknowledged && exchange.retransmissions < core_.limits.maxRetransmit) {
    ++exchange.retransmissions;
    ++core_.counters.retransmissions;
    exchange.patience *= 2;
    wheel_.arm(index, core_.clock.now() + exchange.patience);
    transmit(exchange);
    return;
  }
  ++core_.counters.timeouts;
  const char* what = unacknowledged ? "the device does not answer" : "the device acknowledged but did not respond";
  finish(index, fail(Errc::timeout, what, core_.peers[exchange.peer].address.toString()));
}

void RequestSender::onAcknowledgement(std::uint32_t peer, std::uint16_t messageId) {
  const std::uint32_t index = exchanges_.find(core_.peers[peer].firstExchange, [&](const Exchange& e) {
    return e.state == ExchangeState::unacknowledged && e.messageId == messageId;
  });
  if (index == kNone) return;
  exchanges_[index].state = ExchangeState::acknowledged;
  wheel_.arm(index, core_.clock.now() + core_.limits.responseTimeout);
  pump(peer);
}

void RequestSender::onReset(std::uint32_t peer, std::uint16_t messageId) {
  const std::uint32_t index = exchanges_.find(core_.peers[peer].firstExchange,
                                              [&](const Exchange& e) { return isOut(e) && e.messageId == messageId; });
  if (index == kNone) return;
  finish(index, fail(Errc::refused, "the device answered with a reset", core_.peers[peer].address.toString()));
}

void RequestSender::onPiggybacked(const Incoming& in) {
  const std::uint32_t index = exchanges_.find(core_.peers[in.peer].firstExchange, [&](const Exchange& e) {
    return isOut(e) && e.messageId == in.message.messageId && e.token == in.message.token;
  });
  if (index != kNone) deliver(index, in);
}

bool RequestSender::onSeparate(const Incoming& in) {
  const std::uint32_t index = exchanges_.find(
      core_.peers[in.peer].firstExchange, [&](const Exchange& e) { return isOut(e) && e.token == in.message.token; });
  if (index == kNone) return false;
  if (unacceptableInResponse(in.message)) {
    if (in.confirmable()) core_.wire.empty(in.from, Type::reset, in.message.messageId);  // RFC 7252 5.4.1
  } else {
    Answered answer;
    answer.code = code::kEmpty;
    answer.origin = AnswerOrigin::endpoint;
    core_.peers.remember(in.peer, in.message.messageId, in.contentHash, answer, in.now);
    if (in.confirmable()) core_.wire.empty(in.from, Type::acknowledgement, in.message.messageId);
  }
  deliver(index, in);
  return true;
}

void RequestSender::deliver(std::uint32_t index, const Incoming& in) {
  Exchange& exchange = exchanges_[index];
  const Result<Progress> progress = advance(exchange, in.message, core_.bodies);
  if (!progress) {
    Error error = progress.error();
    if (error.where.empty()) error.where = in.from.toString();
    finish(index, tl::unexpected(std::move(error)));
    return;
  }
  if (*progress == Progress::complete) {
    IncomingResponse whole = response(exchange, in.message);
    whole.key = in.key();
    finish(index, std::move(whole));
    return;
  }
  exchange.state = ExchangeState::waiting;
  // A token under which the device may notify is not used to ask for blocks (RFC 7959 3.4).
  if (exchange.download) exchange.token = freshToken();
  wheel_.cancel(index);
  pump(exchange.peer);
}

void RequestSender::finish(std::uint32_t index, Result<IncomingResponse> result) {
  wheel_.cancel(index);
  const std::uint32_t peer = exchanges_[index].peer;
  const std::unique_ptr<Exchange> ended = exchanges_.remove(core_.peers[peer].firstExchange, index);
  ended->done(std::move(result));
  pump(peer);
}

void RequestSender::cancel(std::uint32_t peer) {
  std::vector<std::unique_ptr<Exchange>> ended;
  std::uint32_t& first = core_.peers[peer].firstExchange;
  while (first != kNone) {
    wheel_.cancel(first);
    ended.push_back(exchanges_.remove(first, first));
  }
  const std::string where = core_.peers[peer].address.toString();
  for (const auto& exchange : ended) exchange->done(fail(Errc::unavailable, "cancelled", where));
}

const RestOf* RequestSender::fetching(std::uint32_t peer, const Token& token) const {
  const std::uint32_t index = exchanges_.find(core_.peers[peer].firstExchange,
                                              [&](const Exchange& e) { return e.rest && e.rest->token == token; });
  return index == kNone ? nullptr : &*exchanges_[index].rest;
}

void RequestSender::abandonFetch(std::uint32_t peer, const Token& token) {
  const std::uint32_t index = exchanges_.find(core_.peers[peer].firstExchange,
                                              [&](const Exchange& e) { return e.rest && e.rest->token == token; });
  if (index != kNone) finish(index, fail(Errc::unavailable, "a newer notification came"));
}

void RequestSender::expire(Instant now) {
  wheel_.advance(now, [this](std::uint32_t index) { onTimer(index); });
}

}  // namespace isthmus::lwm2m::coap
