#include "mapping/tools/draft.h"

#include "mapping/tools/coverage.h"
#include "tests/unit/mapping_tools/fixture.h"

using namespace isthmus;
using namespace isthmus::mapping;
using isthmus::lwm2m::Path;
using isthmus::mapping::testing::registry;
using isthmus::mapping::testing::setOf;

namespace {

const lwm2m::DeviceModel kModel(registry(), {});

Draft draftOf(const std::vector<Path>& paths, const Engine* inForce = nullptr, bool forThisDevice = false) {
  return draftRules({kModel, "urn:dev:1", paths, inForce, forThisDevice});
}

RuleSet rulesOf(const Draft& draft) {
  auto parsed = mergeRules({parseRules(draft.text, "draft.json")});
  for (const auto& fault : parsed.faults) FAIL(fault.text());
  return std::move(parsed.set);
}

const Rule& named(const RuleSet& set, std::string_view name) {
  for (const Rule& rule : set.rules)
    if (rule.name == name) return rule;
  FAIL("no rule " << name);
  return set.rules.front();
}

}  // namespace

TEST_CASE("A draft for what Discover told can be applied as it is, and has nothing to be found by lint") {
  const auto draft = draftOf({Path(3303, 0), Path(3303, 0, 5700), Path(3303, 0, 5605), Path(3311, 0),
                              Path(3311, 0, 5850), Path(3, 0), Path(3, 0, 0), Path(3, 0, 15)});
  const auto set = rulesOf(draft);
  CHECK(set.rules.size() == draft.rules);
  CHECK(draft.rules == 5);
  const auto& temperature = named(set, "temperature-sensor-value");
  CHECK(temperature.observe.level == ObserveLevel::resource);
  CHECK_FALSE(temperature.to[0].write);
  const auto& reset = named(set, "temperature-reset-min-and-max-measured-values");
  CHECK(reset.observe.level == ObserveLevel::none);
  CHECK(reset.to[0].command);
  CHECK(named(set, "light-control-on-off").to[0].write);
  CHECK(named(set, "device-timezone").observe.level == ObserveLevel::none);
  CHECK(rulesOf(draftOf({Path(3, 0, 13)})).rules[0].observe.level == ObserveLevel::none);  // it changes every second
  for (const auto& finding : lint(std::vector<RuleText>{{"draft.json", draft.text}}, registry()).findings)
    FAIL_CHECK(toText(finding));
}

TEST_CASE("Every object that is known can be drafted by its definition, and the draft lints clean") {
  for (const auto* object : registry().all()) {
    const auto draft = draftOf({Path(object->id, 0)});
    INFO(draft.text);
    REQUIRE(mergeRules({parseRules(draft.text, "draft.json")}).faults.empty());
    for (const auto& finding : lint(std::vector<RuleText>{{"draft.json", draft.text}}, registry()).findings)
      FAIL_CHECK(toText(finding));
  }
}

TEST_CASE("Without Discover, optional resources stand as comments") {
  const auto draft = draftOf({Path(3303, 0)});
  CHECK(rulesOf(draft).rules.size() == 1);
  CHECK(draft.text.find("// { \"name\": \"temperature-min-measured-value\"") != std::string::npos);
}

TEST_CASE("What a rule in force names is left out; private objects never come in") {
  const Engine inForce(setOf(R"({"match":{"object":3303,"resource":5700}})"), {});
  const auto draft = draftOf({Path(3303, 0, 5700), Path(3303, 0, 5601), Path(0, 0), Path(1, 0, 1)}, &inForce);
  CHECK(draft.rules == 1);
  CHECK(draft.leftOut == 1);
  CHECK(rulesOf(draft).rules[0].match.resource == 5601);
}

TEST_CASE("Objects and resources that no definition knows are drafted too, for one device where that is asked") {
  const auto set = rulesOf(draftOf({Path(31234, 0), Path(31235, 0, 7)}, nullptr, true));
  REQUIRE(set.rules.size() == 2);
  CHECK(set.rules[0].match.object == 31234);
  CHECK_FALSE(set.rules[0].match.resource);
  CHECK(set.rules[1].match.resource == 7);
  CHECK(set.rules[1].match.endpoint == "urn:dev:1");
  CHECK(rulesOf(draftOf({})).rules.empty());
}

TEST_CASE("Coverage says what is mapped by which rule, observed, and never seen") {
  const Engine engine(setOf(R"({"name":"t","match":{"object":3303,"resource":5700},"to":[{"name":"t-{instance}"}]})"),
                      {});
  const std::vector<Path> resources = {Path(3303, 0, 5601), Path(3303, 0, 5605), Path(3303, 0, 5700),
                                       Path(31234, 0, 1)};
  const std::vector<Path> observed = {Path(3303, 0, 5700)};
  const std::vector<SeenValue> seen = {{"/3303/0/5700", "21", "2026-01-01T00:00:00Z", "delivered"}};
  const auto found = coverageOf(engine, {{"dev", {}, {}, kModel, {}}, resources, observed, seen, true});
  REQUIRE(found.rows.size() == 4);
  CHECK(found.rows[0].mapped == "default rule");
  CHECK(found.rows[0].observed.empty());
  CHECK(found.rows[1].operations == "E");
  CHECK(found.rows[2].mapped == "t");
  CHECK(found.rows[2].to == "t-0");
  CHECK(found.rows[2].observed == "/3303/0/5700");
  CHECK(found.rows[2].value == "21");
  CHECK(found.byRule == 1);
  CHECK(found.byDefault == 2);
  CHECK(found.observed == 1);
  CHECK(found.neverSeen == 2);
  CHECK(coverageOf(engine, {{"dev", {}, {}, kModel, {}}, resources, observed, seen, false}).unmapped == 2);
}
