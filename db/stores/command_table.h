#pragma once

#include "db/sqlite/connection.h"
#include "ipe/proxy/journal.h"

#include <functional>
#include <span>

namespace isthmus::db {

// Columns of a command, in the order that commandOf() takes them.
inline constexpr const char* kCommandColumns =
    "id, device, state, submitted, deadline, changed, origin, operation, code, reason, result";
proxy::CommandStatus commandOf(const SQLite::Statement& row);

// What devices are asked to do: live ones, and the newest that ended. Writer's side.
class CommandTable {
 public:
  explicit CommandTable(Connection& connection);

  // Within a transaction. What they do to memory stays open until settle() or undo().
  void write(std::span<const proxy::CommandStatus> commands, std::span<const proxy::CommandChange> changes);
  void forget(proxy::DeviceIndex device);
  void settle();
  void undo() { endedNow_ = 0; }

  // Streams those that have not ended, ascending by id. Needed before due() and trim().
  Result<void> loadAsked(const std::function<void(proxy::DeviceIndex, std::string_view origin)>& each);
  Result<void> load(const std::function<void(const proxy::CommandStatus&)>& each);

  // Whether more ended ones stand than are kept; trim() deletes some, in a transaction of its own.
  bool due(WallTime now) const;
  Result<void> trim(WallTime now);

 private:
  std::int64_t removeOldest(std::int64_t rows, WallTime before);
  void measure();

  Connection& connection_;
  SQLite::Statement insert_, change_, forgetEnded_, forget_, removeOldest_;
  std::int64_t ended_ = 0;             // committed
  std::int64_t endedNow_ = 0;          // by the open transaction
  WallTime oldest_ = WallTime::max();  // no ended one changed before; may be too early
};

}  // namespace isthmus::db
