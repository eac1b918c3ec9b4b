#include "ipe/proxy/applications.h"

#include "ipe/base/bytes.h"
#include "ipe/base/located_json.h"
#include "onem2m/client/naming.h"

#include <algorithm>

namespace isthmus::proxy {
namespace {

using onem2m::NotifiedResource;

constexpr std::string_view kOrigin = "onem2m";
constexpr std::string_view kNobody = "-";  // the CSE did not say who
constexpr std::size_t kKnown = 20'000;     // more than commands are kept
constexpr std::size_t kNewest = 20'000;    // containers whose last value is remembered

std::string_view firstWord(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

// An AE-ID as CSEs write it: "CIsthmus", "/id-in/CIsthmus".
std::string_view stemOf(std::string_view aeId) { return aeId.substr(aeId.rfind('/') + 1); }

std::string asWord(std::string text) {
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) <= 0x20; }, '_');
  return text.empty() ? std::string(kNobody) : text;
}

// CSEs differ in what they tell of a resource; its id is never used again.
std::string identityOf(const NotifiedResource& resource) {
  if (!resource.id.empty()) return resource.id;
  return resource.name.empty() ? std::to_string(hash64(resource.content)) : resource.name;
}

std::string quoted(std::string_view text) {
  std::string out;
  json::appendQuoted(out, text);
  return out;
}

}  // namespace

Applications::Applications(const ApplicationSettings& settings, const mapping::Engine& engine,
                           ApplicationDevices& devices, Downlink& downlink, const Clock& clock)
    : settings_(settings), engine_(&engine), devices_(devices), downlink_(downlink), clock_(clock) {
  downlink_.setRecorder([this](const CommandStatus& status) { record(status); });
}

std::string Applications::textOf(const Origin& origin) {
  return std::string(kOrigin) + " " + asWord(origin.creator) + " " + asWord(origin.resource) + " " + origin.id;
}

std::optional<Applications::Origin> Applications::originIn(std::string_view text) {
  if (firstWord(text) != kOrigin) return std::nullopt;
  Origin origin;
  origin.creator = firstWord(text);
  origin.resource = firstWord(text);
  origin.id = text;
  if (origin.id.empty()) return std::nullopt;
  return origin;
}

void Applications::restore(DeviceIndex device, std::string_view origin) {
  if (const auto asked = originIn(origin)) isNew(device, asked->resource);
}

bool Applications::isNew(DeviceIndex device, std::string_view resource) {
  const std::uint64_t hash = hash64(resource, device);
  if (!known_.insert(hash).second) return false;
  knownInOrder_.push_back(hash);
  if (knownInOrder_.size() > kKnown) {
    known_.erase(knownInOrder_.front());
    knownInOrder_.pop_front();
  }
  return true;
}

void Applications::notified(const Notice& notice, Answer answer) {
  ++counters_.notifications;
  const auto device = devices_.deviceNamed(notice.place.device);
  if (!device) {
    ++counters_.unknown;
    return answer({onem2m::rsc::kNotFound, "no such device: " + notice.place.device});
  }
  const int event = notice.notification.event.value_or(onem2m::net::kChildCreated);
  if (event == onem2m::net::kUpdated || event == onem2m::net::kBlockingUpdate)
    return update(*device, notice, std::move(answer));
  NoticeAnswer said = act(*device, notice);
  if (!open_) return answer(std::move(said));
  answers_.emplace_back(std::move(answer), std::move(said));
}

void Applications::placeLost(const std::string& resourceName) {
  if (const auto device = devices_.deviceNamed(resourceName)) devices_.placeLost(*device);
}

void Applications::committed() {
  open_ = false;
  for (auto& [answer, said] : std::exchange(answers_, {})) answer(std::move(said));
}

NoticeAnswer Applications::act(DeviceIndex device, const Notice& notice) {
  const onem2m::Notification& notification = notice.notification;
  if (notification.subscriptionDeleted) {
    devices_.placeLost(device);
    return {};
  }
  const bool created = notification.event.value_or(onem2m::net::kChildCreated) == onem2m::net::kChildCreated;
  if (!created || !notification.resource || !notification.resource->root.ends_with("cin")) return {};
  return this->created(device, notice, *notification.resource);
}

NoticeAnswer Applications::created(DeviceIndex device, const Notice& notice, const NotifiedResource& instance) {
  const bool isCommand = notice.place.path == kCommandContainer;
  const auto written = isCommand ? std::nullopt : writtenAt(device, notice.place.path);
  if (!isCommand && !written) {
    ++counters_.unknown;
    return {onem2m::rsc::kNotFound, "nothing is written at " + notice.place.path};
  }
  if (written && isOwn(instance)) {
    ++counters_.own;
    return {};
  }
  Origin origin{instance.creator, asWord(notice.place.path + "/" + identityOf(instance)),
                commandIdIn(instance.content)};
  if (origin.id.empty()) origin.id = quoted(instance.name.empty() ? identityOf(instance) : instance.name);
  if (written) origin.id = quoted(instance.name.empty() ? identityOf(instance) : instance.name);
  if (!isNew(device, origin.resource)) {
    ++counters_.repeated;
    return {};
  }
  if (isCommand) {
    command(device, instance, origin);
  } else if (isOvertaken(device, notice, instance)) {
    ++counters_.overtaken;
  } else if (auto asked = commandFor(*written, device, instance.content); asked) {
    submit(device, std::move(*asked), origin);
  } else {
    refuse(device, origin, CommandState::failed, asked.error());
  }
  return {};
}

// The proxy's values come back from a container that applications may write: they are known by their names, which only
// the proxy gives, or by their creator.
bool Applications::isOwn(const NotifiedResource& instance) const {
  return stemOf(instance.creator) == stemOf(settings_.originator) || onem2m::commitTimeIn(instance.name).has_value();
}

// A CSE that notifies of several values at once may do so in any order (ACME): an older one must not undo a newer one.
bool Applications::isOvertaken(DeviceIndex device, const Notice& notice, const NotifiedResource& instance) {
  if (newest_.size() > kNewest) newest_.clear();
  std::string& newest = newest_[hash64(notice.place.path, device)];
  if (instance.created < newest) return true;
  newest = instance.created;
  return false;
}

std::optional<Applications::Written> Applications::writtenAt(DeviceIndex device, const std::string& path) const {
  std::optional<Written> found;
  const std::vector<lwm2m::Path> instances = devices_.instancesOf(device);
  devices_.describe(device, [&](const mapping::DeviceFacts& facts) {
    for (const mapping::Place& place : engine_->places(facts, instances)) {
      if (place.form != mapping::Form::container || found) continue;
      const bool writes = place.write && place.path == path;
      const bool commands = place.command && place.path + std::string(kCommandSuffix) == path;
      if (writes || commands) found = Written{place.source, place.action};
    }
  });
  return found;
}

Result<ApplicationCommand> Applications::commandFor(const Written& written, DeviceIndex device,
                                                    std::string_view content) const {
  ApplicationCommand command;
  command.deadline = clock_.wall() + kCommandLife;
  if (written.executes) {
    command.operation.kind = lwm2m::OperationKind::execute;
    command.operation.paths = {written.resource};
    command.operation.arguments = content;
    return command;
  }
  Result<lwm2m::DeviceOperation> operation = fail(Errc::notFound, "the device was removed");
  devices_.describe(device, [&](const mapping::DeviceFacts& facts) {
    operation = writeOperation(content, written.resource, facts, *engine_);
  });
  if (!operation) return tl::unexpected(operation.error());
  command.operation = std::move(*operation);
  return command;
}

void Applications::command(DeviceIndex device, const NotifiedResource& instance, const Origin& origin) {
  Result<ApplicationCommand> read = fail(Errc::notFound, "the device was removed");
  devices_.describe(device, [&](const mapping::DeviceFacts& facts) {
    read = readCommand(instance.content, facts, *engine_, clock_.wall());
  });
  if (!read) return refuse(device, origin, CommandState::failed, read.error());
  submit(device, std::move(*read), origin);
}

// The states up to the first that the downlink records are told here, in one batch with the command.
void Applications::submit(DeviceIndex device, ApplicationCommand asked, const Origin& origin) {
  if (asked.deadline <= clock_.wall())
    return refuse(device, origin, CommandState::expired, {Errc::timeout, "its time was over when it came", "/expires"});
  if (const auto admitted = downlink_.admits(device); !admitted)
    return refuse(device, origin, CommandState::failed, admitted.error());
  CommandStatus accepted;
  accepted.device = device;
  tell(origin.id, accepted);
  Command command;
  command.device = device;
  command.operation = std::move(asked.operation);
  command.deadline = asked.deadline;
  command.origin = textOf(origin);
  if (const auto id = downlink_.submit(std::move(command)); !id)
    return refuse(device, origin, CommandState::failed, id.error());
  ++counters_.commands;
}

void Applications::refuse(DeviceIndex device, const Origin& origin, CommandState state, const Error& why) {
  ++counters_.refused;
  CommandStatus status;
  status.device = device;
  status.state = state;
  status.reason = why.text();
  tell(origin.id, status);
}

void Applications::record(const CommandStatus& status) {
  if (const auto origin = originIn(status.origin)) tell(origin->id, status);
}

void Applications::tell(std::string_view id, const CommandStatus& status) {
  std::string content;
  devices_.describe(status.device,
                    [&](const mapping::DeviceFacts& facts) { content = statusContent(id, status, facts, *engine_); });
  if (content.empty()) return;
  open_ = true;
  devices_.addStatus(status.device, std::move(content));
}

}  // namespace isthmus::proxy
