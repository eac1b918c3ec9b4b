#pragma once

#include "db/sqlite/connection.h"
#include "db/stores/account_fold.h"
#include "db/stores/blob.h"
#include "db/stores/marks.h"
#include "ipe/proxy/journal.h"

#include <functional>

namespace isthmus::db {

// One row a batch: which messages it answered and what it changed in the accounts.
class BatchLog {
 public:
  explicit BatchLog(Connection& connection);

  Marks loadMarks();
  // Within a transaction; `marks` are those that the batch makes.
  void setMeta(const char* key, std::int64_t value);
  void append(const proxy::Batch& batch, const Marks& marks);
  // Streams the answers that a retransmission may still ask for, and the changes that are not in the totals.
  Result<void> load(const AccountFold& fold, const FoldTimes& times, WallTime now, const proxy::Recovery& recovery);

 private:
  std::int64_t meta(const char* key);

  Connection& connection_;
  SQLite::Statement insert_;
  BlobWriter accounts_, answered_;
};

}  // namespace isthmus::db
