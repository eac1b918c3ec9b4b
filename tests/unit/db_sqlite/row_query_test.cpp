#include "db/sqlite/row_query.h"

#include "tests/support/temp_folder.h"

#include <catch2/catch.hpp>

using namespace isthmus;
using db::Connection;
using db::RowQuery;
using isthmus::testing::TempFolder;

namespace {

std::unique_ptr<Connection> tableOfThree(const std::filesystem::path& path) {
  auto connection = Connection::open({.path = path}).value();
  connection->database().exec("CREATE TABLE t (id INTEGER PRIMARY KEY, word TEXT)");
  connection->database().exec("INSERT INTO t VALUES (1, 'one'), (2, ''), (-3, NULL)");
  return connection;
}

}  // namespace

TEST_CASE("A row query gives the columns of each row, and may be used again in the middle of its rows") {
  const TempFolder folder;
  const auto connection = tableOfThree(folder / "a.db");
  RowQuery query(*connection, "SELECT id, word FROM t WHERE id <= ? ORDER BY id");
  query.bind(1, 2);
  REQUIRE(query.step());
  CHECK(query.number(0) == -3);
  CHECK(query.text(1).empty());
  REQUIRE(query.step());
  CHECK(query.text(1) == "one");
  query.reset();
  query.bind(1, 2);
  int rows = 0;
  while (query.step()) ++rows;
  CHECK(rows == 3);
}

TEST_CASE("What SQLite refuses is an error of the row query") {
  const TempFolder folder;
  const auto connection = tableOfThree(folder / "a.db");
  CHECK_THROWS_AS(RowQuery(*connection, "SELECT nothing FROM t"), SQLite::Exception);
  RowQuery query(*connection, "SELECT abs(?)");
  query.bind(1, INT64_MIN);  // has no positive counterpart
  CHECK_THROWS_AS(query.step(), SQLite::Exception);
  query.reset();
  CHECK_THROWS_AS(query.bind(2, 7), SQLite::Exception);
}
