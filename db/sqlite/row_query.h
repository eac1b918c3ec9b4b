#pragma once

#include "db/sqlite/connection.h"

#include <cstdint>
#include <string>
#include <string_view>

struct sqlite3_stmt;

namespace isthmus::db {

// A prepared query whose columns are read in place, for those that read very many rows: SQLiteCpp makes an object of
// each column, which counts a shared pointer. Throws SQLite::Exception. Owned by one thread.
class RowQuery {
 public:
  // `connection` must outlive this.
  RowQuery(Connection& connection, const std::string& sql);
  ~RowQuery();
  RowQuery(const RowQuery&) = delete;
  RowQuery& operator=(const RowQuery&) = delete;

  void bind(int parameter, std::int64_t value);  // from 1
  bool step();                                   // to the next row, if there is one
  void reset();                                  // ready for its next use; never throws
  std::int64_t number(int column) const;         // from 0
  std::string_view text(int column) const;       // until the next step

 private:
  Connection& connection_;
  sqlite3_stmt* statement_ = nullptr;
};

}  // namespace isthmus::db
