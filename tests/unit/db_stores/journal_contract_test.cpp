// What every journal promises, whatever it keeps its rows in.
#include "tests/unit/db_stores/journal_fixture.h"

#include <catch2/catch.hpp>

#include <tuple>

using namespace isthmus;
using namespace isthmus::testing;
using proxy::Batch;
using proxy::Fate;

namespace {

using Journals = std::tuple<MemoryHarness, SqliteHarness>;

Batch fullBatch() {
  Batch batch;
  batch.time = kNow;
  batch.registrations = {registration(0), registration(1), registration(2)};
  batch.answered = {answer(1), answer(65535)};
  batch.rows = {row(1), row(2), row(3, 2), row(10, 2)};
  batch.accounts = {came(1), came(1), came(2), came(2)};
  batch.trees = {{1, 0xffff'ffff'ffff'ffffU}, {2, 5}};
  batch.distinguished = {1, 2};
  return batch;
}

Batch rowsOnly(std::initializer_list<std::uint64_t> ids, proxy::DeviceIndex device = 1) {
  Batch batch;
  batch.time = kNow;
  for (const std::uint64_t id : ids) batch.rows.push_back(row(id, device));
  return batch;
}

Batch fatesOnly(std::vector<proxy::RowFate> fates, WallTime at = kNow) {
  Batch batch;
  batch.time = at;
  batch.fates = std::move(fates);
  return batch;
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("What was committed is there after a restart", "[journal]", Journals) {
  TestType it;
  const Batch batch = fullBatch();
  must(it.journal().commit(batch));
  it.reopen();
  const Recovered all = must(recovered(it.journal()));
  REQUIRE(all.registrations.size() == 3);
  for (const auto& registration : batch.registrations) CHECK(all.registrations.at(registration.device) == registration);
  CHECK(all.ids() == std::vector<std::uint64_t>{1, 2, 3, 10});
  CHECK(all.pending[3] == Recovered::Pending{10, 2, proxy::RowKind::online, "3303/0/10"});
  REQUIRE(all.answered.size() == 2);
  CHECK(all.answered[1] == Recovered::Answer{answer(65535).key, 0x41, 135'535, kNow});
  CHECK(all.accounts.at(1).received == 2);
  CHECK(all.accounts.at(2).of(Fate::pending) == 2);
  CHECK(all.trees == std::map<proxy::DeviceIndex, std::uint64_t>{{1, 0xffff'ffff'ffff'ffffU}, {2, 5}});
  CHECK(all.distinguished == std::set<proxy::DeviceIndex>{1, 2});
}

TEMPLATE_LIST_TEST_CASE("An empty journal recovers nothing, and takes no callbacks for an answer", "[journal]",
                        Journals) {
  TestType it;
  CHECK(must(recovered(it.journal())) == Recovered{});
  must(it.journal().commit(fullBatch()));
  must(it.journal().recover({}, kNow));
}

TEMPLATE_LIST_TEST_CASE("Rows come back as they were, by their ids, without those that are gone", "[journal]",
                        Journals) {
  TestType it;
  must(it.journal().commit(fullBatch()));
  const std::uint64_t ids[] = {1, 7, 10};
  CHECK(must(it.reader().read(ids)) == std::vector<proxy::OutboxRow>{row(1), row(10, 2)});
  CHECK(must(it.reader().read({})).empty());
  CHECK(must(it.reader().pending(2)) == std::vector<proxy::OutboxRow>{row(1), row(2)});
  CHECK(must(it.reader().pending(100)).size() == 4);
}

TEMPLATE_LIST_TEST_CASE("Rows are read on in their order, up to a number of rows or of bytes", "[journal]", Journals) {
  TestType it;
  must(it.journal().commit(rowsOnly({1, 2, 3, 10, 11, 20})));
  must(it.journal().commit(fatesOnly({{2, Fate::delivered, {}}})));
  const auto ids = [&](std::uint64_t from, std::uint64_t to, proxy::OutboxReader::Limits limits) {
    const auto stretch = must(it.reader().readOn(from, to, limits));
    std::vector<std::uint64_t> found{stretch.upTo};
    for (const auto& one : stretch.rows) {
      CHECK(one == row(one.id));
      found.push_back(one.id);
    }
    return found;
  };
  using Ids = std::vector<std::uint64_t>;
  CHECK(ids(1, 19, {100, 10'000}) == Ids{19, 1, 3, 10, 11});
  CHECK(ids(2, 50, {2, 10'000}) == Ids{10, 3, 10});
  CHECK(ids(4, 50, {3, 10'000}) == Ids{50, 10, 11, 20});
  CHECK(ids(1, 50, {100, row(1).bytes()}) == Ids{3, 1, 3});
  CHECK(ids(12, 19, {100, 10'000}) == Ids{19});
}

TEMPLATE_LIST_TEST_CASE("What is read on is bounded also where the rows' details are what is long", "[journal]",
                        Journals) {
  TestType it;
  Batch batch = rowsOnly({1, 2, 3});
  for (auto& one : batch.rows) one.detail.assign(4000, 'x');
  must(it.journal().commit(batch));
  CHECK(must(it.reader().readOn(1, 3, {100, 4000})).rows.size() == 1);
}

TEMPLATE_LIST_TEST_CASE("A row with its fate is gone, one that is still pending stays", "[journal]", Journals) {
  TestType it;
  must(it.journal().commit(fullBatch()));
  must(it.journal().commit(fatesOnly({fate(1), fate(2, Fate::pending), fate(10, Fate::expired), fate(99)})));
  it.reopen();
  CHECK(must(recovered(it.journal())).ids() == std::vector<std::uint64_t>{2, 3});
}

TEMPLATE_LIST_TEST_CASE("A rejected row is kept aside with its reason, newest first", "[journal]", Journals) {
  TestType it;
  must(it.journal().commit(fullBatch()));
  must(it.journal().commit(fatesOnly({{3, Fate::rejected, "no such parent"}}, kNow + seconds(1))));
  must(it.journal().commit(fatesOnly({{1, Fate::rejected, "too large"}, {77, Fate::rejected, "is not there"}})));
  const auto rejected = must(it.reader().rejected(10));
  REQUIRE(rejected.size() == 2);
  CHECK(rejected[0].row == row(1));
  CHECK(rejected[0].reason == "too large");
  CHECK(rejected[1].row == row(3, 2));
  CHECK(rejected[1].reason == "no such parent");
  CHECK(rejected[1].at == kNow + seconds(1));
  CHECK(must(it.reader().rejected(1)).size() == 1);
  CHECK(must(recovered(it.journal())).ids() == std::vector<std::uint64_t>{2, 10});
}

TEMPLATE_LIST_TEST_CASE("Only the newest 10,000 rejected rows are kept", "[journal]", Journals) {
  TestType it;
  std::uint64_t id = 0;
  for (int i = 0; i < 11; ++i) {
    Batch batch;
    batch.time = kNow;
    for (int k = 0; k < 1000; ++k) {
      batch.rows.push_back(row(++id));
      batch.fates.push_back({id, Fate::rejected, "no"});
    }
    must(it.journal().commit(batch));
  }
  const auto rejected = must(it.reader().rejected(20'000));
  REQUIRE(rejected.size() == 10'000);
  CHECK(rejected.front().row.id == 11'000);
  CHECK(rejected.back().row.id == 1'001);
}

TEMPLATE_LIST_TEST_CASE("A failed commit leaves nothing, and the same batch can be committed later", "[journal]",
                        Journals) {
  TestType it;
  Batch first = rowsOnly({1, 2});
  first.registrations = {registration(1, 60)};
  must(it.journal().commit(first));
  Batch batch = fullBatch();
  batch.rows = {row(3), row(4)};
  batch.rows[1].content = std::string(200'000, 'x');
  batch.fates = {{1, Fate::rejected, "no"}};
  batch.forgotten = {2};
  const Recovered before = must(recovered(it.journal()));

  it.failCommits(true);
  for (int attempt = 0; attempt < 3; ++attempt) {
    const auto failed = it.journal().commit(batch);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == Errc::unavailable);
    CHECK(must(recovered(it.journal())) == before);
  }
  it.failCommits(false);
  must(it.journal().commit(batch));
  it.reopen();
  const Recovered after = must(recovered(it.journal()));
  CHECK(after.ids() == std::vector<std::uint64_t>{2, 3, 4});
  CHECK(after.registrations.at(1).lifetime == 300);
  CHECK(after.registrations.count(2) == 0);
  CHECK(after.answered.size() == 2);
  CHECK(must(it.reader().rejected(5)).size() == 1);
}

TEMPLATE_LIST_TEST_CASE("Row ids ascend and are never used again, and commit times do not go back", "[journal]",
                        Journals) {
  TestType it;
  CHECK(it.facts.lastRow == 0);
  CHECK(it.facts.lastCommittedMs == 0);
  must(it.journal().commit(rowsOnly({5, 8})));
  CHECK(it.journal().commit(rowsOnly({8})).error().code == Errc::internal);
  CHECK(it.journal().commit(rowsOnly({10, 9})).error().code == Errc::internal);
  Batch early = rowsOnly({9});
  early.rows[0].committedMs = 17;
  must(it.journal().commit(early));
  must(it.journal().commit(fatesOnly({fate(5), fate(8), fate(9)})));
  it.reopen();
  CHECK(it.facts.lastRow == 9);
  CHECK(it.facts.lastCommittedMs == row(8).committedMs);

  must(recovered(it.journal()));
  maintainAll(it.journal(), kNow + seconds(3600));
  it.reopen();
  CHECK(it.facts.lastRow == 9);
  CHECK(it.facts.lastCommittedMs == row(8).committedMs);
  CHECK(it.journal().commit(rowsOnly({9})).error().code == Errc::internal);
  must(it.journal().commit(rowsOnly({10})));
}

TEMPLATE_LIST_TEST_CASE("The newest state of a device counts, also within a batch", "[journal]", Journals) {
  TestType it;
  for (std::uint32_t lifetime = 1; lifetime <= 200; ++lifetime) {
    Batch batch;
    batch.time = kNow;
    batch.registrations = {registration(1, lifetime), registration(1, 1000 + lifetime), registration(4, lifetime)};
    must(it.journal().commit(batch));
  }
  it.reopen();
  const Recovered before = must(recovered(it.journal()));
  REQUIRE(before.registrations.size() == 2);
  CHECK(before.registrations.at(1) == registration(1, 1200));
  CHECK(before.registrations.at(4) == registration(4, 200));
  maintainAll(it.journal(), kNow);
  it.reopen();
  CHECK(must(recovered(it.journal())) == before);
}

TEMPLATE_LIST_TEST_CASE("Answers are given back for an exchange lifetime, accounts for ever", "[journal]", Journals) {
  TestType it;
  std::map<proxy::DeviceIndex, proxy::Account> expected;
  for (std::uint16_t i = 0; i < 600; ++i) {
    Batch batch;
    batch.time = kNow + seconds(i);
    batch.answered = {answer(i)};
    batch.accounts = {came(i % 7), came(i), delivered(i % 7)};
    for (const auto& account : batch.accounts) expected[account.device] += account.change;
    must(it.journal().commit(batch));
  }
  const WallTime now = kNow + seconds(600);
  for (int restart = 0; restart < 2; ++restart) {
    const Recovered all = must(recovered(it.journal(), now));
    CHECK(all.accounts == expected);
    REQUIRE(all.answered.size() == 247);
    CHECK(all.answered.front().key == answer(353).key);
    CHECK(all.answered.front().at == kNow + seconds(353));
    maintainAll(it.journal(), now);
    it.reopen();
  }
}

TEMPLATE_LIST_TEST_CASE("An answer from the future is as old as now", "[journal]", Journals) {
  TestType it;
  Batch batch;
  batch.time = kNow + seconds(100);
  batch.answered = {answer(1)};
  must(it.journal().commit(batch));
  const Recovered all = must(recovered(it.journal(), kNow));
  REQUIRE(all.answered.size() == 1);
  CHECK(all.answered[0].at == kNow);
  CHECK(must(recovered(it.journal(), kNow - seconds(148))).answered.empty());
}

TEMPLATE_LIST_TEST_CASE("A forgotten device is gone with all that is its own, and its index may be used again",
                        "[journal]", Journals) {
  TestType it;
  must(it.journal().commit(fullBatch()));
  must(it.journal().commit(fatesOnly({{3, Fate::rejected, "no"}})));
  Batch batch;
  batch.time = kNow;
  batch.forgotten = {2, 50};
  must(it.journal().commit(batch));

  const auto check = [&] {
    const Recovered all = must(recovered(it.journal()));
    CHECK(all.registrations.size() == 2);
    CHECK(all.ids() == std::vector<std::uint64_t>{1, 2});
    CHECK(all.accounts.count(2) == 0);
    CHECK(all.accounts.count(1) == 1);
    CHECK(all.trees.size() == 1);
    const std::uint64_t gone[] = {10};
    CHECK(must(it.reader().read(gone)).empty());
    CHECK(must(it.reader().pending(10)).size() == 2);
    CHECK(must(it.reader().readOn(1, 10, {10, 1000})).rows.size() == 2);
    CHECK(must(it.reader().rejected(10)).empty());
  };
  check();
  maintainAll(it.journal(), kNow);
  check();
  it.reopen();
  check();

  Batch again = rowsOnly({11}, 2);
  again.registrations = {registration(2, 77)};
  again.accounts = {came(2)};
  again.trees = {{2, 9}};
  must(it.journal().commit(again));
  for (const WallTime now : {kNow, kNow + seconds(1000)}) {
    maintainAll(it.journal(), now);
    it.reopen();
    const Recovered all = must(recovered(it.journal(), now));
    CHECK(all.registrations.at(2).lifetime == 77);
    CHECK(all.ids() == std::vector<std::uint64_t>{1, 2, 11});
    CHECK(all.accounts.at(2).received == 1);
    CHECK(all.trees.at(2) == 9);
  }
}

TEMPLATE_LIST_TEST_CASE("Every start is a run of its own, the secret stays", "[journal]", Journals) {
  TestType it;
  const proxy::JournalFacts first = it.facts;
  const proxy::JournalFacts second = it.reopen();
  CHECK(first.run == 1);
  CHECK(second.run == 2);
  CHECK(first.secret != 0);
  CHECK(second.secret == first.secret);
  for (const auto& facts : {first, second}) {
    CHECK(facts.runName.size() == 4);
    CHECK(must(it.reader().runName(facts.run)) == facts.runName);
  }
  CHECK(it.reader().runName(99).error().code == Errc::notFound);
}

TEMPLATE_LIST_TEST_CASE("A device index out of all bounds is refused", "[journal]", Journals) {
  TestType it;
  Batch batch;
  batch.registrations = {registration(0xffff'ffffU)};
  CHECK(it.journal().commit(batch).error().code == Errc::internal);
  must(it.journal().commit({}));
}
