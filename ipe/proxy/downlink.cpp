#include "ipe/proxy/downlink.h"

#include "ipe/proxy/operation_json.h"

#include <algorithm>

namespace isthmus::proxy {
namespace {

using lwm2m::OperationKind;
using lwm2m::OperationOutcome;
using Reach = DevicePort::Reach;

constexpr std::size_t kChosenPerTurn = 1024;  // the rest goes in the next turn, so that none takes long
constexpr unsigned kRunShift = 32;

bool onlyReads(OperationKind kind) {
  return kind == OperationKind::read || kind == OperationKind::discover || kind == OperationKind::readComposite;
}

// What a device may be asked twice without harm: the second time it comes to the same. A second delete would be
// answered 4.04, which says nothing of the first.
bool isRepeatable(const lwm2m::DeviceOperation& operation) {
  switch (operation.kind) {
    case OperationKind::execute:
    case OperationKind::create:
    case OperationKind::remove: return false;
    case OperationKind::write: return operation.writeMode == lwm2m::WriteMode::replace;
    default: return true;
  }
}

// Stored operations say their types themselves.
lwm2m::DeviceModel noModel() {
  static const lwm2m::ObjectRegistry empty;
  return {empty, {}};
}

constexpr const char* kDoubt = "; it may have been done";

}  // namespace

Downlink::Downlink(const DownlinkSettings& settings, DevicePort& devices, Batch& batch, const Clock& clock)
    : settings_(settings), devices_(devices), batch_(batch), clock_(clock) {}

Result<void> Downlink::admit(const Command& command) const {
  if (command.deadline <= clock_.wall()) return isthmus::fail(Errc::malformed, "the deadline is over already");
  return admits(command.device);
}

Result<void> Downlink::admits(DeviceIndex device) const {
  const auto known = queues_.find(device);
  const Reach reach = devices_.reach(device);
  if (reach == Reach::unknown) return isthmus::fail(Errc::notFound, "no such device");
  if (reach == Reach::gone) return isthmus::fail(Errc::notFound, "the device has de-registered");
  if (known != queues_.end() && known->second.commands.size() >= settings_.perDevice) {
    return isthmus::fail(Errc::unavailable, std::to_string(settings_.perDevice) +
                                                " commands wait for this device: withdraw some, or come back later");
  }
  if (commands_.size() >= settings_.total) {
    return isthmus::fail(Errc::unavailable, std::to_string(settings_.total) + " commands wait in all: come back later");
  }
  return {};
}

Result<CommandId> Downlink::submit(Command command, CommandObserver observer) {
  if (Result<void> admitted = admit(command); !admitted) {
    ++counters_.refused;
    return tl::unexpected(admitted.error());
  }
  ++counters_.submitted;
  // Of a read that is sent at once nothing is lost with the process but the answer, which nobody waits for any more.
  const bool stored = command.keeping == CommandKeeping::stored || !onlyReads(command.operation.kind) ||
                      devices_.reach(command.device) != Reach::awake || devices_.queueMode(command.device);
  CommandStatus status;
  status.id = {std::uint64_t{run_} << kRunShift | ++given_};
  status.device = command.device;
  status.submitted = status.changed = clock_.wall();
  status.deadline = command.deadline;
  status.origin = std::move(command.origin);
  const CommandId id = status.id;
  if (stored) {
    status.operation = operationToJson(command.operation);
    status.state = CommandState::waiting;
    batch_.commands.push_back(status);
    steps_.push_back({Act::tell, status});
    if (recorder_) recorder_(status);
    status.state = CommandState::accepted;
  }
  add(std::move(status), std::move(command.operation), stored, std::move(observer));
  return id;
}

void Downlink::add(CommandStatus status, lwm2m::DeviceOperation operation, bool stored, CommandObserver observer) {
  const CommandId id = status.id;
  const DeviceIndex device = status.device;
  const Instant due = clock_.now() + (status.deadline - clock_.wall());
  deadlines_.insert({due, id});
  commands_.insert({id, {std::move(status), std::move(operation), due, stored, 0, std::move(observer)}});
  Queue& queue = queues_[device];
  queue.commands.push_back(id);
  makeReady(device, queue);
}

void Downlink::restore(const CommandStatus& stored) {
  Result<lwm2m::DeviceOperation> operation = operationFromJson(stored.operation, noModel());
  add(stored, operation.value_or(lwm2m::DeviceOperation{}), true, {});
  Entry& entry = commands_.at(stored.id);
  if (!operation) return giveUp(entry, "it cannot be read any more: " + operation.error().text());
  if (devices_.reach(stored.device) == Reach::unknown) return giveUp(entry, "there is no such device any more");
  if (stored.state != CommandState::sent) return;
  if (!isRepeatable(entry.operation))
    return giveUp(entry, std::string("isthmus ended before the answer came") + kDoubt);
  entry.attempts = 1;
  change(entry, CommandState::waiting);
}

Result<void> Downlink::withdraw(CommandId id) {
  const auto found = commands_.find(id);
  if (found == commands_.end()) return isthmus::fail(Errc::notFound, "no such command, or it is over", id.toString());
  Entry& entry = found->second;
  if (isEnd(entry.status.state)) return isthmus::fail(Errc::conflict, "the command is over", id.toString());
  if (isUnderWay(queues_.at(entry.status.device), id))
    return isthmus::fail(Errc::conflict, "the device may have it already", id.toString());
  giveUp(entry, "withdrawn");
  return {};
}

void Downlink::keep(CommandId id) {
  const auto found = commands_.find(id);
  if (found == commands_.end() || found->second.stored) return;
  Entry& entry = found->second;
  entry.stored = true;
  entry.status.operation = operationToJson(entry.operation);
  if (entry.status.state == CommandState::accepted) entry.status.state = CommandState::waiting;
  batch_.commands.push_back(entry.status);
  steps_.push_back({Act::tell, entry.status});
}

std::optional<CommandStatus> Downlink::find(CommandId id) const {
  const auto found = commands_.find(id);
  if (found == commands_.end()) return std::nullopt;
  CommandStatus status = found->second.status;
  if (status.operation.empty()) status.operation = operationToJson(found->second.operation);
  return status;
}

std::vector<CommandStatus> Downlink::waiting(DeviceIndex device) const {
  std::vector<CommandStatus> all;
  const auto found = queues_.find(device);
  if (found == queues_.end()) return all;
  for (const CommandId id : found->second.commands) all.push_back(*find(id));
  return all;
}

void Downlink::makeReady(DeviceIndex device, Queue& queue) {
  if (queue.ready || queue.underWay || queue.silent || queue.commands.empty()) return;
  queue.ready = true;
  ready_.push_back(device);
}

void Downlink::rest(DeviceIndex device, Queue& queue, std::optional<milliseconds> pause) {
  queue.silent = true;
  if (!pause) return;
  queue.until = clock_.now() + *pause;
  pauses_.insert({*queue.until, device});
}

void Downlink::wake(DeviceIndex device, Queue& queue) {
  if (queue.until) pauses_.erase({*queue.until, device});
  queue.until.reset();
  queue.silent = false;
  makeReady(device, queue);
}

void Downlink::onAwake(DeviceIndex device) {
  if (queues_.empty()) return;
  if (const auto found = queues_.find(device); found != queues_.end()) wake(device, found->second);
}

void Downlink::onDeregistered(DeviceIndex device) {
  const auto found = queues_.find(device);
  if (found == queues_.end() || devices_.reach(device) != Reach::gone) return;
  const std::vector<CommandId> commands = found->second.commands;
  for (std::size_t i = found->second.underWay ? 1 : 0; i < commands.size(); ++i)
    giveUp(commands_.at(commands[i]), "the device has de-registered");
}

void Downlink::onForgotten(DeviceIndex device) {
  const auto found = queues_.find(device);
  if (found == queues_.end()) return;
  const std::vector<CommandId> commands = found->second.commands;
  for (const CommandId id : commands) {
    Entry& entry = commands_.at(id);
    const bool written = std::exchange(entry.stored, false);  // its rows go with the device's own
    if (written) std::erase_if(steps_, [id](const Step& step) { return step.status.id == id; });
    giveUp(entry, "the device was removed");
  }
  drop(device);
}

void Downlink::turn() {
  endOverdue();
  endPauses();
  for (std::size_t i = 0; i < kChosenPerTurn && !ready_.empty(); ++i) {
    const DeviceIndex device = ready_.front();
    ready_.pop_front();
    choose(device);
  }
}

void Downlink::endOverdue() {
  while (!deadlines_.empty() && deadlines_.begin()->first <= clock_.now()) {
    const CommandId id = deadlines_.begin()->second;
    deadlines_.erase(deadlines_.begin());
    Entry& entry = commands_.at(id);
    if (isUnderWay(queues_.at(entry.status.device), id)) continue;  // its answer may still come
    end(entry, CommandState::expired,
        entry.attempts > 0 ? "no answer in time" : "not sent in time: the device slept, or others were before it");
  }
}

void Downlink::endPauses() {
  while (!pauses_.empty() && pauses_.begin()->first <= clock_.now()) {
    const DeviceIndex device = pauses_.begin()->second;
    pauses_.erase(pauses_.begin());
    Queue& queue = queues_.at(device);
    queue.until.reset();
    wake(device, queue);
  }
}

// A stored command leaves only once the disk knows that it may have left: committed() sends it.
void Downlink::choose(DeviceIndex device) {
  const auto found = queues_.find(device);
  if (found == queues_.end()) return;
  Queue& queue = found->second;
  queue.ready = false;
  if (queue.underWay || queue.silent || queue.commands.empty()) return;
  if (devices_.reach(device) != Reach::awake) return devices_.awaitAwake(device);
  Entry& entry = commands_.at(queue.commands.front());
  queue.underWay = true;
  ++entry.attempts;
  if (!entry.stored) return send(entry.status.id);
  change(entry, CommandState::sent);
  steps_.back().act = Act::send;
}

void Downlink::send(CommandId id) {
  Entry& entry = commands_.at(id);
  if (!entry.stored) {
    entry.status.state = CommandState::sent;
    entry.status.changed = clock_.wall();
  }
  ++counters_.sent;
  sending_ = id;
  lwm2m::DeviceOperation operation = entry.operation;  // the entry may end meanwhile
  operation.notAfter = entry.due;
  devices_.operate(entry.status.device, operation,
                   [this, id](const Result<OperationOutcome>& outcome) { answered(id, outcome); });
  sending_.reset();
}

void Downlink::answered(CommandId id, const Result<OperationOutcome>& outcome) {
  const auto found = commands_.find(id);
  if (found == commands_.end()) return;  // its device was removed meanwhile
  Entry& entry = found->second;
  const DeviceIndex device = entry.status.device;
  Queue& queue = queues_.at(device);
  queue.underWay = false;
  if (outcome) {
    succeed(entry, *outcome);
  } else {
    unanswered(entry, queue, outcome.error(), sending_ == id);
  }
  if (const auto others = queues_.find(device); others != queues_.end()) makeReady(device, others->second);
}

void Downlink::succeed(Entry& entry, const OperationOutcome& outcome) {
  entry.status.code = outcome.code.toString();
  if (!outcome.code.isSuccess()) return giveUp(entry, outcome.diagnostic);
  entry.status.result = outcomeToJson(entry.operation, outcome, clock_.wall());
  end(entry, CommandState::succeeded, {});
}

void Downlink::unanswered(Entry& entry, Queue& queue, const Error& error, bool unsent) {
  if (error.code == Errc::expired)
    return end(entry, CommandState::expired,
               entry.attempts > 1 ? "no answer in time" : "not sent in time: others were before it");
  const bool final = error.code == Errc::malformed || error.code == Errc::unsupported || error.code == Errc::tooLarge ||
                     (unsent && error.code == Errc::notFound);
  if (!final && !entry.stored && error.code == Errc::timeout)
    return end(entry, CommandState::expired, "no answer: " + error.text());
  if (final || !entry.stored) return giveUp(entry, error.text(), error.code);
  if (!unsent && !isRepeatable(entry.operation))
    return giveUp(entry, "no answer: " + error.text() + kDoubt, error.code);
  if (clock_.now() >= entry.due) return end(entry, CommandState::expired, "no answer: " + error.text());
  change(entry, CommandState::waiting);
  if (unsent || error.code != Errc::timeout) return rest(entry.status.device, queue, settings_.busy);
  if (devices_.queueMode(entry.status.device)) {
    devices_.awaitAwake(entry.status.device);
    return rest(entry.status.device, queue, std::nullopt);
  }
  rest(entry.status.device, queue, settings_.silence);
}

void Downlink::tooLate(Entry& entry) {
  const DeviceIndex device = entry.status.device;
  end(entry, CommandState::expired, "not sent in time: it could not be written");
  if (const auto others = queues_.find(device); others != queues_.end()) makeReady(device, others->second);
}

void Downlink::giveUp(Entry& entry, std::string reason, std::optional<Errc> error) {
  entry.status.error = error;
  end(entry, CommandState::failed, std::move(reason));
}

void Downlink::end(Entry& entry, CommandState state, std::string reason) {
  auto& counter = state == CommandState::succeeded ? counters_.succeeded
                  : state == CommandState::failed  ? counters_.failed
                                                   : counters_.expired;
  ++counter;
  entry.status.reason = std::move(reason);
  leaveQueue(entry);
  if (entry.stored) return change(entry, state);
  entry.status.state = state;
  entry.status.changed = clock_.wall();
  const auto node = commands_.extract(entry.status.id);
  if (node.mapped().observer) node.mapped().observer(node.mapped().status);
}

void Downlink::change(Entry& entry, CommandState state) {
  entry.status.state = state;
  entry.status.changed = clock_.wall();
  CommandChange change{
      entry.status.id,   state, entry.status.changed, entry.status.code, entry.status.result, entry.status.reason,
      entry.status.error};
  if (change.result.size() > settings_.resultBytes) {
    change.reason = "the answer has " + std::to_string(change.result.size()) + " bytes, too many to be kept";
    change.result.clear();
  }
  if (recorder_) {
    CommandStatus kept = entry.status;
    kept.result = change.result;
    kept.reason = change.reason;
    recorder_(kept);
  }
  batch_.commandChanges.push_back(std::move(change));
  steps_.push_back({Act::tell, entry.status});
}

void Downlink::leaveQueue(const Entry& entry) {
  deadlines_.erase({entry.due, entry.status.id});
  const auto found = queues_.find(entry.status.device);
  Queue& queue = found->second;
  if (isUnderWay(queue, entry.status.id)) queue.underWay = false;
  std::erase(queue.commands, entry.status.id);
  if (queue.commands.empty()) drop(entry.status.device);
}

void Downlink::drop(DeviceIndex device) {
  const auto found = queues_.find(device);
  if (found == queues_.end()) return;
  if (found->second.until) pauses_.erase({*found->second.until, device});
  queues_.erase(found);
}

void Downlink::committed() {
  if (steps_.empty()) return;
  const std::vector<Step> steps = std::exchange(steps_, {});
  for (const Step& step : steps) {
    const auto found = commands_.find(step.status.id);
    if (found == commands_.end()) continue;
    Entry& entry = found->second;
    if (entry.status.state == CommandState::accepted) entry.status.state = step.status.state;
    tell(step.status);
    if (step.act != Act::send || !commands_.contains(step.status.id)) continue;
    if (clock_.now() < entry.due) {
      send(step.status.id);
    } else {  // it took too long to write that it is sent
      tooLate(entry);
    }
  }
}

void Downlink::tell(const CommandStatus& status) {
  const auto found = commands_.find(status.id);
  CommandObserver observer;
  if (isEnd(status.state)) {
    observer = std::move(found->second.observer);
    commands_.erase(found);
  } else {
    observer = found->second.observer;
  }
  if (observer) observer(status);
  if (observer_) observer_(status);
}

std::optional<Instant> Downlink::nextDeadline() const {
  if (!ready_.empty()) return clock_.now();
  std::optional<Instant> next;
  if (!deadlines_.empty()) next = deadlines_.begin()->first;
  if (!pauses_.empty()) next = std::min(next.value_or(Instant::max()), pauses_.begin()->first);
  return next;
}

}  // namespace isthmus::proxy
