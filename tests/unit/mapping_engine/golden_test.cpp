// Walks tests/golden: each folder is one case, run both ways.
//   rules.json     a rule file
//   reading.json   {"path", "type", "value", "time"?, "received"?, "device"?: {"endpoint", "manufacturer", "model",
//   "labels"},
//                   "settings"?: {"form", "default"}}; times in ms since 1970
//   expected.json  {"rule", "report", "targets": [{"path", "content", "contentInfo"}], "back"?: text of the value on
//   the way back,
//                   the reading's own if it is left out, false if there is no way back, "writes"?: what else an
//                   application writes, [{"content", "value": text} or {"content", "refused": part of the message}]}
//                   or {"error": part of the message}
#include "ipe/base/located_json.h"
#include "mapping/rules/rule_words.h"
#include "tests/unit/mapping_engine/fixture.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>

using namespace isthmus;
using namespace isthmus::mapping;
using isthmus::json::Node;

namespace {

std::string contents(const std::filesystem::path& path) {
  std::ifstream stream(path);
  if (!stream) FAIL("missing: " << path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string textOf(const Node& node, std::string_view key, std::string_view otherwise = "") {
  const auto member = node.member(key);
  return std::string(member ? member->text() : otherwise);
}

lwm2m::ResourceType typeNamed(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(lwm2m::ResourceType::coreLink); ++i) {
    if (lwm2m::name(static_cast<lwm2m::ResourceType>(i)) == name) return static_cast<lwm2m::ResourceType>(i);
  }
  FAIL("unknown type " << name);
  return lwm2m::ResourceType::none;
}

WallTime timeOf(const Node& node) {
  std::int64_t ms = 0;
  std::from_chars(node.text().data(), node.text().data() + node.text().size(), ms);
  return WallTime(milliseconds(ms));
}

struct Case {
  explicit Case(const std::filesystem::path& folder)
      : readingFile(contents(folder / "reading.json"), (folder / "reading.json").string()),
        expectedFile(contents(folder / "expected.json"), (folder / "expected.json").string()),
        rules(parseRules(contents(folder / "rules.json"), (folder / "rules.json").string())) {
    for (const auto* faults :
         {&readingFile.faults(), &expectedFile.faults(), const_cast<const json::Faults*>(&rules.faults)}) {
      for (const auto& fault : *faults) FAIL(fault.text());
    }
  }

  EngineSettings settings() const {
    EngineSettings settings;
    const auto node = readingFile.root().member("settings");
    if (!node) return settings;
    settings.form = textOf(*node, "form") == "record" ? Content::record : Content::value;
    settings.defaultRule = textOf(*node, "default", "on") == "on";
    return settings;
  }

  json::Document readingFile, expectedFile;
  ParsedRules rules;
};

constexpr const char* kReports[] = {"every", "on-change", "heartbeat"};

void checkTargets(const Mapping& mapping, const Node& expected) {
  CHECK(mapping.rule == textOf(expected, "rule"));
  CHECK(kReports[static_cast<std::size_t>(mapping.report)] == textOf(expected, "report"));
  const auto targets = expected.member("targets")->children();
  REQUIRE(mapping.targets.size() == targets.size());
  for (std::size_t i = 0; i < targets.size(); ++i) {
    CHECK(mapping.targets[i].path == textOf(targets[i], "path"));
    CHECK(mapping.targets[i].content == textOf(targets[i], "content"));
    CHECK(mapping.targets[i].contentInfo == textOf(targets[i], "contentInfo"));
    CHECK(words::kForms[static_cast<std::size_t>(mapping.targets[i].form)] == textOf(targets[i], "form", "container"));
  }
}

void checkWrites(const Engine& engine, const DeviceFacts& device, const lwm2m::Path& path, const Node& expected) {
  const auto writes = expected.member("writes");
  if (!writes) return;
  for (const auto& write : writes->children()) {
    const auto content = textOf(write, "content");
    INFO("written: " << content);
    const auto value = engine.toLwm2m(device, path, content);
    if (const auto reason = write.member("refused")) {
      REQUIRE_FALSE(value);
      CHECK_THAT(value.error().text(), Catch::Contains(std::string(reason->text())));
    } else {
      REQUIRE(value);
      CHECK(lwm2m::toText(*value) == textOf(write, "value"));
    }
  }
}

void run(const std::filesystem::path& folder) {
  const Case golden(folder);
  const auto reading = golden.readingFile.root();
  const auto expected = golden.expectedFile.root();
  const Engine engine(golden.rules.set, golden.settings());
  std::string endpoint = "urn:dev:one", manufacturer, model;
  if (const auto device = reading.member("device")) {
    endpoint = textOf(*device, "endpoint", endpoint);
    manufacturer = textOf(*device, "manufacturer");
    model = textOf(*device, "model");
  }
  const lwm2m::DeviceModel definitions(isthmus::mapping::testing::registry(), {});
  const DeviceFacts device{endpoint, manufacturer, model, definitions, {}};

  const auto value = lwm2m::convert(textOf(reading, "value"), typeNamed(textOf(reading, "type")));
  REQUIRE(value);
  lwm2m::Record record{lwm2m::Path::parse(textOf(reading, "path")).value(), *value, {}};
  if (const auto time = reading.member("time")) record.time = timeOf(*time);
  const auto received = reading.member("received") ? timeOf(*reading.member("received")) : WallTime();

  const auto mapping = engine.toOneM2m(device, record, received);
  if (const auto error = expected.member("error")) {
    REQUIRE_FALSE(mapping);
    CHECK_THAT(mapping.error().text(), Catch::Contains(std::string(error->text())));
    return;
  }
  REQUIRE(mapping);
  checkTargets(*mapping, expected);
  checkWrites(engine, device, record.path, expected);
  if (mapping->targets.empty()) return;
  const auto back = engine.toLwm2m(device, record.path, mapping->targets[0].content);
  if (textOf(expected, "back") == "false" && expected.member("back")->is(json::Kind::boolean)) {
    CHECK_FALSE(back);
    return;
  }
  REQUIRE(back);
  CHECK(lwm2m::toText(*back) == textOf(expected, "back", lwm2m::toText(*value)));
}

}  // namespace

TEST_CASE("Every golden case holds both ways") {
  std::vector<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator("tests/golden")) {
    if (entry.is_directory()) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  CHECK(folders.size() >= 10);
  for (const auto& folder : folders) {
    INFO(folder.filename().string());
    run(folder);
  }
}
