#include "db/stores/command_table.h"

#include "db/stores/columns.h"

#include <algorithm>

namespace isthmus::db {
namespace {

constexpr std::int64_t kKept = proxy::kEndedCommands;
constexpr std::int64_t kTrimmed = 512;         // in one go
constexpr std::int64_t kHigh = kKept + 2'000;  // commits help to delete above this

// The column `code` says how the device answered, or else of what kind the failure was: "2.05", "timeout".
std::string codeColumn(const std::string& code, std::optional<Errc> error) {
  return code.empty() && error ? std::string(name(*error)) : code;
}

}  // namespace

proxy::CommandStatus commandOf(const SQLite::Statement& row) {
  proxy::CommandStatus status;
  status.id = {numberAt(row, 0)};
  status.device = numberAt<proxy::DeviceIndex>(row, 1);
  status.state = static_cast<proxy::CommandState>(numberAt<std::uint8_t>(row, 2));
  status.submitted = timeAt(row, 3);
  status.deadline = timeAt(row, 4);
  status.changed = timeAt(row, 5);
  status.origin = textAt(row, 6);
  status.operation = textAt(row, 7);
  status.code = textAt(row, 8);
  status.error = errcNamed(status.code);
  if (status.error) status.code.clear();
  status.reason = textAt(row, 9);
  status.result = textAt(row, 10);
  return status;
}

CommandTable::CommandTable(Connection& connection)
    : connection_(connection),
      insert_(connection.database(),
              std::string("INSERT INTO command (") + kCommandColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      change_(connection.database(),
              "UPDATE command SET state = ?2, changed = ?3, code = ?4, reason = ?5, result = ?6 "
              "WHERE id = ?1 AND state < 3"),
      forgetEnded_(connection.database(), "DELETE FROM command WHERE device = ? AND state >= 3"),
      forget_(connection.database(), "DELETE FROM command WHERE device = ?"),
      removeOldest_(connection.database(),
                    "DELETE FROM command WHERE id IN "
                    "(SELECT id FROM command WHERE state >= 3 AND changed < ?1 ORDER BY changed LIMIT ?2)") {}

void CommandTable::write(std::span<const proxy::CommandStatus> commands,
                         std::span<const proxy::CommandChange> changes) {
  for (const auto& it : commands) {
    const std::string code = codeColumn(it.code, it.error);
    bindAll(insert_, it.id.value, it.device, static_cast<std::uint8_t>(it.state), it.submitted, it.deadline, it.changed,
            it.origin, it.operation, code, it.reason, it.result);
    Using(insert_)->exec();
  }
  std::int64_t ended = 0;
  for (const auto& it : changes) {
    const std::string code = codeColumn(it.code, it.error);
    bindAll(change_, it.id.value, static_cast<std::uint8_t>(it.state), it.at, code, it.reason, it.result);
    const int changed = Using(change_)->exec();
    if (!proxy::isEnd(it.state)) continue;
    ended += changed;
    oldest_ = std::min(oldest_, it.at);
  }
  endedNow_ += ended;
  if (ended > 0 && ended_ + endedNow_ > kHigh) removeOldest(std::min(2 * ended, kTrimmed), WallTime::max());
}

void CommandTable::forget(proxy::DeviceIndex device) {
  bindAll(forgetEnded_, device);
  endedNow_ -= Using(forgetEnded_)->exec();
  bindAll(forget_, device);
  Using(forget_)->exec();
}

void CommandTable::settle() {
  ended_ += endedNow_;
  endedNow_ = 0;
}

std::int64_t CommandTable::removeOldest(std::int64_t rows, WallTime before) {
  bindAll(removeOldest_, before, rows);
  const int removed = Using(removeOldest_)->exec();
  endedNow_ -= removed;
  return removed;
}

Result<void> CommandTable::loadAsked(const std::function<void(proxy::DeviceIndex, std::string_view)>& each) {
  if (!each) return {};
  return border("read who asked for commands", [&]() -> Result<void> {
    SQLite::Statement row(connection_.database(), "SELECT device, origin FROM command ORDER BY id");
    while (row.executeStep()) each(numberAt<proxy::DeviceIndex>(row, 0), viewAt(row, 1));
    return {};
  });
}

Result<void> CommandTable::load(const std::function<void(const proxy::CommandStatus&)>& each) {
  return border("read the commands", [&]() -> Result<void> {
    measure();
    if (!each) return {};
    SQLite::Statement row(connection_.database(),
                          std::string("SELECT ") + kCommandColumns + " FROM command WHERE state < 3 ORDER BY id");
    while (row.executeStep()) each(commandOf(row));
    return {};
  });
}

void CommandTable::measure() {
  SQLite::Statement row(connection_.database(), "SELECT count(*), min(changed) FROM command WHERE state >= 3");
  row.executeStep();
  ended_ = numberAt<std::int64_t>(row, 0);
  oldest_ = ended_ == 0 ? WallTime::max() : timeAt(row, 1);
}

bool CommandTable::due(WallTime now) const { return ended_ > kKept || oldest_ < now - proxy::kEndedCommandLife; }

Result<void> CommandTable::trim(WallTime now) {
  auto done = inTransaction(connection_, "delete old commands", [&]() -> Result<void> {
    const std::int64_t tooMany = std::clamp<std::int64_t>(ended_ - kKept, 0, kTrimmed);
    if (tooMany > 0) {
      removeOldest(tooMany, WallTime::max());
    } else {
      removeOldest(kTrimmed, now - proxy::kEndedCommandLife);
    }
    return {};
  });
  if (!done) {
    undo();
    return done;
  }
  return border("count the commands", [&]() -> Result<void> {
    endedNow_ = 0;
    measure();
    return {};
  });
}

}  // namespace isthmus::db
