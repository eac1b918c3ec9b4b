// What only the SQLite journal can show: crashes, disks that are full, files that others hold.
#include "db/stores/sqlite_journal.h"

#include "db/sqlite/connection.h"
#include "tests/unit/db_stores/journal_fixture.h"

#include <catch2/catch.hpp>

#include <csignal>
#include <fstream>
#include <random>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace isthmus;
using namespace isthmus::testing;
using db::SqliteJournal;
using proxy::Batch;
using proxy::Fate;

namespace {

std::unique_ptr<SqliteJournal> openedJournal(const std::filesystem::path& path) {
  auto journal =
      std::make_unique<SqliteJournal>(SqliteJournal::Options{.path = path, .durability = db::Durability::process});
  must(journal->open(kNow));
  return journal;
}

// What stands on the disk at this moment, as a crash would leave it.
std::filesystem::path crashCopy(const std::filesystem::path& path, int number) {
  const auto copy = path.parent_path() / ("crash-" + std::to_string(number) + ".db");
  std::filesystem::copy_file(path, copy);
  std::filesystem::copy_file(path.string() + "-wal", copy.string() + "-wal");
  return copy;
}

std::int64_t count(const std::filesystem::path& path, const std::string& table) {
  auto connection = db::Connection::open({.path = path, .access = db::ConnectionOptions::Access::read});
  REQUIRE(connection);
  SQLite::Statement row((*connection)->database(), "SELECT count(*) FROM " + table);
  REQUIRE(row.executeStep());
  return row.getColumn(0).getInt64();
}

void execute(const std::filesystem::path& path, const std::string& sql) {
  auto connection = db::Connection::open({.path = path});
  REQUIRE(connection);
  (*connection)->database().exec(sql);
}

// A loop's worth of everything, from a fixed seed.
class Traffic {
 public:
  Batch next(WallTime at) {
    Batch batch;
    batch.time = at;
    for (unsigned i = below(6); i > 0; --i) batch.registrations.push_back(registration(below(40), 1 + below(9999)));
    for (unsigned i = below(4); i > 0; --i) batch.answered.push_back(answer(static_cast<std::uint16_t>(below(65536))));
    for (unsigned i = below(8); i > 0; --i) {
      batch.rows.push_back(row(++lastRow_, below(kDevices)));
      pending_.push_back(lastRow_);
    }
    for (unsigned i = below(7); i > 0 && !pending_.empty(); --i) batch.fates.push_back(someFate());
    for (unsigned i = below(12); i > 0; --i) batch.accounts.push_back(came(below(kDevices)));
    for (unsigned i = below(12); i > 0; --i) batch.accounts.push_back(delivered(below(kDevices)));
    for (unsigned i = below(3); i > 0; --i) batch.trees.push_back({below(kDevices), below(5)});
    if (below(20) == 0) batch.forgotten = {below(40), below(kDevices)};
    return batch;
  }

 private:
  static constexpr unsigned kDevices = 1400;  // more than two pieces of a fold
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
  proxy::RowFate someFate() {
    const std::size_t at = below(static_cast<unsigned>(pending_.size()));
    const std::uint64_t id = std::exchange(pending_[at], pending_.back());
    pending_.pop_back();
    return fate(id, static_cast<Fate>(1 + below(6)), "because");
  }
  std::mt19937_64 random_{20261122};
  std::uint64_t lastRow_ = 0;
  std::vector<std::uint64_t> pending_;
};

enum What { kAll, kLasting };
Recovered stateOf(proxy::Journal& journal, WallTime now, What what) {
  Recovered all = must(recovered(journal, now));
  if (what == kLasting) all.answered.clear();
  return all;
}

void commitBoth(Traffic& traffic, proxy::Journal& one, proxy::Journal& two, WallTime at) {
  const Batch batch = traffic.next(at);
  must(one.commit(batch));
  must(two.commit(batch));
}

}  // namespace

TEST_CASE("A crash between any two pieces of upkeep changes nothing that is recovered", "[journal][crash]") {
  const TempFolder folder;
  Traffic traffic;
  db::MemoryJournal expected;
  must(expected.open(kNow));
  const auto path = folder / "isthmus.db";
  const auto journal = openedJournal(path);
  must(journal->recover({}, kNow));
  for (int i = 0; i < 700; ++i) commitBoth(traffic, *journal, expected, kNow + seconds(i));

  const WallTime now = kNow + seconds(800);
  int steps = 0;
  for (bool more = true; more; ++steps) {
    INFO("step " << steps);
    more = must(journal->maintain(now));
    if (steps % 5 == 0) commitBoth(traffic, *journal, expected, now);
    const auto crashed = openedJournal(crashCopy(path, steps));
    // The clock may stand anywhere when it starts again; set back, it may ask for answers that upkeep saw grow old.
    for (const auto& [later, what] : {std::pair{now, kAll},
                                      {now - seconds(200), kLasting},
                                      {now + seconds(5), kAll},
                                      {now + seconds(2000), kAll}}) {
      REQUIRE(stateOf(*crashed, later, what) == stateOf(expected, later, what));
      maintainAll(*crashed, later);
      REQUIRE(stateOf(*crashed, later, what) == stateOf(expected, later, what));
    }
  }
  CHECK(steps > 20);
  CHECK(must(recovered(*journal, now)) == must(recovered(expected, now)));
}

TEST_CASE("Commits, upkeep, restarts and crashes in any order give what memory gives", "[journal][crash]") {
  const TempFolder folder;
  Traffic traffic;
  std::mt19937 random(7);
  db::MemoryJournal expected;
  must(expected.open(kNow));
  auto path = folder / "isthmus.db";
  auto journal = openedJournal(path);
  must(journal->recover({}, kNow));
  WallTime now = kNow;
  for (int i = 0; i < 1500; ++i) {
    now += seconds(random() % 4);
    commitBoth(traffic, *journal, expected, now);
    if (random() % 2 == 0) must(journal->maintain(now));
    if (random() % 50 != 0) continue;
    INFO("batch " << i);
    if (random() % 2 == 0) {
      path = crashCopy(path, i);
    } else {
      journal.reset();
    }
    journal = openedJournal(path);
    REQUIRE(must(recovered(*journal, now)) == must(recovered(expected, now)));
  }
}

TEST_CASE("Upkeep leaves one row a device and nothing of what is forgotten", "[journal]") {
  const TempFolder folder;
  const auto path = folder / "isthmus.db";
  const auto journal = openedJournal(path);
  must(journal->recover({}, kNow));
  std::uint64_t id = 0;
  for (std::uint32_t i = 0; i < 300; ++i) {
    Batch batch;
    batch.time = kNow;
    batch.registrations = {registration(i % 3, i)};
    batch.rows = {row(++id, i % 3)};
    batch.accounts = {came(i % 3)};
    batch.answered = {answer(1)};
    must(journal->commit(batch));
  }
  Batch batch;
  batch.time = kNow;
  batch.forgotten = {1};
  must(journal->commit(batch));
  CHECK(must(journal->maintain(kNow)));
  maintainAll(*journal, kNow + seconds(308));
  CHECK(count(path, "registration_log") == 2);
  CHECK(count(path, "outbox") == 200);
  CHECK(count(path, "account") == 2);
  CHECK(count(path, "batch") == 0);
  CHECK(count(path, "forgotten") == 0);
  CHECK_FALSE(must(journal->maintain(kNow + seconds(308))));
}

TEST_CASE("Upkeep lets batches gather, and folds those from a clock that was set back", "[journal]") {
  const TempFolder folder;
  const auto path = folder / "isthmus.db";
  const auto journal = openedJournal(path);
  Batch batch;
  batch.time = kNow;
  batch.accounts = {came(1)};
  must(journal->commit(batch));
  CHECK_FALSE(must(journal->maintain(kNow + seconds(9999))));  // not before recover()
  must(journal->recover({}, kNow));
  CHECK_FALSE(must(journal->maintain(kNow + seconds(300))));
  SECTION("old enough") { maintainAll(*journal, kNow + seconds(308)); }
  SECTION("from the future") { maintainAll(*journal, kNow - seconds(248)); }
  CHECK(count(path, "batch") == 0);
  CHECK(must(recovered(*journal)).accounts.at(1).received == 1);
}

TEST_CASE("Commits themselves delete superseded registrations when idle turns do not come", "[journal]") {
  const TempFolder folder;
  const auto path = folder / "isthmus.db";
  const auto journal = openedJournal(path);
  for (std::uint32_t i = 0; i < 100; ++i) {
    Batch batch;
    batch.time = kNow;
    for (std::uint32_t device = 0; device < 250; ++device) batch.registrations.push_back(registration(device, i));
    must(journal->commit(batch));
  }
  CHECK(count(path, "registration_log") < 250 + 8192 + 512);
  CHECK(must(recovered(*journal)).registrations.size() == 250);
  maintainAll(*journal, kNow);
  CHECK(count(path, "registration_log") < 250 + 64);
}

TEST_CASE("What a failed commit was to delete is deleted later", "[journal]") {
  const TempFolder folder;
  const auto path = folder / "isthmus.db";
  const auto journal = openedJournal(path);
  must(journal->recover({}, kNow));
  Batch batch;
  batch.time = kNow;
  for (std::uint32_t i = 0; i < 9000; ++i) batch.registrations.push_back(registration(1, i));
  must(journal->commit(batch));
  batch.registrations.assign(250, registration(1));
  batch.rows = {row(1)};
  batch.rows[0].content = std::string(300'000, 'x');
  // Room for the registrations, not for the row.
  const auto pages = must(db::Connection::open({.path = path}))->pragma("page_count");
  must(journal->limitPages(static_cast<std::uint32_t>(pages) + 40));
  for (int attempt = 0; attempt < 5; ++attempt) CHECK_FALSE(journal->commit(batch));
  CHECK(count(path, "registration_log") == 9000);
  must(journal->limitPages(0));
  maintainAll(*journal, kNow);
  CHECK(count(path, "registration_log") < 1 + 64);
}

TEST_CASE("A device stays forgotten while its pieces are swept up, wherever that is broken off", "[journal][crash]") {
  const TempFolder folder;
  const auto path = folder / "isthmus.db";
  const auto journal = openedJournal(path);
  must(journal->recover({}, kNow));
  Batch batch;
  batch.time = kNow;
  for (std::uint64_t id = 1; id <= 30'000; ++id) batch.rows.push_back(row(id, 1));
  // Either the outbox or the registrations take longer than all else.
  const std::uint32_t registrations = GENERATE(10U, 6000U);
  for (std::uint32_t i = 0; i < registrations; ++i) batch.registrations.push_back(registration(1, i));
  batch.rows.push_back(row(30'001, 2));
  batch.registrations.insert(batch.registrations.end(), 3, registration(2));
  batch.accounts = {came(2)};
  must(journal->commit(batch));
  batch.clear();
  batch.time = kNow;
  batch.forgotten = {2};
  must(journal->commit(batch));

  const WallTime now = kNow + seconds(1000);
  int steps = 0;
  for (bool more = true; more; ++steps) {
    INFO("step " << steps);
    more = must(journal->maintain(now));
    const auto crashed = openedJournal(crashCopy(path, steps));
    const Recovered all = must(recovered(*crashed, now));
    REQUIRE(all.registrations.size() == 1);
    REQUIRE(all.pending.size() == 30'000);
    REQUIRE(all.accounts.empty());
  }
  CHECK(steps > 12);
  CHECK(count(path, "forgotten") == 0);
  CHECK(count(path, "outbox") == 30'000);
}

TEST_CASE("A write that the file system refuses leaves nothing, and the batch can be committed later", "[journal]") {
  const TempFolder folder;
  const auto path = folder / "isthmus.db";
  const auto journal = openedJournal(path);
  Batch batch;
  batch.time = kNow;
  batch.rows = {row(1)};
  must(journal->commit(batch));

  batch.rows = {row(2)};
  batch.rows[0].content = std::string(300'000, 'x');
  batch.registrations = {registration(1)};
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const rlimit small{std::filesystem::file_size(path.string() + "-wal") + 100'000, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  const auto first = journal->commit(batch);
  const auto second = journal->commit(batch);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);

  REQUIRE_FALSE(first);
  CHECK(first.error().code == Errc::unavailable);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Errc::unavailable);
  CHECK(must(recovered(*journal)).ids() == std::vector<std::uint64_t>{1});
  must(journal->commit(batch));
  const auto crashed = openedJournal(crashCopy(path, 1));
  CHECK(must(recovered(*crashed)).ids() == std::vector<std::uint64_t>{1, 2});
  CHECK(must(recovered(*crashed)).registrations.size() == 1);
}

namespace {

// Commits until it is killed; says after each commit which row was the last in it.
[[noreturn]] void commitForEver(const std::filesystem::path& path, int report) {
  SqliteJournal journal({.path = path, .durability = db::Durability::power, .checkpointPages = 100});
  const auto facts = journal.open(kNow);
  if (!facts || !journal.recover({}, kNow)) ::_exit(1);
  std::uint64_t id = facts->lastRow;
  WallTime now = kNow;
  for (;;) {
    Batch batch;
    now += seconds(1);
    batch.time = now;
    for (int i = 0; i < 20; ++i) {
      ++id;
      batch.rows.push_back(row(id, static_cast<std::uint32_t>(id % 50)));
      batch.accounts.push_back(came(batch.rows.back().device));
    }
    batch.registrations = {registration(static_cast<std::uint32_t>(id % 5), static_cast<std::uint32_t>(id))};
    if (!journal.commit(batch) || !journal.maintain(now)) ::_exit(2);
    if (::write(report, &id, sizeof id) != sizeof id) ::_exit(3);
  }
}

// The last row that a child reported before it was killed.
std::uint64_t killAfter(const std::filesystem::path& path, int reports) {
  int ends[2] = {};
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close(ends[0]);
    commitForEver(path, ends[1]);
  }
  ::close(ends[1]);
  std::uint64_t reported = 0;
  for (int i = 0; i < reports; ++i) REQUIRE(::read(ends[0], &reported, sizeof reported) == sizeof reported);
  ::kill(child, SIGKILL);
  for (std::uint64_t more = 0; ::read(ends[0], &more, sizeof more) == sizeof more;) reported = more;
  ::close(ends[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  return reported;
}

}  // namespace

TEST_CASE("Nothing that was reported as committed is lost when the process is killed", "[journal][crash]") {
  const TempFolder folder;
  const auto path = folder / "isthmus.db";
  std::uint64_t before = 0;
  for (const int reports : {1, 17, 60, 150, 333}) {
    const std::uint64_t reported = killAfter(path, reports);
    INFO(reports << " reports, last row " << reported);
    CHECK(reported > before);
    const auto journal = openedJournal(path);
    const Recovered all = must(recovered(*journal, kNow + seconds(1000)));
    const auto ids = all.ids();
    REQUIRE(ids.size() >= reported);
    CHECK(ids.size() % 20 == 0);  // whole batches
    for (std::size_t i = 0; i < ids.size(); ++i) REQUIRE(ids[i] == i + 1);
    std::uint64_t received = 0;
    for (const auto& [device, account] : all.accounts) received += account.received;
    CHECK(received == ids.size());
    before = reported;
  }
}

TEST_CASE("A database belongs to one instance at a time", "[journal]") {
  const TempFolder folder;
  const auto path = folder / "isthmus.db";
  auto journal = openedJournal(path);
  SqliteJournal second({.path = path});
  const auto refused = second.open(kNow);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::conflict);
  CHECK(second.commit({}).error().code == Errc::internal);
  journal.reset();
  CHECK(second.open(kNow));
}

TEST_CASE("A database of a newer program is refused and not touched", "[journal]") {
  const TempFolder folder;
  const auto path = folder / "isthmus.db";
  openedJournal(path).reset();
  execute(path, "PRAGMA user_version=99");
  SqliteJournal journal({.path = path});
  const auto refused = journal.open(kNow);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::configuration);
  CHECK(refused.error().message.find("schema version 99") != std::string::npos);
  CHECK(count(path, "run") == 1);
}

TEST_CASE("A damaged record is an error that says which", "[journal]") {
  const TempFolder folder;
  const auto path = folder / "isthmus.db";
  {
    const auto journal = openedJournal(path);
    Batch batch;
    batch.time = kNow;
    batch.registrations = {registration(1)};
    batch.accounts = {came(1)};
    batch.answered = {answer(1)};
    must(journal->commit(batch));
  }
  const auto [sql, where] = GENERATE(
      table<std::string, std::string>({{"UPDATE batch SET accounts = x'ff'", "batch 1"},
                                       {"UPDATE batch SET answered = x'ff'", "batch 1"},
                                       {"UPDATE registration_log SET address = x''", "registration_log seq 1"},
                                       {"UPDATE registration_log SET observations = x'01'", "registration_log seq 1"},
                                       {"UPDATE registration_log SET state = 3", "registration_log seq 1"}}));
  INFO(sql);
  execute(path, sql);
  const auto journal = openedJournal(path);
  const auto damaged = recovered(*journal);
  REQUIRE_FALSE(damaged);
  CHECK(damaged.error().code == Errc::io);
  CHECK(damaged.error().where == where);
}

TEST_CASE("Run name and secret come from the randomness that is handed in", "[journal]") {
  const TempFolder folder;
  std::uint64_t next = 0xabc0;
  SqliteJournal journal({.path = folder / "isthmus.db", .random = [&] { return next += 0x10; }});
  const auto facts = journal.open(kNow);
  REQUIRE(facts);
  CHECK(facts->secret == 0xabd1);
  CHECK(facts->runName == "abe0");
}

TEST_CASE("The log of a journal under load is copied into the file and starts anew", "[journal]") {
  const TempFolder folder;
  SqliteJournal journal({.path = folder / "isthmus.db", .durability = db::Durability::process, .checkpointPages = 100});
  must(journal.open(kNow));
  std::uint64_t id = 0;
  for (int i = 0; i < 20'000 && journal.checkpoints() < 2; ++i) {
    Batch batch;
    batch.time = kNow;
    for (int k = 0; k < 50; ++k) batch.rows.push_back(row(++id));
    for (int k = 0; k < 50 && id > 100; ++k) batch.fates.push_back(fate(id - 99 + static_cast<std::uint64_t>(k)));
    must(journal.commit(batch));
  }
  CHECK(journal.checkpoints() >= 2);
}
