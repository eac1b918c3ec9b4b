// The information reporting side of Server: setting observations up, one request at a time per device, and what they
// bring.
#include "lwm2m/server/server.h"

#include <algorithm>
#include <utility>

namespace isthmus::lwm2m {
namespace {

std::vector<Path> pathsOf(const Observation& observation) {
  return {observation.paths().begin(), observation.paths().end()};
}

NotificationAttributes attributesOf(const Observation& observation) {
  const Result<AttributeChange> change = parseAttributes(observation.attributes());
  return change ? change->set : NotificationAttributes();
}

DeviceOperation observeOf(const Observation& observation) {
  DeviceOperation operation{.paths = pathsOf(observation)};
  operation.kind = observation.isComposite() ? OperationKind::observeComposite : OperationKind::observe;
  if (observation.isByOperator() && !observation.isComposite()) operation.attributes = attributesOf(observation);
  return operation;
}

}  // namespace

void Server::queueObserving(Device& device) {
  if (device.observing || device.nextSlot >= device.registration.observations.size()) return;
  device.observing = true;
  toObserve_.push_back(device.registration.device);
}

// Under new tokens; the caller has it written.
void Server::observeAnew(Device& device) {
  endRevision(device);
  Registration& registration = device.registration;
  ++registration.generation;
  registration.observing = !registration.observations.empty();
  device.nextSlot = 0;
  queueObserving(device);
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
         !isToBeObserved(*device, device->nextSlot)) {
    ++device->nextSlot;
  }
  const bool more =
      device != nullptr && isAwake(*device) && device->nextSlot < device->registration.observations.size();
  if (!more) {
    endObserving(index);
    if (device == nullptr) return;
    device->observing = false;
    if (device->nextSlot < device->registration.observations.size()) {
      holderOf(*device).missed = true;
    } else {
      allObserved(*device);
    }
    return;
  }
  const std::uint8_t generation = device->registration.generation;
  const Observation& observation = device->registration.observations[device->nextSlot];
  const bool written = !attributesOf(observation).empty() || !attributesToUnset(*device).empty();
  if (observation.isByOperator() || !written) return observe(index, generation);
  writeAttributes(index, generation);
}

// Written once, so that a restart does not ask all devices anew, and still asks those that it cut off.
void Server::allObserved(Device& device) {
  Registration& registration = device.registration;
  const bool registered = registration.state == RegistrationState::registered;
  if (!registration.observing || !registered || device.unheard != kNoSlot) return;
  registration.observing = false;
  endRevision(device);
  listener_.onChanged(registration, registration.state);
}

void Server::endObserving(std::uint32_t index) {
  --observing_;
  if (const auto next = gateways_.leave(index)) toObserve_.push_back(*next);
}

// Write-Attributes comes before the Observe that they shape (LwM2M Core 6.3.4). A device that refuses them is observed
// all the same.
void Server::writeAttributes(std::uint32_t index, std::uint8_t generation) {
  const Device& device = *devices_.at(index);
  const Observation& observation = device.registration.observations[device.nextSlot];
  DeviceOperation operation{.kind = OperationKind::writeAttributes, .paths = pathsOf(observation)};
  operation.attributes = attributesOf(observation);
  operation.unset = attributesToUnset(device);
  ask(index, std::move(operation), {},
      [this, index, generation](const Result<coap::IncomingResponse>& answer, const Asking&) {
        Device* asked = stillObserving(index, generation);
        if (asked == nullptr) return observeNext(index);
        const bool sleeps = !answer && answer.error().code == Errc::timeout && !isAwake(*asked);
        return sleeps ? onUnheard(*asked) : observe(index, generation);
      });
}

void Server::observe(std::uint32_t index, std::uint8_t generation) {
  const Device& device = *devices_.at(index);
  ++counters_.observesSent;
  ask(index, observeOf(device.registration.observations[device.nextSlot]), tokenOf(device, device.nextSlot),
      [this, index, generation](const Result<coap::IncomingResponse>& answer, const Asking& asking) {
        onObserved(index, generation, answer, asking.format());
      });
}

void Server::onObserved(std::uint32_t index, std::uint8_t generation, const Result<coap::IncomingResponse>& answer,
                        ContentFormat asked) {
  Device* device = stillObserving(index, generation);
  if (device == nullptr) return observeNext(index);
  if (!answer && answer.error().code == Errc::unavailable) return observeAgainLater(*device);
  if (answer && answer->code.isSuccess()) {
    report(*device, {device->registration.observations[device->nextSlot].paths(), answer->contentFormat, asked,
                     answer->payload, answer->key, ReportKind::firstAnswer});
  } else {
    ++counters_.observesFailed;
    if (!answer && answer.error().code == Errc::timeout) return onUnheard(*device);
    const Observation refused = device->registration.observations[device->nextSlot];
    if (refused.isComposite() && !refused.isByOperator()) {
      takeApart(*device);
      return observeNext(index);
    }
    if (refused.isAt(kEndDevices, false)) readEndDevices(index);
    if (refused.isByOperator()) endObservation(*device, device->nextSlot, answer ? answer->code : coap::Code());
  }
  slotAnswered(*device);
  observeNext(index);
}

// Observe-Composite is optional for devices (LwM2M Core 6.4): what it was to bring is asked for one by one, in the slot
// of the refused one and behind the others.
void Server::takeApart(Device& device) {
  std::vector<Observation> all = device.registration.observations.toVector();
  const std::vector<Path> paths = pathsOf(all[device.nextSlot]);
  const auto revision = revisions_.find(device.registration.device);
  device.oneByOne = true;
  all[device.nextSlot] = Observation(paths.front(), {});
  for (std::size_t i = 1; i < paths.size() && all.size() < kMostObservations; ++i) {
    if (revision != revisions_.end()) revision->second.todo.insert(static_cast<std::uint16_t>(all.size()));
    all.emplace_back(paths[i], "");
  }
  device.registration.observations = shared(all);
  listener_.onChanged(device.registration, device.registration.state);
}

// A device that said no keeps its no; one that did not hear us is asked again when it is heard. In queue mode it sleeps
// now: the same Observe comes first when it wakes, or the next one if it went unanswered twice.
void Server::onUnheard(Device& device) {
  const std::uint16_t slot = device.nextSlot;
  if (!device.registration.queueMode || device.unheard == slot) ++device.nextSlot;
  device.unheard = device.registration.queueMode ? slot : std::min(device.unheard, slot);
  observeNext(device.registration.device);
}

void Server::resumeObserving(Device& device) {
  if (device.unheard != kNoSlot && device.nextSlot >= device.registration.observations.size())
    device.nextSlot = std::exchange(device.unheard, kNoSlot);
  queueObserving(device);
}

// The request was dropped on our side (the device moved to another address): once more from the queue.
void Server::observeAgainLater(Device& device) {
  endObserving(device.registration.device);
  device.observing = false;
  queueObserving(device);
}

const Observation* Server::observationOf(const ObservationToken& token, const Device& device) const {
  const Registration& registration = device.registration;
  const bool valid = registration.state == RegistrationState::registered &&
                     registration.generation == token.generation && token.slot < registration.observations.size() &&
                     !registration.observations[token.slot].isFree();
  return valid ? &registration.observations[token.slot] : nullptr;
}

// A device that has proved who it is may come from a new address, which is its address from now on. Without security,
// the address is all that tells one device from another (LwM2M Transport 6.4.3): a stranger may be the device itself
// behind a new NAT binding, so its observation is left alone, and its next Update brings the new address.
bool Server::isFrom(Device& device, const coap::Address& peer) {
  const Registration& registration = device.registration;
  if (registration.address == peer) return reaches(security_, peer, registration.endpoint);
  if (!provesToBe(device, peer)) return false;
  follow(device, peer);
  listener_.onChanged(registration, registration.state);
  return true;
}

coap::Verdict Server::stray() {
  ++counters_.strayNotifications;
  return coap::Verdict::reset;
}

coap::Verdict Server::onNotification(const coap::IncomingNotification& notification) {
  const auto token = ObservationToken::decode(notification.message.token, settings_.tokenSecret);
  Device* device = token ? devices_.at(token->device) : nullptr;
  if (device == nullptr || observationOf(*token, *device) == nullptr) return stray();
  if (!isFrom(holderOf(*device), notification.key.peer)) {
    ++counters_.foreignNotifications;
    return coap::Verdict::withhold;
  }
  // A device that moved lost an operator's requests, which may have ended this observation, or put it elsewhere.
  const SharedArray<Observation> kept = device->registration.observations;
  const Observation* observation = observationOf(*token, *device);
  if (observation == nullptr) return stray();
  ++counters_.notifications;
  heard(*device);
  if (!notification.message.code.isSuccess()) {  // RFC 7641 4.2: the device has ended it
    ++counters_.observationsEnded;
    endObservation(*device, token->slot, notification.message.code);
    return coap::Verdict::acknowledge;
  }
  std::optional<std::uint16_t> format;
  if (const auto number = notification.message.uintOption(coap::option::kContentFormat)) {
    format = static_cast<std::uint16_t>(*number);
  }
  return report(*device, {observation->paths(), format, device->accept, notification.payload, notification.key,
                          ReportKind::notification});
}

// An operator's observation is given up; one of the plan keeps its slot: the device may take it up again, and the next
// registration does.
void Server::endObservation(Device& device, std::uint16_t slot, coap::Code why) {
  const Observation ended = device.registration.observations[slot];
  listener_.onObservationEnded(device.registration, ended, why);
  if (ended.isByOperator()) freeSlot(device, slot);
}

bool Server::knowsToken(const coap::Address&, const coap::Token& token) {
  const auto known = ObservationToken::decode(token, settings_.tokenSecret);
  const Device* device = known ? devices_.at(known->device) : nullptr;
  return device != nullptr && observationOf(*known, *device) != nullptr;
}

// The rest of a notification in blocks is read from the same paths, in the same format (RFC 7959 2.6).
std::optional<coap::OutgoingRequest> Server::requestForRest(const coap::IncomingNotification& firstBlock) {
  const auto token = ObservationToken::decode(firstBlock.message.token, settings_.tokenSecret);
  Device* device = token ? devices_.at(token->device) : nullptr;
  if (device == nullptr || observationOf(*token, *device) == nullptr) return std::nullopt;
  if (!isFrom(holderOf(*device), firstBlock.key.peer)) return std::nullopt;
  const Observation* observation = observationOf(*token, *device);  // see onNotification()
  if (observation == nullptr) return std::nullopt;
  DeviceOperation operation = observeOf(*observation);
  operation.kind = observation->isComposite() ? OperationKind::readComposite : OperationKind::read;
  const auto format = firstBlock.message.uintOption(coap::option::kContentFormat);
  auto request =
      requestOf(operation, format ? static_cast<ContentFormat>(*format) : device->accept, contextOf(*device));
  return request ? std::optional(*std::move(request)) : std::nullopt;
}

coap::Verdict Server::report(Device& device, const Received& received) {
  const Path observed = received.paths.size() == 1 ? received.paths[0] : Path();
  const Result<std::vector<Record>> records =
      recordsOf(received.paths, received.format, received.asked, received.payload, contextOf(device));
  if (!records) {
    ++counters_.badReports;
    return listener_.onBadReport({device.registration, observed, received.format, received.payload, records.error(),
                                  received.key, received.kind});
  }
  const auto format = received.format ? static_cast<ContentFormat>(*received.format) : received.asked;
  const Report report{device.registration, modelOf(device), observed,         *records,
                      received.key,        received.kind,   received.payload, format};
  const coap::Verdict verdict = listener_.onReport({&report, 1});
  const bool names = observed == kEndDevices[0] && device.registration.gateway == kNoGateway;
  if (names && verdict == coap::Verdict::acknowledge) onEndDevices(device, *records);
  return verdict;
}

void Server::reobserve(std::uint32_t index) {
  Device* device = devices_.at(index);
  if (device == nullptr || device->registration.state != RegistrationState::registered) return;
  observeAnew(*device);
  listener_.onChanged(device->registration, device->registration.state);
}

}  // namespace isthmus::lwm2m
