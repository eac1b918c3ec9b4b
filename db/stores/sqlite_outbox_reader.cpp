#include "db/stores/sqlite_outbox_reader.h"

#include "db/stores/columns.h"
#include "db/stores/database.h"

#include <algorithm>
#include <map>

namespace isthmus::db {
namespace {

constexpr const char* kColumns =
    "o.id, o.device, o.kind, o.run, o.committed_ms, o.time, o.source, o.target, o.content_info, o.content, "
    "o.form, o.detail";
constexpr int kReason = 12, kAt = 13;  // behind them, of a rejected row

// Ids that lie closer together than this are read as a range.
constexpr std::uint64_t kDense = 4;

// Rows of forgotten devices count as gone, also before they are swept up.
constexpr const char* kStanding =
    "NOT EXISTS (SELECT 1 FROM forgotten f WHERE f.device = o.device AND o.id <= f.last_row)";

std::string select(const std::string& columns, const std::string& table, const std::string& rest) {
  return "SELECT " + columns + " FROM " + table + " o WHERE " + kStanding + rest;
}

template <class Row>
proxy::OutboxRow rowOf(const Row& row) {
  proxy::OutboxRow result;
  result.id = numberAt(row, 0);
  result.device = numberAt<proxy::DeviceIndex>(row, 1);
  result.kind = static_cast<proxy::RowKind>(numberAt<std::uint8_t>(row, 2));
  result.run = numberAt<std::uint32_t>(row, 3);
  result.committedMs = numberAt<std::int64_t>(row, 4);
  result.time = numberAt<std::int64_t>(row, 5);
  result.source = numberAt(row, 6);
  result.target = textAt(row, 7);
  result.contentInfo = textAt(row, 8);
  result.content = textAt(row, 9);
  result.form = static_cast<mapping::Form>(numberAt<std::uint8_t>(row, 10));
  result.detail = textAt(row, 11);
  return result;
}

// The query of a range, in use.
class InRange {
 public:
  InRange(RowQuery& query, std::uint64_t from, std::uint64_t to) : query_(query) {
    query.bind(1, static_cast<std::int64_t>(from));
    query.bind(2, static_cast<std::int64_t>(to));
  }
  ~InRange() { query_.reset(); }
  InRange(const InRange&) = delete;
  InRange& operator=(const InRange&) = delete;

 private:
  RowQuery& query_;
};

}  // namespace

struct SqliteOutboxReader::Statements {
  explicit Statements(std::unique_ptr<Connection> opened) : connection(std::move(opened)) {}

  std::unique_ptr<Connection> connection;
  SQLite::Statement begin{connection->database(), "BEGIN"};
  SQLite::Statement end{connection->database(), "COMMIT"};
  RowQuery range{*connection,
                 std::string("SELECT ") + kColumns + " FROM outbox o WHERE o.id BETWEEN ? AND ? ORDER BY o.id"};
  SQLite::Statement forgotten{connection->database(), "SELECT device, last_row FROM forgotten"};
  SQLite::Statement oldest{connection->database(), select(kColumns, "outbox", " ORDER BY o.id LIMIT ?")};
  SQLite::Statement rejected{connection->database(), select(std::string(kColumns) + ", o.reason, o.at", "rejected",
                                                            " ORDER BY o.seq DESC LIMIT ?")};
  SQLite::Statement runName{connection->database(), "SELECT name FROM run WHERE run = ?"};
  std::map<proxy::DeviceIndex, std::uint64_t> lastForgotten;  // of each forgotten device

  void loadForgotten();
  bool isForgotten(proxy::DeviceIndex device, std::uint64_t id) const;
  void readRange(std::span<const std::uint64_t> ids, std::vector<proxy::OutboxRow>& rows);
};

void SqliteOutboxReader::Statements::loadForgotten() {
  lastForgotten.clear();
  for (Using row(forgotten); row->executeStep();)
    lastForgotten[numberAt<proxy::DeviceIndex>(forgotten, 0)] = numberAt(forgotten, 1);
}

bool SqliteOutboxReader::Statements::isForgotten(proxy::DeviceIndex device, std::uint64_t id) const {
  if (lastForgotten.empty()) return false;
  const auto gone = lastForgotten.find(device);
  return gone != lastForgotten.end() && id <= gone->second;
}

void SqliteOutboxReader::Statements::readRange(std::span<const std::uint64_t> ids,
                                               std::vector<proxy::OutboxRow>& rows) {
  auto wanted = ids.begin();
  for (const InRange inRange(range, ids.front(), ids.back()); range.step();) {
    const std::uint64_t id = numberAt(range, 0);
    while (wanted != ids.end() && *wanted < id) ++wanted;
    if (wanted == ids.end() || *wanted != id) continue;
    if (!isForgotten(numberAt<proxy::DeviceIndex>(range, 1), id)) rows.push_back(rowOf(range));
  }
}

Result<std::unique_ptr<SqliteOutboxReader>> SqliteOutboxReader::open(const std::filesystem::path& path) {
  auto connection = Connection::open({.path = path, .access = ConnectionOptions::Access::read, .cacheKib = 512});
  if (!connection) return tl::unexpected(connection.error());
  return border("prepare to read the outbox", [&]() -> Result<std::unique_ptr<SqliteOutboxReader>> {
    return std::unique_ptr<SqliteOutboxReader>(
        new SqliteOutboxReader(std::make_unique<Statements>(std::move(*connection))));
  });
}

SqliteOutboxReader::SqliteOutboxReader(std::unique_ptr<Statements> statements) : statements_(std::move(statements)) {}
SqliteOutboxReader::~SqliteOutboxReader() = default;

namespace {

// Costs more than the look-up of a row: one for all that are read together.
class Snapshot {
 public:
  Snapshot(SQLite::Statement& begin, SQLite::Statement& end) : end_(end) { Using(begin)->exec(); }
  ~Snapshot() { Using(end_)->tryExecuteStep(); }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

 private:
  SQLite::Statement& end_;
};

}  // namespace

// Ids that lie side by side are read in one go.
Result<std::vector<proxy::OutboxRow>> SqliteOutboxReader::read(std::span<const std::uint64_t> ids) {
  return border("read outbox rows", [&]() -> Result<std::vector<proxy::OutboxRow>> {
    std::vector<proxy::OutboxRow> rows;
    rows.reserve(ids.size());
    const Snapshot snapshot(statements_->begin, statements_->end);
    statements_->loadForgotten();
    for (std::size_t first = 0; first < ids.size();) {
      std::size_t last = first;
      while (last + 1 < ids.size() && ids[last + 1] - ids[last] <= kDense) ++last;
      statements_->readRange(ids.subspan(first, last + 1 - first), rows);
      first = last + 1;
    }
    return rows;
  });
}

Result<proxy::OutboxReader::Stretch> SqliteOutboxReader::readOn(std::uint64_t from, std::uint64_t to,
                                                                const Limits& limits) {
  return border("read the outbox", [&]() -> Result<Stretch> {
    const Snapshot snapshot(statements_->begin, statements_->end);
    statements_->loadForgotten();
    RowQuery& range = statements_->range;
    Stretch stretch{{}, to};
    std::uint64_t last = 0;
    std::size_t seen = 0, bytes = 0;
    for (const InRange inRange(range, from, to); range.step(); ++seen) {
      if (seen == limits.rows || bytes > limits.bytes) {
        stretch.upTo = last;
        break;
      }
      last = numberAt(range, 0);
      if (statements_->isForgotten(numberAt<proxy::DeviceIndex>(range, 1), last)) continue;
      stretch.rows.push_back(rowOf(range));
      bytes += stretch.rows.back().bytes();
    }
    return stretch;
  });
}

Result<std::string> SqliteOutboxReader::runName(std::uint32_t run) {
  return border("read a run", [&]() -> Result<std::string> {
    bindAll(statements_->runName, run);
    Using row(statements_->runName);
    if (!row->executeStep()) return fail(Errc::notFound, "no such run", "run " + std::to_string(run));
    return textAt(statements_->runName, 0);
  });
}

Result<std::vector<proxy::OutboxReader::Rejected>> SqliteOutboxReader::rejected(std::size_t limit) {
  return border("read rejected rows", [&]() -> Result<std::vector<Rejected>> {
    std::vector<Rejected> rows;
    bindAll(statements_->rejected, toLimit(limit));
    for (Using row(statements_->rejected); row->executeStep();) {
      const SQLite::Statement& found = statements_->rejected;
      rows.push_back({rowOf(found), textAt(found, kReason), timeAt(found, kAt)});
    }
    return rows;
  });
}

Result<std::vector<proxy::OutboxRow>> SqliteOutboxReader::pending(std::size_t limit) {
  return border("read the outbox", [&]() -> Result<std::vector<proxy::OutboxRow>> {
    std::vector<proxy::OutboxRow> rows;
    bindAll(statements_->oldest, toLimit(limit));
    for (Using row(statements_->oldest); row->executeStep();) rows.push_back(rowOf(statements_->oldest));
    return rows;
  });
}

}  // namespace isthmus::db
