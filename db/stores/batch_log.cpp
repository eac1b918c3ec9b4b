#include "db/stores/batch_log.h"

#include "db/stores/columns.h"
#include "db/stores/record_codec.h"

#include <algorithm>

namespace isthmus::db {

BatchLog::BatchLog(Connection& connection)
    : connection_(connection),
      insert_(connection.database(),
              "INSERT INTO batch (id, time, last_row, committed_ms, accounts, answered) VALUES (?, ?, ?, ?, ?, ?)") {}

std::int64_t BatchLog::meta(const char* key) {
  SQLite::Statement row(connection_.database(), "SELECT value FROM meta WHERE key = ?");
  row.bind(1, key);
  return row.executeStep() ? numberAt<std::int64_t>(row, 0) : 0;
}

void BatchLog::setMeta(const char* key, std::int64_t value) {
  SQLite::Statement row(connection_.database(), "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)");
  row.bind(1, key);
  row.bind(2, value);
  row.exec();
}

Marks BatchLog::loadMarks() {
  Marks marks{static_cast<std::uint64_t>(meta("last_row")), meta("last_committed_ms"),
              static_cast<std::uint64_t>(meta("last_batch"))};
  SQLite::Statement row(connection_.database(),
                        "SELECT id, last_row, committed_ms FROM batch ORDER BY id DESC LIMIT 1");
  if (row.executeStep()) {
    marks.lastBatch = std::max(marks.lastBatch, numberAt(row, 0));
    marks.lastRow = std::max(marks.lastRow, numberAt(row, 1));
    marks.lastCommittedMs = std::max(marks.lastCommittedMs, numberAt<std::int64_t>(row, 2));
  }
  return marks;
}

void BatchLog::append(const proxy::Batch& batch, const Marks& marks) {
  accounts_.clear();
  encodeAccounts(batch.accounts, accounts_);
  answered_.clear();
  encodeAnswered(batch.answered, answered_);
  bindAll(insert_, marks.lastBatch, batch.time, marks.lastRow, marks.lastCommittedMs, accounts_.bytes(),
          answered_.bytes());
  Using(insert_)->exec();
}

Result<void> BatchLog::load(const AccountFold& fold, const FoldTimes& times, WallTime now,
                            const proxy::Recovery& recovery) {
  return border("read the batches", [&]() -> Result<void> {
    SQLite::Statement row(connection_.database(), "SELECT id, time, accounts, answered FROM batch ORDER BY id");
    while (row.executeStep()) {
      const std::uint64_t batch = numberAt(row, 0);
      const WallTime at = timeAt(row, 1);
      bool sound = decodeAccounts(blobAt(row, 2), [&](const proxy::AccountChange& account) {
        if (recovery.account && !fold.counted(account.device, batch)) recovery.account(account);
      });
      if (recovery.answered && !times.isOver(at, now)) {
        sound = sound && decodeAnswered(blobAt(row, 3), [&](const lwm2m::coap::AnsweredExchange& exchange) {
                  recovery.answered({exchange, std::min(at, now)});
                });
      }
      if (!sound) return fail(Errc::io, "the database holds a damaged batch", "batch " + std::to_string(batch));
    }
    return {};
  });
}

}  // namespace isthmus::db
