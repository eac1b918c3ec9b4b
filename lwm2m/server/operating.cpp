// The device management side of Server: what is asked of a device, in one format after the other until it takes one.
#include "lwm2m/server/server.h"

#include <algorithm>
#include <utility>

namespace isthmus::lwm2m {
namespace {

constexpr Path kDisable(1, 0, 4), kReboot(3, 0, 4);  // of any instance: the device has one server account for us

bool isResource(const Path& path, const Path& like) {
  return path.depth() == 3 && path.object() == like.object() && path.resource() == like.resource();
}

// "Not in this format", in both directions: devices mix the two up.
bool isWrongFormat(coap::Code code) {
  return code == coap::code::kNotAcceptable || code == coap::code::kUnsupportedContentFormat;
}

}  // namespace

OperationContext Server::contextOf(const Device& device) const {
  const std::string_view rootPath = device.extras ? std::string_view(device.extras->rootPath) : std::string_view();
  return {modelOf(device), rootPath, device.registration.prefix, device.formats, device.accept, clock_.wall()};
}

void Server::operate(std::uint32_t index, DeviceOperation operation, OperationCompletion done) {
  ++counters_.operations;
  OperationCompletion counted = [this, done = std::move(done)](Result<OperationOutcome> outcome) {
    if (!outcome) ++counters_.operationsFailed;
    if (outcome && !outcome->code.isSuccess()) ++counters_.operationsRefused;
    done(std::move(outcome));
  };
  if (auto fit = check(operation); !fit) return counted(tl::unexpected(std::move(fit.error())));
  Device* device = devices_.at(index);
  if (device == nullptr || device->registration.state != RegistrationState::registered)
    return counted(fail(Errc::notFound, "the device is not registered"));
  switch (operation.kind) {
    case OperationKind::observe:
    case OperationKind::observeComposite: return beginObservation(*device, std::move(operation), std::move(counted));
    case OperationKind::cancelObservation:
    case OperationKind::cancelCompositeObservation:
      return cancelObservation(*device, std::move(operation), std::move(counted));
    default: break;
  }
  ask(index, std::move(operation), {},
      [this, done = std::move(counted)](const Result<coap::IncomingResponse>& answer, const Asking& asking) {
        finish(answer, asking, done);
      });
}

void Server::finish(const Result<coap::IncomingResponse>& answer, const Asking& asking,
                    const OperationCompletion& done) {
  if (!answer) return done(tl::unexpected(answer.error()));
  Device* device = devices_.at(asking.device);
  if (device == nullptr) return done(fail(Errc::notFound, "the device is gone"));
  if (answer->code.isSuccess()) applySuccess(*device, asking.operation);
  done(outcomeOf(asking.operation, asking.format(), *answer, contextOf(*device)));
}

void Server::ask(std::uint32_t device, DeviceOperation operation, std::optional<coap::Token> token, Asking::Done done) {
  askNext(std::make_shared<Asking>(device, std::move(operation), token, std::move(done)));
}

// Sends the request in the next format that can carry it.
void Server::askNext(const std::shared_ptr<Asking>& asking) {
  Device* device = devices_.at(asking->device);
  const auto end = [&asking](tl::unexpected<Error> error) { asking->done(error, *asking); };
  if (device == nullptr || device->registration.state != RegistrationState::registered)
    return end(fail(Errc::notFound, "the device is not registered"));
  if (!isAwake(*device)) {
    holderOf(*device).missed = true;
    return end(fail(Errc::unavailable, "the device sleeps"));
  }
  const OperationContext context = contextOf(*device);
  if (asking->formats.empty()) asking->formats = formatsFor(asking->operation, context);
  Result<coap::OutgoingRequest> request = requestOf(asking->operation, asking->format(), context);
  while (!request && asking->hasNext()) {
    ++asking->at;
    request = requestOf(asking->operation, asking->format(), context);
  }
  if (!request) return end(tl::unexpected(std::move(request.error())));
  request->token = asking->token;
  request->notAfter = asking->operation.notAfter;
  endpoint_.send(holderOf(*device).registration.address, *std::move(request),
                 [this, asking](const Result<coap::IncomingResponse>& answer) { onAnswer(asking, answer); });
}

void Server::onAnswer(const std::shared_ptr<Asking>& asking, const Result<coap::IncomingResponse>& answer) {
  Device* device = devices_.at(asking->device);
  if (device != nullptr && answer) heard(*device);
  if (answer && isWrongFormat(answer->code) && asking->hasNext()) {
    ++asking->at;
    return askNext(asking);
  }
  if (device != nullptr && answer && answer->code.isSuccess()) learnFormat(*device, *asking);
  Device* holder = device != nullptr ? &holderOf(*device) : nullptr;
  const bool unheard = !answer && answer.error().code == Errc::timeout;
  const bool slept = unheard && holder != nullptr && fallsAsleep(*holder);
  const coap::Address address = slept ? holder->registration.address : coap::Address();
  asking->done(answer, *asking);
  if (slept) endpoint_.cancel(address);  // what waits behind it would go unanswered too
}

// What it took in the end, it is asked in from now on.
void Server::learnFormat(Device& device, const Asking& asking) {
  const OperationKind kind = asking.operation.kind;
  if (asking.at == 0 || (kind != OperationKind::read && kind != OperationKind::observe)) return;
  if (holdsObjects(asking.format())) device.accept = asking.format();
}

// What a device's yes means for its registration.
void Server::applySuccess(Device& device, const DeviceOperation& operation) {
  if (operation.kind == OperationKind::write || operation.kind == OperationKind::writeComposite)
    return applyWritten(device, operation.records);
  if (operation.kind != OperationKind::execute) return;
  const bool disables = isResource(operation.paths[0], kDisable), reboots = isResource(operation.paths[0], kReboot);
  if (!disables && !reboots) return;
  device.registration.leave = disables ? Leave::disabled : Leave::rebooting;
  if (device.registration.queueMode) holderOf(device).awakeUntil = clock_.now();
  listener_.onChanged(device.registration, device.registration.state);
}

// Some clients keep to a written lifetime without saying it in their Update (wakaama). An end device lives as long as
// its gateway does, whatever is written to it.
void Server::applyWritten(Device& device, std::span<const Record> records) {
  constexpr Path kLifetime(1, 0, 1);
  const Registration& registration = device.registration;
  if (registration.state != RegistrationState::registered || registration.gateway != kNoGateway) return;
  for (const Record& record : records) {
    if (!isResource(record.path, kLifetime)) continue;
    const Result<Value> value = convert(record.value, ResourceType::unsignedInteger);
    const auto* lifetime = value ? std::get_if<std::uint64_t>(&*value) : nullptr;
    if (lifetime == nullptr || *lifetime > UINT32_MAX || *lifetime == device.registration.lifetime) continue;
    device.registration.lifetime = static_cast<std::uint32_t>(*lifetime);
    refresh(device);
    listener_.onChanged(device.registration, device.registration.state);
  }
}

}  // namespace isthmus::lwm2m
