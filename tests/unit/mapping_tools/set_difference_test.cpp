#include "mapping/tools/set_difference.h"

#include "tests/unit/mapping_tools/fixture.h"

using namespace isthmus::mapping;
using isthmus::mapping::testing::setOf;

namespace {

const std::string kA = R"({"name":"a","match":{"object":1}})", kB = R"({"name":"b","match":{"object":2}})",
                  kB2 = R"({"name":"b","match":{"object":3}})";

}  // namespace

TEST_CASE("A set differs from itself in nothing") { CHECK(difference(setOf(kA), setOf(kA)) == SetDifference{}); }

TEST_CASE("Added, removed and changed rules are told with both sides") {
  const auto found = difference(setOf(kA + "," + kB), setOf(kB2 + R"(,{"name":"c","match":{}})"));
  REQUIRE(found.changes.size() == 3);
  CHECK(found.changes[0].name == "b");
  CHECK(found.changes[0].kind == RuleChange::Kind::changed);
  CHECK(found.changes[0].before.find("\"object\":2") != std::string::npos);
  CHECK(found.changes[0].after.find("\"object\":3") != std::string::npos);
  CHECK(found.changes[1].name == "c");
  CHECK(found.changes[1].kind == RuleChange::Kind::added);
  CHECK(found.changes[1].before.empty());
  CHECK(found.changes[2].name == "a");
  CHECK(found.changes[2].kind == RuleChange::Kind::removed);
  CHECK(found.changes[2].after.empty());
  CHECK_FALSE(found.reordered);
}

TEST_CASE("Another order is told, since it decides between equals") {
  const auto found = difference(setOf(kA + "," + kB), setOf(kB + "," + kA));
  CHECK(found.changes.empty());
  CHECK(found.reordered);
}

TEST_CASE("An exported set reads back as the same set, and always gives the same text") {
  for (const auto& file : shippedRuleFiles()) {
    const auto set = mergeRules({parseRules(file.text, file.name)}).set;
    const auto text = exportText(set);
    CHECK(mergeRules({parseRules(text, "export.json")}).set == set);
    CHECK(exportText(mergeRules({parseRules(text, "export.json")}).set) == text);
  }
  CHECK(mergeRules({parseRules(exportText({}), "export.json")}).faults.empty());
}
