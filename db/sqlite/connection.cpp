#include "db/sqlite/connection.h"

#include <SQLiteCpp/Column.h>
#include <sqlite3.h>

#include <fcntl.h>
#include <unistd.h>

namespace isthmus::db {
namespace {

// A returning writer gets the WAL back to this size after a load peak, in bytes.
constexpr std::int64_t kWalKept = 256 << 20;

int openFlags(ConnectionOptions::Access access) {
  const int create = access == ConnectionOptions::Access::create ? SQLite::OPEN_CREATE : 0;
  return SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX | create;
}

// What devices say is nobody else's: SQLite gives -wal and -shm the mode of the database file.
void makePrivate(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file >= 0) ::close(file);
}

void check(SQLite::Database& database, int code) {
  if (code != SQLITE_OK) throw SQLite::Exception(database.getHandle(), code);
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const ConnectionOptions& options) {
  auto opened = border("open the database", [&]() -> Result<std::unique_ptr<Connection>> {
    if (options.access == ConnectionOptions::Access::create) makePrivate(options.path);
    return std::unique_ptr<Connection>(new Connection(options));
  });
  if (!opened) opened.error().where = options.path.string() + ", " + opened.error().where;
  return opened;
}

Connection::Connection(const ConnectionOptions& options)
    : database_(options.path.string(), openFlags(options.access), static_cast<int>(options.busyTimeout.count())) {
  harden();
  configure(options);
  begin_ = std::make_unique<SQLite::Statement>(database_, "BEGIN IMMEDIATE");
  commit_ = std::make_unique<SQLite::Statement>(database_, "COMMIT");
  rollback_ = std::make_unique<SQLite::Statement>(database_, "ROLLBACK");
  sqlite3_wal_hook(database_.getHandle(), &Connection::walHook, this);
}

Connection::~Connection() { sqlite3_wal_hook(database_.getHandle(), nullptr, nullptr); }

void Connection::harden() {
  sqlite3* handle = database_.getHandle();
  check(database_, sqlite3_extended_result_codes(handle, 1));
  for (const auto& [setting, value] : {std::pair{SQLITE_DBCONFIG_DEFENSIVE, 1},
                                       {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
                                       {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
                                       {SQLITE_DBCONFIG_DQS_DDL, 0},
                                       {SQLITE_DBCONFIG_DQS_DML, 0},
                                       {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
                                       {SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0}}) {
    check(database_, sqlite3_db_config(handle, setting, value, nullptr));
  }
}

void Connection::configure(const ConnectionOptions& options) {
  SQLite::Statement mode(database_, "PRAGMA journal_mode=WAL");
  if (!mode.executeStep() || mode.getColumn(0).getString() != "wal") {
    throw SQLite::Exception("the file system cannot share memory, which write-ahead logging needs", SQLITE_CANTOPEN);
  }
  mode.tryReset();
  database_.exec("PRAGMA cell_size_check=ON");
  // Debian's SQLite zeroes what is deleted, which costs pages: FAST does so only where it writes anyway.
  database_.exec("PRAGMA secure_delete=FAST");
  setPragma("cache_size", -static_cast<std::int64_t>(options.cacheKib));
  setPragma("wal_autocheckpoint", 0);
  setPragma("journal_size_limit", kWalKept);
  database_.exec(options.durability == Durability::power ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
  if (options.access == ConnectionOptions::Access::read) database_.exec("PRAGMA query_only=ON");
}

int Connection::walHook(void* self, ::sqlite3*, const char*, int pages) {
  const auto& hook = static_cast<Connection*>(self)->hook_;
  if (hook) hook(pages);
  return SQLITE_OK;
}

std::int64_t Connection::pragma(const std::string& name) {
  SQLite::Statement query(database_, "PRAGMA " + name);
  return query.executeStep() ? query.getColumn(0).getInt64() : 0;
}

void Connection::setPragma(const std::string& name, std::int64_t value) {
  database_.exec("PRAGMA " + name + "=" + std::to_string(value));
}

Transaction::Transaction(Connection& connection) : connection_(connection) { Using(*connection.begin_)->exec(); }

Transaction::~Transaction() {
  if (done_ || sqlite3_get_autocommit(connection_.database_.getHandle()) != 0) return;
  Using(*connection_.rollback_)->tryExecuteStep();
}

void Transaction::commit() {
  Using(*connection_.commit_)->exec();
  done_ = true;
}

}  // namespace isthmus::db
