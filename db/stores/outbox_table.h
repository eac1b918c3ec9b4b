#pragma once

#include "db/sqlite/connection.h"
#include "db/stores/forgotten_devices.h"
#include "ipe/proxy/journal.h"

#include <functional>
#include <span>
#include <vector>

namespace isthmus::db {

// The rows on their way, and the newest ones that the CSE refused. Writer's side.
class OutboxTable {
 public:
  static constexpr std::uint64_t kRejectedKept = 10'000;

  explicit OutboxTable(Connection& connection);

  // Within a transaction.
  void insert(std::span<const proxy::OutboxRow> rows);
  void settle(std::span<const proxy::RowFate> fates, WallTime at);

  Result<void> loadPending(const ForgottenDevices& forgotten,
                           const std::function<void(const proxy::PendingRow&)>& each);
  std::uint64_t lastId();

 private:
  void insertFormed(const proxy::OutboxRow& row);
  void reject(const proxy::RowFate& fate, WallTime at);
  void removeSettled();

  Connection& connection_;
  SQLite::Statement insert_, insertFormed_, delete_, reject_, trimRejected_;
  std::vector<std::uint64_t> settled_;  // of the batch being written
};

}  // namespace isthmus::db
