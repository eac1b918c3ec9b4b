#include "mapping/engine/engine.h"

#include "ipe/base/located_json.h"
#include "tests/unit/mapping_engine/fixture.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

using namespace isthmus;
using namespace isthmus::mapping;
using isthmus::mapping::testing::Fixture;
using lwm2m::Value;

namespace {

constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();

std::string ruleFor(std::string_view value) {
  return R"({"name": "r", "match": {"object": 32000, "resource": 1}, "value": )" + std::string(value) + "}";
}

}  // namespace

TEST_CASE("Without a rule a value is a string in a container named after its path") {
  const Fixture fixture("");
  const auto mapping = fixture.map("/3303/0/5700", 21.5);
  REQUIRE(mapping);
  REQUIRE(mapping->targets.size() == 1);
  CHECK(mapping->targets[0].form == Form::container);
  CHECK(mapping->targets[0].path == "3303/0/5700");
  CHECK(mapping->targets[0].content == "21.5");
  CHECK(mapping->targets[0].contentInfo == "text/plain:0");
  CHECK(mapping->report == Report::onChange);
  CHECK(mapping->rule.empty());
  CHECK(fixture.place("/3/0/7/1") == "3/0/7/1");
  CHECK(fixture.place("/65534/65534/65534/65534") == "65534/65534/65534/65534");
}

TEST_CASE("Every type has a text, and comes back from it") {
  struct {
    const char* path;  // of a resource of that type in the test object 3442 or elsewhere
    Value value;
    const char* text;
  } const rows[] = {
      {"/3442/0/110", std::string("a,b;\"c\"\\ é"), "a,b;\"c\"\\ é"},
      {"/3442/0/120", kLeast, "-9223372036854775808"},
      {"/3442/0/125", kMost, "18446744073709551615"},
      {"/3442/0/130", 0.1, "0.1"},
      {"/3442/0/130", 1e300, "1e+300"},
      {"/3442/0/140", true, "true"},
      {"/3442/0/150", lwm2m::Opaque{{0x00, 0xFF, 0x10}}, "AP8Q"},
      {"/3442/0/160", lwm2m::Time{-1}, "-1"},
      {"/3442/0/170", lwm2m::ObjectLink{66, 0}, "66:0"},
      {"/3442/0/170", lwm2m::ObjectLink{}, "65535:65535"},
      {"/3442/0/180", lwm2m::CoreLink{"</1>;x=\"y\""}, "</1>;x=\"y\""},
  };
  const Fixture fixture("");
  for (const auto& row : rows) {
    INFO(row.path << " " << row.text);
    CHECK(fixture.content(row.path, row.value) == row.text);
    const auto back = fixture.back(row.path, row.text);
    REQUIRE(back);
    CHECK(*back == row.value);
  }
}

TEST_CASE("Bytes that are no text go as base64, and say so") {
  const Fixture fixture("");
  const auto info = [&](Value value) { return fixture.map("/32000/0/1", std::move(value))->targets[0].contentInfo; };
  CHECK(info(lwm2m::Opaque{{1}}) == "application/octet-stream:2");
  CHECK(info(std::string("caf\xE9")) == "application/octet-stream:2");
  CHECK(fixture.content("/32000/0/1", std::string("caf\xE9")) == "Y2Fm6Q==");
  CHECK(info(std::string("a\0b", 3)) == "text/plain:0");
  CHECK(fixture.content("/32000/0/1", std::string("a\0b", 3)) == std::string("a\0b", 3));
  CHECK(info(lwm2m::ObjectLink{}) == "text/plain:0");
  CHECK(fixture.content("/32000/0/1", std::string()).empty());
}

TEST_CASE("A record carries the value, its unit and its own time") {
  EngineSettings settings;
  settings.form = Content::record;
  const Fixture fixture(R"({"match": {"object": 32001, "resource": 1}, "value": {"unit": "%RH\""}},
                           {"match": {"object": 3305}, "to": [{"content": "value"}]},
                           {"match": {"object": 3306, "resource": 5850}, "value": {"enumeration": {"true": "on", "false": "off"}}})",
                        settings);
  const auto content = [&](const char* path, Value value) {
    const lwm2m::Record record{lwm2m::Path::parse(path).value(), std::move(value),
                               WallTime(milliseconds(1'763'812'345'678))};
    return fixture.engine.toOneM2m(fixture.device(), record, WallTime())->targets[0].content;
  };
  const std::string time = R"("t":"2025-11-22T11:52:25.678Z"})";
  CHECK(content("/32000/0/1", 21.5) == R"({"v":21.5,)" + time);
  CHECK(content("/3/0/9", std::int64_t{38}) == R"({"v":38,"u":"/100",)" + time);
  CHECK(content("/32001/0/1", 50.0) == R"({"v":50,"u":"%RH\"",)" + time);
  CHECK(content("/3304/0/5700", 50.0) == R"({"v":50,"u":"%RH",)" + time);
  CHECK(content("/3305/0/5800", 1.0) == "1");
  CHECK(content("/3306/0/5850", true) == R"({"v":"on",)" + time);
  CHECK(content("/32000/0/1", kMost) == R"({"v":18446744073709551615,)" + time);
  CHECK(content("/32000/0/1", false) == R"({"v":false,)" + time);
  CHECK(content("/32000/0/1", std::string("a\"\0b", 4)) == R"({"v":"a\"\u0000b",)" + time);
  CHECK(content("/32000/0/1", std::nan("")) == R"({"v":"nan",)" + time);
  CHECK(content("/32000/0/1", lwm2m::Opaque{{1}}) == R"({"v":"AQ==",)" + time);
  CHECK(fixture.map("/32000/0/1", 1.0)->targets[0].contentInfo == "application/json:0");
  // Without a time of its own the reading has the time when it came.
  CHECK(fixture.content("/32000/0/1", 21.5) == R"({"v":21.5,)" + time);

  CHECK(fixture.back("/3/0/9", R"({"v": 39, "u": "/100"})").value() == Value(std::int64_t{39}));
  CHECK(fixture.back("/3/0/7", "3802").value() == Value(std::int64_t{3802}));
  CHECK(fixture.back("/3306/0/5850", R"({"v":"on"})").value() == Value(true));
  CHECK_FALSE(fixture.back("/3/0/7", R"({"value": 3801})"));
  CHECK_FALSE(fixture.back("/3/0/7", R"({"v": )"));
  CHECK_FALSE(fixture.back("/3/0/7", R"({"v": [1]})"));
}

TEST_CASE("Each conversion has an exact way back") {
  struct {
    const char* value;
    Value device;
    const char* application;
  } const rows[] = {
      {R"({"type": "integer"})", std::int64_t{-7}, "-7"},
      {R"({"type": "unsigned"})", kMost, "18446744073709551615"},
      {R"({"type": "integer", "scale": 0.1})", std::int64_t{3}, "0.3"},
      {R"({"type": "integer", "scale": 0.1, "offset": -40})", std::int64_t{653}, "25.3"},
      {R"({"type": "unsigned", "scale": 0.001})", kMost, "18446744073709551.615"},
      {R"({"type": "integer", "scale": -1})", kLeast, "9223372036854775808"},
      {R"({"type": "integer", "offset": 1})", std::int64_t{41}, "42"},
      {R"({"type": "float", "scale": 1.8, "offset": 32})", 21.5, "70.7"},
      {R"({"type": "float", "scale": 100})", 0.07, "7"},
      {R"({"type": "float", "scale": 0.3048})", 1.1, "0.33528"},
      {R"({"type": "float", "scale": 1e-9})", 1.0, "1e-09"},
      {R"({"type": "float", "precision": 2})", 21.5, "21.5"},
      {R"({"type": "integer", "scale": 1.8, "offset": 32, "precision": 0})", std::int64_t{11}, "52"},
      {R"({"type": "boolean", "enumeration": {"true": "on", "false": "off"}})", true, "on"},
      {R"({"type": "integer", "enumeration": {"0": "idle", "1": "busy, very"}})", std::int64_t{1}, "busy, very"},
      {R"({"type": "string", "enumeration": {"": "empty", "x": ""}})", std::string(), "empty"},
      {R"({"type": "opaque"})", lwm2m::Opaque{{1, 2}}, "AQI="},
      {R"({"type": "time"})", lwm2m::Time{5}, "5"},
      {R"({"type": "objectLink"})", lwm2m::ObjectLink{3, 0}, "3:0"},
      {R"({"unit": "Cel"})", std::string("text"), "text"},
  };
  for (const auto& row : rows) {
    INFO(row.value);
    const Fixture fixture(ruleFor(row.value));
    CHECK(fixture.content("/32000/0/1", row.device) == row.application);
    const auto back = fixture.back("/32000/0/1", row.application);
    REQUIRE(back);
    CHECK(*back == row.device);
  }
}

TEST_CASE("A precision rounds on the way up only") {
  const Fixture fixture(ruleFor(R"({"type": "float", "precision": 2})"));
  CHECK(fixture.content("/32000/0/1", 21.345) == "21.35");
  CHECK(fixture.content("/32000/0/1", 21.0) == "21");
  CHECK(fixture.content("/32000/0/1", -0.001) == "0");
  CHECK(fixture.content("/32000/0/1", std::numeric_limits<double>::infinity()) == "inf");
  CHECK(fixture.back("/32000/0/1", "21.34").value() == Value(21.34));
  CHECK_FALSE(fixture.back("/32000/0/1", "21.345"));
}

TEST_CASE("What cannot be inverted is refused with the reason") {
  struct {
    const char* value;
    const char* application;
    const char* reason;
  } const rows[] = {
      {R"({"type": "integer"})", "21.5", "\"21.5\" has no exact counterpart of type Integer"},
      {R"({"type": "integer"})", "", "\"\" has no exact counterpart"},
      {R"({"type": "unsigned"})", "-1", "has no exact counterpart of type Unsigned Integer"},
      {R"({"type": "unsigned"})", "18446744073709551616", "has no exact counterpart"},
      {R"({"type": "integer", "scale": 0.1})", "0.35", "the nearest that the device can hold would be 0.4"},
      {R"({"type": "integer", "scale": 10})", "15", "the nearest that the device can hold would be 20"},
      {R"({"type": "integer", "scale": 0.1})", "1e30", "it leaves the type's range"},
      {R"({"type": "unsigned", "offset": 10})", "5", "it leaves the type's range"},
      {R"({"type": "float", "scale": 2})", "warm", "it is no number"},
      {R"({"type": "float", "scale": 2})", "nan", "it is no number"},
      {R"({"type": "boolean"})", "on", "has no exact counterpart of type Boolean"},
      {R"({"type": "boolean", "enumeration": {"true": "on", "false": "off"}})", "true",
       "it is not in the rule's enumeration"},
      {R"({"type": "opaque"})", "not base64!", "has no exact counterpart of type Opaque"},
      {R"({"type": "objectLink"})", "66", "has no exact counterpart of type Objlnk"},
  };
  for (const auto& row : rows) {
    INFO(row.value << " " << row.application);
    const Fixture fixture(ruleFor(row.value));
    const auto back = fixture.back("/32000/0/1", row.application);
    REQUIRE_FALSE(back);
    CHECK_THAT(back.error().message, Catch::Contains(row.reason));
    CHECK(back.error().where == "rule r, /32000/0/1");
  }
}

TEST_CASE("A value that the rule cannot take is an error that names the rule") {
  struct {
    const char* value;
    Value device;
    const char* reason;
  } const rows[] = {
      {R"({"type": "integer"})", 21.5, "a value of type Float is no exact Integer"},
      {R"({"type": "unsigned"})", std::int64_t{-1}, "is no exact Unsigned Integer"},
      {R"({"scale": 2})", std::string("x"), "the rule calculates, and this is no number but of type"},
      {R"({"scale": 2})", true, "the rule calculates, and this is no number but of type"},
      {R"({"range": [0, 100]})", std::nan(""), "this is no number"},
      {R"({"scale": 1e200})", 1e200, "leaves the range of numbers"},
      {R"({"enumeration": {"0": "off"}})", std::int64_t{7}, "\"7\" is not in the rule's enumeration"},
      {R"({})", Value(), "the device gave no value"},
  };
  for (const auto& row : rows) {
    INFO(row.value);
    const Fixture fixture(ruleFor(row.value));
    const auto mapping = fixture.map("/32000/0/1", row.device);
    REQUIRE_FALSE(mapping);
    CHECK_THAT(mapping.error().message, Catch::Contains(row.reason));
    CHECK(mapping.error().where == "rule r, /32000/0/1");
  }
  CHECK(Fixture("").map("/3", std::string("x")).error().code == Errc::malformed);
  CHECK(Fixture("").map("/3/0/1", Value()).error().where == "the default rule, /3/0/1");
}

TEST_CASE("A stated type reads what only came as bytes or text") {
  struct {
    const char* type;
    Value device;
    const char* text;
  } const rows[] = {
      {"integer", lwm2m::Opaque{{0xFF}}, "-1"},
      {"integer", lwm2m::Opaque{{0x01, 0x00}}, "256"},
      {"unsigned", lwm2m::Opaque{{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}}, "18446744073709551615"},
      {"float", lwm2m::Opaque{{0x41, 0xAC, 0x00, 0x00}}, "21.5"},
      {"float", lwm2m::Opaque{{0x40, 0x35, 0x80, 0, 0, 0, 0, 0}}, "21.5"},
      {"boolean", lwm2m::Opaque{{1}}, "true"},
      {"time", lwm2m::Opaque{{0x7F}}, "127"},
      {"objectLink", lwm2m::Opaque{{0, 66, 0, 1}}, "66:1"},
      {"string", lwm2m::Opaque{{'h', 'i'}}, "hi"},
      {"coreLink", lwm2m::Opaque{{'<', '>'}}, "<>"},
      {"opaque", lwm2m::Opaque{{1}}, "AQ=="},
      {"float", std::string("21.50"), "21.5"},
      {"integer", lwm2m::Opaque{{1, 2, 3}}, "a value of type Opaque is no exact Integer"},
      {"boolean", lwm2m::Opaque{{2}}, "a value of type Opaque is no exact Boolean"},
      {"float", lwm2m::Opaque{}, "a value of type Opaque is no exact Float"},
  };
  for (const auto& row : rows) {
    INFO(row.type << " " << row.text);
    const Fixture fixture(ruleFor(R"({"type": ")" + std::string(row.type) + "\"}"));
    CHECK(fixture.content("/32000/0/1", row.device) == row.text);
  }
}

TEST_CASE("The way back ends in the type that the device takes") {
  // 3/0/9 is an integer by its definition; the rule makes a float of it.
  const Fixture fixture(R"({"match": {"object": 3, "resource": 9}, "value": {"type": "float", "scale": 0.01}})");
  CHECK(fixture.content("/3/0/9", std::int64_t{57}) == "0.57");
  CHECK(fixture.back("/3/0/9", "0.57").value() == Value(std::int64_t{57}));
  CHECK_FALSE(fixture.back("/3/0/9", "0.575"));
  // Nobody knows this one: text is what can be written to anything in text/plain.
  CHECK(fixture.back("/32000/0/1", "5").value() == Value(std::string("5")));
}

TEST_CASE("Names are made from templates") {
  struct {
    const char* name;
    const char* path;
    const char* place;
  } const rows[] = {
      {"temperature-{instance}", "/3303/2/5700", "temperature-2"},
      {"{endpoint}/{object}", "/3303/2/5700", "dev_one/3303"},
      {"a/{resource}_b", "/3303/2/5700", "a/5700_b"},
      {"{object}/{instance}/{resource}", "/3/0/7/1", "3/0/7/1"},
      {"v/{resourceInstance}", "/3/0/7/1", "v/1"},
      {"v/{resourceInstance}", "/3/0/7", "v"},
      {"v/x-{resourceInstance}/{object}", "/3/0/7", "v/3"},
  };
  for (const auto& row : rows) {
    INFO(row.name << " " << row.path);
    const Fixture fixture(R"({"match": {}, "to": [{"name": ")" + std::string(row.name) + "\"}]}");
    CHECK(fixture.place(row.path) == row.place);
  }
  const Fixture named(R"({"match": {"resource": 7, "resourceInstance": 1}, "to": [{"name": "usb"}]})");
  CHECK(named.place("/3/0/7/1") == "usb");
}

TEST_CASE("A rule may have several targets of several forms, or none") {
  const Fixture fixture(R"(
    {"match": {"resource": 1}, "to": [{"name": "a"}, {"name": "b", "content": "record"}]},
    {"name": "silent", "match": {"resource": 2}, "to": []},
    {"match": {"resource": 3}, "to": [{"name": "c"}, {"form": "flexContainer", "class": "cod:tempe", "attribute": "curT0"}]})");
  const auto both = fixture.map("/9/0/1", std::int64_t{5});
  REQUIRE(both->targets.size() == 2);
  CHECK(both->targets[0].content == "5");
  CHECK(both->targets[1].path == "b");
  CHECK_THAT(both->targets[1].content, Catch::StartsWith(R"({"v":5,"t":")"));
  CHECK(fixture.map("/9/0/2", std::int64_t{5})->targets.empty());
  CHECK(fixture.map("/9/0/2", std::int64_t{5})->rule == "silent");
  const auto forms = fixture.map("/9/0/3", 21.5);
  REQUIRE(forms->targets.size() == 2);
  CHECK(forms->targets[0].path == "c");
  CHECK(forms->targets[1].content == R"({"curT0":21.5})");
}

TEST_CASE("Reports are as the rule says") {
  const Fixture fixture(R"({"match": {"object": 9, "resource": 1}}, {"match": {"object": 9}},
                           {"match": {"object": 9, "resource": 3}, "observe": {"heartbeat": 60}})");
  CHECK(fixture.map("/9/0/1", 1.0)->report == Report::every);
  CHECK(fixture.map("/9/0/2", 1.0)->report == Report::onChange);
  CHECK(fixture.map("/9/0/3", 1.0)->report == Report::heartbeat);
  CHECK(fixture.map("/9/0/3", 1.0)->heartbeat == seconds(60));
}

TEST_CASE("With the default rule off only what a rule names is mapped") {
  EngineSettings settings;
  settings.defaultRule = false;
  const Fixture fixture(R"({"match": {"object": 3303}})", settings);
  CHECK(fixture.map("/3304/0/5700", 1.0)->targets.empty());
  CHECK(fixture.map("/3303/0/5700", 1.0)->targets.size() == 1);
  CHECK(fixture.back("/3304/0/5700", "1").error().code == Errc::notFound);
  CHECK(fixture.plan({"/3303/0", "/3304/0"}) == "/3303/0");
}

TEST_CASE("Random decimal values go up and come back the same", "[property]") {
  const Fixture fixture(R"({"match": {"resource": 1}, "value": {"type": "float", "scale": 1.8, "offset": 32}},
                           {"match": {"resource": 2}, "value": {"type": "integer", "scale": 0.005, "offset": -273.15}})");
  std::uint64_t state = 88172645463325252ULL;
  for (int i = 0; i < 5000; ++i) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    const auto whole = static_cast<std::int64_t>(state >> 20);
    const Value values[] = {static_cast<double>(whole) / 1e6, whole};
    for (const int resource : {1, 2}) {
      const auto path = "/32000/0/" + std::to_string(resource);
      const auto& value = values[resource - 1];
      const auto text = fixture.content(path, value);
      const auto back = fixture.back(path, text);
      INFO(path << " " << lwm2m::toText(value) << " " << text);
      REQUIRE(back);
      REQUIRE(lwm2m::toText(*back) == lwm2m::toText(value));
      REQUIRE(*back == value);
    }
  }
}
