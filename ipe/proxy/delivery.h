#pragma once

#include "ipe/base/flat_index.h"
#include "ipe/proxy/accounts.h"
#include "ipe/proxy/delivery_work.h"
#include "ipe/proxy/journal.h"
#include "ipe/proxy/read_ahead.h"
#include "ipe/proxy/recent_rows.h"

#include <deque>
#include <optional>
#include <queue>
#include <string>
#include <vector>

namespace isthmus::proxy {

// What delivery asks about devices, by index.
class DeviceDirectory {
 public:
  virtual ~DeviceDirectory() = default;
  virtual std::string resourceName(DeviceIndex device) const = 0;
  virtual std::string endpointOf(DeviceIndex device) const = 0;
  // By which rule a value there goes, for people; source as in OutboxRow. "": nobody knows.
  virtual std::string ruleOf(DeviceIndex /*device*/, std::uint64_t /*source*/) const { return {}; }
  virtual onem2m::DeviceTree treeOf(DeviceIndex device) const = 0;
};

struct DeliverySettings {
  bool eagerTree = true;  // onem2m.tree
  std::size_t workers = 16;
  std::size_t slice = 64;  // rows handed to a worker at once
  milliseconds firstBackoff{200};
  milliseconds longestBackoff{5000};
  milliseconds idleProbe{60'000};  // after so long without a request, the CSE is asked whether it is there
  unsigned poisonAttempts = 8;     // a row that the CSE fails on this often, while it takes others, is rejected
};

struct CseState {
  bool reachable = false;
  std::string problem;  // "" when fine
  WallTime since{};
  bool known = false;  // anything heard yet
};

// A row that was refused, or a device whose place cannot be made: for the operator.
struct DeliveryProblem {
  DeviceIndex device = 0;
  std::string text;
};

// Decides what is asked of the CSE next: in order per target, targets side by side, devices' trees after values,
// everything again when the CSE was away. Pure logic: work goes out by next(), comes back by finished(). Everything
// pending is known here by id (about 16 bytes a row and 80 a target); contents stay on disk, and the newest and the
// oldest ones here as well. Owned by the loop's thread.
class Delivery {
 public:
  // All must outlive this; fates and tree states go into `batch`.
  Delivery(const DeliverySettings& settings, const DeviceDirectory& directory, Accounts& accounts, Batch& batch,
           const Clock& clock);

  void add(const PendingRow& row);
  // The same, with its content, for a row that was committed just now. Ids ascend.
  void add(OutboxRow row);
  // A device's declared objects, as a hash, changed or are known now. 0: no tree is wanted yet.
  void want(DeviceIndex device, std::uint64_t treeHash);
  void restore(const TreeState& state);
  // Something of the device's place is missing: it is looked at again.
  void rebuild(DeviceIndex device) { treeMissing(device); }
  // The device and its rows are gone; its pending rows expire. `name`: its place in the CSE is to be deleted.
  void forget(DeviceIndex device, std::string name);

  std::optional<Work> next();
  void finished(WorkResult result);

  // Until when nothing changes by itself.
  std::optional<Instant> nextDeadline() const;

  std::uint64_t pending() const { return pending_; }
  std::size_t treeJobs() const { return treeJobs_; }
  const CseState& cse() const { return cse_; }
  std::vector<DeliveryProblem> takeProblems();
  bool built(DeviceIndex device) const;

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  struct Row {
    std::uint64_t id = 0;
    std::uint32_t next = kNone;
    RowKind kind = RowKind::reading;
  };

  struct Target {
    std::uint64_t key = 0;
    DeviceIndex device = 0;
    std::uint32_t first = kNone, last = kNone;  // rows
    std::uint32_t nextWaiting = kNone;          // of the same device
    std::uint64_t successes = 0;                // of all, when the first row began to fail
    std::uint8_t attempts = 0;                  // of the first row that failed
    std::uint8_t missing = 0;                   // times that its parent was missing or closed
    bool busy = false;                          // queued, waiting or with a worker
    bool doubt = false;                         // the first row may have arrived already
  };

  struct DeviceState {
    std::uint64_t built = 0, wanted = 0;
    std::uint32_t waiting = kNone;  // targets that need the tree first
    std::uint16_t failures = 0;
    bool job = false;  // queued, waiting for a retry, or with a worker
    bool gone = false;
  };

  struct Later {
    Instant at;
    bool isDevice = false;
    std::uint32_t index = 0;
    bool operator>(const Later& other) const { return at > other.at; }
  };

  DeviceState& device(DeviceIndex index);
  std::uint32_t targetOf(const PendingRow& row);
  void release(std::uint32_t target);  // to the queue it belongs in
  void retire(std::uint32_t target);   // its last row is gone
  void popRow(Target& target);
  void wantTree(DeviceIndex index);
  bool treeWanted(const DeviceState& state) const;

  void wakeLater();
  void releaseMemory();
  std::optional<Work> choose();
  std::optional<Work> probe();
  std::optional<Work> idleProbe();
  std::optional<Work> readAhead();
  bool isAtHand(std::uint64_t row) const;
  PostWork takeRows();
  std::vector<std::uint32_t> takeTargets();
  void takeRowsOf(std::uint32_t target, std::size_t most, PostWork& work);

  std::vector<std::uint64_t> oldestRows(const Target& target) const;

  void onPosted(const PostWork& work, const std::vector<onem2m::Attempt>& attempts);
  onem2m::Attempt located(const PostWork::Post& post, onem2m::Attempt attempt) const;
  void onAttempt(std::uint32_t target, const onem2m::Attempt& attempt);
  void settle(std::uint32_t target, Fate fate, bool inDoubt, const std::string& reason);
  void onMissing(std::uint32_t target, const onem2m::Attempt& attempt);
  void onBusy(std::uint32_t target, const onem2m::Attempt& attempt);
  void onTree(const TreeWork& work, const onem2m::Attempt& attempt);
  void onContainer(const ContainerWork& work, const onem2m::Attempt& attempt);
  void onProbe(const onem2m::Attempt& attempt);
  void treeMissing(DeviceIndex index);
  void cseAnswered();
  void cseFailed(const onem2m::Attempt& attempt);
  milliseconds backoff(unsigned attempts) const;

  const DeliverySettings settings_;
  const DeviceDirectory& directory_;
  Accounts& accounts_;
  Batch& batch_;
  const Clock& clock_;

  std::vector<Target> targets_;
  std::vector<std::uint32_t> freeTargets_;
  FlatIndex byKey_;
  std::vector<Row> rows_;
  RecentRows recent_;
  ReadAhead oldest_;
  std::uint64_t newest_ = 0;  // row
  std::uint32_t freeRow_ = kNone;
  struct Ready {
    std::uint64_t row = 0;  // the first
    std::uint32_t target = 0;
    bool operator>(const Ready& other) const { return row > other.row; }
  };
  // Oldest row first: what is read and deleted together then lies together on disk.
  std::priority_queue<Ready, std::vector<Ready>, std::greater<>> ready_;
  std::deque<std::uint32_t> containers_;  // targets whose container is to be made
  std::deque<DeviceIndex> jobs_;          // devices whose tree is to be made
  std::deque<std::string> removals_;
  std::vector<DeviceState> devices_;
  std::priority_queue<Later, std::vector<Later>, std::greater<>> later_;

  CseState cse_;
  Instant nextProbe_{};
  Instant heard_{};  // when a request last came back
  unsigned probes_ = 0;
  bool probing_ = false;
  std::uint64_t pending_ = 0, successes_ = 0;
  std::size_t treeJobs_ = 0, underWay_ = 0;
  std::vector<DeliveryProblem> problems_;
};

}  // namespace isthmus::proxy
