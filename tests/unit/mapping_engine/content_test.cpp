#include "ipe/base/located_json.h"
#include "tests/unit/mapping_engine/fixture.h"

#include <catch2/catch.hpp>

using namespace isthmus;
using namespace isthmus::mapping;
using isthmus::mapping::testing::Fixture;
using lwm2m::Path;
using lwm2m::Record;
using lwm2m::Value;

namespace {

const WallTime kNow = WallTime(milliseconds(1'763'812'345'678));

// What a message becomes: "path content" of each target, "merged" or "unmapped" of a value without.
std::vector<std::string> mapped(const Fixture& fixture, const std::vector<Record>& message) {
  std::vector<std::string> out;
  for (const auto& record : message) {
    const auto mapping = fixture.engine.toOneM2m(fixture.device(), record, kNow, message);
    if (!mapping) {
      out.push_back(mapping.error().text());
      continue;
    }
    if (mapping->targets.empty()) out.push_back(mapping->mergedWith ? "merged" : "unmapped");
    for (const auto& target : mapping->targets) out.push_back(target.path + " " + target.content);
  }
  return out;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("A SenML record says who, what, when and in which unit") {
  Fixture fixture(R"({"match": {}, "to": [{"content": "senml"}]})");
  fixture.endpoint = "urn:dev:one two";
  const auto content = [&](const char* path, Value value) { return fixture.content(path, std::move(value)); };
  const std::string head = R"([{"bn":"urn:dev:one_two/","n":")";
  CHECK(content("/3303/0/5700", 21.5) == head + R"(3303/0/5700","u":"Cel","t":1763812345.678,"v":21.5}])");
  CHECK(content("/3311/0/5850", true) == head + R"(3311/0/5850","t":1763812345.678,"vb":true}])");
  CHECK(content("/3/0/0", std::string("a\"b")) == head + R"(3/0/0","t":1763812345.678,"vs":"a\"b"}])");
  CHECK(content("/32000/0/1", lwm2m::Opaque{{0xFB, 0xFF}}) == head + R"(32000/0/1","t":1763812345.678,"vd":"-_8"}])");
  CHECK(fixture.map("/3303/0/5700", 1.0)->targets[0].contentInfo == "application/senml+json:0");

  CHECK(fixture.back("/3303/0/5700", R"([{"n":"x","v":21.5}])").value() == Value(21.5));
  CHECK(fixture.back("/3303/0/5700", "21.5").value() == Value(21.5));
  CHECK(fixture.back("/3311/0/5850", R"([{"vb":false}])").value() == Value(false));
  CHECK(fixture.back("/3339/0/5522", R"([{"vd":"-_8"}])").value() == Value(lwm2m::Opaque{{0xFB, 0xFF}}));
  CHECK_FALSE(fixture.back("/3303/0/5700", R"([{"v":1},{"v":2}])"));
  CHECK_FALSE(fixture.back("/3303/0/5700", R"([{"u":"Cel"}])"));
}

TEST_CASE("A template holds values of the instance, each as its own rule has it") {
  const Fixture fixture(R"(
      {"name": "both", "match": {"object": 3303, "resource": 5700}, "value": {"unit": "degF"},
       "to": [{"name": "t-{instance}", "template": {"t": "{5700}", "max": "{5602}", "u": "{5701}", "miss": "{5750}",
               "at": "{time}", "id": "{endpoint}/{object}/{instance}/{5701}", "n": ["{instance}", 7, null, true]}}]},
      {"name": "most", "match": {"object": 3303, "resource": 5602}, "value": {"scale": 10}})");
  const std::vector<Record> message = {{Path(3303, 1, 5700), 21.5, {}},
                                       {Path(3303, 1, 5602), 3.0, {}},
                                       {Path(3303, 1, 5701), std::string("\"C\""), {}},
                                       {Path(3303, 2, 5750), std::string("of another instance"), {}}};
  CHECK(mapped(fixture, message) ==
        Lines{R"(t-1 {"t":70.7,"max":30,"u":"\"C\"","miss":null,"at":"2025-11-22T11:52:25.678Z",)"
              R"("id":"urn:dev:one/3303/1/\"C\"","n":[1,7,null,true]})",
              "3303/1/5602 30", "3303/1/5701 \"C\"", "3303/2/5750 of another instance"});
  CHECK(fixture.engine.toOneM2m(fixture.device(), message[0], kNow, message)->targets[0].contentInfo ==
        "application/json:0");
}

TEST_CASE("A template writes back what stands by itself in it") {
  const Fixture fixture(R"(
      {"name": "both", "match": {"object": 3311, "resource": 5850}, "value": {"boolean": "on/off"},
       "to": [{"name": "light", "write": true,
               "template": {"state": "{5850}", "more": [{"level": "{5851}"}], "text": "x{5706}"}}]},
      {"match": {"object": 3311, "resource": 5851}, "value": {"unit": "/"}})");
  const auto records = fixture.engine.toRecords(fixture.device(), Path(3311, 0, 5850),
                                                R"({"state": "off", "more": [{"level": 0.4}], "text": "xred"})");
  REQUIRE(records);
  CHECK(*records == std::vector<Record>{{Path(3311, 0, 5850), false, {}}, {Path(3311, 0, 5851), std::int64_t{40}, {}}});
  CHECK(fixture.back("/3311/0/5850", R"({"state": "on"})").value() == Value(true));
  const auto why = [&](const char* content) {
    const auto result = fixture.engine.toRecords(fixture.device(), Path(3311, 0, 5850), content);
    return result ? "it is possible" : result.error().text();
  };
  CHECK_THAT(why(R"({"state": "half"})"), Catch::Contains("the words are \"on\" and \"off\""));
  CHECK_THAT(why(R"({"more": [{"level": 0.401}]})"),
             Catch::Contains("the nearest that the device can hold would be 0.4"));
  CHECK_THAT(why(R"({"more": []})"), Catch::Contains("none of the rule's values stands where the rule has it"));
  CHECK_THAT(why("on"), Catch::Contains("it is no JSON"));
  CHECK_FALSE(fixture.back("/3311/0/5850", R"({"more": [{"level": 0.4}]})"));
}

TEST_CASE("A rule for whole instances combines once for each instance and time of a message") {
  const Fixture fixture(R"({"name": "r", "match": {"object": 3313},
      "to": [{"name": "acc-{instance}", "template": ["{5702}", "{5703}"]}]})");
  const auto at = [](int second) { return WallTime(seconds(second)); };
  CHECK(mapped(fixture, {{Path(3313, 0, 5701), std::string("g"), {}},
                         {Path(3313, 0, 5703), 2.0, {}},
                         {Path(3313, 0, 5702), 1.0, {}},
                         {Path(3313, 1, 5702), 3.0, {}},
                         {Path(3313, 0, 5702), 4.0, at(1)},
                         {Path(3313, 0, 5703), 5.0, at(1)}}) ==
        Lines{"unmapped", "acc-0 [1,2]", "merged", "acc-1 [3,null]", "acc-0 [4,5]", "merged"});
}

TEST_CASE("A location is one value, whichever resources say it") {
  const Fixture fixture(R"({"match": {"object": 6}, "to": [{"content": "location"}]},
                           {"match": {"object": 3336}, "to": [{"content": "location", "name": "at"}, {}]})");
  CHECK(mapped(fixture, {{Path(6, 0, 5), lwm2m::Time{5}, {}},
                         {Path(6, 0, 0), 48.5, {}},
                         {Path(6, 0, 1), -11.25, {}},
                         {Path(6, 0, 2), 520.0, {}}}) ==
        Lines{"unmapped", R"(6/0/location {"latitude":48.5,"longitude":-11.25,"altitude":520})", "merged", "merged"});
  CHECK(mapped(fixture, {{Path(6, 0, 0), 48.5, {}}}) == Lines{"unmapped"});
  CHECK(mapped(fixture,
               {{Path(3336, 2, 5514), std::string("48.50"), {}}, {Path(3336, 2, 5515), std::string("11"), {}}}) ==
        Lines{R"(at {"latitude":48.5,"longitude":11})", "3336/2/5514 48.50", "3336/2/5515 11"});
  CHECK(mapped(fixture, {{Path(3336, 2, 6052), 11.0, {}}, {Path(3336, 2, 6051), 48.5, {}}}).at(0) ==
        R"(at {"latitude":48.5,"longitude":11})");
  const auto records =
      fixture.engine.toRecords(fixture.device(), Path(6, 0, 0), R"({"longitude": 11.5, "latitude": 48})");
  REQUIRE(records);
  CHECK(*records == std::vector<Record>{{Path(6, 0, 0), 48.0, {}}, {Path(6, 0, 1), 11.5, {}}});
}

TEST_CASE("What may be filtered is known by its value, not by when it came") {
  const Fixture fixture(R"({"match": {"object": 3303, "resource": 5700},
      "observe": {"report": "on-change", "deadband": 0.5, "minInterval": 5},
      "to": [{"content": "record"}, {"name": "x", "template": {"v": "{5700}", "at": "{time}"}}]})");
  const auto at = [&](double value, int second) {
    return fixture.engine.toOneM2m(fixture.device(), {Path(3303, 0, 5700), value, WallTime(seconds(second))}, kNow)
        .value();
  };
  CHECK(at(21.5, 1).targets[0].content != at(21.5, 2).targets[0].content);
  CHECK(at(21.5, 1).fingerprint == at(21.5, 2).fingerprint);
  CHECK(at(21.5, 1).fingerprint != at(21.6, 1).fingerprint);
  CHECK(at(21.5, 1).number == 21.5);
  CHECK(at(21.5, 1).deadband == 0.5);
  CHECK(at(21.5, 1).minInterval == seconds(5));
}
