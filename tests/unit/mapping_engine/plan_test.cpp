#include "tests/unit/mapping_engine/fixture.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace isthmus;
using namespace isthmus::mapping;
using isthmus::mapping::testing::Fixture;

TEST_CASE("A plan says what is observed together, and what only on demand") {
  const Fixture fixture(R"({"match": {"object": 3303, "resource": 5700}, "observe": {"composite": true}},
                           {"match": {"object": 3304, "resource": 5700}, "observe": {"when": "on-demand", "pmin": 5}})");
  const std::vector<lwm2m::Path> instances = {{3303, 0}, {3304, 0}, {6, 0}};
  const auto plan = fixture.engine.plan(fixture.device(), instances);
  CHECK(plan == std::vector<PlannedObservation>{{{6, 0}, ""},
                                                {{3303, 0, 5700}, "", true},
                                                {{3304, 0, 5700}, "pmin=5", false, ObserveWhen::onDemand}});
}

TEST_CASE("Without rules every instance is observed, but nothing private and no clock") {
  const Fixture fixture("");
  CHECK(fixture.plan({"/0/0", "/1/0", "/21/0", "/3303/0", "/3303/1", "/5", "/32000/0"}) == "/3303/0 /3303/1 /32000/0");
  const auto device = fixture.plan({"/3/0"});
  CHECK_THAT(device, Catch::StartsWith("/3/0/0 /3/0/1 ") && Catch::Contains("/3/0/9 ") && !Catch::Contains("/3/0/13"));
  CHECK_THAT(device, !Catch::Contains("/3/0/4 "));  // executable
}

TEST_CASE("Where rules name resources only those are observed") {
  const Fixture fixture(R"({"match": {"object": 3303, "resource": 5700}}, {"match": {"object": 3, "resource": 9}},
                           {"match": {"object": 3, "resource": 13}})");
  CHECK(fixture.plan({"/3303/0", "/3303/10", "/3304/0", "/3/0"}) ==
        "/3304/0 /3/0/9 /3/0/13 /3303/0/5700 /3303/10/5700");
}

TEST_CASE("Nothing is observed twice") {
  const Fixture instance(R"({"match": {"object": 3303, "resource": 5700}},
                            {"match": {"object": 3303, "resource": 5601}, "observe": {"level": "instance", "pmin": 5}})");
  CHECK(instance.plan({"/3303/0", "/3303/0"}) == "/3303/0?pmin=5");
  const Fixture object(
      R"({"match": {"object": 3303, "resource": 5700}}, {"match": {"object": 3303}, "observe": {"level": "object"}})");
  CHECK(object.plan({"/3303/0", "/3303/1"}) == "/3303");
  CHECK(object.plan({"/3303"}) == "/3303");
  const Fixture whole(R"({"match": {"object": 3303, "resource": 5700}}, {"match": {"object": 3303}})");
  CHECK(whole.plan({"/3303/0"}) == "/3303/0");
}

TEST_CASE("A rule may say that nothing is observed") {
  const Fixture fixture(R"({"match": {"object": 3303, "resource": 5700}, "observe": {"level": "none"}},
                           {"match": {"object": 3339}, "observe": {"level": "none"}},
                           {"match": {"object": 3304}, "observe": {"level": "none"}}, {"match": {"object": 3304, "resource": 5700}})");
  CHECK(fixture.plan({"/3303/0", "/3339/0", "/3304/0"}) == "/3304/0/5700");
}

TEST_CASE("The winner's level and attributes count") {
  Fixture fixture(R"({"match": {"object": 3303, "resource": 5700}, "observe": {"pmin": 1, "pmax": 300, "st": 0.5}},
                     {"match": {"object": 3303, "instance": 1, "resource": 5700}, "observe": {"level": "none"}},
                     {"match": {"object": 3303, "resource": 5700, "endpoint": "urn:dev:two"}, "observe": {"pmin": 60}},
                     {"match": {"object": 3303, "resource": 5601, "manufacturer": "ACME"}})");
  CHECK(fixture.plan({"/3303/0", "/3303/1", "/3303/2"}) ==
        "/3303/0/5700?pmin=1&pmax=300&st=0.5 /3303/2/5700?pmin=1&pmax=300&st=0.5");
  fixture.endpoint = "urn:dev:two";
  fixture.manufacturer = "ACME";
  CHECK(fixture.plan({"/3303/1"}) == "/3303/1/5601 /3303/1/5700?pmin=60");
}

TEST_CASE("Private objects are observed only where a rule names them") {
  CHECK(Fixture(R"({"match": {"object": 1}})").plan({"/0/0", "/1/0"}) == "/1/0");
  CHECK(Fixture(R"({"match": {"object": 1, "resource": 1}})").plan({"/1/0"}) == "/1/0/1");
  CHECK(Fixture(R"({"match": {}})").plan({"/0/0", "/1/0", "/21/0", "/4/0"}) == "/4/0");
  CHECK(Fixture(R"({"match": {"resource": 1}})").plan({"/0/0", "/1/0"}).empty());
}

TEST_CASE("A rule for any object observes the resource where it is known to be") {
  const Fixture fixture(R"({"match": {"resource": 5700}, "observe": {"pmax": 60}})");
  CHECK(fixture.plan({"/3303/0", "/3342/0", "/32000/0"}) == "/3342/0 /32000/0 /3303/0/5700?pmax=60");
}

TEST_CASE("A rule for everything does not bring the clock back") {
  const Fixture fixture(R"({"match": {}, "observe": {"pmin": 5}})");
  const auto plan = fixture.plan({"/3/0", "/4/0"});
  CHECK_THAT(plan, Catch::StartsWith("/4/0?pmin=5 /3/0/0?pmin=5 ") && !Catch::Contains("/3/0/13"));
  CHECK(Fixture(R"({"match": {"object": 3}})").plan({"/3/0"}) == "/3/0");  // it was named
}

TEST_CASE("The shipped set observes values by themselves") {
  const auto files = shippedRuleFiles();
  const auto found = std::ranges::find(files, std::string_view("ts0014-semantic.json"),
                                       [](const auto& file) { return std::string_view(file.name); });
  REQUIRE(found != files.end());
  auto parsed = parseRules(found->text, found->name);
  Fixture fixture("");
  const Engine engine(std::move(parsed.set), {});
  std::vector<lwm2m::Path> instances = {{0, 0},    {1, 0},    {3, 0},    {4, 0},    {5, 0},   {6, 0},
                                        {3303, 0}, {3304, 0}, {3311, 0}, {3342, 0}, {3442, 0}};
  std::string text;
  for (const auto& one : engine.plan(fixture.device(), instances)) text += one.path.toString() + one.attributes + " ";
  CHECK(text ==
        "/6/0 /3442/0 /3/0/0 /3/0/1 /3/0/2 /3/0/3 /3/0/9 /3/0/11 /4/0/0 /4/0/2 /4/0/4 /5/0/3 /5/0/5 /3303/0/5700 "
        "/3304/0/5700 "
        "/3311/0/5706 /3311/0/5850 /3311/0/5851 /3342/0/5500 ");
}
