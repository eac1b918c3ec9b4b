// A device with two server accounts: /1/0 is of the first server, /1/1 of the second.
#include "tests/conformance/bench.h"

using namespace isthmus;
using namespace isthmus::conformance;
using lwm2m::RegistrationState;
using lwm2m::Value;

namespace {

constexpr const char* kMeasured = "/3442/0/120";

struct TwoServers {
  TwoServers() : devices(first, fullClient(), {}, {second.url()}) {
    for (auto* server : {&first, &second})
      REQUIRE(server->await([](const Told& told) { return !told.changes.empty(); }));
    settle();
  }

  static std::string codeOf(ServerUnderTest& server, Operation operation) {
    const auto outcome = server.ask(kDevice, std::move(operation));
    return outcome ? outcome->code.toString() : outcome.error().text();
  }
  static Value valueOf(ServerUnderTest& server, std::string_view path) {
    const auto outcome = server.ask(kDevice, read(path));
    REQUIRE(outcome);
    REQUIRE(outcome->records.size() == 1);
    return outcome->records[0].value;
  }
  static std::size_t notified(ServerUnderTest& server) {
    REQUIRE(codeOf(server, read("/3/0/0")) == "2.05");
    return server.told().notifications(at(kMeasured)).size();
  }
  // "600"; "": none is shown.
  static std::string shown(ServerUnderTest& server, std::string_view attribute) {
    const auto outcome = server.ask(kDevice, discover(kMeasured));
    REQUIRE(outcome);
    REQUIRE(!outcome->links.empty());
    const auto* found = outcome->links[0].attribute(attribute);
    return found ? found->value.value_or("") : "";
  }
  void settle() {
    for (auto* server : {&first, &second}) REQUIRE(codeOf(*server, read("/3/0/0")) == "2.05");
  }
  void pass(milliseconds time) {
    devices.advance(time);
    settle();
  }
  void measure(int number) { REQUIRE(devices.fleet().device(0).set(at(kMeasured), Value(std::int64_t{number}))); }

  ServerUnderTest first, second;
  Devices devices;
};

}  // namespace

TEST_CASE("A device with two server accounts is registered at both, and lives at each by that account", "[oma:950]") {
  TwoServers bench;
  for (auto* server : {&bench.first, &bench.second}) {
    const auto registration = server->registration(kDevice);
    REQUIRE(registration);
    CHECK(registration->objectLinks.view().find("</1/0>,</1/1>") != std::string::npos);
    CHECK(bench.valueOf(*server, "/1/0/0") == Value(std::int64_t{1}));
    CHECK(bench.valueOf(*server, "/1/1/0") == Value(std::int64_t{2}));
  }
  REQUIRE(bench.codeOf(bench.first, writeOne("/1/0/1", 600)) == "2.04");
  bench.pass(seconds(1));
  CHECK(bench.first.registration(kDevice)->lifetime == 600);
  CHECK(bench.first.counters().updates == 1);
  CHECK(bench.second.registration(kDevice)->lifetime == 86400);
  CHECK(bench.second.counters().updates == 0);

  REQUIRE(bench.codeOf(bench.second, execute("/1/1/8")) == "2.04");
  bench.pass(seconds(1));
  CHECK(bench.first.counters().updates == 1);
  CHECK(bench.second.counters().updates == 1);

  REQUIRE(bench.devices.fleet().device(0).towards(1).deregister());
  CHECK(!bench.second.isRegistered(kDevice));
  CHECK(bench.first.isRegistered(kDevice));
  CHECK(bench.codeOf(bench.first, read("/3/0/0")) == "2.05");
}

TEST_CASE("Each of two servers attaches attributes of its own, and is notified by them", "[oma:951]") {
  TwoServers bench;
  REQUIRE(bench.codeOf(bench.first, attributes(kMeasured, "pmin=600")) == "2.04");
  REQUIRE(bench.codeOf(bench.second, attributes(kMeasured, "gt=2000")) == "2.04");
  CHECK(bench.shown(bench.first, "pmin") == "600");
  CHECK(bench.shown(bench.first, "gt").empty());
  CHECK(bench.shown(bench.second, "pmin").empty());
  CHECK(bench.shown(bench.second, "gt") == "2000");
  for (auto* server : {&bench.first, &bench.second}) REQUIRE(bench.codeOf(*server, observe(kMeasured)) == "2.05");

  bench.measure(1500);
  CHECK(bench.notified(bench.first) == 0);
  CHECK(bench.notified(bench.second) == 0);
  bench.pass(seconds(601));
  CHECK(bench.notified(bench.first) == 1);
  CHECK(bench.notified(bench.second) == 0);
  bench.measure(2500);
  CHECK(bench.notified(bench.first) == 1);
  CHECK(bench.notified(bench.second) == 1);
  bench.pass(seconds(601));
  CHECK(bench.notified(bench.first) == 2);
  CHECK(bench.notified(bench.second) == 1);
}
