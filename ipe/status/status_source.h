#pragma once

#include "ipe/base/clock.h"
#include "ipe/base/result.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace isthmus::status {

// What the status endpoint shows. Plain values, copied out of the running proxy.

struct AccountView {
  std::uint64_t received = 0, delivered = 0, pending = 0, filtered = 0, unmapped = 0, decodeError = 0, rejected = 0,
                expired = 0, inDoubt = 0;
};

struct OutboxView {
  std::uint64_t pending = 0;
  std::uint64_t max = 0, high = 0, low = 0;
  double oldestSeconds = 0;
  bool refusing = false;  // above `high`: new registrations get 5.03
};

struct CseView {
  std::string url, base;
  bool reachable = false;
  std::string problem;             // what the last failure was, and what to do; "" when fine
  std::optional<WallTime> since;   // of the present state
  std::uint64_t treeJobs = 0;      // devices whose place is still to be made
  std::vector<std::string> notes;  // e.g. "no <node>: set onem2m.nodeOriginator"
};

struct StatusView {
  std::string version;
  double uptimeSeconds = 0;
  std::uint64_t registered = 0, known = 0;
  OutboxView outbox;
  CseView cse;
  std::string lwm2mUrl;
  bool storageFine = true;
  std::string storageProblem;
  std::vector<std::pair<std::string, std::uint64_t>>
      counters;  // metric name without prefix -> value, e.g. "coap_received_total"
};

struct DeviceView {
  std::string endpoint, name, address, state, lwm2mVersion, binding, cseStatus;
  std::uint32_t lifetime = 0;
  WallTime since{};
  std::optional<WallTime> lastSeen;
  std::vector<std::string> objects;  // "/3303/0"
  AccountView account;
};

struct ValueView {
  std::string path;   // "/3303/0/5700"
  std::string value;  // as text
  std::string unit;
  WallTime time{};
  std::string target;  // structured path in the CSE; "" if unmapped
  std::string fate;    // "pending", "delivered" ...
};

struct DeviceDetail {
  DeviceView device;
  std::vector<ValueView> values;      // newest of each path, ascending by path
  std::vector<std::string> observed;  // paths
  std::vector<std::string> problems;  // what went wrong lately and what to do, newest first
};

struct DeviceQuery {
  std::string search;  // part of the endpoint name
  std::size_t offset = 0, limit = 100;
};

struct DevicePage {
  std::vector<DeviceView> devices;
  std::size_t total = 0;
};

struct OutboxRowView {
  std::uint64_t id = 0;
  std::string endpoint, target, content, state, reason;  // state: pending or rejected
  WallTime time{};
};

struct RuleView {
  std::string name, match, target, json;
};

struct MappingView {
  std::uint32_t number = 0;
  std::string set, hash;
  std::optional<WallTime> appliedAt;
  std::vector<RuleView> rules;
  bool defaultRule = true;
  std::size_t devicesToPlan = 0;  // that are still to be looked at since the set came into force
};

// One thing that happened, for /api/v1/events.
struct Event {
  std::string type;  // "value", "registered", "updated", "deregistered", "expired", "cse", "command", "status"
  std::string json;  // one line
};

// The running proxy as the status endpoint sees it. Every call is thread-safe and takes at most a few milliseconds,
// except those that say they wait.
class StatusSource {
 public:
  virtual ~StatusSource() = default;

  virtual StatusView status() = 0;
  virtual AccountView accounting() = 0;
  virtual std::vector<std::pair<std::string, AccountView>> accountingByEndpoint(const DeviceQuery& query) = 0;
  virtual DevicePage devices(const DeviceQuery& query) = 0;
  // Waits for the outbox or the CSE when memory does not hold the values. Nothing: no such endpoint.
  virtual std::optional<DeviceDetail> device(const std::string& endpoint) = 0;
  // Forgets a device here and deletes its place in the CSE. Error: notFound, unavailable.
  virtual Result<void> forget(const std::string& endpoint) = 0;
  virtual Result<std::vector<OutboxRowView>> outbox(const std::string& state, std::size_t limit) = 0;
  virtual MappingView mapping() = 0;

  // Events from now on, each handed to `sink` on some thread; ends when the returned handle goes. While there is a
  // listener, the last values of all devices that report are kept in memory.
  virtual std::shared_ptr<void> listen(std::function<void(const Event&)> sink) = 0;
};

}  // namespace isthmus::status
