#pragma once

#include "ipe/proxy/command.h"
#include "ipe/proxy/device_port.h"
#include "ipe/proxy/journal.h"

#include <deque>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace isthmus::proxy {

struct DownlinkSettings {
  std::size_t perDevice = 64;        // commands that have not ended, the one under way included
  std::size_t total = 100'000;       // the same, over all devices
  milliseconds silence{60'000};      // how long an always reachable device that did not answer is left alone
  milliseconds busy{1'000};          // the same, where the request could not be sent or was cut off
  std::size_t resultBytes = 16'384;  // a longer answer is told to its observer only, and not kept
};

struct DownlinkCounters {
  std::uint64_t submitted = 0, refused = 0, sent = 0, succeeded = 0, failed = 0, expired = 0;
};

// What devices are asked to do, wherever it comes from: a queue per device, in the order of submission, one command
// under way at a time, devices side by side. A command is sent once its row is on disk; it ends in exactly one state,
// and nothing of it is sent after its end or its deadline. What may have reached the device and must not be done twice
// (execute, create, delete, a merging write) is never sent again; anything else is repeated until its deadline.
// Pure logic between the ports; owned by the loop's thread.
class Downlink {
 public:
  // All must outlive it.
  Downlink(const DownlinkSettings& settings, DevicePort& devices, Batch& batch, const Clock& clock);

  // At start, before the first command: which start this is (JournalFacts::run). Then, once the devices are known, what
  // was stored and has not ended, ascending by id.
  void open(std::uint32_t run) { run_ = run; }
  void restore(const CommandStatus& stored);

  // Error: notFound (no such device, or it de-registered), malformed (its deadline is over), unavailable (too many
  // commands wait already). The observer may be empty; it is not called before this returns.
  Result<CommandId> submit(Command command, CommandObserver observer = {});
  // Whether a command for the device would be taken now, its deadline apart. Error: notFound, unavailable.
  Result<void> admits(DeviceIndex device) const;
  // A command that was not sent fails. Error: notFound, conflict (it was sent, or is over).
  Result<void> withdraw(CommandId id);
  // A transient command is stored from now on: for a caller that waits no longer. Nothing happens to others.
  void keep(CommandId id);

  // Of a command that has not ended, or whose end is not on disk yet.
  std::optional<CommandStatus> find(CommandId id) const;
  std::vector<CommandStatus> waiting(DeviceIndex device) const;  // in their order, the one under way first
  std::size_t size() const { return commands_.size(); }
  const DownlinkCounters& counters() const { return counters_; }
  // Told of every change of every stored command, beside its own observer: also of those from before a restart.
  void setObserver(CommandObserver observer) { observer_ = std::move(observer); }
  // Told of each state of a stored command as it is put into the batch, so that what is added to it then is committed
  // with that state. Must not submit or withdraw.
  void setRecorder(CommandObserver recorder) { recorder_ = std::move(recorder); }

  // The device can be reached again.
  void onAwake(DeviceIndex device);
  // It de-registered: what waits fails, unless the device was told to leave and will be back. After an expiry all wait
  // on, until their deadlines.
  void onDeregistered(DeviceIndex device);
  // All of it fails; nothing more is written about it.
  void onForgotten(DeviceIndex device);

  void turn();       // once a turn, before the commit: ends what is overdue, chooses what is sent next
  void committed();  // the batch is on disk: sends, tells observers
  std::optional<Instant> nextDeadline() const;

 private:
  struct Entry {
    CommandStatus status;
    lwm2m::DeviceOperation operation;
    Instant due{};
    bool stored = true;
    unsigned attempts = 0;
    CommandObserver observer;
  };
  struct Queue {
    std::vector<CommandId> commands;
    bool underWay = false;         // the first
    bool ready = false;            // it stands in ready_
    bool silent = false;           // not asked before it is heard, or the pause ends
    std::optional<Instant> until;  // of the pause; none: before it is heard
  };
  struct Hash {
    std::size_t operator()(CommandId id) const { return std::hash<std::uint64_t>()(id.value); }
  };
  enum class Act : std::uint8_t { tell, send };
  struct Step {
    Act act;
    CommandStatus status;
  };

  Result<void> admit(const Command& command) const;
  void add(CommandStatus status, lwm2m::DeviceOperation operation, bool stored, CommandObserver observer);
  void makeReady(DeviceIndex device, Queue& queue);
  void rest(DeviceIndex device, Queue& queue, std::optional<milliseconds> pause);
  void wake(DeviceIndex device, Queue& queue);
  void endPauses();
  void endOverdue();
  void choose(DeviceIndex device);
  void send(CommandId id);

  void answered(CommandId id, const Result<lwm2m::OperationOutcome>& outcome);
  void succeed(Entry& entry, const lwm2m::OperationOutcome& outcome);
  void unanswered(Entry& entry, Queue& queue, const Error& error, bool unsent);
  void tooLate(Entry& entry);
  void giveUp(Entry& entry, std::string reason, std::optional<Errc> error = {});
  void end(Entry& entry, CommandState state, std::string reason);
  void change(Entry& entry, CommandState state);  // written, then told
  void leaveQueue(const Entry& entry);
  void drop(DeviceIndex device);
  void tell(const CommandStatus& status);
  static bool isUnderWay(const Queue& queue, CommandId id) { return queue.underWay && queue.commands.front() == id; }

  const DownlinkSettings settings_;
  DevicePort& devices_;
  Batch& batch_;
  const Clock& clock_;
  CommandObserver observer_, recorder_;
  std::uint32_t run_ = 1, given_ = 0;
  std::unordered_map<CommandId, Entry, Hash> commands_;
  std::unordered_map<DeviceIndex, Queue> queues_;
  std::set<std::pair<Instant, CommandId>> deadlines_;
  std::set<std::pair<Instant, DeviceIndex>> pauses_;
  std::deque<DeviceIndex> ready_;
  std::vector<Step> steps_;  // of the open batch
  std::optional<CommandId> sending_;
  DownlinkCounters counters_;
};

}  // namespace isthmus::proxy
