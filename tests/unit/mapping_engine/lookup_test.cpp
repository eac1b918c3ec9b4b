#include "mapping/engine/glob.h"
#include "tests/unit/mapping_engine/fixture.h"

#include <catch2/catch.hpp>

using namespace isthmus;
using namespace isthmus::mapping;
using isthmus::mapping::testing::Fixture;

TEST_CASE("The most specific rule wins: endpoint, resource, instance, object, then the later one") {
  struct {
    const char* weaker;
    const char* stronger;
  } const rows[] = {
      {R"({})", R"({"object": 3303})"},
      {R"({"object": 3303})", R"({"instance": 0})"},
      {R"({"object": 3303, "instance": 0})", R"({"resource": 5700})"},
      {R"({"resource": 5700})", R"({"resource": 5700, "object": 3303})"},
      {R"({"resource": 5700, "object": 3303})", R"({"resource": 5700, "instance": 0})"},
      {R"({"resource": 5700})", R"({"resource": 5700, "resourceInstance": 2})"},
      {R"({"object": 3303, "instance": 0, "resource": 5700, "resourceInstance": 2})", R"({"endpoint": "urn:*"})"},
      {R"({"endpoint": "*", "resource": 5700})", R"({"endpoint": "?*"})"},
      {R"({"endpoint": "urn:*", "resource": 5700})", R"({"endpoint": "urn:dev:*"})"},
      {R"({"endpoint": "urn:dev:on?", "resource": 5700})", R"({"endpoint": "urn:dev:one"})"},
      {R"({"object": 3303})", R"({"object": 3303, "label": "roof"})"},
      {R"({"object": 3303, "model": "T1"})", R"({"object": 3303, "version": "1.0"})"},
      {R"({"object": 3303, "manufacturer": "ACME"})", R"({"object": 3303, "model": "T*"})"},
      {R"({"object": 3303, "label": "roof"})", R"({"object": 3303, "manufacturer": "ACME"})"},
      {R"({"object": 3303})", R"({"object": 3303})"},  // the later one
      {R"({"endpoint": "urn:dev:one"})", R"({"endpoint": "urn:dev:one"})"},
  };
  for (const auto& row : rows) {
    const auto rule = [](const char* name, const char* match) {
      return R"({"name": ")" + std::string(name) + R"(", "match": )" + match + "}";
    };
    INFO(row.weaker << " < " << row.stronger);
    const std::string path = "/3303/0/5700/2";
    const bool tie = std::string_view(row.weaker) == row.stronger;
    Fixture ordered(rule("weaker", row.weaker) + "," + rule("stronger", row.stronger));
    Fixture reversed(rule("stronger", row.stronger) + "," + rule("weaker", row.weaker));
    for (auto* fixture : {&ordered, &reversed}) {
      fixture->manufacturer = "ACME";
      fixture->model = "T1";
      fixture->labels = {"cellar", "roof"};
    }
    CHECK(ordered.winner(path) == "stronger");
    CHECK(reversed.winner(path) == (tie ? "weaker" : "stronger"));
  }
}

TEST_CASE("A rule is only for what it names") {
  struct {
    const char* match;
    const char* path;
    bool fits;
  } const rows[] = {
      {R"({"object": 3303, "instance": 1})", "/3303/1/5700", true},
      {R"({"object": 3303, "instance": 1})", "/3303/10/5700", false},
      {R"({"object": 3303, "instance": 10})", "/3303/1/5700", false},
      {R"({"object": 330})", "/3303/0/5700", false},
      {R"({"object": 0})", "/0/0/0", true},
      {R"({"object": 65534, "instance": 65534, "resource": 65534})", "/65534/65534/65534", true},
      {R"({"resource": 5700})", "/3304/7/5700", true},
      {R"({"resource": 5700})", "/3304/7/5700/3", true},
      {R"({"resource": 5700})", "/5700/0/1", false},
      {R"({"resource": 7, "resourceInstance": 1})", "/3/0/7/1", true},
      {R"({"resource": 7, "resourceInstance": 1})", "/3/0/7/2", false},
      {R"({"resource": 7, "resourceInstance": 1})", "/3/0/7", false},
      {R"({"resourceInstance": 1})", "/3/0/7/1", true},
      {R"({"endpoint": "urn:dev:one"})", "/3/0/0", true},
      {R"({"endpoint": "urn:dev:on"})", "/3/0/0", false},
      {R"({"endpoint": "urn:dev:?n*"})", "/3/0/0", true},
      {R"({"endpoint": "*two"})", "/3/0/0", false},
      {R"({"manufacturer": "ACME"})", "/3/0/0", true},
      {R"({"manufacturer": "AC"})", "/3/0/0", false},
      {R"({"model": "*"})", "/3/0/0", false},  // nobody knows the model
      {R"({"label": "ro*"})", "/3/0/0", true},
      {R"({"label": "ground"})", "/3/0/0", false},
      {R"({"object": 3, "version": "1.1..1.2"})", "/3/0/0", true},
      {R"({"object": 3, "version": "1.2.."})", "/3/0/0", false},
      {R"({"object": 3, "version": "..1.0"})", "/3/0/0", false},
      {R"({"object": 4, "version": "1.0"})", "/4/0/0", true},  // states none
  };
  for (const auto& row : rows) {
    INFO(row.match << " " << row.path);
    Fixture fixture(R"({"name": "r", "match": )" + std::string(row.match) + "}");
    fixture.manufacturer = "ACME";
    fixture.labels = {"roof"};
    fixture.versions = {{3, {1, 1}}};
    fixture.definitions = lwm2m::DeviceModel(isthmus::mapping::testing::registry(), fixture.versions);
    CHECK((fixture.winner(row.path) == "r") == row.fits);
  }
}

TEST_CASE("An endpoint of its own falls back to patterns where its own rules do not fit") {
  const Fixture fixture(R"({"name": "own", "match": {"endpoint": "urn:dev:one", "resource": 1, "manufacturer": "X"}},
                           {"name": "pattern", "match": {"endpoint": "urn:*", "resource": 1}})");
  CHECK(fixture.winner("/9/0/1") == "pattern");
}

TEST_CASE("Globs know stars and question marks") {
  struct {
    const char* pattern;
    const char* text;
    bool matches;
  } const rows[] = {{"*", "", true},      {"*", "abc", true},   {"", "", true},       {"", "a", false},
                    {"?", "", false},     {"a?c", "abc", true}, {"a?c", "ac", false}, {"a*c", "abcbc", true},
                    {"a*c", "ab", false}, {"*b*", "abc", true}, {"a**", "a", true},   {"*?", "", false},
                    {"[a]", "a", false},  {"[a]", "[a]", true}, {"A", "a", false}};
  for (const auto& row : rows) {
    INFO(row.pattern << " " << row.text);
    CHECK(globMatches(row.pattern, row.text) == row.matches);
  }
  CHECK_FALSE(globMatches("*a*a*a*a*a*a*a*a*a*b", std::string(5000, 'a')));
}

TEST_CASE("Ten thousand rules do not hide the one that fits") {
  std::string rules;
  for (int i = 0; i < 10'000; ++i) {
    if (i > 0) rules += ",";
    rules += R"({"match": {"endpoint": "dev-)" + std::to_string(i) +
             R"(", "object": 3303, "resource": 5700}, "to": [{"name": "t)" + std::to_string(i) + R"("}]})";
  }
  Fixture fixture(rules);
  fixture.endpoint = "dev-7777";
  CHECK(fixture.place("/3303/0/5700") == "t7777");
  fixture.endpoint = "dev-10000";
  CHECK(fixture.place("/3303/0/5700") == "3303/0/5700");
}
