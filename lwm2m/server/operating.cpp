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

bool isWrongFormat(coap::Code code) {
  return code == coap::code::kNotAcceptable || code == coap::code::kUnsupportedContentFormat;
}

}  // namespace

// An operation under way. `done` gets the answer in the format that `at` names, or what went wrong.
struct Server::Asking {
  std::uint32_t device = 0;
  DeviceOperation operation;
  std::optional<coap::Token> token;
  std::function<void(const Result<coap::IncomingResponse>&, ContentFormat)> done;
  std::vector<ContentFormat> formats;
  std::size_t at = 0;
};

OperationContext Server::contextOf(const Device& device) const {
  const std::string_view rootPath = device.extras ? std::string_view(device.extras->rootPath) : std::string_view();
  return {modelOf(device), rootPath, device.formats, device.accept, clock_.wall()};
}

void Server::operate(std::uint32_t index, DeviceOperation operation, OperationCompletion done) {
  ++counters_.operations;
  const auto finish = [this, done = std::move(done)](Result<OperationOutcome> outcome) {
    if (!outcome) ++counters_.operationsFailed;
    if (outcome && !outcome->code.isSuccess()) ++counters_.operationsRefused;
    done(std::move(outcome));
  };
  if (auto fit = check(operation); !fit) return finish(tl::unexpected(std::move(fit.error())));
  auto asking = std::make_shared<Asking>(index, std::move(operation), std::nullopt, nullptr);
  asking->done = [this, running = asking.get(), finish](const Result<coap::IncomingResponse>& answer,
                                                        ContentFormat asked) {
    Device* device = devices_.at(running->device);
    if (!answer) return finish(tl::unexpected(answer.error()));
    if (device == nullptr) return finish(fail(Errc::notFound, "the device is gone"));
    if (answer->code.isSuccess()) applySuccess(*device, running->operation);
    finish(outcomeOf(running->operation, asked, *answer, contextOf(*device)));
  };
  ask(asking);
}

// Sends the request in the next format that can carry it.
void Server::ask(const std::shared_ptr<Asking>& asking) {
  Device* device = devices_.at(asking->device);
  const auto end = [&asking](tl::unexpected<Error> error) { asking->done(error, ContentFormat::text); };
  if (device == nullptr || device->registration.state != RegistrationState::registered)
    return end(fail(Errc::notFound, "the device is not registered"));
  if (!isAwake(*device)) {
    device->missed = true;
    return end(fail(Errc::unavailable, "the device sleeps"));
  }
  const OperationContext context = contextOf(*device);
  if (asking->formats.empty()) asking->formats = formatsFor(asking->operation, context);
  Result<coap::OutgoingRequest> request = requestOf(asking->operation, asking->formats[asking->at], context);
  while (!request && asking->at + 1 < asking->formats.size())
    request = requestOf(asking->operation, asking->formats[++asking->at], context);
  if (!request) return end(tl::unexpected(std::move(request.error())));
  request->token = asking->token;
  endpoint_.send(device->registration.address, *std::move(request),
                 [this, asking](const Result<coap::IncomingResponse>& answer) { onAnswer(asking, answer); });
}

void Server::onAnswer(const std::shared_ptr<Asking>& asking, const Result<coap::IncomingResponse>& answer) {
  Device* device = devices_.at(asking->device);
  if (device != nullptr && answer) heard(*device);
  const bool unheard = !answer && answer.error().code == Errc::timeout;
  const bool more = asking->at + 1 < asking->formats.size();
  if (answer && isWrongFormat(answer->code) && more) {
    ++asking->at;
    return ask(asking);
  }
  asking->done(answer, asking->formats[asking->at]);
  if (unheard && (device = devices_.at(asking->device)) != nullptr) fellAsleep(*device);
}

// What a device's yes means for its registration.
void Server::applySuccess(Device& device, const DeviceOperation& operation) {
  if (operation.kind == OperationKind::write || operation.kind == OperationKind::writeComposite)
    return applyWritten(device, operation.records);
  if (operation.kind != OperationKind::execute) return;
  if (isResource(operation.paths[0], kDisable)) device.leave = Leave::disabled;
  if (isResource(operation.paths[0], kReboot)) device.leave = Leave::rebooting;
  if (device.leave != Leave::none && device.registration.queueMode) device.awakeUntil = clock_.now();
}

// Some clients keep to a written lifetime without saying it in their Update (wakaama).
void Server::applyWritten(Device& device, std::span<const Record> records) {
  constexpr Path kLifetime(1, 0, 1);
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
