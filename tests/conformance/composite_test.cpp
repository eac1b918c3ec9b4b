#include "tests/conformance/bench.h"

using namespace isthmus;
using namespace isthmus::conformance;
using lwm2m::CancelMode;
using lwm2m::Value;

namespace {

constexpr WallTime kEarlier{milliseconds(1'700'000'000'000)}, kLater{milliseconds(1'700'000'060'500)};
const std::vector<Format> kFormats{Format::senmlJson, Format::senmlCbor};

bool has(const std::vector<lwm2m::Record>& records, std::string_view path, const Value& value) {
  const auto found = std::ranges::find(records, at(path), &lwm2m::Record::path);
  return found != records.end() && found->value == value;
}

// Composite notifications, once there are so many. Of a single path they are told at that path.
std::vector<Told::Report> notified(Bench& bench, std::size_t count, std::string_view path = "/") {
  return bench.notifications(path, count);
}

void checkTimestamped(const std::vector<std::string_view>& paths) {
  Bench bench;
  const std::vector<lwm2m::Record> stored{{at("/3/0/15"), std::string("first"), kEarlier},
                                          {at("/3/0/15"), std::string("second"), kLater}};
  for (const auto format : kFormats) {
    REQUIRE(bench.codeOf(observeAll(paths, format)) == "2.05");
    const auto told = paths.size() == 1 ? paths[0] : "/";
    const auto before = bench.server.told().notifications(at(told)).size();
    REQUIRE(bench.device().notify(at(paths[0]), stored));
    CHECK(notified(bench, before + 1, told).back().records == stored);
  }
}

// An answer that names what was not asked for.
void checkRejected(const std::vector<std::string_view>& paths, std::string_view payload) {
  Bench bench;
  REQUIRE(bench.device().answerNext({0x45, Format::senmlJson, {payload.begin(), payload.end()}}));
  const auto outcome = bench.ask(observeAll(paths, Format::senmlJson));
  REQUIRE(!outcome);
  CHECK(outcome.error().code == Errc::malformed);
}

void checkCancelled(CancelMode mode) {
  Bench bench;
  const std::vector<std::string_view> paths{"/3/0/15", "/3442/0/120"};
  REQUIRE(bench.codeOf(observeAll(paths)) == "2.05");
  REQUIRE(bench.device().set(at("/3/0/15"), std::string("one")));
  notified(bench, 1);
  REQUIRE(bench.codeOf(cancelAll(paths, mode)) == "2.05");
  REQUIRE(bench.device().set(at("/3/0/15"), std::string("two")));
  bench.settle();
  bench.settle();
  CHECK(bench.device().state()->observations == 0);
  CHECK(bench.server.told().notifications({}).size() == 1);
}

}  // namespace

TEST_CASE("can_read_resources: of several objects at once",
          "[leshan:ReadCompositeTest.can_read_resources][oma:229][oma:280]") {
  Bench bench;
  for (const auto format : kFormats) {
    INFO(lwm2m::name(format));
    const auto values = bench.valuesOf(readAll({"/3/0/0", "/1/0/1", "/3/0/11/0"}, format));
    CHECK(values.size() == 3);
    CHECK(values.at(at("/3/0/0")) == Value(std::string("Isthmus")));
    CHECK(values.at(at("/1/0/1")) == Value(std::int64_t{86400}));
    CHECK(values.at(at("/3/0/11/0")) == Value(std::int64_t{0}));
  }
  CHECK(bench.device().asked()->front().method == "FETCH");
}

TEST_CASE("can_read_resource_instance: of several arrays", "[leshan:ReadCompositeTest.can_read_resource_instance]") {
  Bench bench;
  const auto values = bench.valuesOf(readAll({"/3/0/7/1", "/3442/0/1110/0"}));
  CHECK(values.size() == 2);
  CHECK(values.at(at("/3/0/7/1")) == Value(std::int64_t{5000}));
}

TEST_CASE("can_read_resource_and_instance: what lies at different levels",
          "[leshan:ReadCompositeTest.can_read_resource_and_instance]") {
  Bench bench;
  const auto values = bench.valuesOf(readAll({"/3/0/0", "/1"}));
  CHECK(values.contains(at("/3/0/0")));
  CHECK(values.contains(at("/1/0/0")));
  CHECK(values.contains(at("/1/0/7")));
}

TEST_CASE("can_read_root: everything at once", "[leshan:ReadCompositeTest.can_read_root][oma:235]") {
  Bench bench;
  for (const auto format : kFormats) {
    INFO(lwm2m::name(format));
    const auto values = bench.valuesOf(readAll({"/"}, format));
    for (const auto* path : {"/1/0/0", "/3/0/0", "/3303/0/5700", "/3442/0/1180/1"}) CHECK(values.contains(at(path)));
    CHECK(values.lower_bound(at("/0/0/0"))->first.object() != 0);
  }
}

TEST_CASE("What is not there is missing in the answer, and nothing else", "[oma:236][oma:281]") {
  Bench bench;
  for (const auto format : kFormats) {
    const auto values = bench.valuesOf(readAll({"/3/0/0", "/3/0/9999", "/9999/0", "/0/0/0"}, format));
    CHECK(values.size() == 1);
    CHECK(values.contains(at("/3/0/0")));
  }
}

TEST_CASE("can_write_resources: of several objects at once",
          "[leshan:WriteCompositeTest.can_write_resources][oma:230][oma:257]") {
  Bench bench;
  for (const auto format : kFormats) {
    INFO(lwm2m::name(format));
    CHECK(bench.codeOf(
              writeAll({record("/1/0/2", 101), record("/1/0/6", Value(true)), record("/3/0/13", Value(lwm2m::Time{0}))},
                       format)) == "2.04");
    CHECK(bench.valueOf(read("/1/0/2")) == Value(std::int64_t{101}));
    CHECK(bench.valueOf(read("/1/0/6")) == Value(true));
    const auto clock = bench.valueOf(read("/3/0/13"));
    CHECK(std::get<lwm2m::Time>(clock).seconds < 60);
    REQUIRE(bench.codeOf(writeOne("/1/0/2", 1)) == "2.04");
  }
  CHECK(bench.device().asked()->front().method == "iPATCH");
}

TEST_CASE("A composite write is done whole or not at all") {
  Bench bench;
  CHECK(bench.codeOf(writeAll({record("/1/0/2", 101), record("/3/0/0", "x")})) == "4.05");
  CHECK(bench.codeOf(writeAll({record("/1/0/2", 101), record("/9999/0/0", "x")})) == "4.04");
  CHECK(bench.valueOf(read("/1/0/2")) == Value(std::int64_t{0}));
}

TEST_CASE("can_write_resource_and_instance: what lies at different levels",
          "[leshan:WriteCompositeTest.can_write_resource_and_instance]") {
  Bench bench;
  CHECK(bench.codeOf(writeAll(
            {record("/3/0/14", "+02:00"), record("/3442/0/1110/0", "one"), record("/3442/0/120", 9)})) == "2.04");
  CHECK(bench.valueOf(read("/3/0/14")) == Value(std::string("+02:00")));
  CHECK(bench.valueOf(read("/3442/0/1110/0")) == Value(std::string("one")));
  CHECK(bench.valueOf(read("/3442/0/1110/1")) == Value(std::string("initial value 2")));
}

TEST_CASE("can_add_resource_instances: beside those that are there",
          "[leshan:WriteCompositeTest.can_add_resource_instances]") {
  Bench bench;
  CHECK(bench.codeOf(writeAll({record("/3442/0/1110/55", "five"), record("/3442/0/1110/66", "six")})) == "2.04");
  CHECK(bench.ask(read("/3442/0/1110"))->records.size() == 4);
  CHECK(bench.valueOf(read("/3442/0/1110/66")) == Value(std::string("six")));
}

TEST_CASE("A null in SenML-ETCH takes a resource instance away, since 1.2") {
  Bench bench(fullClient({1, 2}));
  CHECK(bench.codeOf(writeAll({record("/3442/0/1110/1", Value())})) == "2.04");
  CHECK(bench.codeOf(read("/3442/0/1110/1")) == "4.04");
  CHECK(bench.codeOf(read("/3442/0/1110/0")) == "2.05");
}

TEST_CASE("can_observe_instance_with_composite_write: notified once for all that was written",
          "[leshan:WriteCompositeTest.can_observe_instance_with_composite_write]") {
  Bench bench;
  REQUIRE(bench.codeOf(observe("/3/0")) == "2.05");
  REQUIRE(bench.codeOf(writeAll({record("/3/0/14", "+11"), record("/3/0/15", "Moon")})) == "2.04");
  const auto reports = bench.notifications("/3/0", 1);
  CHECK(has(reports[0].records, "/3/0/14", std::string("+11")));
  CHECK(has(reports[0].records, "/3/0/15", std::string("Moon")));
  CHECK(bench.notified("/3/0") == 1);
}

TEST_CASE("can_composite_observe_on_single_resource: and its change is notified",
          "[leshan:ObserveCompositeTest.can_composite_observe_on_single_resource]") {
  Bench bench;
  for (const auto format : kFormats) {
    INFO(lwm2m::name(format));
    REQUIRE(bench.codeOf(observeAll({"/3/0/15"}, format)) == "2.05");
    const auto before = bench.server.told().notifications(at("/3/0/15")).size();
    const Value value(std::string(lwm2m::name(format)));
    REQUIRE(bench.device().set(at("/3/0/15"), value));
    CHECK(has(notified(bench, before + 1, "/3/0/15").back().records, "/3/0/15", value));
    REQUIRE(bench.codeOf(cancelAll({"/3/0/15"})) == "2.05");
  }
}

TEST_CASE("should_not_get_response_if_modified_other_resource_than_observed: nothing is notified",
          "[leshan:ObserveCompositeTest.should_not_get_response_if_modified_other_resource_than_observed]") {
  Bench bench;
  REQUIRE(bench.codeOf(observeAll({"/3/0/14"})) == "2.05");
  REQUIRE(bench.device().set(at("/3/0/15"), std::string("x")));
  bench.settle();
  CHECK(bench.server.told().notifications({}).empty());
}

TEST_CASE("can_composite_observe_on_multiple_resources: a change of one brings all",
          "[leshan:ObserveCompositeTest.can_composite_observe_on_multiple_resources][oma:304]") {
  Bench bench;
  const auto first = bench.valuesOf(observeAll({"/3/0/15", "/3/0/14", "/1/0/1"}));
  CHECK(first.size() == 3);
  REQUIRE(bench.device().set(at("/3/0/15"), std::string("x")));
  const auto report = notified(bench, 1)[0];
  CHECK(report.records.size() == 3);
  CHECK(has(report.records, "/3/0/15", std::string("x")));
  CHECK(has(report.records, "/1/0/1", std::int64_t{86400}));
}

TEST_CASE("can_composite_observe_on_multiple_resources_with_write_composite: one notification for all",
          "[leshan:ObserveCompositeTest.can_composite_observe_on_multiple_resources_with_write_composite]") {
  Bench bench;
  REQUIRE(bench.codeOf(observeAll({"/3/0/15", "/3/0/14"})) == "2.05");
  REQUIRE(bench.codeOf(writeAll({record("/3/0/15", "x"), record("/3/0/14", "y")})) == "2.04");
  const auto report = notified(bench, 1)[0];
  CHECK(has(report.records, "/3/0/15", std::string("x")));
  CHECK(has(report.records, "/3/0/14", std::string("y")));
  bench.settle();
  CHECK(bench.server.told().notifications({}).size() == 1);
}

TEST_CASE("can_composite_observe_on_root: everything at once",
          "[leshan:ObserveCompositeTest.can_composite_observe_on_root]") {
  Bench bench;
  REQUIRE(bench.codeOf(observeAll({"/"})) == "2.05");
  REQUIRE(bench.device().set(at("/3/0/15"), std::string("x")));
  const auto report = notified(bench, 1)[0];
  CHECK(has(report.records, "/3/0/15", std::string("x")));
  CHECK(has(report.records, "/1/0/1", std::int64_t{86400}));
}

TEST_CASE("can_observe_instance: composite", "[leshan:ObserveCompositeTest.can_observe_instance]") {
  Bench bench;
  REQUIRE(bench.codeOf(observeAll({"/3/0", "/1/0/1"})) == "2.05");
  REQUIRE(bench.device().set(at("/3/0/15"), std::string("x")));
  const auto report = notified(bench, 1)[0];
  CHECK(has(report.records, "/3/0/15", std::string("x")));
  CHECK(has(report.records, "/3/0/0", std::string("Isthmus")));
}

TEST_CASE("can_observe_object: composite", "[leshan:ObserveCompositeTest.can_observe_object]") {
  Bench bench;
  REQUIRE(bench.codeOf(observeAll({"/3"})) == "2.05");
  REQUIRE(bench.device().set(at("/3/0/15"), std::string("x")));
  CHECK(has(notified(bench, 1, "/3")[0].records, "/3/0/15", std::string("x")));
}

TEST_CASE("can_passive_cancel_composite_observation: the next notification gets RST",
          "[leshan:ObserveCompositeTest.can_passive_cancel_composite_observation]") {
  checkCancelled(CancelMode::passive);
}

TEST_CASE("can_active_cancel_composite_observation: with Observe 1 and the same paths",
          "[leshan:ObserveCompositeTest.can_active_cancel_composite_observation][oma:305]") {
  checkCancelled(CancelMode::active);
}

TEST_CASE("Creating, changing and deleting an instance is notified to who observes its object",
          "[oma:308][oma:309][oma:310]") {
  Bench bench;
  REQUIRE(bench.codeOf(observeAll({"/3442", "/3/0/15"})) == "2.05");
  REQUIRE(bench.codeOf(create("/3442/1", {record("/3442/1/120", 5)})) == "2.01");
  CHECK(has(notified(bench, 1).back().records, "/3442/1/120", std::int64_t{5}));
  REQUIRE(bench.codeOf(writeOne("/3442/1/120", 6)) == "2.04");
  CHECK(has(notified(bench, 2).back().records, "/3442/1/120", std::int64_t{6}));
  REQUIRE(bench.codeOf(deleteAt("/3442/1")) == "2.02");
  const auto last = notified(bench, 3).back().records;
  CHECK(std::ranges::none_of(last, [](const auto& one) { return at("/3442/1").contains(one.path); }));
  CHECK(has(last, "/3442/0/120", std::int64_t{1024}));
}

TEST_CASE("can_observecomposite_timestamped_resource: every value keeps its time",
          "[leshan:ObserveCompositeTimeStampTest.can_observecomposite_timestamped_resource]"
          "[leshan:LockStepTest.observe_composite_timestamped]") {
  checkTimestamped({"/3/0/15", "/3/0/14"});
}

TEST_CASE("can_observecomposite_timestamped_instance: every value keeps its time",
          "[leshan:ObserveCompositeTimeStampTest.can_observecomposite_timestamped_instance]") {
  checkTimestamped({"/3/0", "/1/0/1"});
}

TEST_CASE("can_observecomposite__timestamped_object: every value keeps its time",
          "[leshan:ObserveCompositeTimeStampTest.can_observecomposite__timestamped_object]") {
  checkTimestamped({"/3"});
}

TEST_CASE("can_observecomposite_timestamped_resource_with_empty_value: what has no value is no fault",
          "[leshan:ObserveCompositeTimeStampTest.can_observecomposite_timestamped_resource_with_empty_value]") {
  Bench bench;
  REQUIRE(bench.codeOf(observeAll({"/3/0/15", "/3/0/14"}, Format::senmlJson)) == "2.05");
  const std::string payload = R"([{"bn":"/3/0/","bt":1700000000,"n":"15","vs":"x"},{"n":"14"}])";
  REQUIRE(bench.device().notify(at("/3/0/15"), {0x45, Format::senmlJson, {payload.begin(), payload.end()}}));
  const auto report = notified(bench, 1)[0];
  CHECK(has(report.records, "/3/0/15", std::string("x")));
  CHECK(report.records[0].time == kEarlier);
}

TEST_CASE("reject_observecomposite_response_for_unexpected_resource_path: it is no answer to what was asked",
          "[leshan:ObserveCompositeTimeStampTest.reject_observecomposite_response_for_unexpected_resource_path]") {
  checkRejected({"/3/0/15", "/3/0/14"}, R"([{"n":"/3/0/15","vs":"x"},{"n":"/3/0/16","vs":"U"}])");
}

TEST_CASE("reject_observecomposite_response_for_unexpected_instance_path: it is no answer to what was asked",
          "[leshan:ObserveCompositeTimeStampTest.reject_observecomposite_response_for_unexpected_instance_path]") {
  checkRejected({"/3/0", "/1/0"}, R"([{"n":"/3/0/15","vs":"x"},{"n":"/4/0/0","v":1}])");
}

TEST_CASE("read_composite_timestamped: an answer keeps its times", "[leshan:LockStepTest.read_composite_timestamped]") {
  auto traits = fullClient();
  traits.timestamps = true;
  Bench bench(traits);
  const auto outcome = bench.ask(readAll({"/3/0/0", "/3/0/1"}));
  REQUIRE(outcome);
  REQUIRE(outcome->records.size() == 2);
  for (const auto& one : outcome->records) CHECK(one.time.has_value());
}

TEST_CASE("A device that never answers composites times out, and is asked on") {
  auto traits = fullClient();
  traits.composites = false;
  Bench bench(traits);
  auto outcome = bench.server.begin(kDevice, readAll({"/3/0/0"}));
  while (outcome.wait_for(seconds(0)) != std::future_status::ready) bench.server.advance(seconds(30));
  CHECK(outcome.get().error().code == Errc::timeout);
  CHECK(bench.codeOf(read("/3/0/0")) == "2.05");
}
