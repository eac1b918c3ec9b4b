#include "tests/conformance/bench.h"
#include "tests/conformance/raw_device.h"

using namespace isthmus;
using namespace isthmus::conformance;
using lwm2m::CancelMode;
using lwm2m::Value;

namespace {

constexpr WallTime kEarlier{milliseconds(1'700'000'000'000)}, kLater{milliseconds(1'700'000'060'500)};

// Observed, then changed there: the change is notified with all that is at the path.
void checkNotified(Bench& bench, std::string_view path, std::string_view changed, Value value) {
  INFO(path << " by " << changed);
  REQUIRE(bench.codeOf(observe(path)) == "2.05");
  REQUIRE(bench.device().set(at(changed), value));
  const auto reports = bench.notifications(path, 1);
  const auto found = std::ranges::find(reports[0].records, at(changed), &lwm2m::Record::path);
  REQUIRE(found != reports[0].records.end());
  CHECK(found->value == value);
  for (const auto& one : reports[0].records) CHECK(at(path).contains(one.path));
}

// Observed, notified once, cancelled: what follows is not notified.
void checkCancelled(std::string_view path, CancelMode mode) {
  Bench bench;
  checkNotified(bench, path, path, std::string("one"));
  REQUIRE(bench.codeOf(cancel(path, mode)) == "2.05");
  REQUIRE(bench.device().set(at(path), std::string("two")));
  bench.settle();
  bench.settle();
  CHECK(bench.device().state()->observations == 0);
  CHECK(bench.server.told().notifications(at(path)).size() == 1);
  CHECK(bench.server.registration(kDevice)->observations.size() <= 1);
}

void checkDeleted(std::string_view observed, std::string_view deleted) {
  Bench bench(fullClient({1, 2}));
  REQUIRE(bench.codeOf(observe(observed)) == "2.05");
  REQUIRE(bench.codeOf(deleteAt(deleted)) == "2.02");
  REQUIRE(bench.server.await([](const Told& told) { return !told.ended.empty(); }));
  CHECK(bench.server.told().ended[0] == "4.04");
  CHECK(bench.device().state()->observations == 0);
}

Bytes bytes(std::string_view text) { return {text.begin(), text.end()}; }

}  // namespace

TEST_CASE("can_observe_resource: a change is notified", "[leshan:ObserveTest.can_observe_resource]") {
  Bench bench;
  checkNotified(bench, "/3/0/15", "/3/0/15", std::string("Europe/Paris"));
}

TEST_CASE("can_observe_resource_instance: a change is notified", "[leshan:ObserveTest.can_observe_resource_instance]") {
  Bench bench;
  checkNotified(bench, "/3442/0/1110/0", "/3442/0/1110/0", std::string("new"));
}

TEST_CASE("can_observe_instance: a change of any of its resources is notified",
          "[leshan:ObserveTest.can_observe_instance]") {
  Bench bench;
  checkNotified(bench, "/3/0", "/3/0/15", std::string("Europe/Paris"));
}

TEST_CASE("can_observe_object: a change in any of its instances is notified",
          "[leshan:ObserveTest.can_observe_object]") {
  Bench bench;
  checkNotified(bench, "/3", "/3/0/15", std::string("Europe/Paris"));
}

TEST_CASE("observe_resource_instance_then_delete_it: its observation ends",
          "[leshan:ObserveTest.observe_resource_instance_then_delete_it]") {
  checkDeleted("/3442/0/1110/0", "/3442/0/1110/0");
}

TEST_CASE("can_observe_instance_then_delete_it: its observation ends",
          "[leshan:ObserveTest.can_observe_instance_then_delete_it]") {
  checkDeleted("/3442/0", "/3442/0");
}

TEST_CASE("can_observe_then_delete_it: the observation of a resource ends with its instance",
          "[leshan:ObserveTest.can_observe_then_delete_it]") {
  checkDeleted("/3442/0/120", "/3442/0");
}

TEST_CASE("can_observe_resource_then_passive_cancel: the next notification gets RST",
          "[leshan:ObserveTest.can_observe_resource_then_passive_cancel][oma:302]") {
  checkCancelled("/3/0/15", CancelMode::passive);
}

TEST_CASE("can_observe_resource_then_active_cancel: with Observe 1 under the same token",
          "[leshan:ObserveTest.can_observe_resource_then_active_cancel][oma:303]") {
  checkCancelled("/3/0/15", CancelMode::active);
}

TEST_CASE("can_observe_resource_instance_then_passive_cancel: the next notification gets RST",
          "[leshan:ObserveTest.can_observe_resource_instance_then_passive_cancel]") {
  checkCancelled("/3442/0/1110/0", CancelMode::passive);
}

TEST_CASE("can_observe_resource_instance_then_active_cancel: with Observe 1 under the same token",
          "[leshan:ObserveTest.can_observe_resource_instance_then_active_cancel]") {
  checkCancelled("/3442/0/1110/0", CancelMode::active);
}

TEST_CASE("Values of the core objects are observed", "[oma:710][oma:760][oma:810][oma:910][oma:1210][oma:1230]") {
  Bench bench;
  checkNotified(bench, "/4/0/2", "/4/0/2", std::int64_t{-61});
  checkNotified(bench, "/6/0", "/6/0/0", 46.5);
  checkNotified(bench, "/7/0/2", "/7/0/2", std::int64_t{77});
  checkNotified(bench, "/10/0/4", "/10/0/4", std::int64_t{7200});
  checkNotified(bench, "/10/0/5", "/10/0/5", std::int64_t{16});
  REQUIRE(bench.codeOf(observe("/5/0/3")) == "2.05");
  REQUIRE(bench.codeOf(writeOne("/5/0/0", Value(lwm2m::Opaque{{1, 2}}), Format::opaque)) == "2.04");
  CHECK(bench.notifications("/5/0/3", 1)[0].records[0].value == Value(std::int64_t{2}));
}

TEST_CASE("can_handle_error_on_notification: the observation is over",
          "[leshan:ObserveServerOnlyTest.can_handle_error_on_notification]") {
  Bench bench;
  REQUIRE(bench.codeOf(observe("/3/0/15")) == "2.05");
  REQUIRE(bench.device().notify(at("/3/0/15"), {0xA3, std::nullopt, {}}));
  REQUIRE(bench.server.await([](const Told& told) { return !told.ended.empty(); }));
  CHECK(bench.server.told().ended[0] == "5.03");
}

TEST_CASE("A notification that cannot be decoded is told, and the observation goes on") {
  Bench bench;
  REQUIRE(bench.codeOf(observe("/3/0/15", Format::senmlJson)) == "2.05");
  REQUIRE(bench.device().notify(at("/3/0/15"), {0x45, Format::senmlJson, bytes("[{")}));
  REQUIRE(bench.server.await([](const Told& told) { return !told.bad.empty(); }));
  REQUIRE(bench.device().set(at("/3/0/15"), std::string("x")));
  CHECK(bench.notified("/3/0/15") == 1);
}

TEST_CASE("can_observe_timestamped_resource, instance and object: every value keeps its time",
          "[leshan:ObserveTimeStampTest.can_observe_timestamped_resource]"
          "[leshan:ObserveTimeStampTest.can_observe_timestamped_instance]"
          "[leshan:ObserveTimeStampTest.can_observe_timestamped_object][leshan:LockStepTest.observe_timestamped]") {
  Bench bench;
  const std::vector<lwm2m::Record> stored{{at("/3/0/15"), std::string("first"), kEarlier},
                                          {at("/3/0/15"), std::string("second"), kLater}};
  for (const auto* path : {"/3/0/15", "/3/0", "/3"}) {
    for (const auto format : {Format::senmlJson, Format::senmlCbor}) {
      INFO(path << " " << lwm2m::name(format));
      REQUIRE(bench.codeOf(observe(path, format)) == "2.05");
      const auto before = bench.notified(path);
      REQUIRE(bench.device().notify(at(path), stored));
      CHECK(bench.notifications(path, before + 1).back().records == stored);
    }
  }
}

TEST_CASE("can_observe_timestamped_instance_with_null: what has no value is no fault",
          "[leshan:ObserveTimeStampTest.can_observe_timestamped_instance_with_null]") {
  Bench bench;
  REQUIRE(bench.codeOf(observe("/3/0", Format::senmlJson)) == "2.05");
  const auto payload = R"([{"bn":"/3/0/","bt":1700000000,"n":"15","vs":"x"},{"n":"14","v":null}])";
  REQUIRE(bench.device().notify(at("/3/0"), {0x45, Format::senmlJson, bytes(payload)}));
  const auto report = bench.notifications("/3/0", 1)[0];
  const auto found = std::ranges::find(report.records, at("/3/0/15"), &lwm2m::Record::path);
  REQUIRE(found != report.records.end());
  CHECK(found->time == kEarlier);
}

TEST_CASE("read_timestamped: an answer keeps its times", "[leshan:LockStepTest.read_timestamped]") {
  auto traits = fullClient();
  traits.timestamps = true;
  Bench bench(traits);
  for (const auto format : {Format::senmlJson, Format::senmlCbor}) {
    const auto outcome = bench.ask(read("/3/0/15", format));
    REQUIRE(outcome);
    REQUIRE(outcome->records.size() == 1);
    CHECK(outcome->records[0].time.has_value());
  }
}

TEST_CASE("register_deregister_observe: an Observe that outlives its registration is no observation",
          "[leshan:LockStepTest.register_deregister_observe]") {
  ServerUnderTest server;
  RawDevice device(server.url());
  const auto location = device.post("/rd", {"ep=raw", "lt=300", "lwm2m=1.1", "b=U"}, "</3/0>").location;
  auto outcome = server.begin("raw", observe("/3/0/0", Format::text));
  const auto request = device.awaits(RawDevice::kGet);
  CHECK(device.remove(location).code == "2.02");
  device.answers(request, 0x45, "value", {{6, "\x01"}, {12, ""}});
  CHECK(outcome.get().error().code == Errc::unavailable);
  CHECK(!device.notifies(request.token, 0x45, "later", {{6, "\x02"}, {12, ""}}));
  CHECK(server.told().reports.empty());
}

TEST_CASE("can_not_send_notification_if_client_ip_changes: without credentials it may be anybody",
          "[leshan:DynamicIPObserveTest.can_not_send_notification_if_client_ip_changes]") {
  auto traits = fullClient();
  traits.confirmable = false;  // its Update would wait for the acknowledgement
  Bench bench(traits);
  REQUIRE(bench.codeOf(observe("/3/0/15")) == "2.05");
  REQUIRE(bench.device().move());
  REQUIRE(bench.device().set(at("/3/0/15"), std::string("x")));
  while (bench.server.counters().foreignNotifications == 0) std::this_thread::yield();
  CHECK(bench.server.told().notifications(at("/3/0/15")).empty());
  // Its Update tells where it is now.
  CHECK(*bench.device().update() == 0x44);
  REQUIRE(bench.device().set(at("/3/0/15"), std::string("y")));
  bench.notifications("/3/0/15", 1);
}

TEST_CASE("Non-confirmable notifications are taken too") {
  auto traits = fullClient();
  traits.confirmable = false;
  Bench bench(traits);
  checkNotified(bench, "/3/0/15", "/3/0/15", std::string("Europe/Paris"));
}

TEST_CASE("A notification of several blocks is fetched whole") {
  Bench bench;
  const std::string large(5000, 'x');
  checkNotified(bench, "/3442/0/110", "/3442/0/110", large);
  REQUIRE(bench.codeOf(read("/3442/0/110")) == "2.05");  // in blocks too, which must not be taken for those that follow
  const std::string other(6000, 'y');
  REQUIRE(bench.device().set(at("/3442/0/110"), other));
  CHECK(bench.notifications("/3442/0/110", 2)[1].records[0].value == Value(other));
}

TEST_CASE("What is observed by plan is observed again after a reboot") {
  ServerOptions options;
  options.planned = {{at("/3303/0/5700"), "pmin=60"}};
  Bench bench(fullClient(), std::move(options));
  const auto observed = [&](std::ptrdiff_t times) {
    REQUIRE(bench.server.await([&](const Told& told) {
      return std::ranges::count(told.reports, lwm2m::ReportKind::firstAnswer, &Told::Report::kind) >= times;
    }));
  };
  observed(1);
  REQUIRE(bench.device().set(at("/3303/0/5700"), 12.5));
  bench.devices.advance(seconds(61));
  bench.notifications("/3303/0/5700", 1);
  REQUIRE(bench.device().reboot());
  observed(2);
  const auto before = bench.notified("/3303/0/5700");
  REQUIRE(bench.device().set(at("/3303/0/5700"), 13.5));
  bench.devices.advance(seconds(61));
  bench.notifications("/3303/0/5700", before + 1);
}
