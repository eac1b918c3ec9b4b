#include "db/stores/outbox_table.h"

#include "db/stores/columns.h"

#include <algorithm>

namespace isthmus::db {
namespace {

constexpr const char* kInsert =
    "INSERT INTO outbox (id, device, kind, run, committed_ms, time, source, target, content_info, content) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
// Of plain containers, which nearly all rows are of, the insert binds no more than that.
constexpr const char* kInsertFormed =
    "INSERT INTO outbox (id, device, kind, run, committed_ms, time, source, target, content_info, content, form, "
    "detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr const char* kReject =
    "INSERT INTO rejected (id, device, kind, run, committed_ms, time, source, target, content_info, content, form, "
    "detail, reason, at) "
    "SELECT id, device, kind, run, committed_ms, time, source, target, content_info, content, form, detail, ?2, ?3 "
    "FROM outbox WHERE id = ?1";

}  // namespace

OutboxTable::OutboxTable(Connection& connection)
    : connection_(connection),
      insert_(connection.database(), kInsert),
      insertFormed_(connection.database(), kInsertFormed),
      delete_(connection.database(), "DELETE FROM outbox WHERE id BETWEEN ? AND ?"),
      reject_(connection.database(), kReject),
      trimRejected_(connection.database(), "DELETE FROM rejected WHERE seq <= (SELECT max(seq) FROM rejected) - ?") {}

void OutboxTable::insert(std::span<const proxy::OutboxRow> rows) {
  for (const auto& row : rows) {
    if (row.form != mapping::Form::container || !row.detail.empty()) {
      insertFormed(row);
      continue;
    }
    bindAll(insert_, row.id, row.device, static_cast<std::uint8_t>(row.kind), row.run, row.committedMs, row.time,
            row.source, row.target, row.contentInfo, row.content);
    Using(insert_)->exec();
  }
}

void OutboxTable::insertFormed(const proxy::OutboxRow& row) {
  bindAll(insertFormed_, row.id, row.device, static_cast<std::uint8_t>(row.kind), row.run, row.committedMs, row.time,
          row.source, row.target, row.contentInfo, row.content, static_cast<std::uint8_t>(row.form), row.detail);
  Using(insertFormed_)->exec();
}

void OutboxTable::settle(std::span<const proxy::RowFate> fates, WallTime at) {
  bool rejected = false;
  settled_.clear();
  for (const auto& fate : fates) {
    if (fate.fate == proxy::Fate::pending) continue;
    if (fate.fate == proxy::Fate::rejected) {
      reject(fate, at);
      rejected = true;
    }
    settled_.push_back(fate.id);
  }
  removeSettled();
  if (!rejected) return;
  bindAll(trimRejected_, kRejectedKept);
  Using(trimRejected_)->exec();
}

// Ids that follow each other go in one statement.
void OutboxTable::removeSettled() {
  std::ranges::sort(settled_);
  for (auto first = settled_.begin(); first != settled_.end();) {
    auto last = first;
    while (last + 1 != settled_.end() && *(last + 1) <= *last + 1) ++last;
    bindAll(delete_, *first, *last);
    Using(delete_)->exec();
    first = last + 1;
  }
}

void OutboxTable::reject(const proxy::RowFate& fate, WallTime at) {
  bindAll(reject_, fate.id, fate.reason, at);
  Using(reject_)->exec();
}

Result<void> OutboxTable::loadPending(const ForgottenDevices& forgotten,
                                      const std::function<void(const proxy::PendingRow&)>& each) {
  if (!each) return {};
  return border("read the outbox", [&]() -> Result<void> {
    SQLite::Statement row(connection_.database(), "SELECT id, device, kind, target FROM outbox ORDER BY id");
    while (row.executeStep()) {
      const proxy::PendingRow pending{numberAt(row, 0), numberAt<proxy::DeviceIndex>(row, 1),
                                      static_cast<proxy::RowKind>(numberAt<std::uint8_t>(row, 2)), viewAt(row, 3)};
      if (!forgotten.rowIsGone(pending.device, pending.id)) each(pending);
    }
    return {};
  });
}

std::uint64_t OutboxTable::lastId() {
  SQLite::Statement row(connection_.database(), "SELECT coalesce(max(id), 0) FROM outbox");
  row.executeStep();
  return numberAt(row, 0);
}

}  // namespace isthmus::db
