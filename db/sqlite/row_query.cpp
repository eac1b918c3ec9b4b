#include "db/sqlite/row_query.h"

#include <sqlite3.h>

namespace isthmus::db {

RowQuery::RowQuery(Connection& connection, const std::string& sql) : connection_(connection) {
  sqlite3* handle = connection.database().getHandle();
  const int code = sqlite3_prepare_v3(handle, sql.c_str(), static_cast<int>(sql.size()) + 1, SQLITE_PREPARE_PERSISTENT,
                                      &statement_, nullptr);
  if (code != SQLITE_OK) throw SQLite::Exception(handle, code);
}

RowQuery::~RowQuery() { sqlite3_finalize(statement_); }

void RowQuery::bind(int parameter, std::int64_t value) {
  const int code = sqlite3_bind_int64(statement_, parameter, value);
  if (code != SQLITE_OK) throw SQLite::Exception(connection_.database().getHandle(), code);
}

bool RowQuery::step() {
  const int code = sqlite3_step(statement_);
  if (code != SQLITE_ROW && code != SQLITE_DONE) throw SQLite::Exception(connection_.database().getHandle(), code);
  return code == SQLITE_ROW;
}

// What a step that failed had to say was thrown there; reset would only say it again.
void RowQuery::reset() { sqlite3_reset(statement_); }

std::int64_t RowQuery::number(int column) const { return sqlite3_column_int64(statement_, column); }

std::string_view RowQuery::text(int column) const {
  // The text first: it may be converted for it, and its size is that of the last form.
  const auto* data = sqlite3_column_text(statement_, column);
  if (data == nullptr) return {};
  return {reinterpret_cast<const char*>(data), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

}  // namespace isthmus::db
