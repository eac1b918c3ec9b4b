// What the server asks of a device, over libcoap's request callback.
#include "lwm2m/client/device_session.h"

#include <algorithm>

namespace isthmus::lwm2m {
namespace {

constexpr std::size_t kLargestBody = 1 << 20;
constexpr std::size_t kMostObservations = 256;
constexpr std::size_t kMostRemembered = 10000;
constexpr milliseconds kAfterAnswer{20};
constexpr coap_pdu_code_t kIncomplete = static_cast<coap_pdu_code_t>(COAP_RESPONSE_CODE(408)),
                          kTooLarge = static_cast<coap_pdu_code_t>(COAP_RESPONSE_CODE(413));
constexpr std::array<const char*, 8> kMethods{"", "GET", "POST", "PUT", "DELETE", "FETCH", "PATCH", "iPATCH"};

void release(coap_session_t*, void* bytes) { delete static_cast<Bytes*>(bytes); }

bool isComposite(Method method) { return method == Method::fetch || method == Method::iPatch; }
bool isReading(Method method) { return method == Method::get || method == Method::fetch; }

}  // namespace

void DeviceSession::onRequest(coap_resource_t* resource, const coap_pdu_t* request, const coap_string_t* query,
                              coap_pdu_t* response) {
  ++shared_.counters.requests;
  unreachable_ = false;
  stayAwake();
  DeviceRequest asked;
  if (!assemble(request, response, asked)) return;
  const auto place = placeOf(asked.path);
  auto answered = answerTo(asked, place);
  const auto observe = numberOf(request, COAP_OPTION_OBSERVE);
  if (shared_.keepsRequests) remember(asked, observe, answered.code);
  if (isReading(asked.method) && observe && answered.succeeded() && !answered.read.empty()) {
    if (*observe == 0 && this->observe(resource, request, place, answered, asked.method == Method::fetch))
      addOption(response, COAP_OPTION_OBSERVE, 1u);
    if (*observe == 1) forgetObservation(tokenOf(request));
  }
  if (!isReading(asked.method) && answered.succeeded()) valuesChanged();
  const auto effect = answered.effect;
  respond(resource, request, query, response, std::move(answered));
  if (effect != Effect::none) takeEffect(effect, asked.path);
}

// The end device whose prefix the path begins with, or the device itself.
std::size_t DeviceSession::placeOf(std::string_view path) const {
  for (std::size_t i = 1; i < places_.size(); ++i) {
    const auto root = places_[i].profile().root();
    if (path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/')) return i;
  }
  return 0;
}

DeviceResponse DeviceSession::answerTo(const DeviceRequest& request, std::size_t place) {
  if (const auto word = std::exchange(nextAnswer_, std::nullopt)) {
    DeviceResponse response;
    response.code = word->code;
    response.format = word->format;
    response.payload = word->payload;
    if (const auto path = Path::parse(request.path)) response.read = {*path};
    return response;
  }
  if (isComposite(request.method) && !traits().composites) return {};  // an empty ACK
  return answer(places_[place], request, shared_.wall);
}

void DeviceSession::respond(coap_resource_t* resource, const coap_pdu_t* request, const coap_string_t* query,
                            coap_pdu_t* response, DeviceResponse answered) {
  coap_pdu_set_code(response, static_cast<coap_pdu_code_t>(answered.code));
  if (answered.created) addPath(response, COAP_OPTION_LOCATION_PATH, answered.created->toString());
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
}

// What happens to one server account is between the device and that server, whoever asked for it.
void DeviceSession::takeEffect(Effect effect, std::string_view path) {
  const auto target = Path::parse(path.substr(std::min(path.size(), own().profile().root().size())));
  const bool isOneAccount = target && target->depth() >= 2 && target->object() == 1;
  if (isOneAccount) return sessionAt(target->instance()).takeOwnEffect(effect);
  const bool isForAll = effect == Effect::update || effect == Effect::objectsChanged;
  if (!isForAll) return takeOwnEffect(effect);
  for (auto* session : device_.sessions) session->takeOwnEffect(effect);
}

// After the answer has left, not from within libcoap's callback.
void DeviceSession::takeOwnEffect(Effect effect) {
  switch (effect) {
    case Effect::none: return;
    case Effect::reboot: rebootDue_ = true; return arm(kAfterAnswer);
    case Effect::disable: disableDue_ = true; return arm(kAfterAnswer);
    case Effect::send: return send(own(), own().pathsToSend(), [](const Result<std::uint8_t>&) {});
    case Effect::update: lifetimeChanged_ = true; break;
    case Effect::objectsChanged: objectsChanged_ = true; break;
  }
  if (state_ == State::registered) arm(kAfterAnswer);
}

void DeviceSession::remember(const DeviceRequest& request, std::optional<std::uint32_t> observe, std::uint8_t answer) {
  if (asked_.size() >= kMostRemembered) return;
  const auto number = [](const std::optional<ContentFormat>& format) {
    return format ? std::optional(static_cast<std::uint32_t>(*format)) : std::nullopt;
  };
  asked_.push_back({kMethods[static_cast<std::size_t>(request.method) % kMethods.size()], request.path, request.queries,
                    number(request.accept), number(request.contentFormat), observe,
                    Bytes(request.payload.begin(), request.payload.end()), answer});
}

// RFC 7959 2.5: libcoap answers 2.31 for every block but the last and hands each on as it comes.
bool DeviceSession::assemble(const coap_pdu_t* request, coap_pdu_t* response, DeviceRequest& out) {
  out.method = static_cast<Method>(coap_pdu_get_code(request));
  out.account = account_;
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

// A new Observe of what is observed already replaces it (RFC 7641 4.1).
bool DeviceSession::observe(coap_resource_t* resource, const coap_pdu_t* request, std::size_t place,
                            const DeviceResponse& answered, bool composite) {
  const auto token = tokenOf(request);
  std::erase_if(observations_, [&](const Observation& entry) {
    const bool isSame = entry.place == place && entry.composite == composite &&
                        std::ranges::equal(entry.schedule.paths(), answered.read);
    shared_.counters.observations -= isSame || entry.token == token;
    return isSame || entry.token == token;
  });
  if (observations_.size() >= kMostObservations) return false;
  ReportSchedule schedule(answered.read, answered.attributes, places_[place], shared_.now, account_);
  observations_.push_back({place, token, *answered.format, composite, 1, std::move(schedule), resource});
  ++shared_.counters.observations;
  armReport();
  return true;
}

}  // namespace isthmus::lwm2m
