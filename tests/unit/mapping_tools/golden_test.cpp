// The golden cases of the engine, run as `isthmus mapping test` does; the format is described in
// config/mapping/README.md.
#include "mapping/tools/golden_case.h"
#include "tests/unit/mapping_tools/fixture.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

using namespace isthmus;
using namespace isthmus::mapping;
using isthmus::mapping::testing::registry;
using isthmus::mapping::testing::setOf;

namespace {

std::string contents(const std::filesystem::path& path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::string> checked(const std::string& rules, const std::string& reading, const std::string& expected) {
  const json::Document readingFile(reading, "reading.json"), expectedFile(expected, "expected.json");
  return check({"test", readingFile.root(), expectedFile.root()}, setOf(rules), registry());
}

const std::string kTenths = R"({"match":{"object":3202,"resource":5600},"value":{"scale":0.1,"offset":-40}})";

}  // namespace

TEST_CASE("Every golden case passes") {
  std::size_t cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator("tests/golden")) {
    if (!std::filesystem::exists(entry.path() / "reading.json")) continue;
    ++cases;
    INFO(entry.path().filename().string());
    const auto rules = mergeRules({parseRules(contents(entry.path() / "rules.json"), "rules.json")});
    REQUIRE(rules.faults.empty());
    const json::Document reading(contents(entry.path() / "reading.json"), "reading.json");
    const json::Document expected(contents(entry.path() / "expected.json"), "expected.json");
    const auto wrong = check({"", reading.root(), expected.root()}, rules.set, registry());
    for (const auto& what : wrong) FAIL_CHECK(what);
  }
  CHECK(cases >= 10);
}

TEST_CASE("What is not as expected is told with what came instead") {
  const std::string reading = R"({"path":"/3202/0/5600","value":653})";
  CHECK(checked(kTenths, reading, R"({"targets":[{"path":"3202/0/5600","content":"25.3"}],"back":"653"})").empty());
  CHECK(checked(kTenths, reading, R"({"targets":[{"content":"25.4"}]})") ==
        std::vector<std::string>{R"(targets[0].content: expected "25.4", it is "25.3")"});
  CHECK(checked(kTenths, reading, R"({"report":"on-change"})").size() == 1);
  CHECK(checked(kTenths, reading, R"({"rule":"other"})").size() == 1);
  CHECK(checked(kTenths, reading, R"({"targets":[]})").size() == 1);
  CHECK(checked(kTenths, reading, R"({"error":"x"})").size() == 1);
  CHECK(checked(kTenths, reading, R"({"back":false})").size() == 1);
  CHECK(checked(kTenths, R"({"path":"/3202/0","value":1})", "{}").size() == 1);
  CHECK(checked(kTenths, R"({"path":"/3202/0/5600","value":"warm"})", "{}").size() == 1);
}
