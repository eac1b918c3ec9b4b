#include "lwm2m/client/device_session.h"

#include <algorithm>

namespace isthmus::lwm2m {
namespace {

constexpr milliseconds kFirstPause{1000}, kLongestPause{60000};
constexpr milliseconds kAnswerPatience{120000};  // beyond libcoap's own MAX_TRANSMIT_WAIT
constexpr std::size_t kLargestBody = 1 << 20;
constexpr std::size_t kMostObservations = 256;
// libcoap queues what NSTART does not let go and does not tell of ACKs: this bounds what can pile up there.
constexpr unsigned kMostUnresolved = 128;
constexpr milliseconds kMaxTransmitWait{93000};  // RFC 7252 4.8.2
constexpr coap_pdu_code_t kIncomplete = static_cast<coap_pdu_code_t>(COAP_RESPONSE_CODE(408)),
                          kTooLarge = static_cast<coap_pdu_code_t>(COAP_RESPONSE_CODE(413));
constexpr unsigned kBlockExponent = 6;  // 1024 bytes

std::string codeText(coap_pdu_code_t code) {
  const auto minor = code & 31;
  return std::to_string(code >> 5) + (minor < 10 ? ".0" : ".") + std::to_string(minor);
}

void release(coap_session_t*, void* bytes) { delete static_cast<Bytes*>(bytes); }

}  // namespace

DeviceSession::DeviceSession(FleetShared& shared, std::uint32_t index, SimulatedDevice device)
    : shared_(shared), index_(index), device_(std::move(device)) {}

DeviceSession::~DeviceSession() { shared_.timers.cancel(index_); }

Result<void> DeviceSession::open(milliseconds registerIn) {
  session_.reset(coap_new_client_session(shared_.context, nullptr, &shared_.server, COAP_PROTO_UDP));
  if (!session_) return fail(Errc::io, "no socket for a device", device_.endpoint());
  coap_session_set_app_data(session_.get(), this);
  std::array<std::uint8_t, 6> seed;
  for (auto& byte : seed) byte = static_cast<std::uint8_t>(shared_.random());
  coap_session_init_token(session_.get(), seed.size(), seed.data());
  enter(State::offline);
  arm(registerIn);
  return {};
}

Result<void> DeviceSession::reboot() {
  say("reboots");
  dropObservations();
  rebootDue_ = false;
  unreachable_ = false;
  failures_ = 0;
  location_.clear();
  return open(milliseconds(0));
}

double DeviceSession::between(double low, double high) {
  return std::uniform_real_distribution<>(low, high)(shared_.random);
}

void DeviceSession::arm(milliseconds in) { shared_.timers.arm(index_, shared_.now + in); }

void DeviceSession::say(const std::string& what) const {
  if (shared_.talk) shared_.talk(device_.endpoint() + " " + what);
}

void DeviceSession::enter(State state) {
  const auto counts = [](State s) { return s == State::registered || s == State::updating; };
  if (counts(state) && !counts(state_)) ++shared_.counters.registered;
  if (!counts(state) && counts(state_)) --shared_.counters.registered;
  state_ = state;
}

// Well before the lifetime ends, and not all devices at once.
milliseconds DeviceSession::untilUpdate() {
  const auto lifetime = std::max<double>(2, static_cast<double>(device_.lifetime().count()));
  return milliseconds(static_cast<milliseconds::rep>(std::min(lifetime, 864000.0) * 1000 * between(0.6, 0.8)));
}

void DeviceSession::due() {
  if (leaving_) return;
  if (rebootDue_) {
    if (const auto opened = reboot(); !opened) say(opened.error().text());
    return;
  }
  switch (state_) {
    case State::offline: return sendRegister();
    case State::registered: return sendUpdate();
    default: return onRequestFailed("no answer");
  }
}

DeviceSession::Token DeviceSession::tokenOf(const coap_pdu_t* pdu) {
  const auto found = coap_pdu_get_token(pdu);
  Token token;
  token.length = std::min(found.length, token.bytes.size());
  std::copy_n(found.s, token.length, token.bytes.begin());
  return token;
}

coap_pdu_t* DeviceSession::newRequest(coap_pdu_code_t code, const std::vector<std::string>& path) {
  auto* session = session_.get();
  auto* pdu = coap_new_pdu(COAP_MESSAGE_CON, code, session);
  coap_session_new_token(session, &awaited_.length, awaited_.bytes.data());
  coap_add_token(pdu, awaited_.length, awaited_.bytes.data());
  for (const auto& segment : path) addOption(pdu, COAP_OPTION_URI_PATH, segment);
  return pdu;
}

void DeviceSession::sendRegister() {
  // A server that is away is asked again soon; libcoap's full 93 s of patience would be too much.
  coap_session_set_ack_timeout(session_.get(), {1, 0});
  coap_session_set_max_retransmit(session_.get(), 2);
  auto* pdu = newRequest(COAP_REQUEST_CODE_POST, {"rd"});
  addOption(pdu, COAP_OPTION_CONTENT_FORMAT, static_cast<std::uint32_t>(ContentFormat::link));
  for (const auto& query : {"ep=" + device_.endpoint(), "lt=" + std::to_string(device_.lifetime().count()),
                            std::string("lwm2m=1.1"), std::string("b=U")})
    addOption(pdu, COAP_OPTION_URI_QUERY, query);
  const auto list = device_.objectList();
  coap_add_data(pdu, list.size(), reinterpret_cast<const std::uint8_t*>(list.data()));
  enter(State::registering);
  arm(kAnswerPatience);
  coap_send(session_.get(), pdu);
}

void DeviceSession::sendUpdate() {
  auto* pdu = newRequest(COAP_REQUEST_CODE_POST, location_);
  if (lifetimeChanged_) addOption(pdu, COAP_OPTION_URI_QUERY, "lt=" + std::to_string(device_.lifetime().count()));
  lifetimeChanged_ = false;
  enter(State::updating);
  arm(kAnswerPatience);
  coap_send(session_.get(), pdu);
}

void DeviceSession::deregister() {
  leaving_ = true;
  shared_.timers.cancel(index_);
  if (state_ == State::registering) return;  // as soon as it is known where
  if (state_ != State::registered && state_ != State::updating) return enter(State::offline);
  auto* pdu = newRequest(COAP_REQUEST_CODE_DELETE, location_);
  enter(State::deregistering);
  coap_send(session_.get(), pdu);
}

coap_response_t DeviceSession::onResponse(const coap_pdu_t* received) {
  unreachable_ = false;
  if (tokenOf(received) != awaited_) return COAP_RESPONSE_OK;  // an answer that came too late
  const auto code = coap_pdu_get_code(received);
  const bool succeeded = code >> 5 == 2;
  if (state_ == State::deregistering) {
    dropObservations();
    enter(State::offline);
  } else if (state_ == State::registering && succeeded) {
    onRegistered(received);
  } else if (state_ == State::updating && succeeded) {
    ++shared_.counters.updates;
    failures_ = 0;
    enter(State::registered);
    arm(untilUpdate());
  } else if (state_ == State::updating && code == COAP_RESPONSE_CODE_NOT_FOUND) {
    say("is not known any more, registers again");
    dropObservations();
    enter(State::offline);
    arm(milliseconds(0));
  } else {
    const auto maxAge = numberOf(received, COAP_OPTION_MAXAGE);
    onRequestFailed("is refused: " + codeText(code), maxAge ? std::optional(seconds(*maxAge)) : std::nullopt);
  }
  return COAP_RESPONSE_OK;
}

void DeviceSession::onRegistered(const coap_pdu_t* received) {
  location_ = valuesOf(received, COAP_OPTION_LOCATION_PATH);
  ++shared_.counters.registrations;
  failures_ = 0;
  coap_session_set_ack_timeout(session_.get(), COAP_DEFAULT_ACK_TIMEOUT);
  coap_session_set_max_retransmit(session_.get(), COAP_DEFAULT_MAX_RETRANSMIT);
  dropObservations();
  enter(State::registered);
  if (leaving_) return deregister();
  arm(untilUpdate());
  say("registered at " + pathOf(received, COAP_OPTION_LOCATION_PATH));
}

// A registration or an Update that found no server is tried again, later each time.
void DeviceSession::onRequestFailed(std::string_view why, std::optional<seconds> wait) {
  if (leaving_) return enter(State::offline);
  if (state_ == State::registering) ++shared_.counters.registrationFailures;
  if (state_ == State::registering || state_ == State::updating) enter(State::offline);
  const auto pause = std::min<double>(static_cast<double>(kLongestPause.count()),
                                      static_cast<double>(kFirstPause.count()) * (1u << std::min(failures_, 6u)));
  ++failures_;
  const auto in = milliseconds(static_cast<milliseconds::rep>(pause * between(0.5, 1.0)));
  arm(wait ? std::max<milliseconds>(*wait, in) : in);
  say(std::string(why));
}

void DeviceSession::onFailure(const coap_pdu_t* sent, coap_nack_reason_t reason) {
  if (reason == COAP_NACK_ICMP_ISSUE) {  // libcoap goes on retransmitting; until that is heard, nothing new is sent
    unreachable_ = true;
    if (state_ == State::registered) arm(milliseconds(static_cast<milliseconds::rep>(between(500, 1500))));
    if (leaving_) enter(State::offline);
    return;
  }
  const auto token = tokenOf(sent);
  if (coap_pdu_get_code(sent) < COAP_RESPONSE_CODE(200)) {
    if (token == awaited_) onRequestFailed(reason == COAP_NACK_RST ? "is refused with RST" : "finds no server");
    return;
  }
  ++shared_.counters.failed;
  if (shared_.counters.unresolved > 0) --shared_.counters.unresolved;
  if (reason == COAP_NACK_RST) {
    forgetObservation(token);  // RFC 7641 3.6
  } else if (state_ == State::registered && !leaving_) {
    arm(milliseconds(static_cast<milliseconds::rep>(between(0, 1000))));  // an Update shows whether the server is there
  }
}

void DeviceSession::onRequest(coap_resource_t* resource, const coap_pdu_t* request, const coap_string_t* query,
                              coap_pdu_t* response) {
  ++shared_.counters.requests;
  unreachable_ = false;
  DeviceRequest asked;
  if (!assemble(request, response, asked)) return;
  auto answered = answer(device_, asked, shared_.wall);
  coap_pdu_set_code(response, static_cast<coap_pdu_code_t>(answered.code));
  const auto observe = numberOf(request, COAP_OPTION_OBSERVE);
  if (asked.method == Method::get && observe && answered.succeeded() && answered.format != ContentFormat::link) {
    const auto target = Path::parse(asked.path);
    if (*observe == 0 && this->observe(request, *target, *answered.format))
      addOption(response, COAP_OPTION_OBSERVE, 1u);
    if (*observe == 1) forgetObservation(tokenOf(request));
  }
  if (answered.format) {
    auto owned = std::make_unique<Bytes>(std::move(answered.payload));
    const auto size = owned->size();
    const auto* data = owned->data();
    coap_add_data_large_response(resource, session_.get(), request, response, query,
                                 static_cast<std::uint16_t>(*answered.format), -1, 0, size, data, release,
                                 owned.release());
  } else if (!answered.payload.empty()) {
    coap_add_data(response, answered.payload.size(), answered.payload.data());
  }
  if (answered.effect == Effect::reboot) rebootDue_ = true;
  if (answered.effect == Effect::update) lifetimeChanged_ = true;
  // After the answer has left, not from within libcoap's callback.
  if (answered.effect == Effect::reboot || (answered.effect == Effect::update && state_ == State::registered))
    arm(milliseconds(20));
}

// RFC 7959 2.5: libcoap answers 2.31 for every block but the last and hands each on as it comes.
bool DeviceSession::assemble(const coap_pdu_t* request, coap_pdu_t* response, DeviceRequest& out) {
  out.method = static_cast<Method>(coap_pdu_get_code(request));
  out.path = pathOf(request, COAP_OPTION_URI_PATH);
  out.queries = valuesOf(request, COAP_OPTION_URI_QUERY);
  if (const auto accept = numberOf(request, COAP_OPTION_ACCEPT)) out.accept = static_cast<ContentFormat>(*accept);
  if (const auto format = numberOf(request, COAP_OPTION_CONTENT_FORMAT))
    out.contentFormat = static_cast<ContentFormat>(*format);
  std::size_t length = 0, offset = 0, total = 0;
  const std::uint8_t* data = nullptr;
  if (!coap_get_data_large(request, &length, &data, &offset, &total)) length = 0;
  out.payload = {data, length};
  coap_block_t block;
  if (!coap_get_block(request, COAP_OPTION_BLOCK1, &block)) return true;
  if (offset == 0) body_.clear();
  if (offset != body_.size() || body_.size() + length > kLargestBody) {
    coap_pdu_set_code(response, offset == body_.size() ? kTooLarge : kIncomplete);
    return false;
  }
  body_.insert(body_.end(), data, data + length);
  out.payload = body_;
  if (block.m == 0) return true;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CHANGED);
  return false;
}

bool DeviceSession::observe(const coap_pdu_t* request, const Path& target, ContentFormat format) {
  const auto token = tokenOf(request);
  const auto found = std::find_if(observations_.begin(), observations_.end(), [&](const Observation& entry) {
    return entry.target == target || entry.token == token;
  });
  if (found != observations_.end()) {
    *found = {target, token, format, 1};
    return true;
  }
  if (observations_.size() >= kMostObservations) return false;
  observations_.push_back({target, token, format, 1});
  ++shared_.counters.observations;
  return true;
}

void DeviceSession::dropObservations() {
  shared_.counters.observations -= observations_.size();
  observations_.clear();
}

bool DeviceSession::forgetObservation(const Token& token) {
  const auto gone = std::erase_if(observations_, [&](const Observation& entry) { return entry.token == token; });
  shared_.counters.observations -= gone;
  return gone > 0;
}

bool DeviceSession::mayNotify() {
  if (unreachable_ || (state_ != State::registered && state_ != State::updating)) return false;
  if (epoch_ != shared_.resolvedEpoch || shared_.now - epochStart_ > kMaxTransmitWait) {
    epoch_ = shared_.resolvedEpoch;
    epochStart_ = shared_.now;
    sentInEpoch_ = 0;
  }
  return sentInEpoch_ < kMostUnresolved;
}

bool DeviceSession::notify() {
  if (observations_.empty() || !mayNotify()) return false;
  for (std::size_t i = 0; i < observations_.size(); ++i) {
    auto& observation = observations_[nextObservation_++ % observations_.size()];
    if (!SimulatedDevice::changes(observation.target)) continue;
    sendNotification(observation);
    return true;
  }
  return false;
}

// RFC 7641 4.2, confirmable each time.
void DeviceSession::sendNotification(Observation& observation) {
  device_.step(observation.target);
  const auto answered = answer(
      device_, {Method::get, observation.target.toString(), observation.format, std::nullopt, {}, {}}, shared_.wall);
  auto* session = session_.get();
  auto* pdu = coap_pdu_init(COAP_MESSAGE_CON, static_cast<coap_pdu_code_t>(answered.code), coap_new_message_id(session),
                            coap_session_max_pdu_size(session));
  if (!pdu) return;
  observation.sequence = (observation.sequence + 1) & 0xFFFFFF;
  coap_add_token(pdu, observation.token.length, observation.token.bytes.data());
  addOption(pdu, COAP_OPTION_OBSERVE, observation.sequence);
  addOption(pdu, COAP_OPTION_CONTENT_FORMAT, static_cast<std::uint32_t>(observation.format));
  const auto& payload = answered.payload;
  if (payload.size() <= (16u << kBlockExponent)) {
    coap_add_data(pdu, payload.size(), payload.data());
  } else {  // the first block; the server asks for the others (RFC 7959 2.6)
    coap_block_b_t block{};
    block.szx = block.aszx = kBlockExponent;
    coap_write_block_b_opt(session, &block, COAP_OPTION_BLOCK2, pdu, payload.size());
    coap_add_block_b_data(pdu, payload.size(), payload.data(), &block);
  }
  ++shared_.counters.notifications;
  ++shared_.counters.unresolved;
  ++sentInEpoch_;
  coap_send(session, pdu);
}

}  // namespace isthmus::lwm2m
