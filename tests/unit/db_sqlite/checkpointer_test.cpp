#include "db/sqlite/checkpointer.h"

#include "tests/support/temp_folder.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <thread>

using namespace isthmus;
using db::Checkpointer;
using db::Connection;
using isthmus::testing::TempFolder;

namespace {

// A writer that never pauses, as the loop under load.
class Writer {
 public:
  explicit Writer(const std::filesystem::path& path) : connection_(openedAt(path)) {
    connection_->database().exec("CREATE TABLE IF NOT EXISTS t (a)");
    connection_->onCommit([this](int pages) {
      pages_ = pages;
      if (checkpointer != nullptr) checkpointer->grown(pages);
    });
  }
  void write() { connection_->database().exec("INSERT INTO t VALUES (zeroblob(20000))"); }
  int pages() const { return pages_; }
  Checkpointer* checkpointer = nullptr;

 private:
  static std::unique_ptr<Connection> openedAt(const std::filesystem::path& path) {
    auto connection = Connection::open({.path = path, .durability = db::Durability::process});
    REQUIRE(connection);
    return std::move(*connection);
  }
  std::unique_ptr<Connection> connection_;
  int pages_ = 0;
};

std::unique_ptr<Checkpointer> started(const std::filesystem::path& path, int pages) {
  auto checkpointer = Checkpointer::start(path, {.pages = pages}, [](const Error& error) { FAIL(error.text()); });
  REQUIRE(checkpointer);
  return std::move(*checkpointer);
}

// Far more than any machine needs: a busy one lets the writer alone for seconds.
class Patience {
 public:
  bool lasts() const { return std::chrono::steady_clock::now() < end_; }

 private:
  const std::chrono::steady_clock::time_point end_ = std::chrono::steady_clock::now() + std::chrono::seconds(30);
};

}  // namespace

TEST_CASE("The log is copied beside a writer that never pauses, and starts anew") {
  const TempFolder folder;
  Writer writer(folder / "a.db");
  const auto checkpointer = started(folder / "a.db", 50);
  writer.checkpointer = checkpointer.get();
  int highest = 0, restarts = 0;
  const Patience patience;
  for (int before = 0; patience.lasts() && restarts < 3; before = writer.pages()) {
    writer.write();
    highest = std::max(highest, writer.pages());
    if (writer.pages() < before) ++restarts;
  }
  CHECK(restarts == 3);
  CHECK(highest >= 50);
  CHECK(checkpointer->counters().complete >= 3);
  CHECK(checkpointer->counters().failures == 0);
  writer.checkpointer = nullptr;
}

TEST_CASE("Below its mark the checkpointer leaves the log alone") {
  const TempFolder folder;
  Writer writer(folder / "a.db");
  const auto checkpointer = started(folder / "a.db", 1'000'000);
  writer.checkpointer = checkpointer.get();
  for (int i = 0; i < 100; ++i) writer.write();
  CHECK(checkpointer->counters().rounds == 0);
}

TEST_CASE("A reader in the middle of its work delays the end of a round, not the writer") {
  const TempFolder folder;
  Writer writer(folder / "a.db");
  writer.write();
  auto reader = Connection::open({.path = folder / "a.db", .access = db::ConnectionOptions::Access::read});
  REQUIRE(reader);
  auto row = std::make_unique<SQLite::Statement>((*reader)->database(), "SELECT length(a) FROM t");
  REQUIRE(row->executeStep());

  const auto checkpointer = started(folder / "a.db", 50);
  writer.checkpointer = checkpointer.get();
  const Patience patience;
  while (patience.lasts() && checkpointer->counters().rounds < 2) writer.write();
  CHECK(checkpointer->counters().rounds >= 2);
  CHECK(checkpointer->counters().complete == 0);
  CHECK(checkpointer->counters().failures == 0);

  row.reset();
  const Patience again;
  while (again.lasts() && checkpointer->counters().complete == 0) writer.write();
  CHECK(checkpointer->counters().complete > 0);
}

TEST_CASE("A checkpointer ends whether it has worked or not") {
  const TempFolder folder;
  Writer writer(folder / "a.db");
  started(folder / "a.db", 50).reset();
  const auto checkpointer = started(folder / "a.db", 1);
  checkpointer->grown(1);
}
