#include "tests/unit/mapping_tools/fixture.h"

#include <algorithm>

using namespace isthmus;
using namespace isthmus::mapping;
using isthmus::mapping::testing::lintOf;

namespace {

using Strings = std::vector<std::string>;

std::string messageOf(const std::string& rules) {
  const std::vector<RuleText> files = {{"test.json", R"({"rules":[)" + rules + "]}"}};
  const auto result = lint(files, isthmus::mapping::testing::registry());
  REQUIRE(result.findings.size() == 1);
  return toText(result.findings[0]);
}

}  // namespace

TEST_CASE("The shipped sets have nothing that should be looked at") {
  for (const auto& file : shippedRuleFiles()) {
    const std::vector<RuleText> files = {{std::string(file.name), std::string(file.text)}};
    for (const auto& finding : lint(files, isthmus::mapping::testing::registry()).findings) FAIL_CHECK(toText(finding));
  }
}

TEST_CASE("A finding says file, line, column, severity, what to do, check and pointer") {
  CHECK(messageOf(R"({"match":{"object":3303,"resource":5799}})")
            .find("test.json:1:46: warning: object 3303 (Temperature) has no resource 5799; it has 5518, 5601") == 0);
  CHECK(messageOf(R"({"match":{"object":3303,"resource":5799}})").find("[unknown-resource, /rules/0/match/resource]") !=
        std::string::npos);
}

TEST_CASE("What cannot be read is found too, and the other rules are still looked at") {
  CHECK(lintOf(R"({"match":{"object":"3303"}},{"match":{"object":3303,"resource":5799}})") ==
        Strings{"fault /rules/0/match/object", "unknown-resource /rules/1/match/resource"});
  const std::vector<RuleText> broken = {{"a.json", "{\"rules\":[\n  {]}"}};
  const auto findings = lint(broken, isthmus::mapping::testing::registry()).findings;
  REQUIRE_FALSE(findings.empty());
  CHECK(findings[0].file == "a.json");
  CHECK(findings[0].line == 2);
}

TEST_CASE("Unknown objects, versions and resources are found") {
  CHECK(lintOf(R"({"match":{"object":31234,"resource":1}})") == Strings{"unknown-object /rules/0/match/object"});
  CHECK(lintOf(R"({"match":{"object":3303,"version":"7.0..","resource":5700}})") ==
        Strings{"never-fires /rules/0/match/version"});
  CHECK(lintOf(R"({"match":{"object":3303,"resource":5700}})").empty());
}

TEST_CASE("A rule that could never fire is found") {
  CHECK(lintOf(R"({"match":{"object":21}})") == Strings{"never-fires /rules/0/match/object"});
  CHECK(lintOf(R"({"match":{"object":3,"instance":1,"resource":0}})") ==
        Strings{"never-fires /rules/0/match/instance"});
  CHECK(lintOf(R"({"match":{"object":3303,"resource":5700,"resourceInstance":2}})") ==
        Strings{"never-fires /rules/0/match/resourceInstance"});
  CHECK(lintOf(R"({"match":{"object":3,"resource":7,"resourceInstance":2}})").empty());
  CHECK(lintOf(R"({"match":{"object":3303,"resource":5605},"observe":{"level":"none"}})") ==
        Strings{"never-fires /rules/0/match/resource"});
}

TEST_CASE("The direction is checked against the resource's operations") {
  CHECK(lintOf(R"({"match":{"object":3303,"resource":5605}})") == Strings{"direction /rules/0"});
  CHECK(lintOf(R"({"match":{"object":3303,"resource":5605},"observe":{"level":"resource"},"to":[{"command":true}]})") ==
        Strings{"direction /rules/0/observe/level"});
  CHECK(lintOf(R"({"match":{"object":3303,"resource":5605},"observe":{"level":"none"},"to":[{"command":true}]})")
            .empty());
  CHECK(lintOf(R"({"match":{"object":3303,"resource":5700},"to":[{"write":true}]})") ==
        Strings{"direction /rules/0/to/0/write"});
  CHECK(lintOf(R"({"match":{"object":3311,"resource":5850},"to":[{"write":true}]})").empty());
}

TEST_CASE("Steps that the resource's type does not have are found") {
  CHECK(lintOf(R"({"match":{"object":3,"resource":0},"value":{"scale":2}})") ==
        Strings{"wrong-type /rules/0/value/scale"});
  CHECK(lintOf(R"({"match":{"object":3311,"resource":5850},"value":{"precision":1}})") ==
        Strings{"wrong-type /rules/0/value/precision"});
  CHECK(lintOf(R"({"match":{"object":3303,"resource":5700},"value":{"type":"opaque"}})") ==
        Strings{"wrong-type /rules/0/value/type"});
  CHECK(lintOf(R"({"match":{"object":3303,"resource":5700},"value":{"boolean":"on/off"}})") ==
        Strings{"wrong-type /rules/0/value/boolean"});
  CHECK(lintOf(R"({"match":{"object":3,"resource":0},"observe":{"gt":5}})") ==
        Strings{"wrong-type /rules/0/observe/gt"});
  CHECK(lintOf(R"({"match":{"object":3303,"resource":5700},"value":{"scale":0.1,"type":"integer"}})").empty());
}

TEST_CASE("A unit that the device's numbers cannot be converted to is found") {
  CHECK(lintOf(R"({"match":{"object":3303,"resource":5700},"value":{"unit":"%RH"}})") ==
        Strings{"unit-clash /rules/0/value/unit"});
  CHECK(lintOf(R"({"match":{"object":3303,"resource":5700},"value":{"unit":"K"}})").empty());
  CHECK(lintOf(R"({"match":{"object":3303,"resource":5700},"value":{"deviceUnit":"%RH","unit":"%RH"}})").empty());
}

TEST_CASE("An attribute that a class does not have is found") {
  CHECK(lintOf(R"({"match":{"object":3303,"resource":5700},)"
               R"("to":[{"form":"flexContainer","class":"cod:tempe","attribute":"curT"}]})") ==
        Strings{"unknown-class /rules/0/to/0/attribute"});
}

TEST_CASE("An enumeration has a word for each value that the definition allows") {
  CHECK(lintOf(R"({"match":{"object":5,"resource":3},"value":{"enumeration":{"0":"idle","1":"downloading"}}})") ==
        Strings{"enumeration-not-total /rules/0/value/enumeration"});
  CHECK(
      lintOf(R"({"match":{"object":5,"resource":3},"value":{"enumeration":{"0":"idle"},"otherwise":"busy"}})").empty());
  CHECK(lintOf(R"({"match":{"object":3311,"resource":5850},"value":{"enumeration":{"true":"on","false":"off"}}})")
            .empty());
  CHECK(lintOf(R"({"match":{"object":3311,"resource":5850},"value":{"enumeration":{"1":"on","false":"off"}}})") ==
        Strings{"enumeration-not-total /rules/0/value/enumeration", "never-fires /rules/0/value/enumeration/1"});
}

TEST_CASE("A rule that never wins is found, one that is for another device is not") {
  const std::string temperature = R"({"match":{"object":3303,"resource":5700}})";
  CHECK(lintOf(temperature + "," + temperature) == Strings{"shadowed /rules/0/match"});
  CHECK(lintOf(R"({"match":{"object":3303,"resource":5700,"endpoint":"a"}},)" + temperature).empty());
  CHECK(lintOf(R"({"match":{"object":3303,"resource":5700,"version":"1.1"}},)"
               R"({"match":{"object":3303,"resource":5700,"version":"1.0.."}})") == Strings{"shadowed /rules/0/match"});
  CHECK(lintOf(R"({"match":{"object":3303,"resource":5700,"endpoint":"a?"}},)"
               R"({"match":{"object":3303,"resource":5700,"endpoint":"a*"}})") == Strings{"shadowed /rules/0/match"});
  CHECK(lintOf(R"({"match":{"object":3303,"resource":5700,"endpoint":"a*"}},)"
               R"({"match":{"object":3303,"resource":5700,"endpoint":"a?"}})")
            .empty());
}

TEST_CASE("Values of different resources that go to one place are found") {
  const auto rule = [](int object, int resource, const std::string& name, const std::string& more = "") {
    return R"({"match":{"object":)" + std::to_string(object) + R"(,"resource":)" + std::to_string(resource) + more +
           R"(},"to":[{"name":")" + name + R"("}]})";
  };
  const Strings second = {"same-place /rules/1/to/0/name"};
  CHECK(lintOf(rule(3303, 5700, "air-{instance}") + "," + rule(3304, 5700, "air-{instance}")) == second);
  CHECK(lintOf(rule(3303, 5700, "air-{instance}") + "," + rule(3304, 5700, "air-0", R"(,"instance":0)")) == second);
  CHECK(lintOf(rule(3303, 5700, "air-0", R"(,"instance":0)") + "," + rule(3304, 5700, "air-{instance}")) == second);
  CHECK(lintOf(rule(3303, 5700, "air-{instance}") + "," + rule(3304, 5700, "wet-{instance}")).empty());
  CHECK(lintOf(rule(3303, 5700, "air-{instance}", R"(,"endpoint":"a")") + "," +
               rule(3304, 5700, "air-{instance}", R"(,"endpoint":"b")"))
            .empty());
  CHECK(lintOf(rule(3303, 5700, "3304/{instance}/5700") + "," + rule(3304, 5700, "{object}/{instance}/{resource}")) ==
        second);
  CHECK(lintOf(rule(3303, 5700, "{object}/{instance}/{resource}") + "," +
               rule(3303, 5701, "{object}/{instance}/{resource}"))
            .empty());
  CHECK(lintOf(rule(3303, 5700, "temperature")) == Strings{"same-place /rules/0/to"});
  CHECK(lintOf(rule(3, 9, "battery")).empty());
}

TEST_CASE("Attributes of one flexContainer are no collision, twice the same one is") {
  const auto rule = [](int resource, const std::string& attribute) {
    return R"({"match":{"object":3303,"resource":)" + std::to_string(resource) +
           R"(},"to":[{"form":"flexContainer","class":"cod:tempe","attribute":")" + attribute + R"("}]})";
  };
  CHECK(lintOf(rule(5700, "curT0") + "," + rule(5601, "minVe")).empty());
  CHECK(lintOf(rule(5700, "curT0") + "," + rule(5601, "curT0")) == Strings{"same-place /rules/1/to/0"});
}

TEST_CASE("Ten thousand rules for single endpoints are linted, and none is confused with another") {
  std::string rules;
  for (int i = 0; i < 10'000; ++i) {
    rules += (i == 0 ? "" : ",") + std::string(R"({"name":"r)") + std::to_string(i) +
             R"(","match":{"object":3303,"resource":5700,"endpoint":"dev-)" + std::to_string(i) +
             R"("},"value":{"precision":1},"to":[{"name":"temperature-{instance}"}]})";
  }
  CHECK(lintOf(rules).empty());
}
