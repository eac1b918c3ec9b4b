#include "ipe/proxy/delivery.h"

#include "tests/support/fake_clock.h"

#include <catch2/catch.hpp>

#include <map>

namespace isthmus::proxy {
namespace {

using onem2m::Attempt;
using onem2m::Outcome;

class Directory final : public DeviceDirectory {
 public:
  std::string resourceName(DeviceIndex device) const override { return "dev" + std::to_string(device); }
  std::string endpointOf(DeviceIndex device) const override { return "urn:" + resourceName(device); }
  onem2m::DeviceTree treeOf(DeviceIndex device) const override {
    ++trees;
    return {resourceName(device), endpointOf(device), {}, {}};
  }
  std::string ruleOf(DeviceIndex, std::uint64_t source) const override {
    return source == 0 ? "" : "rule of " + std::to_string(source);
  }

  mutable int trees = 0;  // asked for: each costs as much as its device declares
};

std::vector<std::uint64_t> rowsOf(const Work& work) {
  std::vector<std::uint64_t> rows;
  for (const auto& post : std::get<PostWork>(work).posts) rows.push_back(post.row);
  return rows;
}

std::uint64_t xorshift(std::uint64_t& state) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

// A delivery whose CSE answers as the test says, and whose outbox can be read or not.
struct Bench {
  explicit Bench(DeliverySettings settings = {}) : delivery(settings, directory, accounts, batch, clock) {}

  void row(std::uint64_t id, DeviceIndex device, std::string_view target = "3303/0/5700") {
    accounts.received(device, Fate::pending);
    delivery.add({id, device, RowKind::reading, target});
    outbox[id] = {id, device, RowKind::reading, 0, 0, std::string(target), std::to_string(id), "text/plain:0", 0, 0};
  }
  // More than are read by those who post them: a row each of the devices in turn.
  void backlog(std::uint64_t rows, DeviceIndex devices) {
    for (std::uint64_t id = 1; id <= rows; ++id) {
      built(static_cast<DeviceIndex>(id % devices));
      row(id, static_cast<DeviceIndex>(id % devices));
    }
  }
  void built(DeviceIndex device) {
    delivery.restore({device, 7});
    delivery.want(device, 7);
  }
  void cseUp() { answer(*delivery.next(), Outcome::done); }

  // As a worker: what is there of the rows, up to the limit.
  void read(ReadWork& work) const {
    work.upTo = work.to;
    for (auto row = outbox.lower_bound(work.from); row != outbox.end() && row->first <= work.to; ++row) {
      if (work.rows.size() == ReadWork::kMostRows) {
        work.upTo = std::prev(row)->first;
        return;
      }
      work.rows.push_back(row->second);
    }
  }

  // Every row of the work gets the same outcome.
  void answer(Work work, Outcome outcome, int status = 0) {
    if (auto* reading = std::get_if<ReadWork>(&work); reading != nullptr && outcome == Outcome::done) read(*reading);
    const auto* post = std::get_if<PostWork>(&work);
    std::vector<Attempt> attempts(post != nullptr ? post->posts.size() : 1, Attempt{outcome, status, "test"});
    delivery.finished({std::move(work), std::move(attempts)});
  }

  // Answers everything that is asked, until nothing more is; returns the rows in the order they were posted.
  std::vector<std::uint64_t> drain(Outcome outcome = Outcome::done) {
    std::vector<std::uint64_t> posted;
    while (std::optional<Work> work = delivery.next()) {
      if (std::holds_alternative<PostWork>(*work)) std::ranges::copy(rowsOf(*work), std::back_inserter(posted));
      answer(std::move(*work), std::holds_alternative<PostWork>(*work) ? outcome : Outcome::done);
    }
    return posted;
  }

  std::size_t fates(Fate fate) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(batch.fates, [fate](const RowFate& row) { return row.fate == fate; }));
  }
  bool balances() const {
    std::uint64_t sum = 0;
    for (const std::uint64_t count : accounts.total().fates) sum += count;
    return sum == accounts.total().received && accounts.total().of(Fate::pending) == delivery.pending();
  }

  testing::FakeClock clock;
  Directory directory;
  std::map<std::uint64_t, OutboxRow> outbox;
  Batch batch;
  Accounts accounts{batch};
  Delivery delivery;
};

TEST_CASE("nothing is asked of a CSE before it has answered a probe") {
  Bench bench;
  bench.built(0);
  bench.row(1, 0);
  std::optional<Work> work = bench.delivery.next();
  REQUIRE(work);
  REQUIRE(std::holds_alternative<ProbeWork>(*work));
  CHECK_FALSE(bench.delivery.next());
  bench.answer(std::move(*work), Outcome::done);
  CHECK(bench.delivery.cse().reachable);
  CHECK(bench.drain() == std::vector<std::uint64_t>{1});
  CHECK(bench.delivery.pending() == 0);
  CHECK(bench.balances());
}

TEST_CASE("rows of one target stay in order, and only one worker has them") {
  Bench bench;
  bench.cseUp();
  bench.built(0);
  for (std::uint64_t id = 1; id <= 3; ++id) bench.row(id, 0);
  Work first = *bench.delivery.next();
  CHECK(rowsOf(first) == std::vector<std::uint64_t>{1, 2, 3});
  bench.row(4, 0);
  CHECK_FALSE(bench.delivery.next());
  bench.answer(std::move(first), Outcome::done);
  CHECK(bench.drain() == std::vector<std::uint64_t>{4});
}

TEST_CASE("attributes that are set again after a doubt stand there once, and are not counted in doubt") {
  const bool repeatable = GENERATE(false, true);
  Bench bench;
  bench.cseUp();
  bench.built(0);
  bench.row(1, 0);
  bench.answer(*bench.delivery.next(), Outcome::inDoubt);
  bench.clock.advance(milliseconds(1000));
  bench.cseUp();
  Attempt again{Outcome::done, 2004, ""};
  again.repeatable = repeatable;
  bench.delivery.finished({*bench.delivery.next(), {again}});
  CHECK(bench.fates(Fate::delivered) == 1);
  CHECK(bench.accounts.total().inDoubt == (repeatable ? 0 : 1));
}

TEST_CASE("a container is made without asking for all of its device's place") {
  Bench bench;
  bench.cseUp();
  bench.built(3);
  bench.row(1, 3);
  bench.answer(*bench.delivery.next(), Outcome::noParent);
  const auto work = std::get<ContainerWork>(*bench.delivery.next());
  CHECK(work.name == "dev3");
  CHECK(work.endpoint == "urn:dev3");
  CHECK(bench.directory.trees == 0);
}

TEST_CASE("what follows a row of the same target that was not delivered waits for it") {
  Bench bench;
  bench.cseUp();
  bench.built(0);
  for (std::uint64_t id = 1; id <= 3; ++id) bench.row(id, 0);
  Work first = *bench.delivery.next();
  std::vector<Attempt> attempts(3);
  attempts[0] = {Outcome::done, 2001, ""};
  attempts[1] = {Outcome::busy, 5000, "later"};
  bench.delivery.finished({std::move(first), std::move(attempts)});
  CHECK(bench.delivery.pending() == 2);
  CHECK_FALSE(bench.delivery.next());
  bench.clock.advance(milliseconds(1000));
  CHECK(bench.drain() == std::vector<std::uint64_t>{2, 3});
  CHECK(bench.balances());
}

TEST_CASE("a value that a newer one took the place of is filtered, not delivered") {
  Bench bench;
  bench.cseUp();
  bench.built(0);
  for (std::uint64_t id = 1; id <= 3; ++id) bench.row(id, 0);
  Work work = *bench.delivery.next();
  std::vector<Attempt> attempts(3, Attempt{Outcome::done, 2004, ""});
  attempts[0].superseded = true;
  bench.delivery.finished({std::move(work), std::move(attempts)});
  CHECK(bench.fates(Fate::filtered) == 1);
  CHECK(bench.fates(Fate::delivered) == 2);
  CHECK(bench.balances());
}

TEST_CASE("a value that is refused is told with its rule and its place, and what follows goes on") {
  Bench bench;
  bench.cseUp();
  bench.built(0);
  bench.accounts.received(0, Fate::pending);
  bench.accounts.received(0, Fate::pending);
  bench.delivery.add(OutboxRow{1, 0, RowKind::reading, 0, 0, "3303/0/5700", "21.5", "text/plain:0", 7, 0});
  bench.delivery.add(OutboxRow{2, 0, RowKind::reading, 0, 0, "3303/0/5700", "22.5", "text/plain:0", 7, 0});
  bench.answer(*bench.delivery.next(), Outcome::rejected, 5207);
  const auto problems = bench.delivery.takeProblems();
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].text == "the CSE refused a value for good: rule of 7, 3303/0/5700: test");
  CHECK(bench.batch.fates.at(0).reason == "rule of 7, 3303/0/5700: test");
  CHECK(bench.drain() == std::vector<std::uint64_t>{2});
  CHECK(bench.balances());
}

TEST_CASE("of many targets a slice takes a row each, in the order of the outbox") {
  Bench bench({.workers = 1, .slice = 8});
  bench.cseUp();
  bench.backlog(60, 20);
  CHECK(rowsOf(*bench.delivery.next()) == std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 7, 8});
}

TEST_CASE("a row that was committed just now goes out with its content; one posted again is read") {
  Bench bench;
  bench.cseUp();
  bench.built(0);
  bench.accounts.received(0, Fate::pending);
  bench.delivery.add(OutboxRow{1, 0, RowKind::reading, 0, 0, "3303/0/5700", "21.5", "text/plain:0", 0, 0});
  Work work = *bench.delivery.next();
  CHECK(std::get<PostWork>(work).posts.at(0).content.value().content == "21.5");
  bench.answer(std::move(work), Outcome::busy);
  bench.clock.advance(milliseconds(1000));
  work = *bench.delivery.next();
  CHECK_FALSE(std::get<PostWork>(work).posts.at(0).content);
  bench.answer(std::move(work), Outcome::done);
  CHECK(bench.balances());
}

TEST_CASE("a backlog is read before it is posted, the next stretch while one is being posted") {
  Bench bench;
  bench.cseUp();
  bench.backlog(5000, 100);
  std::size_t reads = 0;
  while (std::optional<Work> work = bench.delivery.next()) {
    if (const auto* reading = std::get_if<ReadWork>(&*work)) {
      ++reads;
      CHECK(reading->from == (reads - 1) * ReadWork::kMostRows + 1);
    } else {
      for (const auto& post : std::get<PostWork>(*work).posts) CHECK(post.content == bench.outbox.at(post.row));
    }
    bench.answer(std::move(*work), Outcome::done);
  }
  CHECK(reads == (5000 + ReadWork::kMostRows - 1) / ReadWork::kMostRows);
  CHECK(bench.delivery.pending() == 0);
  CHECK(bench.balances());
}

TEST_CASE("while a backlog is being read, rows wait for it; what is newest needs no reading") {
  Bench bench;
  bench.cseUp();
  bench.backlog(2000, 10);
  Work reading = *bench.delivery.next();
  REQUIRE(std::holds_alternative<ReadWork>(reading));
  CHECK_FALSE(bench.delivery.next());
  bench.built(77);
  bench.accounts.received(77, Fate::pending);
  bench.delivery.add(OutboxRow{2001, 77, RowKind::reading, 0, 0, "3303/0/5700", "21.5", "text/plain:0", 0, 0});
  bench.answer(std::move(reading), Outcome::done);
  CHECK(bench.drain().size() == 2001);
  CHECK(bench.balances());
}

TEST_CASE("a backlog that cannot be read ahead is read by those who post it, and nothing spins") {
  Bench bench;
  bench.cseUp();
  bench.backlog(5000, 100);
  std::size_t works = 0;
  while (std::optional<Work> work = bench.delivery.next()) {
    REQUIRE(++works < 5000);
    const bool reading = std::holds_alternative<ReadWork>(*work);
    if (!reading) CHECK_FALSE(std::get<PostWork>(*work).posts.at(0).content);
    bench.answer(std::move(*work), reading ? Outcome::busy : Outcome::done);
  }
  CHECK(bench.delivery.pending() == 0);
  CHECK(bench.balances());
}

TEST_CASE("a target with a long backlog does not hold the others; what was left out for them is read later") {
  Bench bench({.workers = 2});
  bench.cseUp();
  bench.built(0);
  const std::uint64_t rows = ReadWork::kMostRows * (ReadAhead::kMostStretches + 2);
  for (std::uint64_t id = 1; id <= rows; ++id) bench.row(id, 0);
  bench.built(1);
  bench.row(rows + 1, 1);
  std::optional<Work> slow;  // a worker hangs with it
  bool other = false;
  while (std::optional<Work> work = bench.delivery.next()) {
    const auto* posts = std::get_if<PostWork>(&*work);
    other = other || (posts != nullptr && posts->posts.front().device == "dev1");
    if (posts != nullptr && !slow) {
      slow = std::move(*work);
    } else {
      bench.answer(std::move(*work), Outcome::done);
    }
  }
  CHECK(other);
  REQUIRE(slow);
  bench.answer(std::move(*slow), Outcome::done);
  std::size_t leftOut = 0;
  while (std::optional<Work> work = bench.delivery.next()) {
    if (const auto* posts = std::get_if<PostWork>(&*work))
      leftOut +=
          static_cast<std::size_t>(std::ranges::count_if(posts->posts, [](const auto& post) { return !post.content; }));
    bench.answer(std::move(*work), Outcome::done);
  }
  CHECK(leftOut > 0);
  CHECK(bench.delivery.pending() == 0);
  CHECK(bench.balances());
}

TEST_CASE("rows that are forgotten while they are read, and those of the device's successor, are kept apart") {
  Bench bench;
  bench.cseUp();
  bench.backlog(3000, 10);
  Work reading = *bench.delivery.next();
  REQUIRE(std::holds_alternative<ReadWork>(reading));
  bench.delivery.forget(3, "dev3");
  CHECK(bench.fates(Fate::expired) == 300);
  bench.built(3);
  bench.row(3001, 3);
  bench.answer(std::move(reading), Outcome::done);
  const std::vector<std::uint64_t> posted = bench.drain();
  CHECK(posted.size() == 2701);
  CHECK(std::ranges::count_if(posted, [](std::uint64_t id) { return id % 10 == 3 && id <= 3000; }) == 0);
  CHECK(bench.balances());
}

TEST_CASE("a device without a place in the CSE gets it first, after the values of others") {
  Bench bench;
  bench.cseUp();
  bench.delivery.want(0, 9);
  bench.row(1, 0);
  bench.built(1);
  bench.row(2, 1);
  Work values = *bench.delivery.next();
  CHECK(std::get<PostWork>(values).posts.at(0).device == "dev1");
  Work tree = *bench.delivery.next();
  CHECK(std::get<TreeWork>(tree).device == 0);
  CHECK(bench.delivery.treeJobs() == 1);
  bench.answer(std::move(tree), Outcome::done);
  CHECK(bench.batch.trees.size() == 1);
  CHECK(bench.delivery.treeJobs() == 0);
  bench.answer(std::move(values), Outcome::done);
  CHECK(bench.drain() == std::vector<std::uint64_t>{1});
}

TEST_CASE("with first-value nothing is made before the first value") {
  Bench bench({.eagerTree = false});
  bench.cseUp();
  bench.delivery.want(0, 9);
  bench.delivery.add({1, 0, RowKind::online, "online"});
  CHECK_FALSE(bench.delivery.next());
  bench.row(2, 0);
  Work tree = *bench.delivery.next();
  CHECK(std::holds_alternative<TreeWork>(tree));
  bench.answer(std::move(tree), Outcome::done);
  CHECK(bench.drain().size() == 2);
}

TEST_CASE("a missing container is made, then the row is posted again") {
  Bench bench;
  bench.cseUp();
  bench.built(0);
  bench.row(1, 0);
  bench.answer(*bench.delivery.next(), Outcome::noParent, 4004);
  Work container = *bench.delivery.next();
  CHECK(std::get<ContainerWork>(container).rows == std::vector<std::uint64_t>{1});
  bench.answer(std::move(container), Outcome::done);
  CHECK(bench.drain() == std::vector<std::uint64_t>{1});
  CHECK(bench.balances());
}

TEST_CASE("a CSE that forgot everything gets the device's place again") {
  Bench bench;
  bench.cseUp();
  bench.built(0);
  bench.row(1, 0);
  bench.answer(*bench.delivery.next(), Outcome::noParent, 4004);
  bench.answer(*bench.delivery.next(), Outcome::noParent, 4004);  // the container's parents are gone as well
  Work tree = *bench.delivery.next();
  CHECK(std::holds_alternative<TreeWork>(tree));
  bench.answer(std::move(tree), Outcome::done);
  CHECK(bench.drain() == std::vector<std::uint64_t>{1});
}

TEST_CASE("a row that the CSE never takes is rejected and does not block what is behind it") {
  Bench bench;
  bench.cseUp();
  bench.built(0);
  bench.row(1, 0);
  bench.answer(*bench.delivery.next(), Outcome::rejected, 4102);
  bench.row(2, 0);
  CHECK(bench.drain() == std::vector<std::uint64_t>{2});
  CHECK(bench.fates(Fate::rejected) == 1);
  CHECK(bench.delivery.takeProblems().at(0).text == "the CSE refused a value for good: test");
  CHECK(bench.balances());
}

TEST_CASE("a row that is refused for want of rights is rejected only after the place was made anew") {
  Bench bench;
  bench.cseUp();
  bench.built(0);
  bench.row(1, 0);
  for (int round = 0; round < 2; ++round) {
    bench.answer(*bench.delivery.next(), Outcome::notAllowed, 4103);
    Work tree = *bench.delivery.next();
    REQUIRE(std::holds_alternative<TreeWork>(tree));
    bench.answer(std::move(tree), Outcome::done);
  }
  bench.answer(*bench.delivery.next(), Outcome::notAllowed, 4103);
  CHECK(bench.fates(Fate::rejected) == 1);
  CHECK(bench.balances());
}

TEST_CASE("a row whose answer was lost is posted again; only a second 201 is in doubt") {
  const bool wasThere = GENERATE(true, false);
  Bench bench;
  bench.cseUp();
  bench.built(0);
  bench.row(1, 0);
  bench.answer(*bench.delivery.next(), Outcome::inDoubt);
  CHECK_FALSE(bench.delivery.cse().reachable);
  CHECK_FALSE(bench.delivery.next());
  bench.clock.advance(milliseconds(5000));
  bench.cseUp();
  CHECK(bench.drain(wasThere ? Outcome::alreadyThere : Outcome::done) == std::vector<std::uint64_t>{1});
  CHECK(bench.accounts.total().of(Fate::delivered) == 1);
  CHECK(bench.accounts.total().inDoubt == (wasThere ? 0 : 1));
  CHECK(bench.balances());
}

TEST_CASE("a CSE that is down is probed at growing intervals, nothing is lost meanwhile") {
  Bench bench;
  bench.built(0);
  bench.row(1, 0);
  int probes = 0;
  for (int second = 0; second < 60; ++second) {
    while (std::optional<Work> work = bench.delivery.next()) {
      ++probes;
      bench.answer(std::move(*work), Outcome::unavailable);
    }
    bench.clock.advance(milliseconds(1000));
  }
  CHECK(probes >= 10);
  CHECK(probes <= 25);
  CHECK(bench.delivery.pending() == 1);
  CHECK_FALSE(bench.delivery.cse().problem.empty());
}

TEST_CASE("a CSE that goes away while nothing is to be delivered is found out") {
  Bench bench;
  bench.cseUp();
  CHECK_FALSE(bench.delivery.next());
  REQUIRE(bench.delivery.nextDeadline());
  bench.clock.advance(*bench.delivery.nextDeadline() - bench.clock.now());
  std::optional<Work> work = bench.delivery.next();
  REQUIRE(work);
  REQUIRE(std::holds_alternative<ProbeWork>(*work));
  CHECK_FALSE(bench.delivery.next());
  bench.answer(std::move(*work), Outcome::unavailable);
  CHECK_FALSE(bench.delivery.cse().reachable);
}

TEST_CASE("a row that the CSE fails on while it takes others is rejected in the end") {
  Bench bench;
  bench.cseUp();
  bench.built(0);
  bench.row(1, 0, "3303/0/5700");
  for (int i = 0; i < 40 && bench.fates(Fate::rejected) == 0; ++i) {
    bench.row(100 + static_cast<std::uint64_t>(i), 0, "3304/0/5700");
    while (std::optional<Work> work = bench.delivery.next()) {
      std::vector<Attempt> attempts;
      for (const auto& post : std::get<PostWork>(*work).posts)
        attempts.push_back(Attempt{post.row == 1 ? Outcome::busy : Outcome::done, 5000, "x"});
      bench.delivery.finished({std::move(*work), std::move(attempts)});
    }
    bench.clock.advance(milliseconds(5000));
  }
  CHECK(bench.fates(Fate::rejected) == 1);
  CHECK(bench.delivery.pending() == 0);
  CHECK(bench.balances());
}

TEST_CASE("a row that the CSE fails on while it takes no others is kept") {
  Bench bench;
  bench.cseUp();
  bench.built(0);
  bench.row(1, 0);
  for (int i = 0; i < 40; ++i) {
    bench.drain(Outcome::busy);
    bench.clock.advance(milliseconds(5000));
  }
  CHECK(bench.delivery.pending() == 1);
  CHECK(bench.drain() == std::vector<std::uint64_t>{1});
}

TEST_CASE("a forgotten device's rows expire, also those that a worker has") {
  Bench bench;
  bench.cseUp();
  bench.built(0);
  bench.row(1, 0);
  Work posted = *bench.delivery.next();
  bench.row(2, 0);
  bench.row(3, 0, "3304/0/5700");
  bench.delivery.forget(0, "dev0");
  CHECK(bench.fates(Fate::expired) == 3);
  bench.answer(std::move(posted), Outcome::done);
  CHECK(bench.delivery.pending() == 0);
  CHECK(bench.balances());
  bool removed = false;
  while (std::optional<Work> work = bench.delivery.next()) {
    removed = removed || std::holds_alternative<RemoveWork>(*work);
    bench.answer(std::move(*work), Outcome::done);
  }
  CHECK(removed);
}

TEST_CASE("many rows, random outcomes: everything ends delivered or rejected, once, in order per target") {
  Bench bench;
  bench.cseUp();
  std::uint64_t state = 88172645463325252ULL;
  const auto random = [&state](std::uint64_t below) { return xorshift(state) % below; };
  std::map<std::uint64_t, std::uint64_t> targetOf;
  constexpr std::uint64_t kRows = 20'000;
  for (std::uint64_t id = 1; id <= kRows; ++id) {
    const auto device = static_cast<DeviceIndex>(random(50));
    bench.delivery.want(device, 5);
    const std::uint64_t target = random(4);
    targetOf[id] = device * 10ULL + target;
    bench.row(id, device, "3303/0/" + std::to_string(target));
  }
  std::map<std::uint64_t, std::uint64_t> lastOf;
  std::vector<Work> underWay;
  for (int step = 0; step < 200'000 && (bench.delivery.pending() > 0 || !underWay.empty()); ++step) {
    std::optional<Work> work = underWay.size() < 16 ? bench.delivery.next() : std::nullopt;
    if (work) {
      if (const auto* posts = std::get_if<PostWork>(&*work))
        for (const auto& post : posts->posts)
          if (post.content) CHECK(post.content == bench.outbox.at(post.row));
      underWay.push_back(std::move(*work));
      continue;
    }
    if (underWay.empty()) {
      bench.clock.advance(milliseconds(1000));
      continue;
    }
    std::swap(underWay[random(underWay.size())], underWay.back());
    const std::uint64_t dice = random(100);
    const Outcome outcome = dice < 85   ? Outcome::done
                            : dice < 90 ? Outcome::inDoubt
                            : dice < 95 ? Outcome::unavailable
                                        : Outcome::busy;
    bench.answer(std::move(underWay.back()), outcome);
    underWay.pop_back();
  }
  CHECK(bench.delivery.pending() == 0);
  CHECK(bench.balances());
  CHECK(bench.batch.fates.size() == kRows);
  CHECK(bench.batch.accounts.size() == 50);  // one change a device
  Account sum;
  for (const AccountChange& change : bench.batch.accounts) sum += change.change;
  CHECK(sum == bench.accounts.total());
  for (const RowFate& fate : bench.batch.fates) {
    if (fate.fate != Fate::delivered) continue;
    std::uint64_t& last = lastOf[targetOf[fate.id]];
    CHECK(fate.id > last);
    last = fate.id;
  }
}

}  // namespace
}  // namespace isthmus::proxy
