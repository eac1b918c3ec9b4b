#include "onem2m/client/cse_client.h"
#include "tests/support/fake_clock.h"
#include "tests/unit/onem2m_client/scripted_connection.h"

#include <catch2/catch.hpp>

using namespace isthmus;
using namespace isthmus::onem2m;
using isthmus::onem2m::testing::says;
using isthmus::onem2m::testing::Script;
using isthmus::onem2m::testing::ScriptedConnection;
using isthmus::onem2m::testing::Step;
using isthmus::testing::FakeClock;

namespace {

struct Bench {
  explicit Bench(std::vector<Step> steps) : script(std::move(steps)) { settings.nodeOriginator = "CAdmin"; }
  ~Bench() { CHECK(script.isOver()); }
  const std::string& content(std::size_t request) const { return script.requests.at(request).content; }
  Script script;
  CseSettings settings;
  CseProfile profile;
  FakeClock clock;
  CseClient client{std::make_unique<ScriptedConnection>(script), settings, profile, clock};
};

DeviceTree::Target target(ResourceType type, std::string path, std::string kind, Attributes attributes) {
  DeviceTree::Target out;
  out.type = type;
  out.path = std::move(path);
  out.kind = std::move(kind);
  out.attributes = std::move(attributes);
  return out;
}

const DeviceTree::Target kTemperature =
    target(ResourceType::flexContainer, "rooms/temperature-0", "cod:tempe", {{"minVe", "-40"}});
const DeviceTree::Target kInfo =
    target(ResourceType::mgmtObj, "deviceInfo", "m2m:dvi", {{"man", "\"ACME\""}, {"fwv", "\"2\""}});

}  // namespace

TEST_CASE("attributes are set by an UPDATE of only them") {
  Bench bench({{"UPDATE cse-in/bar-1/rooms/temperature-0 CIsthmus", says(2004)}});
  const Attempt attempt = bench.client.set("bar-1", kTemperature);
  CHECK(attempt.outcome == Outcome::done);
  CHECK(attempt.repeatable);
  CHECK(bench.content(0) == R"({"cod:tempe":{"minVe":-40}})");
}

TEST_CASE("a conflict that an UPDATE is answered with is a refusal: nothing was set") {
  const int status = GENERATE(4105, 5106);
  Bench bench({{"UPDATE cse-in/bar-1/rooms/temperature-0 CIsthmus", says(status)}});
  CHECK(bench.client.set("bar-1", kTemperature).outcome == Outcome::rejected);
}

TEST_CASE("the first attributes make the resource, with the containers above it and what its class wants") {
  Bench bench({{"CREATE other cse-in/bar-1/rooms CIsthmus", says(4004)},
               {"CREATE cnt cse-in/bar-1 CIsthmus", says(2001)},
               {"CREATE other cse-in/bar-1/rooms CIsthmus", says(2001)}});
  CHECK(bench.client.ensureTarget("bar-1", kTemperature, "urn:bar-1").outcome == Outcome::done);
  CHECK(bench.content(2) == R"({"cod:tempe":{"rn":"temperature-0","cnd":"org.onem2m.common.moduleclass.temperature",)"
                            R"("lbl":["Iwked-Technology:LWM2M","Iwked-Entity-ID:urn:bar-1/rooms/temperature-0"],)"
                            R"("acpi":["cse-in/isthmus/readers"],"minVe":-40,"curT0":0}})");
}

TEST_CASE("a resource that is not there is told, so that it is made") {
  Bench bench({{"UPDATE cse-in/bar-1/rooms/temperature-0 CIsthmus", says(4004)},
               {"RETRIEVE cse-in/bar-1.node/deviceInfo CIsthmus", says(4004)}});
  CHECK(bench.client.set("bar-1", kTemperature).outcome == Outcome::noParent);
  CHECK(bench.client.set("bar-1", kInfo).outcome == Outcome::noParent);
}

TEST_CASE("a mgmtObj stands below the node, and says which object it is of") {
  DeviceTree::Target battery = target(ResourceType::mgmtObj, "battery", "m2m:bat", {{"btl", "90"}});
  battery.object = 3;
  battery.objectPath = "/3/0";
  Bench bench({{"CREATE other cse-in/bar-1.node CIsthmus", says(2001)}});
  CHECK(bench.client.ensureTarget("bar-1", battery, "urn:bar-1").outcome == Outcome::done);
  CHECK(bench.content(0).find(R"("mgd":1006,"obis":["urn:oma:lwm2m:oma:3"],"obps":["/3/0"])") != std::string::npos);
  CHECK(bench.content(0).find(R"("btl":90,"bts":7)") != std::string::npos);
}

TEST_CASE("what is only given at CREATE makes the resource anew when it becomes known") {
  const std::string present =
      R"({"m2m:dvi":{"ri":"x","rn":"deviceInfo","mgd":1007,"dlb":"1","man":"","mod":"m","dty":""}})";
  Bench bench({{"RETRIEVE cse-in/bar-1.node/deviceInfo CIsthmus", says(2000, present)},
               {"DELETE cse-in/bar-1.node/deviceInfo CIsthmus", says(2002)},
               {"CREATE other cse-in/bar-1.node CIsthmus", says(2001)}});
  CHECK(bench.client.set("bar-1", kInfo).outcome == Outcome::done);
  CHECK(bench.content(2).find(R"("dlb":"1","man":"ACME","mod":"m","dty":"","fwv":"2")") != std::string::npos);
}

TEST_CASE("a resource that cannot be made anew at once says all that it said when it is made") {
  const std::string present = R"({"m2m:dvi":{"ri":"x","man":"","mod":"m","dlb":"1","dty":""}})";
  Bench bench({{"RETRIEVE cse-in/bar-1.node/deviceInfo CIsthmus", says(2000, present)},
               {"DELETE cse-in/bar-1.node/deviceInfo CIsthmus", says(2002)},
               {"CREATE other cse-in/bar-1.node CIsthmus", says(4004)},
               {"CREATE other cse-in/bar-1.node CIsthmus", says(2001)},
               {"CREATE other cse-in/bar-1.node CIsthmus", says(2001)}});
  CHECK(bench.client.set("bar-1", kInfo).outcome == Outcome::noParent);
  CseClient other(std::make_unique<ScriptedConnection>(bench.script), bench.settings, bench.profile, bench.clock);
  const DeviceTree::Target made = target(ResourceType::mgmtObj, "deviceInfo", "m2m:dvi", {{"man", "\"ACME\""}});
  CHECK(other.ensureTarget("bar-1", made).outcome == Outcome::done);
  CHECK(bench.content(3).find(R"("man":"ACME","mod":"m","dlb":"1","dty":"")") != std::string::npos);
  CHECK(other.ensureTarget("bar-1", made).outcome == Outcome::done);
  CHECK(bench.content(4).find(R"("mod":"m")") == std::string::npos);
}

TEST_CASE("what a device's resources said is forgotten with it") {
  const std::string present = R"({"m2m:dvi":{"man":"","mod":"m","dlb":"1","dty":""}})";
  Bench bench({{"RETRIEVE cse-in/bar-1.node/deviceInfo CIsthmus", says(2000, present)},
               {"DELETE cse-in/bar-1.node/deviceInfo CIsthmus", says(2002)},
               {"CREATE other cse-in/bar-1.node CIsthmus", says(4004)},
               {"DELETE cse-in/bar-1 CIsthmus", says(2002)},
               {"DELETE cse-in/bar-1.node CAdmin", says(2002)},
               {"CREATE other cse-in/bar-1.node CIsthmus", says(2001)}});
  CHECK(bench.client.set("bar-1", kInfo).outcome == Outcome::noParent);
  CHECK(bench.client.removeDevice("bar-1").outcome == Outcome::done);
  CHECK(bench.client.ensureTarget("bar-1", kInfo).outcome == Outcome::done);
  CHECK(bench.content(5).find(R"("mod":"m")") == std::string::npos);
}

TEST_CASE("who made a resource deletes it to make it anew") {
  const std::string present = R"({"m2m:dvi":{"man":"","mod":"m","dlb":"","dty":""}})";
  Bench bench({{"RETRIEVE cse-in/bar-1.node/deviceInfo CAdmin", says(2000, present)},
               {"DELETE cse-in/bar-1.node/deviceInfo CAdmin", says(2002)},
               {"CREATE other cse-in/bar-1.node CAdmin", says(2001)}});
  bench.profile.refusesAcpi = true;
  CHECK(bench.client.set("bar-1", kInfo).outcome == Outcome::done);
}

TEST_CASE("what is only given at CREATE and is there already is left, the rest is updated") {
  const std::string present = R"({"m2m:dvi":{"man":"ACME","mod":"m","dlb":"","dty":""}})";
  Bench bench({{"RETRIEVE cse-in/bar-1.node/deviceInfo CIsthmus", says(2000, present)},
               {"UPDATE cse-in/bar-1.node/deviceInfo CIsthmus", says(2004)}});
  CHECK(bench.client.set("bar-1", kInfo).outcome == Outcome::done);
  CHECK(bench.content(1) == R"({"m2m:dvi":{"fwv":"2"}})");
}

TEST_CASE("what is there already is known however the CSE writes it") {
  const std::string present = R"({"m2m:dvi":{"man":"M\u00fcller","mod":"m","dlb":"","dty":""}})";
  Bench bench({{"RETRIEVE cse-in/bar-1.node/deviceInfo CIsthmus", says(2000, present)}});
  const DeviceTree::Target made = target(ResourceType::mgmtObj, "deviceInfo", "m2m:dvi", {{"man", "\"Müller\""}});
  CHECK(bench.client.set("bar-1", made).outcome == Outcome::done);
}

TEST_CASE("without a node a mgmtObj is refused with what to do, and nothing is asked") {
  Bench bench({});
  bench.settings.nodeOriginator.clear();
  const Attempt attempt = bench.client.set("bar-1", kInfo);
  CHECK(attempt.outcome == Outcome::rejected);
  CHECK(attempt.reason.find("onem2m.nodeOriginator") != std::string::npos);
}

TEST_CASE("what onem2m.profile says the CSE has not is refused, and nothing is asked") {
  Bench bench({});
  bench.profile.refusesFlexContainer = true;
  bench.profile.refusesMgmtObj = true;
  for (const DeviceTree::Target& each : {kTemperature, kInfo}) {
    const Attempt attempt = bench.client.set("bar-1", each);
    CHECK(attempt.outcome == Outcome::rejected);
    CHECK(attempt.reason.find("onem2m.profile") != std::string::npos);
    CHECK(bench.client.ensureTarget("bar-1", each, "urn:bar-1").outcome == Outcome::rejected);
  }
}

TEST_CASE("a timeSeriesInstance carries the reading's own time") {
  Bench bench({{"CREATE other cse-in/bar-1/s CIsthmus", says(2001)}});
  const SeriesRequest request{"bar-1", "s", "n", "21.5", WallTime(milliseconds(1'767'225'600'123)), 7};
  CHECK(bench.client.post(request).outcome == Outcome::done);
  CHECK(bench.content(0) == R"({"m2m:tsi":{"rn":"n","dgt":"20260101T000000,123","con":"21.5"}})");
}

TEST_CASE("of two readings of one time both are kept") {
  Bench bench({{"CREATE other cse-in/bar-1/s CIsthmus", says(4105)},
               {"RETRIEVE cse-in/bar-1/s/n CIsthmus", says(4004)},
               {"CREATE other cse-in/bar-1/s CIsthmus", says(2001)}});
  const SeriesRequest request{"bar-1", "s", "n", "21.5", WallTime(milliseconds(1'767'225'600'123)), 7};
  CHECK(bench.client.post(request).outcome == Outcome::done);
  CHECK(bench.content(2).find(R"("dgt":"20260101T000000,000007")") != std::string::npos);
}

TEST_CASE("of readings of one time those that are a thousand rows apart are kept too") {
  Bench bench({{"CREATE other cse-in/bar-1/s CIsthmus", says(4105)},
               {"RETRIEVE cse-in/bar-1/s/n CIsthmus", says(4004)},
               {"CREATE other cse-in/bar-1/s CIsthmus", says(2001)}});
  CHECK(bench.client.post(SeriesRequest{"bar-1", "s", "n", "21.5", {}, 123'007}).outcome == Outcome::done);
  CHECK(bench.content(2).find(R"("dgt":"19700101T000000,123007")") != std::string::npos);
}

TEST_CASE("a reading whose time is taken in both forms is refused, and does not count as delivered") {
  Bench bench({{"CREATE other cse-in/bar-1/s CIsthmus", says(4105)},
               {"RETRIEVE cse-in/bar-1/s/n CIsthmus", says(4004)},
               {"CREATE other cse-in/bar-1/s CIsthmus", says(4105)},
               {"RETRIEVE cse-in/bar-1/s/n CIsthmus", says(4004)}});
  const Attempt attempt = bench.client.post(SeriesRequest{"bar-1", "s", "n", "21.5", {}, 7});
  CHECK(attempt.outcome == Outcome::rejected);
  CHECK(attempt.reason.find("19700101T000000,000007") != std::string::npos);
}

TEST_CASE("a timeSeriesInstance that arrived before is known by its name") {
  Bench bench(
      {{"CREATE other cse-in/bar-1/s CIsthmus", says(4105)}, {"RETRIEVE cse-in/bar-1/s/n CIsthmus", says(2000)}});
  CHECK(bench.client.post(SeriesRequest{"bar-1", "s", "n", "21.5", {}, 7}).outcome == Outcome::alreadyThere);
}

TEST_CASE("an object link names the place that it leads to") {
  Bench bench({{"CREATE cin cse-in/bar-1/10/0/11 CIsthmus", says(2001)}});
  InstanceRequest request{"bar-1", "10/0/11", "n", "11:2", "text/plain:0", {}};
  request.objectLink = "11/2";
  CHECK(bench.client.post(request).outcome == Outcome::done);
  CHECK(bench.content(0).find(R"("conr":[{"nm":"ObjectLink","uri":"/id-in/cse-in/bar-1/11/2"}])") != std::string::npos);
}

TEST_CASE("a target that is refused for good does not keep a device's place from being made") {
  DeviceTree tree{"bar-1", "urn:bar-1", {}, {}};
  tree.targets.push_back(target(ResourceType::flexContainer, "light-0", "cod:binSh", {}));
  Bench bench({{"CREATE ae cse-in Cbar-1", says(2001)},
               {"CREATE nod cse-in CAdmin", says(4103)},
               {"CREATE cnt cse-in/bar-1 CIsthmus", says(2001)},
               {"CREATE other cse-in/bar-1 CIsthmus", says(5001)},
               {"RETRIEVE cse-in/isthmus/readers CIsthmus", says(2000)},
               {"CREATE other cse-in/bar-1 CIsthmus", says(5001)}});
  const Attempt attempt = bench.client.syncDevice(tree);
  CHECK(attempt.outcome == Outcome::done);
  CHECK(attempt.reason.find("light-0") != std::string::npos);
}

TEST_CASE("a target that the CSE fails on does not keep the other ones and a device's place from being made") {
  const int status = GENERATE(429, 4008, 4015, 5000, 5107);
  DeviceTree tree{"bar-1", "urn:bar-1", {}, {}};
  tree.targets.push_back(target(ResourceType::flexContainer, "light-0", "cod:binSh", {}));
  tree.targets.push_back(target(ResourceType::flexContainer, "light-1", "cod:binSh", {}));
  Bench bench({{"CREATE ae cse-in Cbar-1", says(2001)},
               {"CREATE nod cse-in CAdmin", says(4103)},
               {"CREATE cnt cse-in/bar-1 CIsthmus", says(2001)},
               {"CREATE other cse-in/bar-1 CIsthmus", says(status)},
               {"CREATE other cse-in/bar-1 CIsthmus", says(2001)}});
  const Attempt attempt = bench.client.syncDevice(tree);
  CHECK(attempt.outcome == Outcome::done);
  CHECK(attempt.reason.find("light-0") != std::string::npos);
}

TEST_CASE("where the CSE is gone, a device's place is left for later") {
  DeviceTree tree{"bar-1", "urn:bar-1", {}, {}};
  tree.targets.push_back(target(ResourceType::flexContainer, "light-0", "cod:binSh", {}));
  tree.targets.push_back(target(ResourceType::flexContainer, "light-1", "cod:binSh", {}));
  Bench bench({{"CREATE ae cse-in Cbar-1", says(2001)},
               {"CREATE nod cse-in CAdmin", says(4103)},
               {"CREATE cnt cse-in/bar-1 CIsthmus", says(2001)},
               {"CREATE other cse-in/bar-1 CIsthmus", fail(Errc::timeout, "no answer")}});
  CHECK(bench.client.syncDevice(tree).outcome == Outcome::inDoubt);
}
