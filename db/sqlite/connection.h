#pragma once

#include "db/sqlite/border.h"
#include "db/sqlite/durability.h"
#include "ipe/base/clock.h"
#include "ipe/base/result.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace isthmus::db {

struct ConnectionOptions {
  std::filesystem::path path;
  Durability durability = Durability::power;
  enum class Access : std::uint8_t { create, write, read } access = Access::create;
  std::uint32_t cacheKib = 8 * 1024;  // what is appended and soon deleted needs no more
  milliseconds busyTimeout{5000};
};

// One connection to the database file, in WAL mode, hardened: no extensions, no double-quoted strings, no writable
// schema. Owned by one thread at a time. It never runs a checkpoint by itself but when it is the last one to close (see
// Checkpointer).
class Connection {
 public:
  static Result<std::unique_ptr<Connection>> open(const ConnectionOptions& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  SQLite::Database& database() { return database_; }

  // Called on the owner's thread after each of its commits, with the pages that stand in the WAL.
  void onCommit(std::function<void(int pages)> hook) { hook_ = std::move(hook); }

  std::int64_t pragma(const std::string& name);                 // throws SQLite::Exception
  void setPragma(const std::string& name, std::int64_t value);  // throws SQLite::Exception

 private:
  friend class Transaction;
  explicit Connection(const ConnectionOptions& options);
  void harden();
  void configure(const ConnectionOptions& options);
  static int walHook(void* self, ::sqlite3*, const char*, int pages);

  SQLite::Database database_;
  std::function<void(int)> hook_;
  std::unique_ptr<SQLite::Statement> begin_, commit_, rollback_;
};

// A write transaction; what is not committed is rolled back. Throws SQLite::Exception.
class Transaction {
 public:
  explicit Transaction(Connection& connection);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Connection& connection_;
  bool done_ = false;
};

// Runs `work`, which returns Result<void>, in a write transaction: all of it is kept, or nothing.
template <class Work>
Result<void> inTransaction(Connection& connection, std::string_view doing, Work&& work) {
  return border(doing, [&]() -> Result<void> {
    Transaction transaction(connection);
    if (Result<void> done = work(); !done) return done;
    transaction.commit();
    return {};
  });
}

// A cached statement in use; it is ready for its next use when this goes, whatever happened in between.
class Using {
 public:
  explicit Using(SQLite::Statement& statement) : statement_(statement) {}
  ~Using() { statement_.tryReset(); }
  Using(const Using&) = delete;
  Using& operator=(const Using&) = delete;
  SQLite::Statement* operator->() { return &statement_; }

 private:
  SQLite::Statement& statement_;
};

}  // namespace isthmus::db
