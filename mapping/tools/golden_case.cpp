#include "mapping/tools/golden_case.h"

#include "mapping/tools/dry_run.h"

namespace isthmus::mapping {
namespace {

using json::Kind;
using json::Node;

std::string textOf(const Node& node, std::string_view key, std::string_view otherwise = "") {
  const auto member = node.member(key);
  return std::string(member ? member->text() : otherwise);
}

EngineSettings settingsOf(const Node& reading) {
  EngineSettings settings;
  const auto node = reading.member("settings");
  if (!node) return settings;
  settings.form = textOf(*node, "form") == "record" ? Content::record : Content::value;
  settings.defaultRule = textOf(*node, "default", "on") == "on";
  return settings;
}

class Check {
 public:
  Check(const GoldenCase& golden, const RuleSet& rules, const lwm2m::ObjectRegistry& registry)
      : golden_(golden), engine_(rules, settingsOf(golden.reading)), registry_(registry) {}

  std::vector<std::string> run() {
    json::Faults faults;
    const auto reading = readingOf(faults);
    for (const Error& fault : faults) wrong_.push_back(fault.text());
    if (!reading) return wrong_;
    const auto received = golden_.reading.member("received");
    std::int64_t ms = 0;
    if (received) ms = json::readInteger(*received, 0, INT64_MAX, faults).value_or(0);
    const DryOutcome outcome = dryRun(engine_, registry_, *reading, WallTime(milliseconds(ms)));
    compare(outcome, *reading);
    return wrong_;
  }

 private:
  // Names of the device may stand in a "device" of their own.
  std::optional<RecordedReading> readingOf(json::Faults& faults) {
    std::string text = "{";
    const auto copy = [&](const Node& from, std::string_view key) {
      const auto member = from.member(key);
      if (!member) return;
      if (text.size() > 1) text += ',';
      json::appendQuoted(text, key);
      text += ':';
      if (member->is(Kind::array)) return copyTexts(*member, text);
      member->is(Kind::number) || member->is(Kind::boolean) ? void(text += member->text())
                                                            : json::appendQuoted(text, member->text());
    };
    for (const std::string_view key : {"path", "value", "type", "time"}) copy(golden_.reading, key);
    if (const auto device = golden_.reading.member("device"))
      for (const std::string_view key : {"endpoint", "manufacturer", "model", "labels"}) copy(*device, key);
    const json::Document document(text + "}", golden_.reading.where());
    return readReading(document.root(), faults);
  }

  static void copyTexts(const Node& list, std::string& text) {
    text += '[';
    for (const Node& item : list.children()) {
      if (!text.ends_with('[')) text += ',';
      json::appendQuoted(text, item.text());
    }
    text += ']';
  }

  void expect(std::string_view what, const std::string& expected, const std::string& found) {
    if (expected != found)
      wrong_.push_back(std::string(what) + ": expected \"" + expected + "\", it is \"" + found + "\"");
  }

  void compare(const DryOutcome& outcome, const RecordedReading& reading) {
    const Node& expected = golden_.expected;
    if (const auto error = expected.member("error")) {
      if (outcome.error.find(error->text()) == std::string::npos || outcome.error.empty())
        expect("error", std::string(error->text()), outcome.error);
      return;
    }
    if (!outcome.error.empty()) return wrong_.push_back("it is refused: " + outcome.error);
    if (expected.member("rule")) expect("rule", textOf(expected, "rule"), outcome.rule);
    if (expected.member("report")) expect("report", textOf(expected, "report"), outcome.report);
    if (const auto targets = expected.member("targets")) compareTargets(targets->children(), outcome);
    if (const auto back = expected.member("back")) compareBack(*back, outcome, reading);
  }

  void compareTargets(const std::vector<Node>& expected, const DryOutcome& outcome) {
    if (expected.size() != outcome.targets.size()) {
      return wrong_.push_back(std::to_string(expected.size()) + " targets are expected, it has " +
                              std::to_string(outcome.targets.size()));
    }
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const Mapped& found = outcome.targets[i];
      const auto at = [i](std::string_view key) { return "targets[" + std::to_string(i) + "]." + std::string(key); };
      for (const auto& [key, text] : {std::pair("path", &found.path), std::pair("content", &found.content),
                                      std::pair("contentInfo", &found.contentInfo)})
        if (expected[i].member(key)) expect(at(key), textOf(expected[i], key), *text);
    }
  }

  // What an application's text becomes: that of the first target.
  void compareBack(const Node& back, const DryOutcome& outcome, const RecordedReading& reading) {
    if (outcome.targets.empty()) return wrong_.push_back("back: there is no target to come back from");
    const lwm2m::DeviceModel model(registry_, {});
    const DeviceFacts device{reading.endpoint, reading.manufacturer, reading.model, model, reading.labels};
    const auto value = engine_.toLwm2m(device, reading.path, outcome.targets[0].content);
    const bool refused = back.is(Kind::boolean) && back.text() == "false";
    if (refused && value) wrong_.push_back("back: a refusal is expected, it is \"" + lwm2m::toText(*value) + "\"");
    if (!refused && !value) wrong_.push_back("back: it is refused: " + value.error().message);
    if (!refused && value) expect("back", std::string(back.text()), lwm2m::toText(*value));
  }

  const GoldenCase& golden_;
  const Engine engine_;
  const lwm2m::ObjectRegistry& registry_;
  std::vector<std::string> wrong_;
};

}  // namespace

std::vector<std::string> check(const GoldenCase& golden, const RuleSet& rules, const lwm2m::ObjectRegistry& registry) {
  return Check(golden, rules, registry).run();
}

}  // namespace isthmus::mapping
