// The information reporting side of Server: setting observations up, one request at a time per device, and what they
// bring.
#include "lwm2m/server/server.h"

#include <algorithm>
#include <utility>

namespace isthmus::lwm2m {

void Server::queueObserving(Device& device) {
  if (device.observing || device.nextSlot >= device.registration.observations.size()) return;
  device.observing = true;
  toObserve_.push_back(device.registration.device);
}

// Leaves a request that is under way to end by itself: its answer finds another generation and is dropped.
void Server::stopObserving(Device& device) {
  device.nextSlot = static_cast<std::uint16_t>(device.registration.observations.size());
}

Device* Server::stillObserving(std::uint32_t index, std::uint8_t generation) {
  Device* device = devices_.at(index);
  if (device == nullptr) return nullptr;
  const bool same =
      device->registration.state == RegistrationState::registered && device->registration.generation == generation;
  return same && device->nextSlot < device->registration.observations.size() ? device : nullptr;
}

// A device came to the head of the queue, or its last request ended: the next slot, or done.
void Server::observeNext(std::uint32_t index) {
  Device* device = devices_.at(index);
  while (device != nullptr && device->nextSlot < device->registration.observations.size() &&
         device->registration.observations[device->nextSlot].path.isRoot()) {
    ++device->nextSlot;  // cancelled meanwhile
  }
  const bool more =
      device != nullptr && isAwake(*device) && device->nextSlot < device->registration.observations.size();
  if (!more) {
    --observing_;
    if (device == nullptr) return;
    device->observing = false;
    device->missed = device->missed || device->nextSlot < device->registration.observations.size();
    return;
  }
  const std::uint8_t generation = device->registration.generation;
  if (device->registration.observations[device->nextSlot].attributes.empty()) return observe(index, generation);
  writeAttributes(index, generation);
}

// Write-Attributes comes before the Observe that they shape (LwM2M Core 6.3.4). A device that refuses them is observed
// all the same.
void Server::writeAttributes(std::uint32_t index, std::uint8_t generation) {
  Device& device = *devices_.at(index);
  const Observation& observation = device.registration.observations[device.nextSlot];
  coap::OutgoingRequest request = requestFor(device, coap::code::kPut, observation.path);
  std::string_view rest = observation.attributes;
  while (!rest.empty()) {
    const std::string_view item = rest.substr(0, rest.find('&'));
    request.options.add(coap::option::kUriQuery, item);
    rest.remove_prefix(std::min(rest.size(), item.size() + 1));
  }
  endpoint_.send(device.registration.address, std::move(request),
                 [this, index, generation](const Result<coap::IncomingResponse>&) {
                   if (stillObserving(index, generation) != nullptr) return observe(index, generation);
                   observeNext(index);
                 });
}

void Server::observe(std::uint32_t index, std::uint8_t generation) {
  Device& device = *devices_.at(index);
  const Registration& registration = device.registration;
  coap::OutgoingRequest request = requestFor(device, coap::code::kGet, registration.observations[device.nextSlot].path);
  request.options.addUint(coap::option::kObserve, 0);  // RFC 7641 2
  request.options.addUint(coap::option::kAccept, static_cast<std::uint32_t>(device.accept));
  request.token =
      ObservationToken{index, generation, static_cast<std::uint8_t>(device.nextSlot)}.encode(settings_.tokenSecret);
  ++counters_.observesSent;
  endpoint_.send(registration.address, std::move(request),
                 [this, index, generation](const Result<coap::IncomingResponse>& answer) {
                   onObserved(index, generation, answer);
                 });
}

void Server::onObserved(std::uint32_t index, std::uint8_t generation, const Result<coap::IncomingResponse>& answer) {
  Device* device = stillObserving(index, generation);
  if (device == nullptr) return observeNext(index);
  if (answer) heard(*device);
  const Path path = device->registration.observations[device->nextSlot].path;
  // 4.06 and 4.15 both mean "not in this format": TLV is what is left to try.
  const bool wrongFormat =
      answer && (answer->code == coap::code::kNotAcceptable || answer->code == coap::code::kUnsupportedContentFormat);
  if (wrongFormat && device->accept != ContentFormat::tlv) {
    device->accept = ContentFormat::tlv;
    return observe(index, generation);
  }
  if (!answer && answer.error().code == Errc::unavailable) return observeAgainLater(*device);
  if (answer && answer->code.isSuccess()) {
    report(*device, path, answer->contentFormat, answer->payload, answer->key, true);
  } else {
    ++counters_.observesFailed;
    if (!answer) return onUnheard(*device);
  }
  ++device->nextSlot;
  observeNext(index);
}

// A device that said no keeps its no; one that did not hear us is asked again when it is heard. In queue mode it sleeps
// now: the same Observe comes first when it wakes, or the next one if it went unanswered twice.
void Server::onUnheard(Device& device) {
  const std::uint16_t slot = device.nextSlot;
  if (!device.registration.queueMode || device.unheard == slot) ++device.nextSlot;
  device.unheard = device.registration.queueMode ? slot : std::min(device.unheard, slot);
  fellAsleep(device);
  observeNext(device.registration.device);
}

void Server::resumeObserving(Device& device) {
  if (device.unheard != kNoSlot && device.nextSlot >= device.registration.observations.size())
    device.nextSlot = std::exchange(device.unheard, kNoSlot);
  queueObserving(device);
}

// The request was dropped on our side (the device moved to another address): once more from the queue.
void Server::observeAgainLater(Device& device) {
  --observing_;
  device.observing = false;
  queueObserving(device);
}

const Observation* Server::observationOf(const ObservationToken& token, const Device& device) const {
  const Registration& registration = device.registration;
  const bool valid = registration.state == RegistrationState::registered &&
                     registration.generation == token.generation && token.slot < registration.observations.size() &&
                     !registration.observations[token.slot].path.isRoot();
  return valid ? &registration.observations[token.slot] : nullptr;
}

coap::Verdict Server::onNotification(const coap::IncomingNotification& notification) {
  const auto token = ObservationToken::decode(notification.message.token, settings_.tokenSecret);
  Device* device = token ? devices_.at(token->device) : nullptr;
  const Observation* observation = device != nullptr ? observationOf(*token, *device) : nullptr;
  if (observation == nullptr) {
    ++counters_.strayNotifications;
    return coap::Verdict::reset;
  }
  // Without security, the address is all that tells one device from another (LwM2M Transport 6.4.3). It may be the
  // device itself behind a new NAT binding, so its observation is left alone: its next Update brings the new address.
  if (!(device->registration.address == notification.key.peer)) {
    ++counters_.foreignNotifications;
    return coap::Verdict::withhold;
  }
  ++counters_.notifications;
  heard(*device);
  if (!notification.message.code.isSuccess()) {  // RFC 7641 4.2: the device has ended it
    ++counters_.observationsEnded;
    return coap::Verdict::acknowledge;
  }
  std::optional<std::uint16_t> format;
  if (const auto number = notification.message.uintOption(coap::option::kContentFormat)) {
    format = static_cast<std::uint16_t>(*number);
  }
  return report(*device, observation->path, format, notification.payload, notification.key, false);
}

bool Server::knowsToken(const coap::Address&, const coap::Token& token) {
  const auto known = ObservationToken::decode(token, settings_.tokenSecret);
  const Device* device = known ? devices_.at(known->device) : nullptr;
  return device != nullptr && observationOf(*known, *device) != nullptr;
}

// The rest of a notification in blocks is read by GET of the same path (RFC 7959 2.6).
std::optional<coap::OutgoingRequest> Server::requestForRest(const coap::IncomingNotification& firstBlock) {
  const auto token = ObservationToken::decode(firstBlock.message.token, settings_.tokenSecret);
  const Device* device = token ? devices_.at(token->device) : nullptr;
  const Observation* observation = device != nullptr ? observationOf(*token, *device) : nullptr;
  if (observation == nullptr || !(device->registration.address == firstBlock.key.peer)) return std::nullopt;
  coap::OutgoingRequest request = requestFor(*device, coap::code::kGet, observation->path);
  request.options.addUint(coap::option::kAccept, static_cast<std::uint32_t>(device->accept));
  return request;
}

Result<std::vector<Record>> Server::decodeBody(const Device& device, const Path& path,
                                               std::optional<std::uint16_t> format, ByteView payload) const {
  const DeviceModel model = modelOf(device);
  const std::string_view rootPath = device.extras ? std::string_view(device.extras->rootPath) : std::string_view{};
  // Without a Content-Format the payload is plain text (LwM2M Core 7.4.1).
  const auto contentFormat = static_cast<ContentFormat>(format.value_or(0));
  return decode(contentFormat, payload, {model, path, clock_.wall(), rootPath});
}

coap::Verdict Server::report(const Device& device, const Path& path, std::optional<std::uint16_t> format,
                             ByteView payload, const coap::ExchangeKey& key, bool firstAnswer) {
  const Result<std::vector<Record>> records = decodeBody(device, path, format, payload);
  if (!records) {
    ++counters_.badReports;
    return listener_.onBadReport({device.registration, path, format, payload, records.error(), key});
  }
  return listener_.onReport({device.registration, modelOf(device), path, *records, key, firstAnswer});
}

coap::OutgoingRequest Server::requestFor(const Device& device, coap::Code code, const Path& path) const {
  coap::OutgoingRequest request;
  request.code = code;
  if (device.extras) request.options.addPath(coap::option::kUriPath, device.extras->rootPath);
  for (std::size_t level = 0; level < path.depth(); ++level)
    request.options.add(coap::option::kUriPath, std::to_string(path.id(level)));
  return request;
}

void Server::reobserve(std::uint32_t index) {
  Device* device = devices_.at(index);
  if (device == nullptr || device->registration.state != RegistrationState::registered) return;
  ++device->registration.generation;
  device->nextSlot = 0;
  queueObserving(*device);
  listener_.onChanged(device->registration, device->registration.state);
}

Result<void> Server::cancelObservation(std::uint32_t index, const Path& path, Cancel how) {
  Device* device = devices_.at(index);
  if (device == nullptr) return fail(Errc::notFound, "no such device");
  std::vector<Observation>& observations = device->registration.observations;
  const auto found = std::ranges::find(observations, path, &Observation::path);
  if (found == observations.end()) return fail(Errc::notFound, "not observed", path.toString());
  const auto slot = static_cast<std::uint8_t>(found - observations.begin());
  if (how == Cancel::active) {
    coap::OutgoingRequest request = requestFor(*device, coap::code::kGet, path);
    request.options.addUint(coap::option::kObserve, 1);  // RFC 7641 3.6
    request.token = ObservationToken{index, device->registration.generation, slot}.encode(settings_.tokenSecret);
    endpoint_.send(device->registration.address, std::move(request), [](const Result<coap::IncomingResponse>&) {});
  }
  *found = Observation{};  // its slot stays taken, so that the others' tokens keep their meaning
  listener_.onChanged(device->registration, device->registration.state);
  return {};
}

}  // namespace isthmus::lwm2m
