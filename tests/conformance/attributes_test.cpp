// Notification attributes: what is written acts, is shown, is inherited and goes with what it is attached to.
#include "tests/conformance/bench.h"

using namespace isthmus;
using namespace isthmus::conformance;
using lwm2m::Value;

namespace {

constexpr const char *kInteger = "/3442/0/120", *kUnsigned = "/3442/0/125", *kFloat = "/3442/0/130";

Value as(std::string_view path, int number) {
  if (path == kUnsigned) return std::uint64_t(number);
  if (path == kFloat) return number + 0.25;
  return std::int64_t{number};
}

// Starting at 1000 (1000.25), these values are measured one after the other; true: it is notified.
void checkLimits(std::string_view path, std::string_view query, const std::vector<std::pair<int, bool>>& values) {
  Bench bench;
  REQUIRE(bench.device().set(at(path), as(path, 1000)));
  REQUIRE(bench.codeOf(attributes(path, query)) == "2.04");
  REQUIRE(bench.codeOf(observe(path)) == "2.05");
  std::size_t expected = 0;
  for (const auto& [number, due] : values) {
    INFO(path << " " << query << " at " << number);
    REQUIRE(bench.device().set(at(path), as(path, number)));
    expected += due;
    CHECK(bench.notified(path) == expected);
  }
}

void checkLt(std::string_view path) {
  checkLimits(path, "lt=500", {{600, false}, {499, true}, {100, false}, {700, true}, {2000, false}});
}
void checkGt(std::string_view path) {
  checkLimits(path, "gt=1500", {{1400, false}, {1501, true}, {9000, false}, {1000, true}, {10, false}});
}
void checkStep(std::string_view path, int direction) {
  checkLimits(path, "st=100",
              {{1000 + 99 * direction, false},
               {1000 + 100 * direction, true},
               {1000 + 199 * direction, false},
               {1000 + 250 * direction, true}});
}
void checkAll(std::string_view path) {
  checkLimits(path, "lt=500&gt=1500&st=300",
              {{1200, false}, {1300, true}, {1501, true}, {1600, false}, {1450, true}, {1100, true}, {499, true}});
}

struct Timed : Bench {
  explicit Timed(std::string_view query, std::string_view path = kInteger) : Bench() {
    REQUIRE(codeOf(attributes(path, query)) == "2.04");
    REQUIRE(codeOf(observe(kInteger)) == "2.05");
  }
  void measure(int number) { REQUIRE(device().set(at(kInteger), as(kInteger, number))); }
  std::size_t after(milliseconds time) {
    devices.advance(time);
    return notified(kInteger);
  }
};

const std::vector<std::string> kLevels{"/3442", "/3442/0", "/3442/0/120", "/3442/0/1120/0"};

std::optional<std::string> shown(Bench& bench, const std::string& path, std::string_view name) {
  const auto outcome = bench.ask(discover(path));
  REQUIRE(outcome);
  REQUIRE(!outcome->links.empty());
  const auto* attribute = outcome->links[0].attribute(name);
  return attribute ? attribute->value : std::nullopt;
}

// Observed with attributes, then cancelled: nothing is left of it on the device.
void checkCancelled(lwm2m::CancelMode mode) {
  Bench bench;
  for (const auto& path : kLevels) {
    INFO(path);
    REQUIRE(bench.codeOf(attributes(path, "pmax=600")) == "2.04");
    REQUIRE(bench.codeOf(observe(path)) == "2.05");
    CHECK(bench.device().state()->observations == 1);
    REQUIRE(bench.codeOf(cancel(path, mode)) == "2.05");
    REQUIRE(bench.device().set(at("/3442/0/120"), Value(std::int64_t{7})));  // a passive cancel answers the next one
    REQUIRE(bench.device().set(at("/3442/0/1120/0"), Value(std::int64_t{7})));
    bench.settle();
    bench.settle();
    CHECK(bench.device().state()->observations == 0);
    bench.devices.advance(seconds(601));
    CHECK(bench.notified(path) == 0);
    REQUIRE(bench.device().set(at("/3442/0/120"), Value(std::int64_t{1024})));
    REQUIRE(bench.device().set(at("/3442/0/1120/0"), Value(std::int64_t{2048})));
  }
}

void checkRemoved(const std::string& path) {
  Bench bench;
  REQUIRE(bench.codeOf(attributes(path, "pmax=600")) == "2.04");
  REQUIRE(bench.codeOf(observe(path)) == "2.05");
  REQUIRE(bench.codeOf(deleteAt("/3442/0")) == "2.02");
  REQUIRE(bench.server.await([](const Told& told) { return !told.ended.empty(); }));
  CHECK(bench.server.told().ended == std::vector<std::string>{"4.04"});
  CHECK(bench.device().state()->observations == 0);
  bench.devices.advance(seconds(601));
  bench.settle();
  CHECK(bench.server.told().ended.size() == 1);
}

}  // namespace

TEST_CASE("test_pmin: a change waits for it", "[leshan:WriteAttributeObserveTest.test_pmin]") {
  Timed bench("pmin=600");
  bench.measure(5);
  CHECK(bench.notified(kInteger) == 0);
  CHECK(bench.after(seconds(601)) == 1);
}

TEST_CASE("test_pmax: without a change it is notified all the same", "[leshan:WriteAttributeObserveTest.test_pmax]") {
  Timed bench("pmax=600");
  CHECK(bench.after(seconds(500)) == 0);
  CHECK(bench.after(seconds(101)) == 1);
  bench.measure(5);
  CHECK(bench.notified(kInteger) == 2);
}

TEST_CASE("test_pmin_and_pmax: the one delays, the other forces",
          "[leshan:WriteAttributeObserveTest.test_pmin_and_pmax][oma:301]") {
  Timed bench("pmin=600&pmax=1800");
  bench.measure(5);
  CHECK(bench.after(seconds(500)) == 0);
  CHECK(bench.after(seconds(101)) == 1);
  CHECK(bench.after(seconds(1700)) == 1);
  CHECK(bench.after(seconds(101)) == 2);
  for (const auto& report : bench.server.told().notifications(at(kInteger)))
    CHECK(report.records[0].value == Value(std::int64_t{5}));
}

TEST_CASE("test_pmin_equals_pmax: at a steady pace", "[leshan:WriteAttributeObserveTest.test_pmin_equals_pmax]") {
  Timed bench("pmin=600&pmax=600");
  for (std::size_t i = 1; i < 4; ++i) {
    bench.measure(static_cast<int>(i));
    CHECK(bench.notified(kInteger) == i - 1);
    CHECK(bench.after(seconds(601)) == i);
  }
}

TEST_CASE("test_lt_integer_resource: crossed in either direction",
          "[leshan:WriteAttributeObserveTest.test_lt_integer_resource]") {
  checkLt(kInteger);
}
TEST_CASE("test_lt_float_resource: crossed in either direction",
          "[leshan:WriteAttributeObserveTest.test_lt_float_resource]") {
  checkLt(kFloat);
}
TEST_CASE("test_lt_unsigned_integer_resource: crossed in either direction",
          "[leshan:WriteAttributeObserveTest.test_lt_unsigned_integer_resource]") {
  checkLt(kUnsigned);
}
TEST_CASE("test_gt_integer_resource: crossed in either direction",
          "[leshan:WriteAttributeObserveTest.test_gt_integer_resource]") {
  checkGt(kInteger);
}
TEST_CASE("test_gt_float_resource: crossed in either direction",
          "[leshan:WriteAttributeObserveTest.test_gt_float_resource]") {
  checkGt(kFloat);
}
TEST_CASE("test_gt_unsigned_integer_resource: crossed in either direction",
          "[leshan:WriteAttributeObserveTest.test_gt_unsigned_integer_resource]") {
  checkGt(kUnsigned);
}
TEST_CASE("test_st_with_positive_gap_on_integer_resource: from the value notified last",
          "[leshan:WriteAttributeObserveTest.test_st_with_positive_gap_on_integer_resource]") {
  checkStep(kInteger, 1);
}
TEST_CASE("test_st_with_positive_gap_on_float_resource: from the value notified last",
          "[leshan:WriteAttributeObserveTest.test_st_with_positive_gap_on_float_resource]") {
  checkStep(kFloat, 1);
}
TEST_CASE("test_st_with_positive_gap_on_unsigned_integer_resource: from the value notified last",
          "[leshan:WriteAttributeObserveTest.test_st_with_positive_gap_on_unsigned_integer_resource]") {
  checkStep(kUnsigned, 1);
}
TEST_CASE("test_st_with_negative_gap_on_integer_resource: downwards too",
          "[leshan:WriteAttributeObserveTest.test_st_with_negative_gap_on_integer_resource]") {
  checkStep(kInteger, -1);
}
TEST_CASE("test_st_with_negative_gap_on_float_resource: downwards too",
          "[leshan:WriteAttributeObserveTest.test_st_with_negative_gap_on_float_resource]") {
  checkStep(kFloat, -1);
}
TEST_CASE("test_st_with_negative_gap_on_unsigned_integer_resource: downwards too",
          "[leshan:WriteAttributeObserveTest.test_st_with_negative_gap_on_unsigned_integer_resource]") {
  checkStep(kUnsigned, -1);
}
TEST_CASE("test_lt_gt_st_attributes_on_integer_resource: any of them",
          "[leshan:WriteAttributeObserveTest.test_lt_gt_st_attributes_on_integer_resource]") {
  checkAll(kInteger);
}
TEST_CASE("test_lt_gt_st_attributes_on_float_resource: any of them",
          "[leshan:WriteAttributeObserveTest.test_lt_gt_st_attributes_on_float_resource]") {
  checkAll(kFloat);
}
TEST_CASE("test_lt_gt_st_attributes_on_unsigned_integer_resource: any of them",
          "[leshan:WriteAttributeObserveTest.test_lt_gt_st_attributes_on_unsigned_integer_resource]") {
  checkAll(kUnsigned);
}

TEST_CASE("test_lt_pmax_attributes: a limit that is not crossed, and a period that is over",
          "[leshan:WriteAttributeObserveTest.test_lt_pmax_attributes]") {
  Timed bench("lt=500&pmax=600");
  bench.measure(800);
  CHECK(bench.notified(kInteger) == 0);
  CHECK(bench.after(seconds(601)) == 1);
  bench.measure(400);
  CHECK(bench.notified(kInteger) == 2);
}

TEST_CASE("test_object_inheritance: what is attached to the object holds below",
          "[leshan:WriteAttributeObserveTest.test_object_inheritance]") {
  Timed bench("pmin=600", "/3442");
  bench.measure(5);
  CHECK(bench.notified(kInteger) == 0);
  CHECK(bench.after(seconds(601)) == 1);
}

TEST_CASE("test_object_instance__inheritance: the instance goes before the object",
          "[leshan:WriteAttributeObserveTest.test_object_instance__inheritance]") {
  Timed bench("pmin=600", "/3442/0");
  REQUIRE(bench.codeOf(attributes("/3442", "pmin=60000")) == "2.04");
  bench.measure(5);
  CHECK(bench.after(seconds(601)) == 1);
}

TEST_CASE("test_resource__inheritance: a resource instance takes after its resource",
          "[leshan:WriteAttributeObserveTest.test_resource__inheritance]") {
  Bench bench;
  REQUIRE(bench.codeOf(attributes("/3442/0/1120", "gt=3000")) == "2.04");
  REQUIRE(bench.codeOf(observe("/3442/0/1120/0")) == "2.05");
  REQUIRE(bench.device().set(at("/3442/0/1120/0"), Value(std::int64_t{2500})));
  CHECK(bench.notified("/3442/0/1120/0") == 0);
  REQUIRE(bench.device().set(at("/3442/0/1120/0"), Value(std::int64_t{3500})));
  CHECK(bench.notified("/3442/0/1120/0") == 1);
}

TEST_CASE("test_invalid_inheritance_raise_exception: levels that contradict each other are refused",
          "[leshan:WriteAttributeObserveTest.test_invalid_inheritance_raise_exception]") {
  Bench bench;
  REQUIRE(bench.codeOf(attributes("/3442", "pmin=600")) == "2.04");
  CHECK(bench.codeOf(attributes(kInteger, "pmax=60")) == "4.00");
}

TEST_CASE("test_failing: attributes of what is not there", "[leshan:WriteAttributeFailedTest.test_failing]") {
  Bench bench;
  CHECK(bench.codeOf(attributes("/9999", "pmin=1")) == "4.04");
  CHECK(bench.codeOf(attributes("/3442/7", "pmin=1")) == "4.04");
  CHECK(bench.codeOf(attributes("/3442/0/9999", "pmin=1")) == "4.04");
}

TEST_CASE("write_attribute_on_object_then_discover, and on each level below: shown at its own level",
          "[leshan:WriteAttributeDiscoverTest.write_attribute_on_object_then_discover]"
          "[leshan:WriteAttributeDiscoverTest.write_attribute_on_object_instance_then_discover]"
          "[leshan:WriteAttributeDiscoverTest.write_attribute_on_single_resource_then_discover]"
          "[leshan:WriteAttributeDiscoverTest.write_attribute_on_resource_instance_then_discover]") {
  for (const auto& path : kLevels) {
    INFO(path);
    Bench bench;
    CHECK(!shown(bench, path, "pmin"));
    REQUIRE(bench.codeOf(attributes(path, "pmin=10&pmax=200")) == "2.04");
    CHECK(shown(bench, path, "pmin") == "10");
    CHECK(shown(bench, path, "pmax") == "200");
    REQUIRE(bench.codeOf(attributes(path, "pmin")) == "2.04");
    CHECK(!shown(bench, path, "pmin"));
    CHECK(shown(bench, path, "pmax") == "200");
  }
}

TEST_CASE("write_attribute_at_all_level_then_discover: the lowest level wins",
          "[leshan:WriteAttributeDiscoverTest.write_attribute_at_all_level_then_discover]") {
  Bench bench;
  int value = 10;
  for (const auto& path : kLevels) REQUIRE(bench.codeOf(attributes(path, "pmin=" + std::to_string(value++))) == "2.04");
  value = 10;
  for (const auto& path : kLevels) CHECK(shown(bench, path, "pmin") == std::to_string(value++));
  CHECK(shown(bench, "/3442/0/1120/1", "pmin") == "11");
}

TEST_CASE("Attributes of a resource with several instances", "[oma:261]") {
  Bench bench;
  CHECK(bench.codeOf(attributes("/3/0/7", "pmin=10&pmax=200")) == "2.04");
  CHECK(bench.codeOf(attributes("/3/0/7/1", "gt=4000&lt=3000&st=10")) == "2.04");
  const auto outcome = bench.ask(discover("/3/0/7"));
  REQUIRE(outcome);
  REQUIRE(outcome->links.size() == 3);
  CHECK(outcome->links[0].attribute("dim")->value == "2");
  CHECK(outcome->links[0].attribute("pmin")->value == "10");
  CHECK(outcome->links[2].attribute("gt")->value == "4000");
  CHECK(outcome->links[2].attribute("st")->value == "10");
  CHECK(bench.codeOf(attributes("/3/0/7/1", "gt=3000&lt=4000")) == "4.00");
}

TEST_CASE("write_attribute_on_tree_then_remove_object_instance: they go with it",
          "[leshan:WriteAttributeHouseKeepingTest.write_attribute_on_tree_then_remove_object_instance]") {
  Bench bench;
  for (const auto& path : kLevels) REQUIRE(bench.codeOf(attributes(path, "pmin=10")) == "2.04");
  REQUIRE(bench.codeOf(deleteAt("/3442/0")) == "2.02");
  REQUIRE(bench.codeOf(create("/3442/0", {record("/3442/0/120", 1), record("/3442/0/1120/0", 1)})) == "2.01");
  for (const auto& path : kLevels) {
    const auto outcome = bench.ask(discover(path, std::nullopt));
    REQUIRE(outcome);
    CHECK(shown(bench, path, "pmin") == "10");  // of the object, which is still there
  }
  REQUIRE(bench.codeOf(attributes("/3442", "pmin")) == "2.04");
  for (const auto& path : kLevels) CHECK(!shown(bench, path, "pmin"));
}

TEST_CASE("write_attribute_on_tree_then_remove_resource_instance: they go with it",
          "[leshan:WriteAttributeHouseKeepingTest.write_attribute_on_tree_then_remove_resource_instance]") {
  Bench bench(fullClient({1, 2}));
  REQUIRE(bench.codeOf(attributes("/3442/0/1120/0", "pmin=10")) == "2.04");
  REQUIRE(bench.codeOf(deleteAt("/3442/0/1120/0")) == "2.02");
  REQUIRE(bench.codeOf(update("/3442/0/1120", {record("/3442/0/1120/0", 1)})) == "2.04");
  CHECK(!shown(bench, "/3442/0/1120/0", "pmin"));
}

TEST_CASE("write_attribute_then_observe, then passive cancel, at each level: nothing is notified any more",
          "[leshan:WriteAttributeHouseKeepingTest.write_attribute_then_observe_object_then_passive_cancel_then_check_"
          "no_more_notification_data]"
          "[leshan:WriteAttributeHouseKeepingTest.write_attribute_then_observe_object_instance_then_passive_cancel_"
          "then_check_no_more_notification_data]"
          "[leshan:WriteAttributeHouseKeepingTest.write_attribute_then_observe_resource_then_passive_cancel_then_check_"
          "no_more_notification_data]"
          "[leshan:WriteAttributeHouseKeepingTest.write_attribute_then_observe_resource_instance_then_passive_cancel_"
          "then_check_no_more_notification_data]") {
  checkCancelled(lwm2m::CancelMode::passive);
}

TEST_CASE("write_attribute_then_observe, then active cancel, at each level: nothing is notified any more",
          "[leshan:WriteAttributeHouseKeepingTest.write_attribute_then_observe_object_then_active_cancel_then_check_no_"
          "more_notification_data]"
          "[leshan:WriteAttributeHouseKeepingTest.write_attribute_then_observe_object_instance_then_active_cancel_then_"
          "check_no_more_notification_data]"
          "[leshan:WriteAttributeHouseKeepingTest.write_attribute_then_observe_resource_then_active_cancel_then_check_"
          "no_more_notification_data]"
          "[leshan:WriteAttributeHouseKeepingTest.write_attribute_then_observe_resource_instance_then_active_cancel_"
          "then_check_no_more_notification_data]") {
  checkCancelled(lwm2m::CancelMode::active);
}

TEST_CASE("write_attribute_then_observe, then removed, at each level below the object: nothing is notified any more",
          "[leshan:WriteAttributeHouseKeepingTest.write_attribute_then_observe_object_instance_then_remove_object_then_"
          "check_no_more_notification_data]"
          "[leshan:WriteAttributeHouseKeepingTest.write_attribute_then_observe_resource_then_remove_object_then_check_"
          "no_more_notification_data]"
          "[leshan:WriteAttributeHouseKeepingTest.write_attribute_then_observe_resource_instance_then_remove_object_"
          "then_check_no_more_notification_data]") {
  for (std::size_t level = 1; level < kLevels.size(); ++level) checkRemoved(kLevels[level]);
}

TEST_CASE("Attributes in the Observe itself shape it, since 1.2", "[oma:312]") {
  Bench bench(fullClient({1, 2}));
  auto operation = observe(kInteger);
  operation.attributes.pmin = 600;
  operation.attributes.pmax = 1800;
  REQUIRE(bench.codeOf(operation) == "2.05");
  CHECK(bench.device().asked()->back().queries == std::vector<std::string>{"pmin=600", "pmax=1800"});
  REQUIRE(bench.device().set(at(kInteger), Value(std::int64_t{5})));
  CHECK(bench.notified(kInteger) == 0);
  bench.devices.advance(seconds(601));
  CHECK(bench.notified(kInteger) == 1);
}

TEST_CASE("Attributes in the Observe go before those that are attached", "[oma:313]") {
  Bench bench(fullClient({1, 2}));
  REQUIRE(bench.codeOf(attributes(kInteger, "pmin=60000")) == "2.04");
  auto operation = observe(kInteger);
  operation.attributes.pmin = 600;
  REQUIRE(bench.codeOf(operation) == "2.05");
  REQUIRE(bench.device().set(at(kInteger), Value(std::int64_t{5})));
  bench.devices.advance(seconds(601));
  CHECK(bench.notified(kInteger) == 1);
  CHECK(shown(bench, kInteger, "pmin") == "60000");
}

TEST_CASE("edge notifies one flank, con asks for no acknowledgement, since 1.2") {
  Bench bench(fullClient({1, 2}));
  REQUIRE(bench.codeOf(attributes("/3442/0/140", "edge=0&con=0")) == "2.04");
  REQUIRE(bench.codeOf(observe("/3442/0/140")) == "2.05");
  REQUIRE(bench.device().set(at("/3442/0/140"), Value(false)));
  CHECK(bench.notified("/3442/0/140") == 1);
  REQUIRE(bench.device().set(at("/3442/0/140"), Value(true)));
  CHECK(bench.notified("/3442/0/140") == 1);
}
