// A device's registration: its life towards the server, and whether it listens at all.
#include "lwm2m/client/device_session.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>

namespace isthmus::lwm2m {
namespace {

constexpr milliseconds kFirstPause{1000}, kLongestPause{60000};
constexpr milliseconds kAnswerPatience{120000};  // beyond libcoap's own MAX_TRANSMIT_WAIT
constexpr milliseconds kStillBusy{100};          // before another try to fall asleep
constexpr Version k10{1, 0};

std::string codeText(coap_pdu_code_t code) {
  const auto minor = code & 31;
  return std::to_string(code >> 5) + (minor < 10 ? ".0" : ".") + std::to_string(minor);
}

tl::unexpected<Error> noAnswer(std::string_view why) { return fail(Errc::unavailable, std::string(why)); }

const char* failureText(coap_nack_reason_t reason) {
  if (reason == COAP_NACK_RST) return "is refused with RST";
  return reason == COAP_NACK_TLS_FAILED ? "gets no DTLS session: has the server this identity and key?"
                                        : "finds no server";
}

}  // namespace

DeviceSession::DeviceSession(FleetShared& shared, FleetDevice& device, Place place)
    : shared_(shared),
      device_(device),
      number_(place.number),
      index_(place.device),
      account_(place.account),
      places_(device.places) {
  device_.sessions.push_back(this);
}

DeviceSession::~DeviceSession() {
  for (std::uint32_t timer = 0; timer < kTimers; ++timer) shared_.timers.cancel(number_ * kTimers + timer);
}

coap_session_t* DeviceSession::newSession(const coap_address_t* local) const {
  const FleetServer& server = shared_.servers.at(account_);
  if (!server.secure) return coap_new_client_session(shared_.context, local, &server.address, COAP_PROTO_UDP);
  std::string identity = shared_.key->identity.empty() ? own().endpoint() : shared_.key->identity;
  if (const auto at = identity.find("{n}"); at != std::string::npos) identity.replace(at, 3, std::to_string(index_));
  return newSecureSession(shared_.context, local, server.address, identity, shared_.key->key);
}

Result<void> DeviceSession::connect(const coap_address_t* local) {
  session_.reset(newSession(local));
  if (!session_) return fail(Errc::io, "no socket for a device", own().endpoint());
  coap_session_set_app_data(session_.get(), this);
  std::array<std::uint8_t, 6> seed;
  for (auto& byte : seed) byte = static_cast<std::uint8_t>(shared_.random());
  coap_session_init_token(session_.get(), seed.size(), seed.data());
  asleep_ = false;
  return {};
}

Result<void> DeviceSession::open(milliseconds registerIn) {
  if (const auto connected = connect(nullptr); !connected) return connected;
  enter(State::offline);
  arm(registerIn);
  return {};
}

Result<void> DeviceSession::reboot() {
  say("reboots");
  for (auto* session : device_.sessions)
    if (auto begun = session->begin(); !begun) return begun;
  return {};
}

Result<void> DeviceSession::begin() {
  dropObservations();
  settle(noAnswer("the device reboots"));
  for (const auto& sent : std::exchange(sends_, {})) sent.done(noAnswer("the device reboots"));
  rebootDue_ = disableDue_ = staysAway_ = false;
  unreachable_ = false;
  failures_ = 0;
  location_.clear();
  return open(milliseconds(0));
}

// Its socket is closed, so that nothing reaches it; libcoap has no other way to be deaf.
void DeviceSession::sleep() {
  for (auto* session : device_.sessions) session->fallAsleep();
}

void DeviceSession::fallAsleep() {
  if (asleep_ || !session_) return;
  local_ = *coap_session_get_addr_local(session_.get());
  session_.reset();
  asleep_ = true;
  say("sleeps");
}

void DeviceSession::wake() {
  if (!asleep_) return;
  if (const auto connected = connect(&local_); !connected) return say(connected.error().text());
  stayAwake();
  say("wakes");
}

Result<void> DeviceSession::move(const std::string& localAddress) {
  coap_address_t local;
  coap_address_init(&local);
  local.size = sizeof local.addr.sin;
  local.addr.sin.sin_family = AF_INET;
  if (inet_pton(AF_INET, localAddress.c_str(), &local.addr.sin.sin_addr) != 1)
    return fail(Errc::malformed, "not an IPv4 address", localAddress);
  return connect(&local);
}

double DeviceSession::between(double low, double high) {
  return std::uniform_real_distribution<>(low, high)(shared_.random);
}

void DeviceSession::arm(milliseconds in, Timer timer) {
  shared_.timers.arm(number_ * kTimers + timer, shared_.now + in);
}

void DeviceSession::stayAwake() {
  if (traits().queueMode) arm(traits().awake, drowsy);
}

void DeviceSession::say(const std::string& what) const {
  if (shared_.talk) shared_.talk(own().endpoint() + " " + what);
}

void DeviceSession::enter(State state) {
  const auto counts = [](State s) { return s == State::registered || s == State::updating; };
  if (counts(state) && !counts(state_)) ++shared_.counters.registered;
  if (!counts(state) && counts(state_)) --shared_.counters.registered;
  state_ = state;
}

// Well before the lifetime ends, and not all devices at once.
milliseconds DeviceSession::untilUpdate() {
  const auto expectancy = std::max<double>(2, static_cast<double>(lifetime().count()));
  return milliseconds(static_cast<milliseconds::rep>(std::min(expectancy, 864000.0) * 1000 * between(0.6, 0.8)));
}

void DeviceSession::due(std::uint32_t timer) {
  if (leaving_) return;
  switch (timer) {
    case life: return lifeDue();
    case report: return reportDue();
    default: return drowsyDue();
  }
}

void DeviceSession::lifeDue() {
  if (rebootDue_) {
    if (const auto opened = reboot(); !opened) say(opened.error().text());
    return;
  }
  if (disableDue_) return sendDeregister();
  switch (state_) {
    case State::offline:
      // The server may have lost the DTLS session: only another handshake tells.
      if (shared_.servers[account_].secure && failures_ > 0) {
        if (const auto connected = connect(nullptr); !connected) return onRequestFailed(connected.error().text());
      }
      return sendRegister();
    case State::registered: return sendUpdate();
    default: return onRequestFailed("no answer");
  }
}

void DeviceSession::drowsyDue() {
  const bool isBusy = state_ != State::registered || !sends_.empty() || shared_.counters.unresolved > 0;
  if (isBusy) return arm(kStillBusy, drowsy);
  fallAsleep();
}

Token DeviceSession::tokenOf(const coap_pdu_t* pdu) {
  const auto found = coap_pdu_get_token(pdu);
  Token token;
  token.length = std::min(found.length, token.bytes.size());
  std::copy_n(found.s, token.length, token.bytes.begin());
  return token;
}

coap_pdu_t* DeviceSession::newRequest(coap_pdu_code_t code, const std::vector<std::string>& path, Token& token) {
  wake();
  stayAwake();
  auto* session = session_.get();
  auto* pdu = coap_new_pdu(COAP_MESSAGE_CON, code, session);
  coap_session_new_token(session, &token.length, token.bytes.data());
  coap_add_token(pdu, token.length, token.bytes.data());
  for (const auto& segment : path) addOption(pdu, COAP_OPTION_URI_PATH, segment);
  return pdu;
}

void DeviceSession::sendRegister() {
  auto* pdu = newRequest(COAP_REQUEST_CODE_POST, {"rd"}, awaited_);
  // A server that is away is asked again soon; libcoap's full 93 s of patience would be too much.
  coap_session_set_ack_timeout(session_.get(), {1, 0});
  coap_session_set_max_retransmit(session_.get(), 2);
  addOption(pdu, COAP_OPTION_CONTENT_FORMAT, static_cast<std::uint32_t>(ContentFormat::link));
  std::vector<std::string> queries;
  if (traits().namesItself) queries.push_back("ep=" + own().endpoint());
  queries.push_back("lt=" + std::to_string(lifetime().count()));
  queries.push_back("lwm2m=" + traits().enabler.toString());
  const bool isFirstEnabler = traits().enabler == k10;
  queries.push_back(traits().queueMode && isFirstEnabler ? "b=UQ" : "b=U");
  if (traits().queueMode && !isFirstEnabler) queries.push_back("Q");
  queries.insert(queries.end(), traits().queries.begin(), traits().queries.end());
  for (const auto& query : queries) addOption(pdu, COAP_OPTION_URI_QUERY, query);
  const auto list = own().objectList();
  coap_add_data(pdu, list.size(), reinterpret_cast<const std::uint8_t*>(list.data()));
  lifetimeChanged_ = objectsChanged_ = false;
  enter(State::registering);
  arm(kAnswerPatience);
  coap_send(session_.get(), pdu);
}

void DeviceSession::sendUpdate() {
  auto* pdu = newRequest(COAP_REQUEST_CODE_POST, location_, awaited_);
  if (objectsChanged_) addOption(pdu, COAP_OPTION_CONTENT_FORMAT, static_cast<std::uint32_t>(ContentFormat::link));
  if (lifetimeChanged_) addOption(pdu, COAP_OPTION_URI_QUERY, "lt=" + std::to_string(lifetime().count()));
  const auto list = objectsChanged_ ? own().objectList() : std::string();
  if (objectsChanged_) coap_add_data(pdu, list.size(), reinterpret_cast<const std::uint8_t*>(list.data()));
  lifetimeChanged_ = objectsChanged_ = false;
  enter(State::updating);
  arm(kAnswerPatience);
  coap_send(session_.get(), pdu);
}

void DeviceSession::sendDeregister() {
  auto* pdu = newRequest(COAP_REQUEST_CODE_DELETE, location_, awaited_);
  enter(State::deregistering);
  if (!leaving_) arm(kAnswerPatience);
  coap_send(session_.get(), pdu);
}

void DeviceSession::leave() {
  leaving_ = true;
  for (std::uint32_t timer = 0; timer < kTimers; ++timer) shared_.timers.cancel(number_ * kTimers + timer);
  if (state_ == State::registering) return;  // as soon as it is known where
  if (state_ != State::registered && state_ != State::updating) return enter(State::offline);
  sendDeregister();
}

void DeviceSession::updateNow(Completion done) {
  if (state_ != State::registered) return done(noAnswer("the device is not registered"));
  settle(noAnswer("another request took its place"));
  settled_ = std::move(done);
  sendUpdate();
}

void DeviceSession::registerNow(Completion done) {
  staysAway_ = false;
  settle(noAnswer("another request took its place"));
  settled_ = std::move(done);
  sendRegister();
}

void DeviceSession::deregisterNow(Completion done) {
  if (state_ != State::registered) return done(noAnswer("the device is not registered"));
  staysAway_ = true;
  settle(noAnswer("another request took its place"));
  settled_ = std::move(done);
  sendDeregister();
}

void DeviceSession::settle(Result<std::uint8_t> outcome) {
  if (const auto done = std::exchange(settled_, nullptr)) done(std::move(outcome));
}

coap_response_t DeviceSession::onResponse(const coap_pdu_t* received) {
  unreachable_ = false;
  stayAwake();
  const auto token = tokenOf(received);
  if (token != awaited_) {
    settleSend(token, static_cast<std::uint8_t>(coap_pdu_get_code(received)));
    return COAP_RESPONSE_OK;  // or an answer that came too late
  }
  onRegistrationAnswer(received);
  settle(static_cast<std::uint8_t>(coap_pdu_get_code(received)));
  return COAP_RESPONSE_OK;
}

void DeviceSession::onRegistrationAnswer(const coap_pdu_t* received) {
  const auto code = coap_pdu_get_code(received);
  const bool succeeded = code >> 5 == 2;
  if (state_ == State::deregistering) {
    onDeregistered();
  } else if (state_ == State::registering && succeeded) {
    onRegistered(received);
  } else if (state_ == State::updating && succeeded) {
    ++shared_.counters.updates;
    failures_ = 0;
    enter(State::registered);
    arm(untilUpdate());
    armReport();
  } else if (state_ == State::updating && code == COAP_RESPONSE_CODE_NOT_FOUND) {
    say("is not known any more, registers again");
    dropObservations();
    enter(State::offline);
    arm(milliseconds(0));
  } else {
    const auto maxAge = numberOf(received, COAP_OPTION_MAXAGE);
    onRequestFailed("is refused: " + codeText(code), maxAge ? std::optional(seconds(*maxAge)) : std::nullopt);
  }
}

void DeviceSession::onDeregistered() {
  dropObservations();
  enter(State::offline);
  shared_.timers.cancel(number_ * kTimers + life);
  if (leaving_ || staysAway_) return;
  if (std::exchange(disableDue_, false)) arm(own().disableTimeout(account_));  // LwM2M Core E.2, Disable
}

void DeviceSession::onRegistered(const coap_pdu_t* received) {
  location_ = valuesOf(received, COAP_OPTION_LOCATION_PATH);
  ++shared_.counters.registrations;
  failures_ = 0;
  coap_session_set_ack_timeout(session_.get(), COAP_DEFAULT_ACK_TIMEOUT);
  coap_session_set_max_retransmit(session_.get(), COAP_DEFAULT_MAX_RETRANSMIT);
  dropObservations();
  enter(State::registered);
  if (leaving_) return leave();
  arm(untilUpdate());
  say("registered at " + pathOf(received, COAP_OPTION_LOCATION_PATH));
}

// A registration or an Update that found no server is tried again, later each time.
void DeviceSession::onRequestFailed(std::string_view why, std::optional<seconds> wait) {
  settle(noAnswer(why));
  if (leaving_) return enter(State::offline);
  if (state_ == State::deregistering) return onDeregistered();
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
    const auto why = failureText(reason);
    return token == awaited_ ? onRequestFailed(why) : settleSend(token, noAnswer(why));
  }
  ++shared_.counters.failed;
  if (shared_.counters.unresolved > 0) --shared_.counters.unresolved;
  if (reason == COAP_NACK_RST) {
    forgetObservation(token);  // RFC 7641 3.6
  } else if (state_ == State::registered && !leaving_) {
    arm(milliseconds(static_cast<milliseconds::rep>(between(0, 1000))));  // an Update shows whether the server is there
  }
}

DeviceState DeviceSession::state() const {
  DeviceState state;
  state.registered = state_ == State::registered || state_ == State::updating;
  state.asleep = asleep_;
  for (const auto& segment : location_) state.location += "/" + segment;
  const auto& local = asleep_ || !session_ ? local_ : *coap_session_get_addr_local(session_.get());
  state.port = coap_address_get_port(&local);
  state.observations = observations_.size();
  state.notifications = notifications_;
  return state;
}

}  // namespace isthmus::lwm2m
