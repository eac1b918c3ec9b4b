#pragma once

#include "ipe/base/clock.h"
#include "ipe/base/result.h"
#include "ipe/proxy/command.h"
#include "ipe/proxy/history.h"
#include "lwm2m/coap/endpoint.h"
#include "lwm2m/server/registration.h"
#include "mapping/rules/rule.h"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace isthmus::proxy {

// Where a (reading, target) stands. Each is in exactly one state; the sums balance.
enum class Fate : std::uint8_t { pending, delivered, filtered, unmapped, decodeError, rejected, expired };
inline constexpr std::size_t kFates = 7;

// received == sum of all fates; inDoubt counts within delivered.
struct Account {
  std::uint64_t received = 0;
  std::array<std::uint64_t, kFates> fates{};
  std::uint64_t inDoubt = 0;

  std::uint64_t& of(Fate fate) { return fates[static_cast<std::size_t>(fate)]; }
  std::uint64_t of(Fate fate) const { return fates[static_cast<std::size_t>(fate)]; }
  Account& operator+=(const Account& other);  // modulo 2^64, so that a change may be negative
  bool operator==(const Account&) const = default;
};

struct AccountChange {
  DeviceIndex device = 0;
  Account change;
};

// Only readings are accounted for.
enum class RowKind : std::uint8_t { reading, online, status };

// One value on its way: a contentInstance or timeSeriesInstance, or attributes to be set. Immutable once committed;
// deleted when it has its fate.
struct OutboxRow {
  std::uint64_t id = 0;  // sequence: ascending in commit order, never used again
  DeviceIndex device = 0;
  RowKind kind = RowKind::reading;
  std::int64_t committedMs = 0;  // civil time of the commit, never going back: part of the instance's name
  std::uint32_t run = 0;         // which process start: part of the instance's name
  std::string target;            // below the device's place, of a mgmtObj below its <node>: "3303/0/5700", "online"
  std::string content;           // `con`; of a flexContainer or mgmtObj attributes as JSON
  std::string contentInfo;       // `cnf`
  std::uint64_t source = 0;      // Path::packed() of the reading, 0 for none
  std::int64_t time = 0;         // ms: the reading's own time, or when it came
  mapping::Form form = mapping::Form::container;
  std::string detail = {};  // mapping::TargetDetail as text; "" for a plain container
  bool operator==(const OutboxRow&) const = default;
  // Of its texts, which is what makes one row larger than another.
  std::size_t bytes() const { return target.size() + content.size() + contentInfo.size() + detail.size(); }
};

struct RowFate {
  std::uint64_t id = 0;
  Fate fate = Fate::delivered;
  std::string reason;  // of a rejected row
};

// Whether the CSE holds what a device's registration declares. A job is due while `wanted` != `built`.
struct TreeState {
  DeviceIndex device = 0;
  std::uint64_t built = 0;  // hash of what was last made in full; 0: nothing yet
};

// How a stored command goes on. What follows an end is void.
struct CommandChange {
  CommandId id;
  CommandState state = CommandState::waiting;
  WallTime at{};
  std::string code, result, reason;  // as in CommandStatus
  std::optional<Errc> error = {};
};

// Everything that one turn of the loop changed. Committed as one transaction, before any answer of that turn leaves.
struct Batch {
  WallTime time{};
  std::vector<lwm2m::Registration> registrations;  // newest state of each device that changed
  std::vector<lwm2m::coap::AnsweredExchange> answered;
  std::vector<OutboxRow> rows;
  std::vector<RowFate> fates;
  std::vector<AccountChange> accounts;
  std::vector<TreeState> trees;
  std::vector<DeviceIndex> distinguished;     // devices whose plain resource name was taken: see DeviceNames
  std::vector<CommandStatus> commands;        // new ones
  std::vector<CommandChange> commandChanges;  // in their order, also of new ones
  std::vector<BadPayload> badPayloads;
  std::vector<DeviceIndex> forgotten;         // devices to be removed with all that is theirs
  std::optional<std::uint32_t> plannedRules;  // all devices are planned by the rule set of this number

  bool empty() const;
  // True if it only says what the CSE has taken. Were that lost, the CSE would say so again (4105): it need not be
  // written at once.
  bool onlyDeliveries() const;
  void clear();
};

struct PendingRow {
  std::uint64_t id = 0;
  DeviceIndex device = 0;
  RowKind kind = RowKind::reading;
  std::string_view target;  // during the call
};

struct StoredAnswer {
  lwm2m::coap::AnsweredExchange exchange;
  WallTime at;
};

// What is read at start. Each callback may be called many times; those for names before those for registrations.
struct Recovery {
  std::function<void(DeviceIndex)> distinguished;
  std::function<void(lwm2m::Registration)> registration;  // the newest of each device
  std::function<void(const PendingRow&)> pending;         // ascending by id
  std::function<void(const StoredAnswer&)> answered;      // of the last EXCHANGE_LIFETIME
  std::function<void(const AccountChange&)> account;      // may come in parts: to be added up
  std::function<void(const TreeState&)> tree;
  std::function<void(DeviceIndex, std::string_view origin)> asked = {};  // who asked for each command that is kept
  std::function<void(const CommandStatus&)> command;  // that have not ended, ascending by id, after all registrations
};

struct JournalFacts {
  std::uint64_t lastRow = 0;         // highest row id ever given
  std::int64_t lastCommittedMs = 0;  // names must not go below
  std::uint64_t secret = 0;          // keys observation tokens; made once per database
  std::uint32_t run = 0;             // of this start
  std::string runName;               // random text of this start, 4 hex digits: part of instance names
};

// The durable memory of the proxy. Owned by the loop's thread.
class Journal {
 public:
  virtual ~Journal() = default;

  virtual Result<JournalFacts> open(WallTime now) = 0;  // starts a new run
  virtual Result<void> recover(const Recovery& recovery, WallTime now) = 0;
  // One transaction, on disk (db.durability) when this returns. After an error nothing of the batch is kept; it may be
  // tried again.
  virtual Result<void> commit(const Batch& batch) = 0;
  // A bounded piece of upkeep (folding the logs) in a transaction of its own; true if more is waiting. For idle turns.
  virtual Result<bool> maintain(WallTime now) = 0;
};

// Reads beside the loop, on a connection of its own. Owned by one thread.
class OutboxReader {
 public:
  virtual ~OutboxReader() = default;
  // The rows of these ids, which ascend; a row that is gone is left out.
  virtual Result<std::vector<OutboxRow>> read(std::span<const std::uint64_t> ids) = 0;
  struct Stretch {
    std::vector<OutboxRow> rows;
    std::uint64_t upTo = 0;  // the last id looked at: `to`, or less at one of the limits
  };
  // The rows from `from` to `to`, of at most `rows` rows and until their texts exceed `bytes`.
  struct Limits {
    std::size_t rows = 0, bytes = 0;
  };
  virtual Result<Stretch> readOn(std::uint64_t from, std::uint64_t to, const Limits& limits) = 0;
  // The text of runs, for instance names.
  virtual Result<std::string> runName(std::uint32_t run) = 0;
  struct Rejected {
    OutboxRow row;
    std::string reason;
    WallTime at;
  };
  virtual Result<std::vector<Rejected>> rejected(std::size_t limit) = 0;  // newest first
  // Oldest pending first.
  virtual Result<std::vector<OutboxRow>> pending(std::size_t limit) = 0;
};

}  // namespace isthmus::proxy
