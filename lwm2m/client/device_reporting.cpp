// What a device tells the server: notifications and Send.
#include "lwm2m/client/device_session.h"
#include "lwm2m/codec/codec.h"

#include <algorithm>

namespace isthmus::lwm2m {
namespace {

// libcoap queues what NSTART does not let go and does not tell of ACKs: this bounds what can pile up there.
constexpr unsigned kMostUnresolved = 128;
constexpr milliseconds kMaxTransmitWait{93000};  // RFC 7252 4.8.2
constexpr milliseconds kTryAgain{200};
constexpr std::size_t kBlock = 1024;
constexpr std::uint8_t kContent = 0x45, kNotFound = 0x84, kInternalError = 0xA0;

void release(coap_session_t*, void* bytes) { delete static_cast<Bytes*>(bytes); }

Bytes diagnostic(const Error& error) {
  const auto text = error.text();
  return {text.begin(), text.end()};
}

}  // namespace

SimulatedDevice* DeviceSession::place(std::string_view prefix) {
  if (prefix.empty()) return &own();
  const auto found = std::find_if(places_.begin() + 1, places_.end(),
                                  [&](const SimulatedDevice& device) { return device.profile().prefix == prefix; });
  return found == places_.end() ? nullptr : &*found;
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
    const auto paths = observation.schedule.paths();
    if (std::none_of(paths.begin(), paths.end(), SimulatedDevice::changes)) continue;
    for (const auto& path : paths) places_[observation.place].step(path);
    if (shared_.obeysAttributes) {
      valuesChanged();
    } else {
      sendNotification(observation);
    }
    return true;
  }
  return false;
}

void DeviceSession::valuesChanged() {
  for (auto* session : device_.sessions)
    if (!session->observations_.empty()) shared_.changed.push_back(session);
}

void DeviceSession::armReport() {
  std::optional<Instant> next;
  for (const auto& observation : observations_)
    if (const auto due = observation.schedule.next(places_[observation.place]))
      next = next ? std::min(*next, *due) : *due;
  if (next) arm(std::max(*next - shared_.now, milliseconds(0)), report);
}

void DeviceSession::reportDue() {
  if (!mayNotify()) return observations_.empty() ? void() : arm(kTryAgain, report);
  std::vector<Token> ended;
  for (auto& observation : observations_)
    if (observation.schedule.isDue(places_[observation.place], shared_.now) && !sendNotification(observation))
      ended.push_back(observation.token);
  for (const auto& token : ended) forgetObservation(token);
  armReport();
}

// False: what is observed is gone; the server was told, and the observation ends with that (RFC 7641 4.2).
bool DeviceSession::sendNotification(Observation& observation) {
  const auto& device = places_[observation.place];
  auto content =
      contentOf(device, observation.schedule.paths(), observation.composite, observation.format, shared_.wall);
  observation.schedule.sent(device, shared_.now);
  if (content) {
    transmit(observation, {kContent, observation.format, std::move(*content)});
  } else {
    const auto code = content.error().code == Errc::notFound ? kNotFound : kInternalError;
    transmit(observation, {code, std::nullopt, diagnostic(content.error())});
  }
  return content.has_value();
}

// The server asks for the other blocks (RFC 7959 2.6). libcoap answers that from the last large body that it was given
// for such a request, so it is given this one.
void DeviceSession::addFirstBlock(const Observation& observation, const DeviceWord& word, coap_pdu_t* pdu) {
  const auto method = observation.composite ? COAP_REQUEST_CODE_FETCH : COAP_REQUEST_CODE_GET;
  const std::unique_ptr<coap_pdu_t, void (*)(coap_pdu_t*)> request(coap_pdu_init(COAP_MESSAGE_CON, method, 0, kBlock),
                                                                   coap_delete_pdu);
  auto owned = std::make_unique<Bytes>(word.payload);
  const auto size = owned->size();
  const auto* data = owned->data();
  coap_add_data_large_response(observation.resource, session_.get(), request.get(), pdu, nullptr,
                               static_cast<std::uint16_t>(word.format.value_or(observation.format)), -1, 0, size, data,
                               release, owned.release());
}

// RFC 7641 4.2; confirmable or not as `con` has it.
void DeviceSession::transmit(Observation& observation, const DeviceWord& word) {
  wake();
  stayAwake();
  auto* session = session_.get();
  const bool isConfirmable = observation.schedule.isConfirmable(places_[observation.place]);
  auto* pdu =
      coap_pdu_init(isConfirmable ? COAP_MESSAGE_CON : COAP_MESSAGE_NON, static_cast<coap_pdu_code_t>(word.code),
                    coap_new_message_id(session), coap_session_max_pdu_size(session));
  if (!pdu) return;
  observation.sequence = (observation.sequence + 1) & 0xFFFFFF;
  coap_add_token(pdu, observation.token.length, observation.token.bytes.data());
  if (word.code == kContent) addOption(pdu, COAP_OPTION_OBSERVE, observation.sequence);
  const bool isSmall = word.payload.size() <= kBlock;
  if (isSmall && word.format) addOption(pdu, COAP_OPTION_CONTENT_FORMAT, static_cast<std::uint32_t>(*word.format));
  if (isSmall) {
    coap_add_data(pdu, word.payload.size(), word.payload.data());
  } else {
    addFirstBlock(observation, word, pdu);
  }
  ++notifications_;
  ++shared_.counters.notifications;
  if (isConfirmable) {
    ++shared_.counters.unresolved;
    ++sentInEpoch_;
  }
  coap_send(session, pdu);
}

DeviceSession::Observation* DeviceSession::observationAt(const SimulatedDevice& device, const Path& path) {
  const auto found = std::find_if(observations_.begin(), observations_.end(), [&](const Observation& entry) {
    const auto paths = entry.schedule.paths();
    return &places_[entry.place] == &device && std::find(paths.begin(), paths.end(), path) != paths.end();
  });
  return found == observations_.end() ? nullptr : &*found;
}

Result<void> DeviceSession::notifyWord(const SimulatedDevice& device, const Path& observed, const DeviceWord& word) {
  auto* observation = observationAt(device, observed);
  if (!observation) return fail(Errc::notFound, "not observed", observed.toString());
  transmit(*observation, word);
  if (word.code >> 5 != 2) forgetObservation(Token(observation->token));
  return {};
}

Result<void> DeviceSession::notifyRecords(const SimulatedDevice& device, const Path& observed,
                                          std::span<const Record> records) {
  auto* observation = observationAt(device, observed);
  if (!observation) return fail(Errc::notFound, "not observed", observed.toString());
  const auto model = device.model();
  const auto base = observation->composite ? Path() : observed;
  auto payload =
      encode(observation->format, records, {model, base, device.profile().traits.rootPath, device.profile().prefix});
  if (!payload) return tl::unexpected(std::move(payload.error()));
  transmit(*observation, {kContent, observation->format, std::move(*payload)});
  return {};
}

// LwM2M Core 6.4.6. Its own names stand in the payload, whatever the path.
void DeviceSession::send(const SimulatedDevice& device, std::vector<Path> paths, Completion done) {
  if (own().mayNotSend(account_)) return done(fail(Errc::refused, "Send is muted", "/1/0/23"));
  const auto& profile = device.profile();
  const auto format =
      profile.understands(ContentFormat::senmlCbor) ? ContentFormat::senmlCbor : ContentFormat::senmlJson;
  auto payload = contentOf(device, paths, true, format, shared_.wall);
  if (!payload) return done(tl::unexpected(std::move(payload.error())));
  sendWord({kContent, format, std::move(*payload)}, std::move(done));
}

void DeviceSession::sendRecords(const SimulatedDevice& device, std::span<const Record> records, ContentFormat format,
                                Completion done) {
  const auto model = device.model();
  auto payload = encode(format, records, {model, Path(), device.profile().traits.rootPath, device.profile().prefix});
  if (!payload) return done(tl::unexpected(std::move(payload.error())));
  sendWord({kContent, format, std::move(*payload)}, std::move(done));
}

void DeviceSession::sendWord(const DeviceWord& word, Completion done) {
  if (state_ == State::offline || state_ == State::registering)
    return done(fail(Errc::unavailable, "the device is not registered"));
  Token token;
  auto* pdu = newRequest(COAP_REQUEST_CODE_POST, {"dp"}, token);
  if (word.format) addOption(pdu, COAP_OPTION_CONTENT_FORMAT, static_cast<std::uint32_t>(*word.format));
  auto owned = std::make_unique<Bytes>(word.payload);
  const auto size = owned->size();
  const auto* data = owned->data();
  sends_.push_back({token, std::move(done)});
  coap_add_data_large_request(session_.get(), pdu, size, data, release, owned.release());
  coap_send(session_.get(), pdu);
}

void DeviceSession::settleSend(const Token& token, Result<std::uint8_t> outcome) {
  const auto found =
      std::find_if(sends_.begin(), sends_.end(), [&](const Awaited& sent) { return sent.token == token; });
  if (found == sends_.end()) return;
  const auto done = std::move(found->done);
  sends_.erase(found);
  if (outcome && *outcome >> 5 == 2) ++shared_.counters.sends;
  done(std::move(outcome));
}

}  // namespace isthmus::lwm2m
