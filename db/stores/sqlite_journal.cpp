#include "db/stores/sqlite_journal.h"

#include "db/sqlite/checkpointer.h"
#include "db/sqlite/file_lock.h"
#include "db/stores/account_fold.h"
#include "db/stores/bad_payload_table.h"
#include "db/stores/batch_checks.h"
#include "db/stores/batch_log.h"
#include "db/stores/columns.h"
#include "db/stores/command_table.h"
#include "db/stores/database.h"
#include "db/stores/forgotten_devices.h"
#include "db/stores/outbox_table.h"
#include "db/stores/registration_log.h"

#include <algorithm>
#include <optional>
#include <random>

namespace isthmus::db {
namespace {

constexpr std::size_t kTrimmed = 512;          // superseded registrations deleted in one go
constexpr std::size_t kWorthTrimming = 64;     // fewer may stay: they are found again at the next start
constexpr std::size_t kSupersededHigh = 8192;  // commits help to delete above this, and above half of the devices
constexpr std::uint32_t kRunsKept = 10'000;
constexpr std::uint32_t kMostPages = 0x3fff'fffe;  // SQLite's own limit

std::uint64_t systemRandom() {
  std::random_device device;
  return std::uint64_t{device()} << 32U | device();
}

std::string runNameOf(std::uint64_t random) {
  const std::uint8_t bytes[] = {static_cast<std::uint8_t>(random >> 8U), static_cast<std::uint8_t>(random)};
  return toHex(bytes);
}

tl::unexpected<Error> notOpen() { return fail(Errc::internal, "the journal is not open"); }

}  // namespace

// All that stands on the connection, in the order of its making.
struct SqliteJournal::Open {
  Open(FileLock taken, std::unique_ptr<Connection> opened)
      : lock(std::move(taken)),
        connection(std::move(opened)),
        replaceTree(connection->database(), kReplaceTree),
        distinguish(connection->database(), kDistinguish) {}

  static constexpr const char* kReplaceTree = "INSERT OR REPLACE INTO tree (device, built) VALUES (?, ?)";
  static constexpr const char* kDistinguish = "INSERT OR IGNORE INTO distinguished (device) VALUES (?)";

  FileLock lock;
  std::unique_ptr<Connection> connection;
  Marks marks;
  FoldTimes times;
  ForgottenDevices forgotten{*connection};
  RegistrationLog registrations{*connection};
  OutboxTable outbox{*connection};
  BatchLog batches{*connection};
  AccountFold fold{*connection, marks, forgotten, times};
  CommandTable commands{*connection};
  BadPayloadTable badPayloads{*connection};
  SQLite::Statement replaceTree, distinguish;
  std::unique_ptr<Checkpointer> checkpointer;
  bool recovered = false;
  unsigned nextDuty = 0;

  proxy::JournalFacts loadFacts();
  std::uint64_t secret(std::uint64_t random);
  proxy::JournalFacts startRun(proxy::JournalFacts facts, WallTime now, std::uint64_t random);

  void write(const proxy::Batch& batch, const Marks& next, const Forgotten& upTo);
  void settle(const proxy::Batch& batch, const Marks& next, const Forgotten& upTo);
  void undo();
  void helpTrimming(std::size_t registrations);
  Result<void> loadDistinguished(const std::function<void(proxy::DeviceIndex)>& each);
  Result<void> loadTrees(const std::function<void(const proxy::TreeState&)>& each);

  ForgottenDevices::Standing standing() { return {fold.firstBatch(), registrations.firstSuperseded()}; }
  bool due(unsigned duty, WallTime now);
  Result<void> perform(unsigned duty, WallTime now);
  bool anyDue(WallTime now);
};

namespace {
enum Duty : unsigned { kTrim, kFold, kSweep, kRelease, kCommands, kDuties };
}  // namespace

SqliteJournal::SqliteJournal(Options options) : options_(std::move(options)) {
  if (!options_.random) options_.random = systemRandom;
}

SqliteJournal::~SqliteJournal() = default;

Result<proxy::JournalFacts> SqliteJournal::open(WallTime now) {
  open_.reset();
  auto lock = FileLock::take(options_.path.string() + ".lock");
  if (!lock) return tl::unexpected(lock.error());
  auto connection = openDatabase({.path = options_.path, .durability = options_.durability});
  if (!connection) return tl::unexpected(connection.error());
  auto checkpointer = Checkpointer::start(options_.path, {.pages = options_.checkpointPages}, options_.report);
  if (!checkpointer) return tl::unexpected(checkpointer.error());

  proxy::JournalFacts facts;
  auto started = border("start a run", [&]() -> Result<void> {
    open_ = std::make_unique<Open>(std::move(*lock), std::move(*connection));
    open_->checkpointer = std::move(*checkpointer);
    open_->connection->onCommit([keeper = open_->checkpointer.get()](int pages) { keeper->grown(pages); });
    facts = open_->loadFacts();
    return inTransaction(*open_->connection, "start a run", [&]() -> Result<void> {
      facts.secret = open_->secret(options_.random() | 1U);
      facts = open_->startRun(std::move(facts), now, options_.random());
      return {};
    });
  });
  if (!started) {
    open_.reset();
    return tl::unexpected(started.error());
  }
  return facts;
}

proxy::JournalFacts SqliteJournal::Open::loadFacts() {
  forgotten.load();
  marks = batches.loadMarks();
  marks.lastRow = std::max(marks.lastRow, outbox.lastId());
  registrations.loadLastSeq();
  proxy::JournalFacts facts;
  facts.lastRow = marks.lastRow;
  facts.lastCommittedMs = marks.lastCommittedMs;
  return facts;
}

std::uint64_t SqliteJournal::Open::secret(std::uint64_t random) {
  SQLite::Statement insert(connection->database(), "INSERT OR IGNORE INTO meta (key, value) VALUES ('secret', ?)");
  bindAll(insert, random);
  insert.exec();
  SQLite::Statement row(connection->database(), "SELECT value FROM meta WHERE key = 'secret'");
  row.executeStep();
  return numberAt(row, 0);
}

// Runs are kept as long as a row may ask for their text.
proxy::JournalFacts SqliteJournal::Open::startRun(proxy::JournalFacts facts, WallTime now, std::uint64_t random) {
  SQLite::Statement last(connection->database(), "SELECT coalesce(max(run), 0) FROM run");
  last.executeStep();
  facts.run = numberAt<std::uint32_t>(last, 0) + 1;
  facts.runName = runNameOf(random);
  SQLite::Statement insert(connection->database(), "INSERT INTO run (run, name, started) VALUES (?, ?, ?)");
  bindAll(insert, facts.run, facts.runName, now);
  insert.exec();
  SQLite::Statement prune(
      connection->database(),
      "DELETE FROM run WHERE run < ?1 - ?2 AND run < (SELECT coalesce((SELECT run FROM outbox ORDER BY "
      "id LIMIT 1), ?1))");
  bindAll(prune, facts.run, kRunsKept);
  prune.exec();
  return facts;
}

Result<void> SqliteJournal::recover(const proxy::Recovery& recovery, WallTime now) {
  if (!open_) return notOpen();
  Open& all = *open_;
  if (auto done = all.loadDistinguished(recovery.distinguished); !done) return done;
  if (auto done = all.registrations.load(all.forgotten, recovery.registration); !done) return done;
  if (auto done = all.loadTrees(recovery.tree); !done) return done;
  if (auto done = all.fold.load(recovery.account); !done) return done;
  if (auto done = all.batches.load(all.fold, all.times, now, recovery); !done) return done;
  if (auto done = all.outbox.loadPending(all.forgotten, recovery.pending); !done) return done;
  if (auto done = all.commands.loadAsked(recovery.asked); !done) return done;
  if (auto done = all.commands.load(recovery.command); !done) return done;
  all.recovered = true;
  return {};
}

Result<void> SqliteJournal::Open::loadDistinguished(const std::function<void(proxy::DeviceIndex)>& each) {
  if (!each) return {};
  return border("read the names", [&]() -> Result<void> {
    SQLite::Statement row(connection->database(), "SELECT device FROM distinguished ORDER BY device");
    while (row.executeStep()) each(numberAt<proxy::DeviceIndex>(row, 0));
    return {};
  });
}

Result<void> SqliteJournal::Open::loadTrees(const std::function<void(const proxy::TreeState&)>& each) {
  if (!each) return {};
  return border("read the trees", [&]() -> Result<void> {
    SQLite::Statement row(connection->database(), "SELECT device, built FROM tree ORDER BY device");
    while (row.executeStep()) each({numberAt<proxy::DeviceIndex>(row, 0), numberAt(row, 1)});
    return {};
  });
}

Result<void> SqliteJournal::commit(const proxy::Batch& batch) {
  if (!open_) return notOpen();
  if (batch.empty()) return {};
  Open& all = *open_;
  if (auto sound = checkBatch(batch, all.marks.lastRow, RegistrationLog::kDevices); !sound) return sound;
  const Marks next = marksAfter(batch, all.marks);
  const Forgotten upTo{next.lastBatch, next.lastRow, all.registrations.lastSeq() + batch.registrations.size()};
  auto done = inTransaction(*all.connection, "write a batch", [&]() -> Result<void> {
    all.write(batch, next, upTo);
    return {};
  });
  done ? all.settle(batch, next, upTo) : all.undo();
  return done;
}

void SqliteJournal::Open::settle(const proxy::Batch& batch, const Marks& next, const Forgotten& upTo) {
  marks = next;
  registrations.settle();
  registrations.forget(batch.forgotten);
  forgotten.keep(batch.forgotten, upTo);
  fold.forget(batch.forgotten);
  commands.settle();
}

void SqliteJournal::Open::undo() {
  registrations.undo();
  commands.undo();
}

void SqliteJournal::Open::write(const proxy::Batch& batch, const Marks& next, const Forgotten& upTo) {
  registrations.append(batch.registrations);
  helpTrimming(batch.registrations.size());
  outbox.insert(batch.rows);
  outbox.settle(batch.fates, batch.time);
  for (const auto& tree : batch.trees) {
    bindAll(replaceTree, tree.device, tree.built);
    Using(replaceTree)->exec();
  }
  for (const proxy::DeviceIndex device : batch.distinguished) {
    bindAll(distinguish, device);
    Using(distinguish)->exec();
  }
  batches.append(batch, next);
  commands.write(batch.commands, batch.commandChanges);
  badPayloads.insert(batch.badPayloads);
  if (batch.plannedRules) batches.setMeta("planned_rules", *batch.plannedRules);
  forgotten.write(batch.forgotten, upTo);
  for (const proxy::DeviceIndex device : batch.forgotten) {
    commands.forget(device);
    badPayloads.forget(device);
  }
}

void SqliteJournal::Open::helpTrimming(std::size_t added) {
  if (added == 0 || registrations.superseded() < std::max(kSupersededHigh, registrations.devices() / 2)) return;
  registrations.trim(std::min(kTrimmed, 2 * added));
}

bool SqliteJournal::Open::due(unsigned duty, WallTime now) {
  switch (duty) {
    case kTrim: return registrations.superseded() >= (forgotten.empty() ? kWorthTrimming : 1);
    case kFold: return fold.due(now);
    case kSweep: return !forgotten.outboxIsSwept();
    case kCommands: return commands.due(now);
    default: return !forgotten.empty() && forgotten.releasable(standing());
  }
}

Result<void> SqliteJournal::Open::perform(unsigned duty, WallTime now) {
  switch (duty) {
    case kTrim: {
      auto done = inTransaction(*connection, "delete superseded registrations", [&]() -> Result<void> {
        registrations.trim(kTrimmed);
        return {};
      });
      done ? registrations.settle() : registrations.undo();
      return done;
    }
    case kFold: return fold.step(now);
    case kSweep: return forgotten.sweepOutbox();
    case kCommands: return commands.trim(now);
    default: return forgotten.release(standing());
  }
}

bool SqliteJournal::Open::anyDue(WallTime now) {
  for (unsigned duty = 0; duty < kDuties; ++duty) {
    if (due(duty, now)) return true;
  }
  return false;
}

// One piece of one duty a call; the duties take turns, so that none waits for another to run dry.
Result<bool> SqliteJournal::maintain(WallTime now) {
  if (!open_) return notOpen();
  Open& all = *open_;
  if (!all.recovered) return false;
  return border("look after the journal", [&]() -> Result<bool> {
    for (unsigned i = 0; i < kDuties; ++i) {
      const unsigned duty = (all.nextDuty + i) % kDuties;
      if (!all.due(duty, now)) continue;
      all.nextDuty = duty + 1;
      if (auto done = all.perform(duty, now); !done) return tl::unexpected(done.error());
      return all.anyDue(now);
    }
    return false;
  });
}

Result<void> SqliteJournal::limitPages(std::uint32_t pages) {
  if (!open_) return notOpen();
  return border("limit the file", [&]() -> Result<void> {
    open_->connection->setPragma("max_page_count", pages == 0 ? kMostPages : pages);
    return {};
  });
}

std::uint64_t SqliteJournal::checkpoints() const { return open_ ? open_->checkpointer->counters().complete : 0; }

}  // namespace isthmus::db
