#include "lwm2m/client/report_schedule.h"

#include <catch2/catch.hpp>

using namespace isthmus;
using namespace isthmus::lwm2m;

namespace {

constexpr Path kInteger{3442, 0, 120}, kFloat{3442, 0, 130}, kFlag{3442, 0, 140}, kArray{3442, 0, 1120};

const DeviceProfile& profile() {
  static const auto objects = ObjectRegistry::builtin();
  static const auto profile = [] {
    DeviceTraits traits;
    traits.objects = {1, 3, 3442};
    return DeviceProfile(objects, traits);
  }();
  return profile;
}

// One observation, and a clock in seconds.
struct Bench {
  explicit Bench(std::vector<std::string> attributes, Path observed = kInteger, Path attributed = kInteger,
                 Value start = std::int64_t{10}) {
    if (start.index() != 0) set(observed.depth() == 3 ? observed : kInteger, std::move(start));
    if (!attributes.empty()) REQUIRE(device.writeAttributes(attributed, attributes));
    schedule.emplace(std::vector<Path>{observed}, NotificationAttributes{}, device, at);
  }

  void set(const Path& path, Value value) { REQUIRE(device.measure(path, value)); }
  bool isDue() { return schedule->isDue(device, at); }
  // The value, and whether it was notified at once.
  bool notifies(Value value, Path path = kInteger) {
    set(path, std::move(value));
    const bool due = isDue();
    if (due) schedule->sent(device, at);
    return due;
  }
  bool notifies(int value) { return notifies(Value(std::int64_t{value})); }

  SimulatedDevice device{profile(), "dev", 1};
  Instant at{};
  std::optional<ReportSchedule> schedule;
};

}  // namespace

TEST_CASE("Without attributes each change is notified, and nothing without a change") {
  Bench bench({});
  CHECK(!bench.isDue());
  CHECK(bench.notifies(11));
  CHECK(!bench.notifies(11));
  CHECK(!bench.schedule->next(bench.device));
}

TEST_CASE("pmin delays what changed meanwhile, pmax forces what did not change") {
  Bench bench({"pmin=2", "pmax=5"});
  CHECK(!bench.notifies(11));
  CHECK(bench.schedule->next(bench.device) == bench.at + seconds(2));
  bench.at += seconds(2);
  CHECK(bench.isDue());
  bench.schedule->sent(bench.device, bench.at);
  CHECK(!bench.isDue());
  CHECK(bench.schedule->next(bench.device) == bench.at + seconds(5));
  bench.at += milliseconds(4999);
  CHECK(!bench.isDue());
  bench.at += milliseconds(1);
  CHECK(bench.isDue());
}

TEST_CASE("A pmax of 0 is ignored, and the server account's defaults hold where nothing is attached") {
  Bench none({"pmax=0"});
  CHECK(!none.schedule->next(none.device));
  Bench account({});
  account.set(Path(1, 0, 2), std::int64_t{3});
  account.set(Path(1, 0, 3), std::int64_t{30});
  CHECK(account.schedule->next(account.device) == account.at + seconds(30));
  CHECK(!account.notifies(11));
  CHECK(account.schedule->next(account.device) == account.at + seconds(3));
}

TEST_CASE("gt and lt notify at a crossing in either direction, and not in between") {
  Bench above({"gt=20"});
  for (const auto& [value, due] :
       {std::pair(15, false), {20, false}, {21, true}, {30, false}, {20, false}, {19, true}}) {
    INFO(value);
    CHECK(above.notifies(value) == due);
  }
  Bench below({"lt=5"});
  for (const auto& [value, due] : {std::pair(6, false), {5, false}, {4, true}, {1, false}, {6, true}, {100, false}}) {
    INFO(value);
    CHECK(below.notifies(value) == due);
  }
}

TEST_CASE("st counts from the value that was notified last") {
  Bench bench({"st=10"});
  for (const auto& [value, due] : {std::pair(15, false), {19, false}, {20, true}, {11, false}, {10, true}}) {
    INFO(value);
    CHECK(bench.notifies(value) == due);
  }
}

TEST_CASE("gt, lt and st together: any one of them notifies") {
  Bench bench({"gt=100", "lt=0", "st=40"});
  for (const auto& [value, due] :
       {std::pair(20, false), {50, true}, {101, true}, {120, false}, {60, true}, {-1, true}}) {
    INFO(value);
    CHECK(bench.notifies(value) == due);
  }
}

TEST_CASE("A crossing during pmin is notified when it is over, even if it was taken back") {
  Bench bench({"gt=20", "pmin=2"});
  CHECK(!bench.notifies(25));
  CHECK(!bench.notifies(15));
  bench.at += seconds(2);
  CHECK(bench.isDue());
}

TEST_CASE("epmin keeps what comes and goes in between from being seen") {
  Bench bench({"gt=20", "epmin=2"});
  CHECK(!bench.notifies(25));
  CHECK(bench.schedule->next(bench.device) == bench.at + seconds(2));
  CHECK(!bench.notifies(15));
  bench.at += seconds(2);
  CHECK(!bench.isDue());
  CHECK(!bench.notifies(26));
  bench.at += seconds(2);
  CHECK(bench.isDue());
}

TEST_CASE("edge notifies one flank of a Boolean") {
  Bench bench({"edge=1"}, kFlag, kFlag, false);
  CHECK(bench.notifies(true, kFlag));
  CHECK(!bench.notifies(false, kFlag));
  CHECK(bench.notifies(true, kFlag));
}

TEST_CASE("Attributes are inherited, and the lower level goes before") {
  Bench bench({"pmin=2"}, kInteger, Path(3442));
  CHECK(!bench.notifies(11));
  REQUIRE(bench.device.writeAttributes(kInteger, std::vector<std::string>{"pmin=0"}));
  CHECK(bench.isDue());
}

TEST_CASE("Of an observed instance each resource keeps its own limits") {
  Bench bench({"gt=20"}, Path(3442, 0), kInteger);
  CHECK(!bench.notifies(11));
  CHECK(bench.notifies(2.5, kFloat));
  CHECK(bench.notifies(21));
}

TEST_CASE("What comes and what goes is a change whatever the attributes say") {
  Bench bench({}, kArray, kArray, {});
  bench.device.vanish(kArray.child(1));
  CHECK(bench.isDue());
  bench.schedule->sent(bench.device, bench.at);
  bench.set(kArray.child(7), std::int64_t{1});
  CHECK(bench.isDue());
}

TEST_CASE("The Observe's own attributes come before what is attached") {
  Bench bench({"pmin=10", "con=1"});
  NotificationAttributes own;
  own.pmin = 1;
  own.con = false;
  ReportSchedule schedule({kInteger}, own, bench.device, bench.at);
  bench.set(kInteger, std::int64_t{11});
  CHECK(!schedule.isDue(bench.device, bench.at));
  CHECK(schedule.next(bench.device) == bench.at + seconds(1));
  CHECK(!schedule.isConfirmable(bench.device));
  CHECK(bench.schedule->isConfirmable(bench.device));
}

TEST_CASE("Of several paths the smallest pmin and pmax hold") {
  Bench bench({"pmin=10", "pmax=100"});
  REQUIRE(bench.device.writeAttributes(kFloat, std::vector<std::string>{"pmin=5", "pmax=200"}));
  ReportSchedule schedule({kInteger, kFloat}, {}, bench.device, bench.at);
  CHECK(schedule.next(bench.device) == bench.at + seconds(100));
  bench.set(kFloat, 1.0);
  CHECK(!schedule.isDue(bench.device, bench.at));
  CHECK(schedule.next(bench.device) == bench.at + seconds(5));
}
