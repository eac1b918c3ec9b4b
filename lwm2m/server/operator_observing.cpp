// Observations that an operator asks for, beside those of the plan.
#include "lwm2m/server/server.h"

#include <algorithm>
#include <iterator>

namespace isthmus::lwm2m {
namespace {

Observation observationBy(const DeviceOperation& operation) {
  return Observation::byOperator(operation.paths, isComposite(operation.kind), toQuery(operation.attributes));
}

}  // namespace

coap::Token Server::tokenOf(const Device& device, std::size_t slot) const {
  const Registration& registration = device.registration;
  return ObservationToken{registration.device, registration.generation, static_cast<std::uint8_t>(slot)}.encode(
      settings_.tokenSecret);
}

std::optional<std::uint16_t> Server::slotAt(const Device& device, const DeviceOperation& operation) const {
  const std::span<const Observation> all = device.registration.observations.view();
  const auto found = std::ranges::find_if(all, [&](const Observation& observation) {
    return observation.isAt(operation.paths, isComposite(operation.kind));
  });
  if (found == all.end()) return std::nullopt;
  return static_cast<std::uint16_t>(found - all.begin());
}

// Nothing: all are taken.
std::optional<std::uint16_t> Server::takeSlot(Device& device, const DeviceOperation& operation) {
  SharedArray<Observation>& observations = device.registration.observations;
  if (observations.size() >= kMostObservations) dropFreeSlots(device);
  if (observations.size() >= kMostObservations) return std::nullopt;
  const bool settled = device.nextSlot == observations.size();
  std::vector<Observation> more = observations.toVector();
  more.push_back(observationBy(operation));
  observations = more;
  if (settled) ++device.nextSlot;
  return static_cast<std::uint16_t>(more.size() - 1);
}

void Server::setObservation(Device& device, std::size_t slot, Observation observation) {
  std::vector<Observation> all = device.registration.observations.toVector();
  all[slot] = std::move(observation);
  device.registration.observations = all;
}

// Slots get new meanings, so all tokens end; the device is observed anew.
void Server::dropFreeSlots(Device& device) {
  if (std::ranges::none_of(device.registration.observations.view(), &Observation::isFree)) return;
  endRevision(device);
  std::vector<Observation> taken = device.registration.observations.toVector();
  std::erase_if(taken, [](const Observation& observation) { return observation.isFree(); });
  device.registration.observations = taken;
  observeAnew(device);
}

// Its slot stays taken, so that the others' tokens keep their meaning.
void Server::freeSlot(Device& device, std::size_t slot) {
  setObservation(device, slot, Observation());
  listener_.onChanged(device.registration, device.registration.state);
}

// What is observed there already is asked for under its own token, and stays as it is until the device says yes.
void Server::beginObservation(Device& device, DeviceOperation operation, OperationCompletion done) {
  const auto known = slotAt(device, operation);
  const auto slot = known ? known : takeSlot(device, operation);
  if (!slot) return done(fail(Errc::unavailable, "256 observations are the most that a device can have"));
  if (!known) listener_.onChanged(device.registration, device.registration.state);  // kept before its token leaves
  ++counters_.observesSent;
  ask(device.registration.device, std::move(operation), tokenOf(device, *slot),
      [this, isNew = !known, done = std::move(done)](const Result<coap::IncomingResponse>& answer,
                                                     const Asking& asking) {
        onOperatorObserved(answer, asking, isNew);
        finish(answer, asking, done);
      });
}

void Server::onOperatorObserved(const Result<coap::IncomingResponse>& answer, const Asking& asking, bool isNew) {
  Device* device = devices_.at(asking.device);
  const auto known = ObservationToken::decode(*asking.token, settings_.tokenSecret);
  const Observation* observation = device != nullptr ? observationOf(*known, *device) : nullptr;
  if (observation == nullptr) return;  // it ended meanwhile
  if (answer && answer->code.isSuccess()) {
    report(*device, {observation->paths(), answer->contentFormat, asking.format(), answer->payload, answer->key,
                     ReportKind::firstAnswer});
  }
  // Without the option the device answered, and does not observe (RFC 7641 3.1).
  const bool observed = answer && answer->code.isSuccess() && answer->observe.has_value();
  if (observed) return applyObserved(*device, known->slot, asking.operation);
  ++counters_.observesFailed;
  if (isNew) freeSlot(*device, known->slot);
}

// One of the plan becomes the operator's where it has other attributes now.
void Server::applyObserved(Device& device, std::size_t slot, const DeviceOperation& operation) {
  const Observation& kept = device.registration.observations[slot];
  Observation made = observationBy(operation);
  if (kept == made || (!kept.isByOperator() && made.attributes().empty())) return;
  setObservation(device, slot, std::move(made));
  listener_.onChanged(device.registration, device.registration.state);
}

// Active: by a request under the same token (RFC 7641 3.6). Either way the slot is free at once, so that a notification
// that comes all the same gets RST.
void Server::cancelObservation(Device& device, DeviceOperation operation, OperationCompletion done) {
  const auto slot = slotAt(device, operation);
  if (!slot) return done(fail(Errc::notFound, "not observed", operation.paths[0].toString()));
  const bool active = operation.cancelMode == CancelMode::active;
  if (active && !isAwake(device)) return done(fail(Errc::unavailable, "the device sleeps"));
  const coap::Token token = tokenOf(device, *slot);
  freeSlot(device, *slot);
  if (!active) return done(OperationOutcome{.code = coap::code::kContent});
  ask(device.registration.device, std::move(operation), token,
      [this, done = std::move(done)](const Result<coap::IncomingResponse>& answer, const Asking& asking) {
        finish(answer, asking, done);
      });
}

}  // namespace isthmus::lwm2m
