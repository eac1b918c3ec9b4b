#include "fixture.h"
#include "mapping/engine/encapsulation.h"
#include "mapping/engine/target_detail.h"
#include "onem2m/model/specialization.h"

namespace isthmus::mapping::testing {
namespace {

using lwm2m::Path;

// In any version of the object.
bool isDefined(std::uint16_t object, std::uint16_t resource) {
  for (const auto* definition : registry().all()) {
    if (definition->id == object && definition->resource(resource) != nullptr) return true;
  }
  return false;
}

constexpr std::string_view kTemperature = R"(
  {"name": "t", "match": {"object": 3303, "resource": 5700},
   "to": [{"form": "flexContainer", "class": "cod:tempe", "name": "temperature-{instance}", "attribute": "curT0"}]},
  {"name": "min", "match": {"object": 3303, "resource": 5603},
   "to": [{"form": "flexContainer", "class": "cod:tempe", "name": "temperature-{instance}", "attribute": "minVe"}]})";

constexpr std::string_view kDevice = R"(
  {"name": "reboot", "match": {"object": 3, "resource": 4},
   "to": [{"form": "mgmtObj", "class": "rbo", "name": "reboot", "attribute": "rbo", "write": true}]},
  {"name": "reset", "match": {"object": 3, "resource": 5},
   "to": [{"form": "mgmtObj", "class": "rbo", "name": "reboot", "attribute": "far", "write": true}]},
  {"name": "url", "match": {"object": 5, "resource": 1},
   "to": [{"form": "mgmtObj", "class": "fwr", "name": "firmware", "attribute": "url", "write": true}]},
  {"name": "update", "match": {"object": 5, "resource": 2},
   "to": [{"form": "mgmtObj", "class": "fwr", "name": "firmware", "attribute": "ud", "write": true}]},
  {"name": "state", "match": {"object": 5, "resource": 3},
   "to": [{"form": "mgmtObj", "class": "fwr", "name": "firmware", "attribute": "uds"}]},
  {"name": "result", "match": {"object": 5, "resource": 5},
   "to": [{"form": "mgmtObj", "class": "fwr", "name": "firmware", "attribute": "uds"}]},
  {"name": "bts", "match": {"object": 3, "resource": 20}, "value": {"offset": 1},
   "to": [{"form": "mgmtObj", "class": "bat", "name": "battery", "attribute": "bts"}]},
  {"name": "mma", "match": {"object": 3, "resource": 10}, "value": {"scale": 1024},
   "to": [{"form": "mgmtObj", "class": "mem", "name": "memory", "attribute": "mma"}]},
  {"name": "clock", "match": {"object": 3, "resource": 13},
   "to": [{"form": "mgmtObj", "class": "dvi", "name": "deviceInfo", "attribute": "syst"}]})";

const Path kInstances[] = {Path(3, 0), Path(5, 0), Path(3311, 0), Path(3311, 1)};

std::string told(const Result<std::vector<DeviceChange>>& changes) {
  if (!changes) return changes.error().message;
  std::string text;
  for (const auto& change : *changes) {
    text += text.empty() ? "" : "; ";
    text += change.kind == DeviceChange::Kind::execute ? "execute " : "write ";
    text += change.path.toString();
    if (change.kind == DeviceChange::Kind::write) text += " " + lwm2m::toText(change.value);
    if (change.once) text += " once " + change.once->path.toString() + " is " + lwm2m::toText(change.once->value);
  }
  return text;
}

std::string changes(const Fixture& fixture, Form form, std::string_view target,
                    const std::vector<AttributeValue>& changed) {
  return told(fixture.engine.changesFor(fixture.device(), kInstances, form, target, changed));
}

TEST_CASE("values of one instance are attributes of one flexContainer") {
  const Fixture fixture(kTemperature);
  const auto current = fixture.map("/3303/1/5700", 21.5);
  const auto least = fixture.map("/3303/1/5603", -40.0);
  REQUIRE(current);
  REQUIRE(least);
  CHECK(current->targets.at(0).form == Form::flexContainer);
  CHECK(current->targets.at(0).path == "temperature-1");
  CHECK(current->targets.at(0).content == R"({"curT0":21.5})");
  CHECK(TargetDetail::parse(current->targets.at(0).detail).className == "cod:tempe");
  CHECK(least->targets.at(0).path == "temperature-1");
  CHECK(least->targets.at(0).content == R"({"minVe":-40})");
}

TEST_CASE("an attribute takes values of its own type only, and says so") {
  const Fixture fixture(R"(
    {"name": "a", "match": {"object": 3343, "resource": 5548},
     "to": [{"form": "flexContainer", "class": "cod:brigs", "name": "b", "attribute": "brigs"}]},
    {"name": "b", "match": {"object": 3342, "resource": 5500},
     "to": [{"form": "flexContainer", "class": "cod:binSh", "name": "s", "attribute": "state"}]},
    {"name": "c", "match": {"object": 3336, "resource": 5514},
     "to": [{"form": "flexContainer", "class": "cod:geoLn", "name": "g", "attribute": "latie"}]},
    {"name": "d", "match": {"object": 3336, "resource": 5515},
     "to": [{"form": "flexContainer", "class": "cod:geoLn", "name": "g", "attribute": "long"}]})");
  CHECK(fixture.content("/3343/0/5548", 50.0) == R"({"brigs":50})");
  CHECK(fixture.content("/3343/0/5548", 50.5) == "attribute brigs takes whole numbers (value.precision: 0), not 50.5");
  CHECK(fixture.content("/3342/0/5500", true) == R"({"state":true})");
  CHECK(fixture.content("/3342/0/5500", std::int64_t{0}) == R"({"state":false})");
  CHECK(fixture.content("/3336/0/5514", std::string("47.37")) == R"({"latie":47.37})");
  CHECK(fixture.content("/3336/0/5514", std::string("north")) == "attribute latie takes numbers, not north");
  CHECK(fixture.content("/3336/0/5515", std::string("8.54")) == "cod:geoLn has no attribute long");
}

TEST_CASE("a colour is three attributes, both ways") {
  const Fixture fixture(R"(
    {"name": "a", "match": {"object": 3311, "resource": 5706},
     "to": [{"form": "flexContainer", "class": "cod:color", "name": "colour-{instance}", "attribute": "red,green,blue",
             "write": true}]})");
  CHECK(fixture.content("/3311/0/5706", std::string("#ff8000")) == R"({"red":255,"green":128,"blue":0})");
  CHECK(fixture.content("/3311/0/5706", std::string("1,2,3")) == R"({"red":1,"green":2,"blue":3})");
  CHECK(fixture.map("/3311/0/5706", std::string("2700"))->targets.empty());
  CHECK(fixture.content("/3311/0/5706", std::string("256,2,3")).find("takes a colour") != std::string::npos);
  CHECK(changes(fixture, Form::flexContainer, "colour-1", {{"red", "255"}, {"green", "128"}, {"blue", "0"}}) ==
        "write /3311/1/5706 #ff8000");
  CHECK(changes(fixture, Form::flexContainer, "colour-1", {{"red", "255"}}) == "red, green and blue are set together");
}

TEST_CASE("management objects are filled in their own terms") {
  const Fixture fixture(kDevice);
  CHECK(fixture.content("/3/0/20", std::int64_t{0}) == R"({"bts":1})");
  CHECK(fixture.content("/3/0/10", std::int64_t{150}) == R"({"mma":153600})");
  CHECK(fixture.content("/3/0/13", lwm2m::Time{1'767'225'600}) == R"({"syst":"20260101T000000"})");
  const auto battery = fixture.map("/3/0/20", std::int64_t{6});
  REQUIRE(battery);
  CHECK(battery->targets.at(0).form == Form::mgmtObj);
  CHECK(TargetDetail::parse(battery->targets.at(0).detail).className == "m2m:bat");
}

TEST_CASE("what a device says in text becomes no attribute but one that JSON can read") {
  const Fixture fixture(std::string(kTemperature) + "," + std::string(kDevice));
  CHECK(fixture.content("/3303/0/5700", std::string("007.5")) == R"({"curT0":7.5})");
  CHECK(fixture.content("/3303/0/5700", std::string("+7.50")).find("takes numbers") != std::string::npos);
  CHECK(fixture.content("/3/0/13", std::string("20260101T000000,125")) == R"({"syst":"20260101T000000,125"})");
  for (const char* const wrong : {"20260101T000000\"", R"(20260101T000000","hack":"1)", "20260101T000000,",
                                  "2026abcdTxxxxxx", "20261301T000000", "20260101T0000001"}) {
    INFO(wrong);
    CHECK(fixture.content("/3/0/13", std::string(wrong)).find("syst takes a time") != std::string::npos);
  }
}

TEST_CASE("a device's clock that no calendar has is refused") {
  const Fixture fixture(kDevice);
  for (const std::int64_t seconds : {INT64_MAX, INT64_MIN, std::int64_t{253'402'300'800}}) {
    CHECK(fixture.content("/3/0/13", lwm2m::Time{seconds}).find("syst takes a time") != std::string::npos);
  }
  CHECK(fixture.content("/3/0/13", lwm2m::Time{253'402'300'799}) == R"({"syst":"99991231T235959"})");
}

TEST_CASE("the status of a firmware update is told by state and result together") {
  const Fixture fixture(kDevice);
  const auto status = [&](std::int64_t state, std::int64_t result) {
    const std::vector<lwm2m::Record> all = {{Path(5, 0, 3), state, {}}, {Path(5, 0, 5), result, {}}};
    const auto by = [&](const lwm2m::Record& record) {
      return fixture.engine.toOneM2m(fixture.device(), record, WallTime{}, all)->targets.at(0).content;
    };
    CHECK(by(all[0]) == by(all[1]));
    return by(all[0]);
  };
  CHECK(status(0, 0) == R"({"uds":{"acn":"","sus":0}})");
  CHECK(status(1, 0) == R"({"uds":{"acn":"update","sus":3}})");
  CHECK(status(0, 1) == R"({"uds":{"acn":"update","sus":1}})");
  CHECK(status(0, 8) == R"({"uds":{"acn":"update","sus":2}})");
}

TEST_CASE("an event log counts its classes and states as oneM2M does") {
  const Fixture fixture(R"(
    {"name": "class", "match": {"object": 20, "resource": 4010},
     "to": [{"form": "mgmtObj", "class": "evl", "name": "log", "attribute": "lgt"}]},
    {"name": "status", "match": {"object": 20, "resource": 4013},
     "to": [{"form": "mgmtObj", "class": "evl", "name": "log", "attribute": "lgst"}]})");
  CHECK(fixture.content("/20/0/4010", std::int64_t{0}) == R"({"lgt":1})");
  CHECK(fixture.content("/20/0/4010", std::int64_t{3}) == R"({"lgt":3})");
  CHECK(fixture.content("/20/0/4013", std::int64_t{2}) == R"({"lgst":1})");
  CHECK(fixture.content("/20/0/4013", std::int64_t{3}) == R"({"lgst":2})");
  CHECK(fixture.content("/20/0/4013", std::int64_t{5}) == R"({"lgst":5})");
}

TEST_CASE("a mobile network is told of a cellular bearer only") {
  const Fixture fixture(R"(
    {"name": "bearer", "match": {"object": 4, "resource": 0},
     "to": [{"form": "mgmtObj", "class": "mnwk", "name": "mobileNetwork", "attribute": "cnb"}]},
    {"name": "rss", "match": {"object": 4, "resource": 2},
     "to": [{"form": "mgmtObj", "class": "mnwk", "name": "mobileNetwork", "attribute": "rss"}]},
    {"name": "router", "match": {"object": 4, "resource": 5},
     "to": [{"form": "mgmtObj", "class": "mnwk", "name": "mobileNetwork", "attribute": "ripa"}]})");
  const auto targets = [&](const lwm2m::Record& record, std::int64_t bearer) {
    const std::vector<lwm2m::Record> all = {{Path(4, 0, 0), bearer, {}},
                                            {Path(4, 0, 5, 0), std::string("10.0.0.1"), {}},
                                            {Path(4, 0, 5, 1), std::string("::1"), {}}};
    return fixture.engine.toOneM2m(fixture.device(), record, WallTime{}, all)->targets;
  };
  CHECK(targets({Path(4, 0, 0), std::int64_t{6}, {}}, 6).at(0).content == R"({"cnb":6})");
  CHECK(targets({Path(4, 0, 2), std::int64_t{-75}, {}}, 6).at(0).content == R"({"rss":-75})");
  CHECK(targets({Path(4, 0, 5, 0), std::string("10.0.0.1"), {}}, 6).at(0).content == R"({"ripa":["10.0.0.1","::1"]})");
  CHECK(targets({Path(4, 0, 0), std::int64_t{41}, {}}, 41).empty());
  CHECK(targets({Path(4, 0, 2), std::int64_t{-75}, {}}, 41).empty());
}

TEST_CASE("every rule of the shipped sets names a class and an attribute that there are") {
  for (const auto& file : shippedRuleFiles()) {
    const auto parsed = parseRules(file.text, file.name);
    for (const auto& fault : parsed.faults) FAIL(fault.text());
    for (const auto& rule : parsed.set.rules) {
      INFO(file.name << " " << rule.name);
      for (const auto& target : rule.to) {
        if (target.form != Form::flexContainer && target.form != Form::mgmtObj) continue;
        const auto* kind = onem2m::specialization(
            target.form == Form::mgmtObj ? onem2m::ResourceType::mgmtObj : onem2m::ResourceType::flexContainer,
            target.className);
        REQUIRE(kind != nullptr);
        CHECK((kind->attribute(target.attribute) != nullptr || target.attribute == "red,green,blue"));
        CHECK(isDefined(*rule.match.object, *rule.match.resource));
      }
    }
  }
}

TEST_CASE("an application's change becomes writes first, then executions") {
  const Fixture fixture(kDevice);
  CHECK(changes(fixture, Form::mgmtObj, "firmware", {{"ud", "true"}, {"url", R"("http://x/f.bin")"}}) ==
        "write /5/0/1 http://x/f.bin; execute /5/0/2 once /5/0/3 is 2");
  CHECK(changes(fixture, Form::mgmtObj, "reboot", {{"rbo", "true"}}) == "execute /3/0/4");
  CHECK(changes(fixture, Form::mgmtObj, "reboot", {{"far", "true"}, {"rbo", "false"}}) == "execute /3/0/5");
  CHECK(changes(fixture, Form::mgmtObj, "reboot", {{"rbo", "false"}, {"lbl", R"(["x"])"}}).empty());
}

TEST_CASE("changes that contradict themselves, or that no rule allows, do nothing") {
  const Fixture fixture(kDevice);
  CHECK(changes(fixture, Form::mgmtObj, "reboot", {{"far", "true"}, {"rbo", "true"}}).find("exclude each other") !=
        std::string::npos);
  CHECK(changes(fixture, Form::mgmtObj, "battery", {{"bts", "1"}}) == "applications may not change bts");
  CHECK(changes(fixture, Form::mgmtObj, "reboot", {{"rbo", "5"}}) == "an action is set to true");
  CHECK(changes(fixture, Form::mgmtObj, "nowhere", {{"rbo", "true"}}) == "no rule leads there");
  CHECK(changes(fixture, Form::flexContainer, "reboot", {{"rbo", "true"}}) == "no rule leads there");
}

TEST_CASE("a switch is written by its attribute, of the instance that the name says") {
  const Fixture fixture(R"({"name": "light", "match": {"object": 3311, "resource": 5850},
    "to": [{"form": "flexContainer", "class": "cod:binSh", "name": "light-{instance}", "attribute": "state", "write": true}]})");
  CHECK(changes(fixture, Form::flexContainer, "light-1", {{"state", "true"}}) == "write /3311/1/5850 true");
  CHECK(changes(fixture, Form::flexContainer, "light-1", {{"state", R"("on")"}}).find("no exact counterpart") !=
        std::string::npos);
  const auto places = fixture.engine.places(fixture.device(), kInstances);
  REQUIRE(places.size() == 2);
  CHECK(places[1].path == "light-1");
  CHECK(places[1].source == Path(3311, 1, 5850));
  CHECK_FALSE(places[1].action);
}

TEST_CASE("places of actions are known before any value came") {
  const Fixture fixture(kDevice);
  std::string actions;
  for (const auto& place : fixture.engine.places(fixture.device(), kInstances)) {
    if (place.action) actions += place.path + "/" + place.attribute + " ";
  }
  CHECK(actions == "reboot/rbo reboot/far firmware/ud ");
}

TEST_CASE("a message is encapsulated as it came, with its format") {
  const std::uint8_t tlv[] = {0xC8, 0x14, 0x01};
  CHECK(encapsulated(11542, tlv).content == "yBQB");
  CHECK(encapsulated(11542, tlv).contentInfo == "application/vnd.oma.lwm2m+tlv:2");
  CHECK(encapsulated(112, tlv).contentInfo == "application/senml+cbor:2");
  CHECK(encapsulated(110, view("[{}]")).content == "[{}]");
  CHECK(encapsulated(110, view("[{}]")).contentInfo == "application/senml+json:0");
  CHECK(encapsulated(0, tlv).content == "yBQB");
  CHECK(encapsulated(0, tlv).contentInfo == "text/plain:1");
  CHECK(encapsulated(9999, tlv).contentInfo == "application/octet-stream:2");
}

TEST_CASE("a transparent rule takes whole messages, named after what they are of") {
  const Fixture fixture(R"({"name": "all", "match": {}, "observe": {"level": "instance"},
    "to": [{"form": "transparent", "name": "{object}/{instance}"}]})");
  const auto place = [&](const Path& observed) {
    return fixture.engine.encapsulate(fixture.device(), observed, 110, view("[]")).targets.at(0).path;
  };
  CHECK(place(Path(3303, 0)) == "3303/0");
  CHECK(place(Path(3303)) == "3303");
  CHECK(place(Path(3, 0, 9)) == "3/0/9");
  CHECK(place(Path()) == "message");
  const auto record = fixture.map("/3303/0/5700", 21.5);
  REQUIRE(record);
  CHECK(record->targets.empty());
  CHECK(record->encapsulated);
}

TEST_CASE("an object link refers to what it leads to") {
  const Fixture fixture("");
  const auto mapping = fixture.map("/10/0/11", lwm2m::ObjectLink{11, 2});
  REQUIRE(mapping);
  CHECK(mapping->targets.at(0).content == "11:2");
  CHECK(TargetDetail::parse(mapping->targets.at(0).detail).link == "11/2");
  CHECK(fixture.map("/10/0/11", lwm2m::ObjectLink{})->targets.at(0).detail.empty());
}

TEST_CASE("a target's detail comes back as it was") {
  const TargetDetail detail{"cod:tempe", true, "3303/0", {"a:b", "c"}};
  CHECK(TargetDetail::parse(detail.toText()) == detail);
  CHECK(TargetDetail{}.toText().empty());
  CHECK(TargetDetail::parse("x?\n\nlone").labels == std::vector<std::string>{"one"});
}

TEST_CASE("a time series gets the value as it is") {
  const Fixture fixture(
      R"({"name": "t", "match": {"object": 3303, "resource": 5700}, "to": [{"form": "timeSeries"}]})");
  const auto mapping = fixture.map("/3303/0/5700", 21.5);
  REQUIRE(mapping);
  CHECK(mapping->targets.at(0).form == Form::timeSeries);
  CHECK(mapping->targets.at(0).content == "21.5");
}

}  // namespace
}  // namespace isthmus::mapping::testing
