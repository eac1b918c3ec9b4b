#include "db/sqlite/connection.h"

#include "db/sqlite/file_lock.h"
#include "tests/support/temp_folder.h"

#include <catch2/catch.hpp>

#include <sys/stat.h>

using namespace isthmus;
using db::Connection;
using db::ConnectionOptions;
using db::Durability;
using isthmus::testing::TempFolder;

namespace {

std::unique_ptr<Connection> opened(const ConnectionOptions& options) {
  auto connection = Connection::open(options);
  INFO((connection ? std::string() : connection.error().text()));
  REQUIRE(connection);
  return std::move(*connection);
}

std::int64_t numberOf(Connection& connection, const std::string& sql) {
  SQLite::Statement row(connection.database(), sql);
  return row.executeStep() ? row.getColumn(0).getInt64() : -1;
}

Result<void> run(Connection& connection, const std::string& sql) {
  return db::border("run a statement", [&]() -> Result<void> {
    connection.database().exec(sql);
    return {};
  });
}

}  // namespace

TEST_CASE("A connection writes ahead, waits for the disk as durability asks, and never checkpoints by itself") {
  const TempFolder folder;
  const auto power = opened({.path = folder / "a.db"});
  CHECK(std::string(SQLite::Statement(power->database(), "PRAGMA journal_mode").getQuery()) == "PRAGMA journal_mode");
  SQLite::Statement mode(power->database(), "PRAGMA journal_mode");
  REQUIRE(mode.executeStep());
  CHECK(mode.getColumn(0).getString() == "wal");
  CHECK(power->pragma("synchronous") == 2);
  CHECK(power->pragma("wal_autocheckpoint") == 0);
  CHECK(power->pragma("cache_size") == -8 * 1024);
  CHECK(power->pragma("busy_timeout") == 5000);
  CHECK(opened({.path = folder / "b.db", .durability = Durability::process})->pragma("synchronous") == 1);
}

TEST_CASE("The database, its log and its index belong to the owner alone") {
  const TempFolder folder;
  const auto connection = opened({.path = folder / "a.db"});
  REQUIRE(run(*connection, "CREATE TABLE t (a)"));
  for (const char* name : {"a.db", "a.db-wal", "a.db-shm"}) {
    struct stat state{};
    INFO(name);
    REQUIRE(::stat((folder / name).c_str(), &state) == 0);
    CHECK((state.st_mode & 0777U) == 0600U);
  }
}

TEST_CASE("A connection is hardened") {
  const TempFolder folder;
  const auto connection = opened({.path = folder / "a.db"});
  CHECK_FALSE(run(*connection, "SELECT load_extension('x')"));
  REQUIRE(run(*connection, "CREATE TABLE t (a)"));
  CHECK_FALSE(run(*connection, "INSERT INTO t VALUES (\"double quotes name a column\")"));
  REQUIRE(run(*connection, "PRAGMA writable_schema=ON"));
  CHECK_FALSE(run(*connection, "DELETE FROM sqlite_schema"));
}

TEST_CASE("A reading connection cannot write") {
  const TempFolder folder;
  const auto writer = opened({.path = folder / "a.db"});
  REQUIRE(run(*writer, "CREATE TABLE t (a)"));
  const auto reader = opened({.path = folder / "a.db", .access = ConnectionOptions::Access::read});
  CHECK_FALSE(run(*reader, "INSERT INTO t VALUES (1)"));
  CHECK(numberOf(*reader, "SELECT count(*) FROM t") == 0);
}

TEST_CASE("What is not there, or is no database, is an error that names the file") {
  const TempFolder folder;
  const auto missing = Connection::open({.path = folder / "none.db", .access = ConnectionOptions::Access::write});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Errc::configuration);
  CHECK(missing.error().where.find("none.db") != std::string::npos);
  const auto noFolder = Connection::open({.path = folder / "no/such/folder.db"});
  REQUIRE_FALSE(noFolder);
  CHECK(noFolder.error().code == Errc::configuration);

  {
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen((folder / "text.db").c_str(), "w"), &std::fclose);
    std::fputs(
        "this is a text of more than a hundred bytes, so that it can not be taken for an empty database file, "
        "whatever it holds",
        file.get());
  }
  const auto text = Connection::open({.path = folder / "text.db"});
  REQUIRE_FALSE(text);
  CHECK(text.error().code == Errc::configuration);
  CHECK_THAT(text.error().message, Catch::EndsWith("name another file in db.path"));
}

TEST_CASE("A transaction is kept as a whole or not at all") {
  const TempFolder folder;
  const auto connection = opened({.path = folder / "a.db"});
  REQUIRE(run(*connection, "CREATE TABLE t (a INTEGER PRIMARY KEY)"));
  SQLite::Statement insert(connection->database(), "INSERT INTO t VALUES (?)");
  const auto insertAll = [&](std::initializer_list<int> values) {
    return db::inTransaction(*connection, "insert", [&]() -> Result<void> {
      for (const int value : values) {
        insert.bind(1, value);
        db::Using(insert)->exec();
      }
      return {};
    });
  };
  REQUIRE(insertAll({1, 2}));
  const auto broken = insertAll({3, 1});
  REQUIRE_FALSE(broken);
  CHECK(broken.error().code == Errc::conflict);
  CHECK(broken.error().message.find("cannot insert") == 0);
  CHECK(numberOf(*connection, "SELECT count(*) FROM t") == 2);
  REQUIRE(insertAll({3}));

  const auto refused = db::inTransaction(*connection, "insert", [&]() -> Result<void> {
    connection->database().exec("DELETE FROM t");
    return fail(Errc::refused, "no");
  });
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::refused);
  CHECK(numberOf(*connection, "SELECT count(*) FROM t") == 3);
}

TEST_CASE("A lock that is not given and a full disk are worth another try") {
  const TempFolder folder;
  const auto one = opened({.path = folder / "a.db"});
  const auto two = opened({.path = folder / "a.db", .busyTimeout = milliseconds(0)});
  REQUIRE(run(*one, "CREATE TABLE t (a)"));
  {
    const db::Transaction held(*one);
    const auto busy = db::inTransaction(*two, "write", []() -> Result<void> { return {}; });
    REQUIRE_FALSE(busy);
    CHECK(busy.error().code == Errc::unavailable);
  }
  CHECK(db::inTransaction(*two, "write", []() -> Result<void> { return {}; }));

  one->setPragma("max_page_count", one->pragma("page_count"));
  const auto full = run(*one, "INSERT INTO t VALUES (zeroblob(100000))");
  REQUIRE_FALSE(full);
  CHECK(full.error().code == Errc::unavailable);
  CHECK(numberOf(*one, "SELECT count(*) FROM t") == 0);
}

TEST_CASE("A file lock keeps others out until it goes") {
  const TempFolder folder;
  {
    const auto first = db::FileLock::take(folder / "a.lock");
    REQUIRE(first);
    const auto second = db::FileLock::take(folder / "a.lock");
    REQUIRE_FALSE(second);
    CHECK(second.error().code == Errc::conflict);
  }
  CHECK(db::FileLock::take(folder / "a.lock"));
  CHECK(db::FileLock::take(folder / "no/such/folder.lock").error().code == Errc::configuration);
}
