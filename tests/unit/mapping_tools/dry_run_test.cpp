#include "mapping/tools/dry_run.h"

#include "tests/unit/mapping_tools/fixture.h"

using namespace isthmus;
using namespace isthmus::mapping;
using isthmus::mapping::testing::registry;
using isthmus::mapping::testing::setOf;

namespace {

DryOutcome outcomeOf(const std::string& rules, const std::string& reading) {
  json::Faults faults;
  const json::Document document(reading, "reading");
  const auto read = readReading(document.root(), faults);
  for (const auto& fault : faults) FAIL(fault.text());
  return dryRun(Engine(setOf(rules), {}), registry(), *read, WallTime(milliseconds(1000)));
}

const std::string kBoiler =
    R"({"name":"boiler","match":{"object":3303,"resource":5700,"endpoint":"boiler-*"},"value":{"precision":1}})";

}  // namespace

TEST_CASE("A reading becomes what its rule says, for the device that it is of") {
  const auto boiler = outcomeOf(kBoiler, R"({"endpoint":"boiler-1","path":"/3303/0/5700","value":21.57})");
  CHECK(boiler.rule == "boiler");
  REQUIRE(boiler.targets.size() == 1);
  CHECK(boiler.targets[0].content == "21.6");
  CHECK(toText(boiler) ==
        "boiler-1 /3303/0/5700 = 21.57   rule boiler, every\n  container 3303/0/5700   21.6   (text/plain:0)\n");
  const auto other = outcomeOf(kBoiler, R"({"endpoint":"attic","path":"/3303/0/5700","value":"21.57"})");
  CHECK(other.rule.empty());
  CHECK(other.targets[0].content == "21.57");
  CHECK_FALSE(isSame(boiler, other));
  CHECK(isSame(boiler, boiler));
}

TEST_CASE("Values of resources that no definition knows are what they look like") {
  CHECK(outcomeOf("", R"({"path":"/31234/0/1","value":7})").targets[0].content == "7");
  CHECK(outcomeOf("", R"({"path":"/31234/0/1","value":true})").targets[0].content == "true");
  CHECK(outcomeOf("", R"({"path":"/31234/0/1","value":"AP8Q","type":"opaque"})").targets[0].contentInfo ==
        "application/octet-stream:2");
}

TEST_CASE("What a rule or a type refuses is told with the reason") {
  CHECK(outcomeOf("", R"({"path":"/3303/0/5700","value":"warm"})").error.find("'warm' is no Float") == 0);
  CHECK_FALSE(outcomeOf(R"({"match":{"object":5,"resource":3},"value":{"enumeration":{"0":"idle"}}})",
                        R"({"path":"/5/0/3","value":2})")
                  .error.empty());
  CHECK(toText(outcomeOf(R"({"match":{},"to":[]})", R"({"path":"/5/0/3","value":2})")).find("goes nowhere") !=
        std::string::npos);
}

TEST_CASE("A capture is read line by line; each line that cannot be read is told with its number") {
  json::Faults faults;
  const auto readings = readCapture(
      "{\"path\":\"/3303/0/5700\",\"value\":1,\"time\":\"2026-01-31T12:00:00Z\"}\n\n"
      "{\"path\":\"/3303/0/5700\",\"value\":2,\"time\":1000}\n",
      "a.jsonl", faults);
  CHECK(faults.empty());
  REQUIRE(readings.size() == 2);
  CHECK(toIso8601(*readings[0].time) == "2026-01-31T12:00:00.000Z");
  CHECK(*readings[1].time == WallTime(milliseconds(1000)));
  readCapture("{\"path\":\"/3303\",\"value\":1}\n{]\n{\"path\":\"/3303/0/5700\",\"value\":1,\"when\":1}", "a.jsonl",
              faults);
  REQUIRE(faults.size() == 3);
  CHECK(faults[0].where.find("a.jsonl:1:") == 0);
  CHECK(faults[1].where.find("a.jsonl:2:") == 0);
  CHECK(faults[2].where.find("a.jsonl:3:") == 0);
}
