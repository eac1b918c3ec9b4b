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
  explicit Bench(std::vector<Step> steps) : script(std::move(steps)) {
    settings.readers = {"all"};
    settings.operators = {"Capp"};
    settings.notifyUrl = "http://127.0.0.1:8481";
  }
  ~Bench() { CHECK(script.isOver()); }
  Script script;
  CseSettings settings;
  CseProfile profile;
  FakeClock clock;
  CseClient client{std::make_unique<ScriptedConnection>(script), settings, profile, clock};
};

std::vector<Step> joined(std::vector<Step> first, const std::vector<Step>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

const std::string kOwnAe =
    R"({"m2m:ae":{"rn":"isthmus","aei":"CIsthmus","rr":true,"poa":["http://127.0.0.1:8481"],"ty":2.0}})";
const std::string kReaders = R"({"m2m:acp":{"rn":"readers","pv":{"acr":[{"acor":["all"],"acop":34.0},)"
                             R"({"acor":["CIsthmus"],"acop":63.0}]},"pvs":{"acr":[{"acor":["CIsthmus"],"acop":63}]}}})";
const std::string kOperators =
    R"({"m2m:acp":{"pv":{"acr":[{"acor":["/id-in/CIsthmus"],"acop":63},{"acor":["all"],"acop":34},)"
    R"({"acor":["Capp"],"acop":39}]},"pvs":{"acr":[{"acor":["CIsthmus"],"acop":63}]}}})";

const Step kMakeAe{"CREATE ae cse-in CIsthmus", says(2001)};
const Step kMakePolicy{"CREATE acp cse-in/isthmus CIsthmus", says(2001)};
const std::vector<Step> kMakeProxy = {kMakeAe, kMakePolicy, kMakePolicy};
const std::vector<Step> kAdoptPolicies = {{"CREATE acp cse-in/isthmus CIsthmus", says(4105)},
                                          {"RETRIEVE cse-in/isthmus/readers CIsthmus", says(2000, kReaders)},
                                          {"CREATE acp cse-in/isthmus CIsthmus", says(4105)},
                                          {"RETRIEVE cse-in/isthmus/operators CIsthmus", says(2000, kOperators)}};

const DeviceTree kTree{
    "bar-1", "urn:bar-1", {{"3303", false, "Object"}, {"3303/0", false, "ObjectInstance"}, {"cmd", true, ""}}};

Step makes(const std::string& parent, int status = 2001, const std::string& from = "CIsthmus") {
  return {"CREATE cnt " + parent + " " + from, says(status)};
}

}  // namespace

TEST_CASE("the proxy makes its AE and its two policies") {
  Bench bench(kMakeProxy);
  CHECK(bench.client.syncProxy().outcome == Outcome::done);
  CHECK(bench.script.requests[0].content ==
        R"({"m2m:ae":{"rn":"isthmus","api":"Nisthmus","apn":"Isthmus","rr":true,"poa":["http://127.0.0.1:8481"],)"
        R"("srv":["2a","3"],"lbl":["Iwked-Technology:LWM2M"]}})");
  CHECK(bench.script.requests[1].content ==
        R"({"m2m:acp":{"rn":"readers","pv":{"acr":[{"acor":["CIsthmus"],"acop":63},{"acor":["all"],"acop":34}]},)"
        R"("pvs":{"acr":[{"acor":["CIsthmus"],"acop":63}]}}})");
  CHECK(bench.script.requests[2].content ==
        R"({"m2m:acp":{"rn":"operators","pv":{"acr":[{"acor":["CIsthmus"],"acop":63},{"acor":["all"],"acop":34},)"
        R"({"acor":["Capp"],"acop":39}]},"pvs":{"acr":[{"acor":["CIsthmus"],"acop":63}]}}})");
}

TEST_CASE("a proxy without a listener is not reachable, and without readers or operators only it has rights") {
  Bench bench(kMakeProxy);
  bench.settings.notifyUrl.clear();
  bench.settings.readers.clear();
  bench.settings.operators.clear();
  bench.settings.release = "2a";
  CHECK(bench.client.syncProxy().outcome == Outcome::done);
  CHECK_THAT(bench.script.requests[0].content, Catch::Contains(R"("rr":false,"srv":["2a"])"));
  CHECK_THAT(bench.script.requests[2].content, Catch::Contains(R"("pv":{"acr":[{"acor":["CIsthmus"],"acop":63}]})"));
}

TEST_CASE("an AE that is there is adopted: 4117 at ACME and tinyIoT, 4106 at Mobius, 4105 at all") {
  const int known = GENERATE(4105, 4106, 4117);
  Bench bench(
      joined({{"CREATE ae cse-in CIsthmus", says(known)}, {"RETRIEVE cse-in/isthmus CIsthmus", says(2000, kOwnAe)}},
             kAdoptPolicies));
  CHECK(bench.client.syncProxy().outcome == Outcome::done);
}

TEST_CASE("an adopted AE gets the present point of access") {
  const auto found =
      GENERATE(as<std::string>(), R"({"m2m:ae":{"aei":"CIsthmus","rr":true,"poa":["http://old:1"]}})",
               R"({"m2m:ae":{"aei":"/id-in/CIsthmus"}})", "{", R"({"m2m:ae":{"poa":["http://127.0.0.1:8481"]}})");
  Bench bench(joined({{"CREATE ae cse-in CIsthmus", says(4117)},
                      {"RETRIEVE cse-in/isthmus CIsthmus", says(2000, found)},
                      {"UPDATE cse-in/isthmus CIsthmus", says(2004)}},
                     kAdoptPolicies));
  CHECK(bench.client.syncProxy().outcome == Outcome::done);
  CHECK(bench.script.requests[2].content == R"({"m2m:ae":{"rr":true,"poa":["http://127.0.0.1:8481"]}})");
}

TEST_CASE("a point of access with the slash that ACME adds is the same") {
  Bench bench(joined(
      {{"CREATE ae cse-in CIsthmus", says(4117)},
       {"RETRIEVE cse-in/isthmus CIsthmus", says(2000, R"({"m2m:ae":{"rr":true,"poa":["http://127.0.0.1:8481/"]}})")}},
      kAdoptPolicies));
  CHECK(bench.client.syncProxy().outcome == Outcome::done);
}

TEST_CASE("an AE that is somebody else's is not adopted") {
  SECTION("its name is taken") {
    Bench bench({{"CREATE ae cse-in CIsthmus", says(4105)},
                 {"RETRIEVE cse-in/isthmus CIsthmus", says(2000, R"({"m2m:ae":{"aei":"Cother"}})")}});
    const Attempt attempt = bench.client.syncProxy();
    CHECK(attempt.outcome == Outcome::notAllowed);
    CHECK(attempt.reason == "cse-in/isthmus is the AE of Cother, not of CIsthmus");
  }
  SECTION("its name is taken and may not be read") {
    Bench bench({{"CREATE ae cse-in CIsthmus", says(4105)}, {"RETRIEVE cse-in/isthmus CIsthmus", says(4103)}});
    const Attempt attempt = bench.client.syncProxy();
    CHECK(attempt.outcome == Outcome::notAllowed);
    CHECK_THAT(attempt.reason, Catch::Contains("belongs to another AE"));
  }
  SECTION("the originator stands under another name") {
    Bench bench({{"CREATE ae cse-in CIsthmus", says(4117)}, {"RETRIEVE cse-in/isthmus CIsthmus", says(4004)}});
    const Attempt attempt = bench.client.syncProxy();
    CHECK(attempt.outcome == Outcome::notAllowed);
    CHECK_THAT(attempt.reason, Catch::Contains("onem2m.name or onem2m.originator"));
  }
}

TEST_CASE("policies follow the configuration") {
  Bench bench({{"CREATE ae cse-in CIsthmus", says(4117)},
               {"RETRIEVE cse-in/isthmus CIsthmus", says(2000, kOwnAe)},
               {"CREATE acp cse-in/isthmus CIsthmus", says(4105)},
               {"RETRIEVE cse-in/isthmus/readers CIsthmus", says(2000, kReaders)},
               {"CREATE acp cse-in/isthmus CIsthmus", says(4105)},
               {"RETRIEVE cse-in/isthmus/operators CIsthmus", says(2000, kReaders)},
               {"UPDATE cse-in/isthmus/operators CIsthmus", says(2004)}});
  CHECK(bench.client.syncProxy().outcome == Outcome::done);
  CHECK_THAT(bench.script.requests.back().content, Catch::StartsWith(R"({"m2m:acp":{"pv":{"acr":[)"));
}

TEST_CASE("a CSE that takes no policy is noted once and served without") {
  Bench bench({kMakeAe,
               {"CREATE acp cse-in/isthmus CIsthmus", says(4000)},
               {"CREATE ae cse-in Cbar-1", says(2001)},
               makes("cse-in/bar-1"),
               makes("cse-in/bar-1"),
               makes("cse-in/bar-1/3303"),
               makes("cse-in/bar-1")});
  const Attempt attempt = bench.client.syncProxy();
  CHECK(attempt.outcome == Outcome::done);
  CHECK_THAT(attempt.reason, Catch::Contains("takes no access control policy"));
  CHECK(bench.profile.refusesAcpi);
  CHECK(bench.client.syncDevice(kTree).outcome == Outcome::done);
  for (const RequestPrimitive& request : bench.script.requests) {
    CHECK_THAT(request.content, !Catch::Contains("acpi"));
  }
}

TEST_CASE("what keeps the proxy from registering is passed on with its reason") {
  struct Row {
    Result<ResponsePrimitive> answer;
    Outcome outcome;
    const char* reason;
  };
  const auto row = GENERATE(values<Row>({{says(4107, R"({"m2m:dbg":"originator not allowed"})"), Outcome::notAllowed,
                                          "AE cse-in/isthmus by CIsthmus: 4107"},
                                         {says(4001), Outcome::busy, "onem2m.release"},
                                         {says(4004), Outcome::busy, "onem2m.base"},
                                         {says(4000), Outcome::rejected, "4000"},
                                         {fail(Errc::unavailable, "refused"), Outcome::unavailable, "refused"},
                                         {fail(Errc::timeout, "late"), Outcome::inDoubt, "late"}}));
  Bench bench({{"CREATE ae cse-in CIsthmus", row.answer}});
  const Attempt attempt = bench.client.syncProxy();
  CHECK(attempt.outcome == row.outcome);
  CHECK_THAT(attempt.reason, Catch::Contains(row.reason));
}

TEST_CASE("a device's place is made top down, one request for each resource") {
  Bench bench({{"CREATE ae cse-in Cbar-1", says(2001)},
               makes("cse-in/bar-1"),
               makes("cse-in/bar-1"),
               makes("cse-in/bar-1/3303"),
               makes("cse-in/bar-1")});
  bench.settings.mia = 3600;
  CHECK(bench.client.syncDevice(kTree).outcome == Outcome::done);
  const auto& requests = bench.script.requests;
  CHECK(requests[0].content ==
        R"({"m2m:ae":{"rn":"bar-1","api":"Nisthmus.lwm2m","apn":"urn:bar-1","rr":true,"poa":["http://127.0.0.1:8481"],)"
        R"("srv":["2a","3"],"lbl":["Iwked-Technology:LWM2M","Iwked-Entity-Type:Endpoint","Iwked-Entity-ID:urn:bar-1"],)"
        R"("acpi":["cse-in/isthmus/readers"]}})");
  CHECK(requests[1].content ==
        R"({"m2m:cnt":{"rn":"online","lbl":["Iwked-Technology:LWM2M","Iwked-Entity-ID:urn:bar-1/online"],)"
        R"("acpi":["cse-in/isthmus/readers"],"mni":1000,"mia":3600}})");
  CHECK(requests[3].content ==
        R"({"m2m:cnt":{"rn":"0","lbl":["Iwked-Technology:LWM2M","Iwked-Entity-Type:ObjectInstance",)"
        R"("Iwked-Entity-ID:urn:bar-1/3303/0"],"acpi":["cse-in/isthmus/readers"],"mni":1000,"mia":3600}})");
  CHECK_THAT(requests[4].content, Catch::Contains(R"("acpi":["cse-in/isthmus/operators"])"));
}

TEST_CASE("a device's place that is there is adopted without reading it") {
  const int known = GENERATE(4105, 4106, 4117);
  Bench bench({{"CREATE ae cse-in Cbar-1", says(known)},
               makes("cse-in/bar-1", 4105),
               makes("cse-in/bar-1", 4105),
               makes("cse-in/bar-1/3303", 2001),
               makes("cse-in/bar-1", 4105)});
  CHECK(bench.client.syncDevice(kTree).outcome == Outcome::done);
}

TEST_CASE("with single-ae the device's place is a container") {
  Bench bench({makes("cse-in/isthmus"), makes("cse-in/isthmus/bar-1"), makes("cse-in/isthmus/bar-1"),
               makes("cse-in/isthmus/bar-1/3303"), makes("cse-in/isthmus/bar-1")});
  bench.settings.layout = Layout::singleAe;
  bench.settings.nodeOriginator = "CAdmin";
  CHECK(bench.client.syncDevice(kTree).outcome == Outcome::done);
  CHECK_THAT(bench.script.requests[0].content, Catch::Contains("Iwked-Entity-Type:Endpoint"));
}

TEST_CASE("an endpoint with blanks has labels without") {
  Bench bench({{"CREATE ae cse-in Ca_b", says(2001)}, makes("cse-in/a_b")});
  CHECK(bench.client.syncDevice({"a_b", "a b\t\"c\"", {}}).outcome == Outcome::done);
  CHECK_THAT(bench.script.requests[0].content, Catch::Contains(R"("apn":"a b\t\"c\"")"));
  CHECK_THAT(bench.script.requests[0].content, Catch::Contains(R"("Iwked-Entity-ID:a_b_\"c\"")"));
}

TEST_CASE("a node is made by whom the CSE's operator lets, and linked both ways") {
  const Step ae{"CREATE ae cse-in Cbar-1", says(2001)};
  const std::vector<Step> online = {makes("cse-in/bar-1")};
  const DeviceTree tree{"bar-1", "urn:bar-1", {}};
  SECTION("made") {
    Bench bench({ae,
                 {"CREATE nod cse-in CAdmin", says(2001, R"({"m2m:nod":{"ri":"nod1"}})")},
                 {"UPDATE cse-in/bar-1 CIsthmus", says(2004)},
                 online[0]});
    bench.settings.nodeOriginator = "CAdmin";
    CHECK(bench.client.syncDevice(tree).outcome == Outcome::done);
    CHECK(bench.script.requests[1].content ==
          R"({"m2m:nod":{"rn":"bar-1.node","ni":"bar-1","hael":["Cbar-1"],"lbl":["Iwked-Technology:LWM2M",)"
          R"("Iwked-Entity-Type:Device","Iwked-Entity-ID:urn:bar-1"],"acpi":["cse-in/isthmus/readers"]}})");
    CHECK(bench.script.requests[2].content == R"({"m2m:ae":{"nl":"nod1"}})");
  }
  SECTION("there already, as is the AE") {
    Bench bench({{"CREATE ae cse-in Cbar-1", says(4117)}, {"CREATE nod cse-in CAdmin", says(4105)}, online[0]});
    bench.settings.nodeOriginator = "CAdmin";
    CHECK(bench.client.syncDevice(tree).outcome == Outcome::done);
  }
  SECTION("there already, the AE is new") {
    Bench bench({ae,
                 {"CREATE nod cse-in CAdmin", says(4105)},
                 {"RETRIEVE cse-in/bar-1.node CAdmin", says(2000, R"({"m2m:nod":{"ri":"nod1"}})")},
                 {"UPDATE cse-in/bar-1 CIsthmus", says(4000)},
                 online[0]});
    bench.settings.nodeOriginator = "CAdmin";
    CHECK(bench.client.syncDevice(tree).outcome == Outcome::done);
  }
  SECTION("refused, and never asked for again") {
    const int status = GENERATE(4103, 4000, 4108, 5001);
    Bench bench({ae, {"CREATE nod cse-in Cbar-1", says(status)}, online[0], ae, online[0]});
    bench.settings.nodeOriginator = "Cbar-1";
    CHECK(bench.client.syncDevice(tree).outcome == Outcome::done);
    CHECK(bench.profile.refusesNode);
    CHECK(bench.client.syncDevice(tree).outcome == Outcome::done);
  }
  SECTION("the CSE is away") {
    Bench bench({ae, {"CREATE nod cse-in CAdmin", fail(Errc::unavailable, "refused")}});
    bench.settings.nodeOriginator = "CAdmin";
    CHECK(bench.client.syncDevice(tree).outcome == Outcome::unavailable);
    CHECK_FALSE(bench.profile.refusesNode);
  }
}

TEST_CASE("a CSE that refuses acpi on a resource is served without") {
  Bench bench({{"CREATE ae cse-in Cbar-1", says(4000, R"({"m2m:dbg":"acpi unknown"})")},
               {"RETRIEVE cse-in/isthmus/readers CIsthmus", says(2000, kReaders)},
               {"CREATE ae cse-in Cbar-1", says(2001)},
               makes("cse-in/bar-1")});
  CHECK(bench.client.syncDevice({"bar-1", "bar-1", {}}).outcome == Outcome::done);
  CHECK(bench.profile.refusesAcpi);
  CHECK_THAT(bench.script.requests[2].content, !Catch::Contains("acpi"));
  CHECK_THAT(bench.script.requests[3].content, !Catch::Contains("acpi"));
}

TEST_CASE("a refusal that has nothing to do with acpi stays a refusal") {
  Bench bench({{"CREATE ae cse-in Cbar-1", says(4000, R"({"m2m:dbg":"api"})")},
               {"RETRIEVE cse-in/isthmus/readers CIsthmus", says(2000, kReaders)},
               {"CREATE ae cse-in Cbar-1", says(4000)}});
  const Attempt attempt = bench.client.syncDevice({"bar-1", "bar-1", {}});
  CHECK(attempt.outcome == Outcome::rejected);
  CHECK(attempt.reason == "cse-in/bar-1: 4000 BAD_REQUEST: api");
  CHECK_FALSE(bench.profile.refusesAcpi);
}

TEST_CASE("a CSE that forgot the proxy's policies gets them again") {
  Bench bench(
      joined(joined({{"CREATE ae cse-in Cbar-1", says(4000)}, {"RETRIEVE cse-in/isthmus/readers CIsthmus", says(4004)}},
                    kMakeProxy),
             {{"CREATE ae cse-in Cbar-1", says(2001)}, makes("cse-in/bar-1")}));
  CHECK(bench.client.syncDevice({"bar-1", "bar-1", {}}).outcome == Outcome::done);
  CHECK_FALSE(bench.profile.refusesAcpi);
}

TEST_CASE("a CSE that forgot everything is filled again from a device, as ACME lets it") {
  Bench bench(
      joined(joined({{"CREATE ae cse-in Cbar-1", says(2001)}, makes("cse-in/bar-1", 4103)}, kMakeProxy),
             {makes("cse-in/bar-1"), makes("cse-in/bar-1"), makes("cse-in/bar-1/3303"), makes("cse-in/bar-1")}));
  CHECK(bench.client.syncDevice(kTree).outcome == Outcome::done);
}

TEST_CASE("where somebody deleted the policies, what is there gets them again") {
  const int setting = GENERATE(2004, 4000);  // tinyIoT refuses to set acpi later
  Bench bench(joined(joined({{"CREATE ae cse-in Cbar-1", says(4117)}, makes("cse-in/bar-1", 4103)}, kMakeProxy),
                     {{"UPDATE cse-in/bar-1 Cbar-1", says(2004)},
                      makes("cse-in/bar-1", 4105),
                      {"UPDATE cse-in/bar-1/online CIsthmus", says(setting)},
                      makes("cse-in/bar-1", 2001),
                      makes("cse-in/bar-1/3303", 4105),
                      {"UPDATE cse-in/bar-1/3303/0 CIsthmus", says(setting)},
                      makes("cse-in/bar-1", 2001)}));
  CHECK(bench.client.syncDevice(kTree).outcome == Outcome::done);
  CHECK(bench.script.requests[5].content == R"({"m2m:ae":{"acpi":["cse-in/isthmus/readers"]}})");
  CHECK(bench.script.requests[7].content == R"({"m2m:cnt":{"acpi":["cse-in/isthmus/readers"]}})");
}

TEST_CASE("a device that stays forbidden costs one repair, not a loop") {
  Bench bench(joined(joined({{"CREATE ae cse-in Cbar-1", says(4105)},
                             makes("cse-in/bar-1", 4103),
                             {"CREATE ae cse-in CIsthmus", says(4117)},
                             {"RETRIEVE cse-in/isthmus CIsthmus", says(2000, kOwnAe)}},
                            kAdoptPolicies),
                     {{"UPDATE cse-in/bar-1 Cbar-1", says(4103)}, makes("cse-in/bar-1", 4103)}));
  CHECK(bench.client.syncDevice(kTree).outcome == Outcome::notAllowed);
}

TEST_CASE("synchronisation stops where the CSE does, and says where") {
  struct Row {
    Result<ResponsePrimitive> answer;
    Outcome outcome;
  };
  const auto row = GENERATE(values<Row>({{fail(Errc::unavailable, "refused"), Outcome::unavailable},
                                         {fail(Errc::timeout, "late"), Outcome::inDoubt},
                                         {says(5000), Outcome::busy},
                                         {says(4004), Outcome::noParent}}));
  Bench bench({{"CREATE ae cse-in Cbar-1", says(2001)},
               makes("cse-in/bar-1"),
               {"CREATE cnt cse-in/bar-1 CIsthmus", row.answer}});
  const Attempt attempt = bench.client.syncDevice(kTree);
  CHECK(attempt.outcome == row.outcome);
  CHECK_THAT(attempt.reason, Catch::StartsWith("cse-in/bar-1/3303: "));
}

TEST_CASE("a CSEBase that is not there yet is waited for") {
  Bench bench({{"CREATE ae cse-in Cbar-1", says(4004)}});
  const Attempt attempt = bench.client.syncDevice(kTree);
  CHECK(attempt.outcome == Outcome::busy);
  CHECK_THAT(attempt.reason, Catch::Contains("onem2m.base"));
}

TEST_CASE("a CREATE whose connection broke is sent once more: there already is then success") {
  Bench bench({{"CREATE ae cse-in Cbar-1", fail(Errc::io, "closed")},
               {"CREATE ae cse-in Cbar-1", says(4117)},
               makes("cse-in/bar-1")});
  CHECK(bench.client.syncDevice({"bar-1", "bar-1", {}}).outcome == Outcome::done);
}

TEST_CASE("a resource's container is made with what is missing above it") {
  const DeviceTree::Container resource{"3303/0/5700", true, "Resource"};
  SECTION("only itself") {
    Bench bench({makes("cse-in/bar-1/3303/0")});
    CHECK(bench.client.ensureContainer("bar-1", resource, "urn:bar-1").outcome == Outcome::done);
    CHECK_THAT(bench.script.requests[0].content, Catch::Contains("Iwked-Entity-ID:urn:bar-1/3303/0/5700"));
    CHECK_THAT(bench.script.requests[0].content, Catch::Contains(R"("acpi":["cse-in/isthmus/operators"])"));
  }
  SECTION("there already") {
    Bench bench({makes("cse-in/bar-1/3303/0", 4105)});
    CHECK(bench.client.ensureContainer("bar-1", resource).outcome == Outcome::done);
  }
  SECTION("all") {
    Bench bench({makes("cse-in/bar-1/3303/0", 4004), makes("cse-in/bar-1/3303", 4004), makes("cse-in/bar-1"),
                 makes("cse-in/bar-1/3303"), makes("cse-in/bar-1/3303/0")});
    CHECK(bench.client.ensureContainer("bar-1", resource).outcome == Outcome::done);
    CHECK_THAT(bench.script.requests[2].content, Catch::Contains("Iwked-Entity-Type:Object\""));
    CHECK_THAT(bench.script.requests[2].content, Catch::Contains("readers"));
    CHECK_THAT(bench.script.requests[3].content, Catch::Contains("Iwked-Entity-Type:ObjectInstance"));
  }
  SECTION("the device's place is missing") {
    Bench bench({makes("cse-in/bar-1/3303/0", 4004), makes("cse-in/bar-1/3303", 4004), makes("cse-in/bar-1", 4004)});
    CHECK(bench.client.ensureContainer("bar-1", resource).outcome == Outcome::noParent);
  }
}

TEST_CASE("a device's place is removed with its node") {
  SECTION("by the proxy") {
    Bench bench({{"DELETE cse-in/bar-1 CIsthmus", says(2002)}});
    CHECK(bench.client.removeDevice("bar-1").outcome == Outcome::done);
  }
  SECTION("by the device's own AE where only that may") {
    Bench bench({{"DELETE cse-in/bar-1 CIsthmus", says(4103)}, {"DELETE cse-in/bar-1 Cbar-1", says(2002)}});
    CHECK(bench.client.removeDevice("bar-1").outcome == Outcome::done);
  }
  SECTION("gone already") {
    Bench bench({{"DELETE cse-in/bar-1 CIsthmus", says(4004)}});
    CHECK(bench.client.removeDevice("bar-1").outcome == Outcome::done);
  }
  SECTION("with its node") {
    Bench bench({{"DELETE cse-in/bar-1 CIsthmus", says(2002)}, {"DELETE cse-in/bar-1.node CAdmin", says(4004)}});
    bench.settings.nodeOriginator = "CAdmin";
    CHECK(bench.client.removeDevice("bar-1").outcome == Outcome::done);
  }
  SECTION("not now") {
    Bench bench({{"DELETE cse-in/bar-1 CIsthmus", says(5000)}});
    CHECK(bench.client.removeDevice("bar-1").outcome == Outcome::busy);
  }
}

TEST_CASE("a container that is subscribed to gets a subscription whose target is the proxy itself") {
  const DeviceTree tree{"bar-1", "urn:bar-1", {{"cmd-status", false, ""}, {"cmd", true, "", {}, true}}};
  const auto steps = [](int container, const Result<ResponsePrimitive>& subscription) {
    return std::vector<Step>{{"CREATE ae cse-in Cbar-1", says(2001)},
                             makes("cse-in/bar-1"),
                             makes("cse-in/bar-1", container),
                             makes("cse-in/bar-1", container),
                             {"CREATE sub cse-in/bar-1/cmd CIsthmus", subscription}};
  };
  SECTION("new") {
    Bench bench(steps(2001, says(2001)));
    CHECK(bench.client.syncDevice(tree).outcome == Outcome::done);
    CHECK_THAT(bench.script.requests[3].content, Catch::Contains(R"("acpi":["cse-in/isthmus/operators"])"));
    CHECK(bench.script.requests[4].content ==
          R"({"m2m:sub":{"rn":"isthmus","nu":["CIsthmus"],"enc":{"net":[3]},"nct":1,)"
          R"("lbl":["Isthmus-Place:bar-1/cmd"]}})");
  }
  SECTION("all is there already: adopted, and restored where the subscription alone is missing") {
    Bench bench(steps(4105, GENERATE(says(4105), says(2001))));
    CHECK(bench.client.syncDevice(tree).outcome == Outcome::done);
  }
  SECTION("the CSE is away") {
    Bench bench(steps(2001, fail(Errc::unavailable, "refused")));
    CHECK(bench.client.syncDevice(tree).outcome == Outcome::unavailable);
  }
  SECTION("a CSE that takes none is noted, and the device served without") {
    Bench bench(joined(steps(2001, says(4000)), {{"CREATE ae cse-in Cbar-1", says(4117)},
                                                 makes("cse-in/bar-1", 4105),
                                                 makes("cse-in/bar-1", 4105),
                                                 makes("cse-in/bar-1", 4105)}));
    CHECK(bench.client.syncDevice(tree).outcome == Outcome::done);
    CHECK(bench.profile.refusesSubscription);
    CHECK_FALSE(bench.profile.refusesAcpi);
    CHECK(bench.client.syncDevice(tree).outcome == Outcome::done);  // without asking again
  }
}

TEST_CASE("labels are what the configuration says, and none where it says nothing") {
  Bench bench({{"CREATE ae cse-in Cbar-1", says(2001)}, makes("cse-in/bar-1")});
  bench.settings.labels = {"Tech:x", "", "Id"};
  CHECK(bench.client.syncDevice({"bar-1", "urn:bar-1", {}}).outcome == Outcome::done);
  CHECK_THAT(bench.script.requests[0].content, Catch::Contains(R"("lbl":["Tech:x","Id:urn:bar-1"])"));
  CHECK_THAT(bench.script.requests[1].content, Catch::Contains(R"("lbl":["Tech:x","Id:urn:bar-1/online"])"));
}
