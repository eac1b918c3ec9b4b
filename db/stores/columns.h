#pragma once

#include "db/sqlite/row_query.h"
#include "ipe/base/bytes.h"
#include "ipe/base/clock.h"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace isthmus::db {

// Between C++ values and columns. Numbers are stored as the same 64 bits; texts and blobs are borrowed until the
// statement's next reset.
template <std::integral T>
void bindAt(SQLite::Statement& statement, int index, T value) {
  statement.bind(index, static_cast<std::int64_t>(value));
}
inline void bindAt(SQLite::Statement& statement, int index, const std::string& value) {
  statement.bindNoCopy(index, value);
}
inline void bindAt(SQLite::Statement& statement, int index, ByteView value) {
  // A null pointer would bind NULL.
  statement.bindNoCopy(index, value.empty() ? static_cast<const void*>("") : value.data(),
                       static_cast<int>(value.size()));
}
inline void bindAt(SQLite::Statement& statement, int index, WallTime value) {
  bindAt(statement, index, value.time_since_epoch().count());
}
template <class T>
void bindAt(SQLite::Statement& statement, int index, const std::optional<T>& value) {
  if (value) {
    bindAt(statement, index, *value);
  } else {
    statement.bind(index);
  }
}

// A text that ends with the call would be read after its end.
void bindAt(SQLite::Statement& statement, int index, std::string&& value) = delete;

template <class... Values>
void bindAll(SQLite::Statement& statement, Values&&... values) {
  int index = 0;
  (bindAt(statement, ++index, std::forward<Values>(values)), ...);
}

template <class T = std::uint64_t>
T numberAt(const SQLite::Statement& row, int column) {
  return static_cast<T>(row.getColumn(column).getInt64());
}
// Valid until the statement's next step.
inline ByteView blobAt(const SQLite::Statement& row, int column) {
  const SQLite::Column value = row.getColumn(column);
  const auto* data = static_cast<const std::uint8_t*>(value.getBlob());
  return {data, static_cast<std::size_t>(value.getBytes())};
}
inline std::string_view viewAt(const SQLite::Statement& row, int column) { return text(blobAt(row, column)); }
inline std::string textAt(const SQLite::Statement& row, int column) { return std::string(viewAt(row, column)); }
inline WallTime timeAt(const SQLite::Statement& row, int column) {
  return WallTime(milliseconds(numberAt<std::int64_t>(row, column)));
}
template <class T = std::uint64_t>
T numberAt(const RowQuery& row, int column) {
  return static_cast<T>(row.number(column));
}
inline std::string textAt(const RowQuery& row, int column) { return std::string(row.text(column)); }
// For a LIMIT: SQLite takes a negative one as none.
inline std::int64_t toLimit(std::size_t limit) {
  return static_cast<std::int64_t>(std::min<std::size_t>(limit, static_cast<std::size_t>(INT64_MAX)));
}

}  // namespace isthmus::db
