#include "db/sqlite/migrations.h"

#include "tests/support/temp_folder.h"

#include <catch2/catch.hpp>

using namespace isthmus;
using isthmus::testing::TempFolder;

namespace {

const EmbeddedFile kFirst{"0001_one.sql", "CREATE TABLE one (a); INSERT INTO one VALUES (1);"};
const EmbeddedFile kSecond{"0002_two.sql", "-- more\nALTER TABLE one ADD COLUMN b; CREATE TABLE two (a);"};
const EmbeddedFile kBroken{"0002_two.sql", "CREATE TABLE two (a); INSERT INTO nowhere VALUES (1);"};

std::unique_ptr<db::Connection> opened(const std::filesystem::path& path) {
  auto connection = db::Connection::open({.path = path});
  REQUIRE(connection);
  return std::move(*connection);
}

Result<void> migrated(db::Connection& connection, std::initializer_list<EmbeddedFile> files) {
  return db::migrate(connection, {files.begin(), files.size()});
}

}  // namespace

TEST_CASE("An empty database gets every schema file once, in order") {
  const TempFolder folder;
  const auto connection = opened(folder / "a.db");
  REQUIRE(migrated(*connection, {kFirst, kSecond}));
  CHECK(connection->pragma("user_version") == 2);
  REQUIRE(migrated(*connection, {kFirst, kSecond}));
  SQLite::Statement rows(connection->database(), "SELECT count(*), max(b) FROM one");
  REQUIRE(rows.executeStep());
  CHECK(rows.getColumn(0).getInt() == 1);
}

TEST_CASE("An older database gets what it lacks and keeps what it has") {
  const TempFolder folder;
  REQUIRE(migrated(*opened(folder / "a.db"), {kFirst}));
  const auto connection = opened(folder / "a.db");
  CHECK(connection->pragma("user_version") == 1);
  REQUIRE(migrated(*connection, {kFirst, kSecond}));
  CHECK(connection->pragma("user_version") == 2);
  SQLite::Statement rows(connection->database(), "SELECT a FROM one");
  REQUIRE(rows.executeStep());
  CHECK(rows.getColumn(0).getInt() == 1);
}

TEST_CASE("A newer database is refused with what to do, and left as it is") {
  const TempFolder folder;
  const auto connection = opened(folder / "a.db");
  REQUIRE(migrated(*connection, {kFirst, kSecond}));
  const auto refused = migrated(*connection, {kFirst});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::configuration);
  CHECK(refused.error().message.find("schema version 2, this program knows versions up to 1") != std::string::npos);
  CHECK(refused.error().where == (folder / "a.db").string());
  CHECK(connection->pragma("user_version") == 2);
}

TEST_CASE("The database of another program is refused") {
  const TempFolder folder;
  const auto connection = opened(folder / "a.db");
  SECTION("with tables") { connection->database().exec("CREATE TABLE theirs (a)"); }
  SECTION("with a version") { connection->setPragma("user_version", 1); }
  const auto refused = migrated(*connection, {kFirst});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::configuration);
  CHECK(refused.error().message.find("another program") != std::string::npos);
}

TEST_CASE("A schema file that fails leaves nothing of itself") {
  const TempFolder folder;
  const auto connection = opened(folder / "a.db");
  const auto broken = migrated(*connection, {kFirst, kBroken});
  REQUIRE_FALSE(broken);
  CHECK(broken.error().message.find("0002_two.sql") != std::string::npos);
  CHECK(connection->pragma("user_version") == 1);
  REQUIRE(migrated(*connection, {kFirst, kSecond}));
}

TEST_CASE("Schema files without a number, or with a gap, are a mistake of ours") {
  const TempFolder folder;
  const auto connection = opened(folder / "a.db");
  CHECK(migrated(*connection, {kSecond}).error().code == Errc::internal);
  CHECK(migrated(*connection, {kFirst, {"two.sql", ""}}).error().code == Errc::internal);
  CHECK(connection->pragma("user_version") == 0);
}
