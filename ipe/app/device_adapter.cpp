#include "ipe/app/device_adapter.h"

#include "ipe/app/device_operations.h"
#include "ipe/app/format_names.h"
#include "ipe/app/server_account.h"

#include <algorithm>

namespace isthmus::app {
namespace {

constexpr std::size_t kDecodeErrors = 100;

tl::unexpected<Error> noDevice(const std::string& endpoint) {
  return fail(Errc::notFound,
              "No device '" + endpoint + "' is known here; /api/v1/devices?search= finds endpoint names.");
}

Result<proxy::CommandId> parsedId(const std::string& id) {
  const auto parsed = proxy::CommandId::parse(id);
  if (!parsed) return fail(Errc::notFound, "'" + id + "' is not the id of a command; /api/v1/commands lists them.");
  return *parsed;
}

bool observes(const lwm2m::Registration& registration, const std::vector<lwm2m::Path>& paths, bool composite) {
  return std::ranges::any_of(registration.observations,
                             [&](const lwm2m::Observation& one) { return one.isAt(paths, composite); });
}

}  // namespace

// The asker's patience counts from here: the loop may come to it late, and then the asker is gone.
void DeviceAdapter::submit(status::DeviceRequest request, Progress progress, Wanted wanted) {
  parts_.loop.call([this, asking = Asking{std::move(request), std::move(progress), std::move(wanted),
                                          parts_.clock.wall()}] { start(asking); });
}

void DeviceAdapter::start(const Asking& asking) {
  const auto& [request, progress, wanted, since] = asking;
  const auto device = registered(request.endpoint);
  if (!device) return progress(tl::unexpected(device.error()));
  const lwm2m::Registration& registration = (*device)->registration;
  const bool kicks = request.action == status::DeviceAction::kick && request.paths.empty();
  if (kicks && (request.server || declaredAccounts(registration).size() > 1)) return findAccount(asking, registration);
  auto operation = operationOf(request, parts_.server.modelOf(**device), registration);
  if (!operation) return progress(tl::unexpected(operation.error()));
  const bool cancels = request.action == status::DeviceAction::cancelObservation;
  if (cancels && !observes(registration, operation->paths, request.composite))
    return progress(fail(Errc::notFound, "That is not observed; /api/v1/devices/{ep} lists what is."));
  const bool asleep = !parts_.server.awake(registration.device);
  // A device of queue mode may turn out to sleep only when it does not answer.
  const bool kept = request.keep && (asleep || parts_.server.queueMode(registration.device));
  proxy::Command command;
  command.device = registration.device;
  command.operation = *std::move(operation);
  command.deadline = since + (kept ? *request.keep : request.timeout);
  command.origin = "api";
  command.keeping = kept && asleep ? proxy::CommandKeeping::stored : proxy::CommandKeeping::transient;
  const auto tell = [this, progress = progress, sleeps = asleep && kept, kept](const proxy::CommandStatus& status) {
    status::CommandView view = viewOf(status, endpointOf(status.device));
    view.kept = kept;
    view.asleep = sleeps && status.state == proxy::CommandState::waiting;
    progress(std::move(view));
  };
  if (parts_.clock.wall() >= command.deadline || !wanted())
    return progress(fail(Errc::timeout, "Isthmus is too busy to reach the device; try again."));
  const auto id = parts_.proxy.downlink().submit(std::move(command), tell);
  if (!id) return progress(tl::unexpected(id.error()));
  status::CommandView accepted;
  accepted.id = id->toString();
  accepted.state = proxy::name(proxy::CommandState::accepted);
  accepted.kept = kept;
  progress(std::move(accepted));
}

// Only the device knows which of its server accounts is whose.
void DeviceAdapter::findAccount(const Asking& asking, const lwm2m::Registration& registration) {
  const milliseconds left = asking.since + asking.request.timeout - parts_.clock.wall();
  if (left <= milliseconds(0) || !asking.wanted())
    return asking.progress(fail(Errc::timeout, "Isthmus is too busy to reach the device; try again."));
  status::CommandView looking;
  looking.state = proxy::name(proxy::CommandState::sent);
  asking.progress(std::move(looking));
  lwm2m::DeviceOperation accounts;
  accounts.paths = {lwm2m::Path(1)};
  accounts.notAfter = parts_.clock.now() + left;
  parts_.server.operate(registration.device, std::move(accounts),
                        [this, asking, lifetime = registration.lifetime](
                            const Result<lwm2m::OperationOutcome>& answer) { onAccounts(asking, lifetime, answer); });
}

void DeviceAdapter::onAccounts(const Asking& asking, std::uint32_t lifetime,
                               const Result<lwm2m::OperationOutcome>& answer) {
  constexpr const char* kWhat = "The device has several server accounts, and did not say which are whose: ";
  if (!answer) return asking.progress(fail(answer.error().code, kWhat + answer.error().text()));
  if (!answer->code.isSuccess())
    return asking.progress(fail(Errc::refused, kWhat + std::string("it answered ") + answer->code.toString()));
  const auto account = accountOf(answer->records, lifetime, asking.request.server);
  if (!account) return asking.progress(tl::unexpected(account.error()));
  Asking found = asking;
  found.request.paths = {triggerPath(*account)};
  start(found);
}

Result<const lwm2m::Device*> DeviceAdapter::registered(const std::string& endpoint) const {
  const auto index = parts_.server.devices().find(endpoint);
  if (!index) return noDevice(endpoint);
  const lwm2m::Device* device = parts_.server.devices().at(*index);
  if (device->registration.state != lwm2m::RegistrationState::registered)
    return fail(Errc::notFound, "Device '" + endpoint + "' is not registered now; ask again once it is.");
  return device;
}

std::string DeviceAdapter::endpointOf(std::uint32_t device) const {
  const lwm2m::Device* known = parts_.server.devices().at(device);
  return known != nullptr ? known->registration.endpoint : std::string();
}

Result<std::uint32_t> DeviceAdapter::indexOf(const std::string& endpoint) {
  return parts_.loop.ask([&]() -> Result<std::uint32_t> {
    const auto index = parts_.server.devices().find(endpoint);
    if (!index) return noDevice(endpoint);
    return *index;
  });
}

void DeviceAdapter::detach(const std::string& id) {
  if (const auto parsed = proxy::CommandId::parse(id))
    parts_.loop.call([this, id = *parsed] { parts_.proxy.downlink().keep(id); });
}

// What the loop says of it is newer than what was written.
status::CommandView DeviceAdapter::present(const proxy::CommandStatus& stored) const {
  const auto live = parts_.proxy.downlink().find(stored.id);
  return viewOf(live ? *live : stored, endpointOf(stored.device));
}

Result<status::CommandView> DeviceAdapter::command(const std::string& id) {
  const auto parsed = parsedId(id);
  if (!parsed) return tl::unexpected(parsed.error());
  const auto live = parts_.loop.ask([&]() -> std::optional<status::CommandView> {
    const auto found = parts_.proxy.downlink().find(*parsed);
    if (!found) return std::nullopt;
    return viewOf(*found, endpointOf(found->device));
  });
  if (live) return *live;
  Result<proxy::CommandStatus> stored = [&] {
    const std::lock_guard lock(historyMutex_);
    return parts_.history->command(*parsed);
  }();
  if (!stored) return tl::unexpected(stored.error());
  return parts_.loop.ask([&] { return present(*stored); });
}

Result<std::vector<status::CommandView>> DeviceAdapter::commands(const status::CommandQuery& query) {
  std::optional<proxy::DeviceIndex> device;
  if (!query.endpoint.empty()) {
    const auto index = indexOf(query.endpoint);
    if (!index) return tl::unexpected(index.error());
    device = *index;
  }
  const auto stored = [&] {
    const std::lock_guard lock(historyMutex_);
    return parts_.history->commands(device, query.limit);
  }();
  if (!stored) return tl::unexpected(stored.error());
  return parts_.loop.ask([&] {
    std::vector<status::CommandView> out;
    for (const proxy::CommandStatus& one : *stored) out.push_back(present(one));
    return out;
  });
}

Result<void> DeviceAdapter::withdraw(const std::string& id) {
  const auto parsed = parsedId(id);
  if (!parsed) return tl::unexpected(parsed.error());
  return parts_.loop.ask([&] { return parts_.proxy.downlink().withdraw(*parsed); });
}

Result<std::vector<status::DecodeErrorView>> DeviceAdapter::decodeErrors(const std::string& endpoint) {
  const auto index = indexOf(endpoint);
  if (!index) return tl::unexpected(index.error());
  const std::lock_guard lock(historyMutex_);
  const auto found = parts_.history->badPayloads(*index, kDecodeErrors);
  if (!found) return tl::unexpected(found.error());
  std::vector<status::DecodeErrorView> out;
  for (const proxy::BadPayload& bad : *found)
    out.push_back({bad.at, bad.path, formatName(bad.contentFormat), toHex(bad.payload), bad.error});
  return out;
}

}  // namespace isthmus::app
