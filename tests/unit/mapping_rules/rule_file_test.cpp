#include "mapping/rules/rule_file.h"

#include "ipe/base/located_json.h"
#include "mapping/rules/rule_words.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <set>

using namespace isthmus;
using namespace isthmus::mapping;

namespace {

std::vector<std::string> faultsOf(const ParsedRules& parsed) {
  std::vector<std::string> texts;
  for (const auto& fault : parsed.faults) texts.push_back(fault.text());
  return texts;
}

// A file of one rule for 3303/5700, with more keys after "match".
ParsedRules withKeys(const std::string& keys) {
  return parseRules(R"({"rules": [{"match": {"object": 3303, "resource": 5700}, )" + keys + "}]}", "r.json");
}

Rule oneRule(const std::string& keys) {
  const auto parsed = withKeys(keys);
  INFO(keys);
  REQUIRE(faultsOf(parsed).empty());
  REQUIRE(parsed.set.rules.size() == 1);
  return parsed.set.rules[0];
}

std::string contents(const std::string& path) {
  std::ifstream stream(path);
  REQUIRE(stream);
  return {std::istreambuf_iterator<char>(stream), {}};
}

constexpr const char* kEverything = R"({ "$schema": "mapping.schema.json", "set": "all", "rules": [
  { "name": "temperature",
    "match": { "object": 3303, "version": "1.0..1.2", "instance": 1, "resource": 5700, "resourceInstance": 2,
               "endpoint": "urn:dev:*", "manufacturer": "ACME*", "model": "T?", "label": "roof" },
    "observe": { "level": "resource", "when": "on-demand", "heartbeat": 3600, "deadband": 0.5, "minInterval": 2, "pmin": 1, "pmax": 300, "gt": 30.5, "lt": -5, "st": 0.5,
                 "epmin": 2, "epmax": 3, "con": 1, "hqmax": 10 },
    "value": { "type": "integer", "scale": 0.1, "offset": -40, "deviceUnit": "K", "unit": "Cel", "precision": 2,
               "range": [-40, 85.5] },
    "to": [ { "form": "container", "name": "t-{instance}/{resourceInstance}", "content": "record", "write": true,
              "blocking": true, "command": true, "labels": ["a", "b:c"] },
            { "form": "flexContainer", "class": "cod:tempe", "name": "temperature-{instance}", "attribute": "curT0" },
            { "name": "all-{instance}", "template": { "t": "{5700}", "at": ["{time}", 1, null], "who": "\"{endpoint}/{instance}" } } ] },
  { "match": { "resource": 5850 },
    "value": { "type": "boolean", "enumeration": { "true": "on" }, "otherwise": "off" }, "to": [] },
  { "match": { "resource": 5500 }, "observe": { "composite": true }, "value": { "boolean": "open/closed" } },
  { "match": { "resource": 5518 }, "value": { "type": "time", "time": "onem2m" } },
  { "match": { "resource": 6000 }, "value": { "type": "string", "base": 16 } },
] })";

}  // namespace

TEST_CASE("A rule with every key is read as it stands") {
  const auto parsed = parseRules(kEverything, "r.json");
  REQUIRE(faultsOf(parsed).empty());
  CHECK(parsed.set.name == "all");
  REQUIRE(parsed.set.rules.size() == 5);
  const auto& rule = parsed.set.rules[0];
  CHECK(rule.name == "temperature");
  CHECK_THAT(rule.where, Catch::StartsWith("r.json:2:") && Catch::EndsWith(" /rules/0"));
  CHECK(rule.match ==
        Match{"urn:dev:*", "ACME*", "T?", "roof", 3303, 1, 5700, 2, lwm2m::Version{1, 0}, lwm2m::Version{1, 2}});
  CHECK(rule.observe.level == ObserveLevel::resource);
  CHECK(rule.observe.report == Report::heartbeat);
  CHECK(rule.observe.heartbeat == seconds(3600));
  CHECK(rule.observe.when == ObserveWhen::onDemand);
  CHECK(rule.observe.deadband == 0.5);
  CHECK(rule.observe.minInterval == seconds(2));
  CHECK(lwm2m::toQuery(rule.observe.attributes) ==
        "pmin=1&pmax=300&epmin=2&epmax=3&gt=30.5&lt=-5&st=0.5&con=1&hqmax=10");
  Conversion value{.type = lwm2m::ResourceType::integer, .scale = 0.1, .offset = -40};
  value.deviceUnit = "K";
  value.unit = "Cel";
  value.precision = 2;
  value.range = Range{-40, 85.5};
  CHECK(rule.value == value);
}

TEST_CASE("Targets with every key are read as they stand") {
  const auto parsed = parseRules(kEverything, "r.json");
  REQUIRE(parsed.set.rules.size() == 5);
  const auto& to = parsed.set.rules[0].to;
  REQUIRE(to.size() == 3);
  CHECK(to[0] == Target{.name = "t-{instance}/{resourceInstance}",
                        .content = Content::record,
                        .write = true,
                        .blocking = true,
                        .command = true,
                        .labels = {"a", "b:c"}});
  CHECK(to[1] == Target{.form = Form::flexContainer,
                        .name = "temperature-{instance}",
                        .className = "cod:tempe",
                        .attribute = "curT0"});
  CHECK(to[2].content == Content::fromTemplate);
  CHECK(to[2].jsonTemplate == R"({"t":"{5700}","at":["{time}",1,null],"who":"\"{endpoint}/{instance}"})");
}

TEST_CASE("The other kinds of values are read as they stand") {
  const auto parsed = parseRules(kEverything, "r.json");
  REQUIRE(parsed.set.rules.size() == 5);
  const auto& rules = parsed.set.rules;
  CHECK(rules[1].name == "/*/*/5850");
  CHECK(rules[1].value.enumeration == std::vector<std::pair<std::string, std::string>>{{"true", "on"}});
  CHECK(rules[1].value.otherwise == "off");
  CHECK(rules[1].to.empty());
  CHECK(rules[2].observe.composite);
  CHECK(rules[2].value.boolean == BooleanWords{"open", "closed"});
  CHECK(rules[3].value.time == TimeForm::oneM2mBasic);
  CHECK(rules[4].value.base == 16);
}

TEST_CASE("A target that does not say its name has one that suits its form") {
  struct {
    const char* target;
    const char* name;
  } const rows[] = {
      {R"({})", "{object}/{instance}/{resource}"},
      {R"({"form": "timeSeries"})", "{object}/{instance}/{resource}"},
      {R"({"form": "flexContainer", "class": "cod:tempe", "attribute": "curT0"})", "{object}/{instance}/tempe"},
      {R"({"form": "mgmtObj", "class": "bat", "attribute": "btl"})", "bat-{instance}"},
      {R"({"form": "transparent"})", "{object}/{instance}"},
      {R"({"content": "location"})", "{object}/{instance}/location"},
  };
  for (const auto& row : rows) CHECK(oneRule("\"to\": [" + std::string(row.target) + "]").to.at(0).name == row.name);
}

TEST_CASE("A rule that overrides another says only what differs") {
  const auto parsed = parseRules(R"({"rules": [
      {"name": "attic", "override": "roof", "match": {"instance": 3}, "value": {"precision": 1}},
      {"name": "t", "match": {"object": 3303, "resource": 5700}, "observe": {"heartbeat": 60, "pmin": 5},
       "value": {"scale": 0.1, "unit": "Cel"}, "to": [{"name": "t"}]},
      {"name": "roof", "override": "t", "match": {"endpoint": "roof-*"}, "observe": {"pmax": 9, "report": "every"},
       "value": {"offset": 2}},
      {"override": "t", "match": {"endpoint": "x"}, "to": []}]})",
                                 "r");
  REQUIRE(faultsOf(parsed).empty());
  REQUIRE(parsed.set.rules.size() == 4);
  const auto& attic = parsed.set.rules[0];
  CHECK(attic.match == Match{.endpoint = "roof-*", .object = 3303, .instance = 3, .resource = 5700});
  CHECK(attic.value == Conversion{.scale = 0.1, .offset = 2, .unit = "Cel", .precision = 1});
  CHECK(attic.observe.report == Report::every);
  CHECK(attic.observe.heartbeat == seconds(0));
  CHECK(lwm2m::toQuery(attic.observe.attributes) == "pmin=5&pmax=9");
  CHECK(attic.to.at(0).name == "t");
  CHECK_THAT(attic.where, Catch::StartsWith("r:2:"));
  CHECK(parsed.set.rules[1].match.endpoint == "*");
  CHECK(parsed.set.rules[3].name == "/3303/*/5700 x");
  CHECK(parsed.set.rules[3].observe == parsed.set.rules[1].observe);
  CHECK(parsed.set.rules[3].to.empty());
}

TEST_CASE("A rule may override one of another file, and one of none is a fault") {
  const std::string first = R"({"rules": [{"name": "mine", "override": "t", "match": {"endpoint": "x"}}]})";
  const auto second = parseRules(R"({"rules": [{"name": "t", "match": {"object": 6}, "to": []}]})", "2.json");
  const auto merged = mergeRules({parseRules(first, "1.json"), second});
  REQUIRE(faultsOf(merged).empty());
  CHECK(merged.set.rules.at(0).match == Match{.endpoint = "x", .object = 6});
  CHECK(merged.set.rules.at(0).to.empty());
  const auto alone = mergeRules({parseRules(first, "1.json")});
  CHECK(faultsOf(alone) == std::vector<std::string>{"there is no rule \"t\" to override, or it overrides this one "
                                                    "(1.json:1:41 /rules/0/override)"});
  const auto ring = mergeRules({parseRules(R"({"rules": [{"name": "a", "override": "b", "match": {}},
                                                        {"name": "b", "override": "a", "match": {}}]})",
                                           "1.json")});
  CHECK(ring.faults.size() == 2);
}

TEST_CASE("What stands against what it overrides is a fault, at the key or at the rule") {
  const auto parsed = parseRules(R"({"rules": [
      {"name": "t", "match": {"object": 3303, "resource": 5700}, "value": {"scale": 0.1}, "observe": {"pmin": 5}},
      {"override": "t", "match": {}, "value": {"enumeration": {"1": "a"}}},
      {"override": "t", "match": {}, "observe": {"pmax": 1}}]})",
                                 "r");
  CHECK(faultsOf(parsed) == std::vector<std::string>{
                                "scale is for numbers, and cannot stand beside enumeration (r:3:47 /rules/1/value)",
                                "pmin must not be above pmax (r:4:49 /rules/2/observe)",
                            });
}

TEST_CASE("Everything except match has a default") {
  const auto parsed = parseRules(
      R"({"rules": [{"match": {"object": 3303, "resource": 5700}}, {"match": {"object": 6}}, {"match": {}}]})", "r");
  REQUIRE(faultsOf(parsed).empty());
  const auto& rules = parsed.set.rules;
  CHECK(rules[0].name == "/3303/*/5700");
  CHECK(rules[0].observe == Observe{});
  CHECK(rules[0].value == Conversion{});
  CHECK(rules[0].to == std::vector<Target>{Target{}});
  CHECK(rules[1].name == "/6/*/*");
  CHECK(rules[1].observe == Observe{.level = ObserveLevel::instance, .report = Report::onChange});
  CHECK(rules[2].match == Match{});
}

TEST_CASE("Rules without a name get different ones") {
  const auto parsed = parseRules(R"({"rules": [{"match": {"object": 6}}, {"match": {"object": 6}},
      {"name": "/6/*/* #2", "match": {"object": 7}}, {"match": {"object": 6, "endpoint": "a*"}}]})",
                                 "r");
  REQUIRE(faultsOf(parsed).empty());
  std::vector<std::string> names;
  for (const auto& rule : parsed.set.rules) names.push_back(rule.name);
  CHECK(names == std::vector<std::string>{"/6/*/*", "/6/*/* #3", "/6/*/* #2", "/6/*/* a*"});
}

TEST_CASE("Seconds and counts of a rule go as far as those of a request do") {
  const auto rule = oneRule(R"("observe": {"pmin": 4294967295, "pmax": 4294967295, "epmin": 4294967294,
                                           "epmax": 4294967295, "hqmax": 4294967295})");
  lwm2m::NotificationAttributes asked;
  for (const auto& [name, value] : lwm2m::toPairs(rule.observe.attributes)) CHECK(lwm2m::assign(asked, name, value));
  CHECK(asked == rule.observe.attributes);
  CHECK(!faultsOf(withKeys(R"("observe": {"pmin": 4294967296})")).empty());
  CHECK(!lwm2m::assign(asked, "pmin", "4294967296"));
}

TEST_CASE("Each fault is named with its place and what to do") {
  struct {
    const char* keys;
    const char* fault;
  } const rows[] = {
      {R"("obsreve": {})", R"(unknown key "obsreve": did you mean "observe"? (r.json:1:69 /rules/0/obsreve))"},
      {R"("name": "")", "must not be empty (r.json:1:66 /rules/0/name)"},
      {R"("name": 5)", "must be a string, not a number (r.json:1:66 /rules/0/name)"},
      {R"("observe": {"pmn": 1})", R"(unknown key "pmn": did you mean "pmin"? (r.json:1:77 /rules/0/observe/pmn))"},
      {R"("observe": {"pmin": -1})", "-1 must be a whole number from 0 to 4294967295"},
      {R"("observe": {"pmin": 1.9})", "1.9 must be a whole number from 0 to 4294967295"},
      {R"("observe": {"pmin": 10, "pmax": 5})", "pmin must not be above pmax (r.json:1:78 /rules/0/observe/pmin)"},
      {R"("observe": {"epmin": 5, "epmax": 5})", "epmin must be below epmax"},
      {R"("observe": {"gt": 5, "lt": 5})", "lt must be below gt"},
      {R"("observe": {"gt": 5, "lt": 3, "st": 1})", "lt + 2 * st must be below gt"},
      {R"("observe": {"st": -6})", "-6 must be from 0 to 1e15"},
      {R"("observe": {"gt": 1e16})", "1e16 must be within +-1e15"},
      {R"("observe": {"edge": 2})", "2 must be a whole number from 0 to 1"},
      {R"("observe": {"con": true})", "must be a number"},
      {R"("observe": {"hqmax": -1})", "-1 must be a whole number from 0 to 4294967295"},
      {R"("observe": {"edge": 1}, "value": {"type": "float"})", "edge is for booleans"},
      {R"("observe": {"edge": 1, "level": "object"})", R"(edge is for one resource: it needs "level": "resource")"},
      {R"("observe": {"gt": 1, "level": "instance"})", R"(gt is for one resource: it needs "level": "resource")"},
      {R"("observe": {"gt": 1}, "value": {"type": "string"})", "gt is for numbers"},
      {R"("observe": {"pmin": 1, "level": "none"})", R"(has no effect at level "none": nothing is observed)"},
      {R"("observe": {"level": "device"})",
       R"("device" is not allowed here: use "none", "object", "instance" or "resource")"},
      {R"("observe": {"report": "heartbeat"})", R"(needs "heartbeat" beside it)"},
      {R"("observe": {"report": "every", "heartbeat": 5})", R"(stands against "report": leave one of them out)"},
      {R"("observe": {"heartbeat": 0})", "0 must be a whole number from 1 to 2147483647"},
      {R"("value": {"type": "double"})", R"("double" is not allowed here: use "string", "integer")"},
      {R"("value": {"scale": 0})",
       "0 would make every value the same, with no way back (r.json:1:77 /rules/0/value/scale)"},
      {R"("value": {"scale": "2"})", "must be a number, not a string"},
      {R"("value": {"scale": 2, "type": "boolean"})", "scale is for numbers: integer, unsigned and float"},
      {R"("value": {"precision": -1})", "-1 must be a whole number from 0 to 15"},
      {R"("value": {"precision": 16})", "16 must be a whole number from 0 to 15"},
      {R"("value": {"enumeration": {}})", "an empty enumeration would refuse every value: leave it out"},
      {R"("value": {"enumeration": []})", "must be an object, not an array"},
      {R"("value": {"enumeration": {"0": 1}})", "must be a string, not a number"},
      {R"("value": {"enumeration": {"0": "off", "1": "off"}})",
       R"("off" already stands for "0": there would be no way back)"},
      {R"("value": {"enumeration": {"0": "off", "0": "on"}})", R"("0" stands here a second time: keep one)"},
      {R"("value": {"type": "boolean", "enumeration": {"yes": "on"}})", R"(a boolean is "true" or "false")"},
      {R"("value": {"scale": 2, "enumeration": {"0": "off"}})",
       "scale is for numbers, and cannot stand beside enumeration"},
      {R"("value": {"base": 1})", "1 must be a whole number from 2 to 36"},
      {R"("value": {"base": 16, "type": "integer"})", "base is for the digits of a string"},
      {R"("value": {"range": 5})", "must be an array, not a number"},
      {R"("value": {"range": [1]})", "a range is [least, most]"},
      {R"("value": {"range": [2, 1]})", "the range is empty: the lower end comes first"},
      {R"("value": {"range": [1, 2], "boolean": "a/b"})", "range is for numbers, and cannot stand beside boolean"},
      {R"("value": {"boolean": "on"})", "\"on\" is no pair of words"},
      {R"("value": {"boolean": "on/on"})", "\"on/on\" is no pair of words"},
      {R"("value": {"boolean": "a/b", "time": "iso"})", "time cannot stand beside boolean: keep one of them"},
      {R"("value": {"boolean": "a/b", "type": "float"})", "boolean is for booleans, 0 and 1"},
      {R"("value": {"time": "iso", "type": "string"})", "time is for times in seconds"},
      {R"("value": {"time": "unix"})", "\"unix\" is not allowed here: use \"epoch\", \"epoch-ms\", \"iso\""},
      {R"("value": {"deviceUnit": "W", "unit": "Cel"})", R"("W" is of power, "Cel" of temperature)"},
      {R"("value": {"deviceUnit": "blob", "unit": "Cel"})", R"(nobody knows the unit "blob")"},
      {R"("value": {"otherwise": "x"})", "is for what an \"enumeration\" does not name"},
      {R"("value": {"enumeration": {"1": "x"}, "otherwise": "x"})", "\"x\" already stands for \"1\""},
      {R"("observe": {"deadband": -1})", "must be 0 or above: how far a value must move"},
      {R"("observe": {"minInterval": 0.5})", "0.5 must be a whole number from 0 to 2147483647"},
      {R"("observe": {"when": "never"})", "use \"always\" or \"on-demand\""},
      {R"("observe": {"when": "on-demand", "level": "none"})", "has no effect at level \"none\""},
      {R"("observe": {"composite": true, "level": "none"})", "has no effect at level \"none\""},
      {R"("observe": {"composite": true, "pmin": 1})", "cannot be had with \"composite\""},
      {R"("observe": {"composite": true, "when": "on-demand"})", "cannot be had with \"when\": \"on-demand\""},
      {R"("override": 5)", "must be a string, not a number"},
      {R"("to": {})", "must be an array, not an object (r.json:1:64 /rules/0/to)"},
      {R"("to": [{"form": "contaner"}])", R"("contaner" is not allowed here: use "container", "flexContainer")"},
      {R"("to": [{"name": "{objekt}"}])", R"(unknown placeholder {objekt}: did you mean "object"?)"},
      {R"("to": [{"name": "{object"}])", "a placeholder is opened by { and not closed"},
      {R"("to": [{"name": "a b"}])", "a resource name may hold 0-9 A-Z a-z _ - and placeholders in {}, not ' '"},
      {R"("to": [{"name": "a.b"}])", "not '.'"},
      {R"("to": [{"name": "a//b"}])", "an empty segment"},
      {R"("to": [{"name": ""}])", "an empty segment"},
      {R"("to": [{"name": "a/la"}])", "\"la\" names a virtual resource of the CSE"},
      {R"("to": [{"name": "online"}])", "\"online\" is the proxy's own place on each device"},
      {R"("to": [{"name": "{resourceInstance}"}])", "needs a segment without {resourceInstance}"},
      {R"("to": [{}, {"name": "{object}/{instance}/{resource}"}])", "a second target with the name"},
      {R"("to": [{"form": "flexContainer", "class": "cod:tempe"}])", R"(a flexContainer needs "attribute")"},
      {R"("to": [{"blocking": true}])", "it needs \"write\": true"},
      {R"("to": [{"form": "timeSeries", "command": true}])", "is for container, not for timeSeries"},
      {R"("to": [{"form": "transparent", "write": true}])", "is not for transparent"},
      {R"("to": [{"form": "transparent", "content": "senml"}])",
       "is for container and timeSeries, not for transparent"},
      {R"("to": [{"content": "template", "name": "a"}])", "needs \"template\" beside it"},
      {R"("to": [{"template": {"a": "{5700}"}}])", "a template over several resources needs a \"name\""},
      {R"("to": [{"name": "a", "content": "value", "template": {}}])", "stands against \"content\""},
      {R"("to": [{"name": "a", "template": "{5700}"}])", "must be a JSON object or array"},
      {R"("to": [{"name": "a", "template": {"a": "x{65535}"}}])", "\"{65535}\" is no placeholder"},
      {R"("to": [{"name": "a", "template": ["{unit}"]}])", "\"{unit}\" is no placeholder"},
      {R"("to": [{"name": "a", "template": ["{time"]}])", "\"{time\" is no placeholder"},
      {R"("to": [{"labels": "a"}])", "must be an array, not a string"},
      {R"("to": [{"class": "cod:tempe"}])", "is for flexContainer and mgmtObj, not for container"},
  };
  for (const auto& row : rows) {
    INFO(row.keys);
    const auto faults = faultsOf(withKeys(row.keys));
    REQUIRE(faults.size() == 1);
    CHECK_THAT(faults[0], Catch::StartsWith(row.fault) || Catch::Contains(row.fault));
    CHECK_THAT(faults[0], Catch::Contains("(r.json:1:") && Catch::Contains(" /rules/0"));
  }
}

TEST_CASE("Faults in match are named") {
  struct {
    const char* match;
    const char* fault;
  } const rows[] = {
      {R"({"object": 65535})", "65535 must be a whole number from 0 to 65534 (r.json:1:33 /rules/0/match/object)"},
      {R"({"object": "3303"})", "must be a number, not a string"},
      {R"({"obejct": 3})", R"(unknown key "obejct": did you mean "object"?)"},
      {R"({"endpoint": ""})", "must not be empty"},
      {R"({"version": "1"})", R"("1" is no version range: write "1.1", "1.0..1.2", "1.1.." or "..1.1")"},
      {R"({"version": ".."})", R"(".." is no version range)"},
      {R"({"version": "1.2..1.0"})", R"(the range "1.2..1.0" is empty)"},
      {R"([])", "must be an object, not an array"},
  };
  for (const auto& row : rows) {
    INFO(row.match);
    const auto faults = faultsOf(parseRules("{\"rules\": [{\"match\": " + std::string(row.match) + "}]}", "r.json"));
    REQUIRE(faults.size() == 1);
    CHECK_THAT(faults[0], Catch::Contains(row.fault));
  }
}

TEST_CASE("All faults of a file come together") {
  const auto parsed = parseRules(R"({ "sets": "x", "rules": [
    { "match": { "object": 70000 }, "value": { "scale": 0, "precision": -1 } },
    { "name": "a" },
    { "name": "a", "match": {} },
    7 ] })",
                                 "r.json");
  CHECK(faultsOf(parsed) ==
        std::vector<std::string>{
            R"(unknown key "sets": did you mean "set"? (r.json:1:11 /sets))",
            "70000 must be a whole number from 0 to 65534 (r.json:2:28 /rules/0/match/object)",
            "-1 must be a whole number from 0 to 15 (r.json:2:73 /rules/0/value/precision)",
            "0 would make every value the same, with no way back (r.json:2:57 /rules/0/value/scale)",
            "\"match\" is missing: say which values the rule is for, {} for all (r.json:3:5 /rules/1)",
            R"("a" is already the name of the rule at r.json:3:5 /rules/1 (r.json:4:15 /rules/2/name))",
            "must be an object, not a number (r.json:5:5 /rules/3)",
        });
}

TEST_CASE("A file that is no rule file is refused") {
  CHECK(faultsOf(parseRules("", "r.json")).size() == 1);
  CHECK(faultsOf(parseRules("[]", "r.json")) ==
        std::vector<std::string>{"must be an object, not an array (r.json:1:1 /)"});
  CHECK(faultsOf(parseRules("{}", "r.json")) ==
        std::vector<std::string>{"\"rules\" is missing: the list of rules (r.json:1:1 /)"});
  CHECK(faultsOf(parseRules("{\"rules\": [}", "r.json")) ==
        std::vector<std::string>{"not valid JSON: Invalid value. (r.json:1:12 /rules)"});
}

TEST_CASE("Versions are read as ranges") {
  const auto versions = [](const std::string& text) {
    const auto parsed = parseRules("{\"rules\": [{\"match\": {\"version\": \"" + text + "\"}}]}", "r");
    REQUIRE(parsed.faults.empty());
    const auto& match = parsed.set.rules[0].match;
    return std::pair(match.versionMin, match.versionMax);
  };
  using V = std::optional<lwm2m::Version>;
  CHECK(versions("1.1") == std::pair<V, V>{{{1, 1}}, {{1, 1}}});
  CHECK(versions("1.0..2.3") == std::pair<V, V>{{{1, 0}}, {{2, 3}}});
  CHECK(versions("1.1..") == std::pair<V, V>{{{1, 1}}, {}});
  CHECK(versions("..1.1") == std::pair<V, V>{{}, {{1, 1}}});
}

TEST_CASE("Thresholds are written without an exponent") {
  CHECK(lwm2m::toQuery(oneRule(R"("observe": {"gt": 1e3, "lt": -2.50, "st": 1e-3})").observe.attributes) ==
        "gt=1000&lt=-2.5&st=0.001");
  CHECK(lwm2m::toQuery(oneRule(R"("observe": {"gt": -0.0})").observe.attributes) == "gt=0");
}

TEST_CASE("Canonical JSON parses back to the same set and is the same text again") {
  std::vector<std::string> texts = {kEverything, R"({"rules": []})"};
  for (const auto& file : shippedRuleFiles()) texts.emplace_back(file.text);
  texts.push_back(R"({"rules": [{"name": "\"\\\u0001é", "match": {"version": "..1.1"}, "observe": {"level": "none"}},
                                 {"match": {"version": "1.1..", "object": 5}, "observe": {"level": "object", "report": "every"}},
                                 {"match": {"resource": 1}, "observe": {"report": "on-change"}, "value": {"scale": 1e-7, "offset": 1e300}}]})");
  for (const auto& text : texts) {
    const auto parsed = parseRules(text, "first");
    REQUIRE(faultsOf(parsed).empty());
    const auto canonical = toJson(parsed.set);
    const auto again = parseRules(canonical, "second");
    REQUIRE(faultsOf(again).empty());
    CHECK(again.set == parsed.set);
    CHECK(toJson(again.set) == canonical);
    for (const auto& rule : parsed.set.rules) {
      const auto one = ruleFromJson(toJson(rule));
      REQUIRE(one);
      CHECK(*one == rule);
    }
  }
}

TEST_CASE("A stored rule that is broken is an error with its place") {
  CHECK(ruleFromJson("{\"match\": {\"object\": -1}}").error().where == "rule:1:22 /match/object");
  CHECK_FALSE(ruleFromJson(""));
  CHECK_FALSE(ruleFromJson("[]"));
}

TEST_CASE("Files are merged in their order, and a name in two files is a fault") {
  const auto first = parseRules(R"({"set": "a", "rules": [{"name": "x", "match": {}}]})", "1.json");
  const auto second =
      parseRules(R"({"set": "b", "rules": [{"name": "y", "match": {}}, {"name": "x", "match": {}}]})", "2.json");
  const auto merged = mergeRules({first, second, parseRules("{", "3.json")});
  CHECK(merged.set.name == "a+b");
  REQUIRE(merged.set.rules.size() == 3);
  CHECK(merged.set.rules[1].name == "y");
  REQUIRE(merged.faults.size() == 2);
  CHECK(merged.faults[0].text() ==
        "\"x\" is already the name of the rule at 1.json:1:24 /rules/0: rename one "
        "(2.json:1:52 /rules/1)");
  CHECK_THAT(merged.faults[1].where, Catch::StartsWith("3.json:1:2"));
}

TEST_CASE("Rules without a name in several files are told apart, and are no fault") {
  const std::string text = R"({"rules": [{"match": {"object": 5}}, {"name": "/5/*/* hall", "match": {"object": 5}}]})";
  const auto first = parseRules(text, "1.json");
  const auto second = parseRules(R"({"rules": [{"match": {"object": 5}}, {"match": {"object": 6}}]})", "2.json");
  const auto merged = mergeRules({first, second});
  CHECK(merged.faults.empty());
  std::vector<std::string> names;
  for (const auto& rule : merged.set.rules) names.push_back(rule.name);
  CHECK(names == std::vector<std::string>{"/5/*/*", "/5/*/* hall", "/5/*/* #2", "/6/*/*"});
}

TEST_CASE("The shipped set is sound, loses no digits and forces no period") {
  const auto files = shippedRuleFiles();
  const auto found =
      std::find_if(files.begin(), files.end(), [](const auto& file) { return file.name == "ts0014-semantic.json"; });
  REQUIRE(found != files.end());
  const auto parsed = parseRules(found->text, found->name);
  CHECK(faultsOf(parsed).empty());
  CHECK(parsed.set.name == "ts0014-semantic");
  CHECK(parsed.set.rules.size() > 40);
  std::set<std::uint16_t> objects;
  for (const auto& rule : parsed.set.rules) {
    INFO(rule.name);
    CHECK(rule.observe.attributes.empty());
    CHECK(rule.value == Conversion{});
    CHECK(rule.to == std::vector<Target>{Target{}});
    REQUIRE(rule.match.object);
    objects.insert(*rule.match.object);
  }
  for (const int object : {1, 3, 4, 5, 6, 3303, 3304, 3311, 3342})
    CHECK(objects.contains(static_cast<std::uint16_t>(object)));
}

TEST_CASE("The schema knows the same keys and words as the parser") {
  const json::Document schema(contents("config/mapping/mapping.schema.json"), "mapping.schema.json");
  REQUIRE(schema.faults().empty());
  const auto defs = *schema.root().member("$defs");
  const auto sorted = [](auto words) {
    std::set<std::string_view> set;
    for (const auto word : words) set.insert(word);
    return set;
  };
  const auto keysOf = [](const json::Node& node) {
    std::set<std::string_view> set;
    for (const auto& member : node.member("properties")->children()) set.insert(member.key());
    return set;
  };
  const auto enumOf = [&](const char* def, const char* key) {
    std::set<std::string_view> set;
    for (const auto& item : defs.member(def)->member("properties")->member(key)->member("enum")->children())
      set.insert(item.text());
    return set;
  };
  CHECK(keysOf(schema.root()) == sorted(words::kFileKeys));
  CHECK(keysOf(*defs.member("rule")) == sorted(words::kRuleKeys));
  CHECK(keysOf(*defs.member("match")) == sorted(words::kMatchKeys));
  CHECK(keysOf(*defs.member("observe")) == sorted(words::kObserveKeys));
  CHECK(keysOf(*defs.member("value")) == sorted(words::kValueKeys));
  CHECK(keysOf(*defs.member("target")) == sorted(words::kTargetKeys));
  CHECK(enumOf("observe", "level") == sorted(words::kLevels));
  CHECK(enumOf("observe", "when") == sorted(words::kWhens));
  CHECK(enumOf("value", "time") == sorted(words::kTimeForms));
  CHECK(enumOf("observe", "report") == sorted(words::kReports));
  CHECK(enumOf("value", "type") == sorted(words::kTypes));
  CHECK(enumOf("target", "form") == sorted(words::kForms));
  CHECK(enumOf("target", "content") == sorted(words::kContents));
}
