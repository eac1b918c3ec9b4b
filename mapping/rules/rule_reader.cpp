#include "mapping/rules/rule_reader.h"

#include "lwm2m/model/number.h"
#include "mapping/rules/name_template.h"
#include "mapping/rules/rule_words.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace isthmus::mapping {
namespace {

using json::complain;
using json::Faults;
using json::Kind;
using json::Node;

constexpr std::int64_t kLargestId = 65534;          // 65535 is reserved (LwM2M Core 7.2)
constexpr std::int64_t kLargestCount = 0x7FFFFFFF;  // of seconds, or of values
constexpr std::int64_t kMostDigits = 15;            // what a double holds for certain
constexpr double kLargestThreshold = 1e15;
constexpr double kSmallestThreshold = 1e-9;
constexpr std::size_t kLongestText = 256;

// Gives the member's value to `out`, if there is one and it can be read.
template <class T, class Read>
void take(const Node& object, std::string_view key, T& out, Read read) {
  const auto member = object.member(key);
  if (!member) return;
  if (auto value = read(*member)) out = *std::move(value);
}

class RuleReader {
 public:
  explicit RuleReader(Faults& faults) : faults_(faults) {}

  Rule read(const Node& node) {
    Rule rule;
    if (!open(node, words::kRuleKeys)) return rule;
    take(node, "name", rule.name, [this](const Node& at) { return readText(at); });
    if (const auto match = node.member("match")) {
      readMatch(*match, rule.match);
    } else {
      complain(faults_, node, "\"match\" is missing: say which values the rule is for, {} for all");
    }
    if (const auto value = node.member("value")) readConversion(*value, rule.value);
    readObserve(node, rule);
    if (const auto to = node.member("to")) readTargets(*to, rule.to);
    return rule;
  }

 private:
  bool open(const Node& node, std::span<const std::string_view> keys) {
    if (!json::expect(node, Kind::object, faults_)) return false;
    json::refuseUnknownKeys(node, keys, faults_);
    return true;
  }

  std::optional<std::string> readText(const Node& node) {
    auto text = json::readString(node, faults_);
    if (!text || (!text->empty() && text->size() <= kLongestText)) return text;
    complain(faults_, node, text->empty() ? "must not be empty" : "must have at most 256 bytes");
    return {};
  }

  std::optional<std::uint16_t> readId(const Node& node) {
    const auto id = json::readInteger(node, 0, kLargestId, faults_);
    if (!id) return {};
    return static_cast<std::uint16_t>(*id);
  }

  void readMatch(const Node& node, Match& match) {
    if (!open(node, words::kMatchKeys)) return;
    const auto text = [this](const Node& at) { return readText(at); };
    const auto id = [this](const Node& at) { return readId(at); };
    take(node, "endpoint", match.endpoint, text);
    take(node, "manufacturer", match.manufacturer, text);
    take(node, "model", match.model, text);
    take(node, "label", match.label, text);
    take(node, "object", match.object, id);
    take(node, "instance", match.instance, id);
    take(node, "resource", match.resource, id);
    take(node, "resourceInstance", match.resourceInstance, id);
    if (const auto version = node.member("version")) readVersions(*version, match);
  }

  // "1.1", "1.0..1.2", "1.1.." or "..1.1"
  void readVersions(const Node& node, Match& match) {
    const auto text = json::readString(node, faults_);
    if (!text) return;
    const auto dots = text->find("..");
    const auto low = text->substr(0, dots);
    const auto high = dots == std::string::npos ? low : text->substr(dots + 2);
    const auto min = low.empty() ? std::nullopt : std::optional(lwm2m::Version::parse(low));
    const auto max = high.empty() ? std::nullopt : std::optional(lwm2m::Version::parse(high));
    if ((!min && !max) || (min && !*min) || (max && !*max)) {
      complain(faults_, node,
               "\"" + *text + "\" is no version range: write \"1.1\", \"1.0..1.2\", \"1.1..\" or \"..1.1\"");
      return;
    }
    if (min && max && **min > **max)
      complain(faults_, node, "the range \"" + *text + "\" is empty: the lower version comes first");
    if (min) match.versionMin = **min;
    if (max) match.versionMax = **max;
  }

  void readConversion(const Node& node, Conversion& value) {
    if (!open(node, words::kValueKeys)) return;
    const auto number = [this](const Node& at) { return json::readNumber(at, faults_); };
    take(node, "type", value.type, [this](const Node& at) { return readType(at); });
    take(node, "scale", value.scale, number);
    take(node, "offset", value.offset, number);
    take(node, "unit", value.unit, [this](const Node& at) { return readText(at); });
    take(node, "precision", value.precision, [this](const Node& at) { return readPrecision(at); });
    if (const auto scale = node.member("scale"); scale && value.scale == 0) {
      complain(faults_, *scale, "0 would make every value the same, with no way back");
    }
    if (const auto table = node.member("enumeration")) readEnumeration(*table, value);
    checkArithmetic(node, value);
  }

  std::optional<lwm2m::ResourceType> readType(const Node& node) {
    const auto index = json::readWord(node, words::kTypes, faults_);
    if (!index) return {};
    return static_cast<lwm2m::ResourceType>(*index + 1);
  }

  std::optional<int> readPrecision(const Node& node) {
    const auto digits = json::readInteger(node, 0, kMostDigits, faults_);
    if (!digits) return {};
    return static_cast<int>(*digits);
  }

  // One text of the device for one of the application, or there is no way back.
  void readEnumeration(const Node& node, Conversion& value) {
    if (!json::expect(node, Kind::object, faults_)) return;
    const auto members = node.children();
    if (members.empty()) complain(faults_, node, "an empty enumeration would refuse every value: leave it out");
    for (const auto& member : members) {
      const auto theirs = json::readString(member, faults_);
      if (!theirs) continue;
      const auto twin = std::find_if(value.enumeration.begin(), value.enumeration.end(),
                                     [&](const auto& pair) { return pair.second == *theirs; });
      if (twin != value.enumeration.end()) {
        complain(faults_, member,
                 "\"" + *theirs + "\" already stands for \"" + twin->first + "\": there would be no way back");
        continue;
      }
      if (value.type == lwm2m::ResourceType::boolean && member.key() != "true" && member.key() != "false") {
        complain(faults_, member, "a boolean is \"true\" or \"false\"");
      }
      value.enumeration.emplace_back(member.key(), *theirs);
    }
  }

  void checkArithmetic(const Node& node, const Conversion& value) {
    static constexpr std::string_view kSteps[] = {"scale", "offset", "precision"};
    const bool numeric = !value.type || *value.type == lwm2m::ResourceType::integer ||
                         *value.type == lwm2m::ResourceType::unsignedInteger ||
                         *value.type == lwm2m::ResourceType::floating;
    for (const auto step : kSteps) {
      const auto member = node.member(step);
      if (!member) continue;
      if (!numeric) complain(faults_, *member, std::string(step) + " is for numbers: integer, unsigned and float");
      if (!value.enumeration.empty()) {
        complain(faults_, *member,
                 std::string(step) + " cannot stand beside an enumeration, which takes the device's own text");
      }
    }
  }

  void readObserve(const Node& ruleNode, Rule& rule) {
    auto& observe = rule.observe;
    // A rule that names no resource is for whole instances, of which only what changed is worth passing on.
    if (!rule.match.resource) observe.level = ObserveLevel::instance;
    const auto node = ruleNode.member("observe");
    if (node && open(*node, words::kObserveKeys)) {
      take(*node, "level", observe.level,
           [this](const Node& at) { return readEnum<ObserveLevel>(at, words::kLevels); });
    }
    observe.report = observe.level == ObserveLevel::resource ? Report::every : Report::onChange;
    if (!node || !node->is(Kind::object)) return;
    readReport(*node, observe);
    for (const auto key : words::kCounts) readCount(*node, key, kLargestCount, observe);
    for (const auto key : words::kFlags) readCount(*node, key, 1, observe);
    for (const auto key : words::kThresholds) readThreshold(*node, key, observe);
    checkLevel(*node, rule);
    checkAttributes(*node, rule);
  }

  template <class E>
  std::optional<E> readEnum(const Node& node, std::span<const std::string_view> table) {
    const auto index = json::readWord(node, table, faults_);
    if (!index) return {};
    return static_cast<E>(*index);
  }

  void readReport(const Node& node, Observe& observe) {
    const auto heartbeat = node.member("heartbeat");
    if (heartbeat) {
      observe.report = Report::heartbeat;
      if (const auto period = json::readInteger(*heartbeat, 1, kLargestCount, faults_))
        observe.heartbeat = seconds(*period);
    }
    const auto report = node.member("report");
    if (!report) return;
    take(node, "report", observe.report, [this](const Node& at) { return readEnum<Report>(at, words::kReports); });
    if (observe.report == Report::heartbeat && !heartbeat) {
      complain(faults_, *report,
               "needs \"heartbeat\" beside it: after how many seconds an unchanged value goes out again");
    }
    if (observe.report != Report::heartbeat && heartbeat) {
      complain(faults_, *heartbeat, "stands against \"report\": leave one of them out");
      observe.heartbeat = seconds(0);
    }
  }

  void readCount(const Node& node, std::string_view key, std::int64_t largest, Observe& observe) {
    const auto member = node.member(key);
    if (!member) return;
    const auto count = json::readInteger(*member, 0, largest, faults_);
    if (count) assign(*member, std::to_string(*count), observe);
  }

  void readThreshold(const Node& node, std::string_view key, Observe& observe) {
    const auto member = node.member(key);
    if (!member) return;
    const auto number = json::readNumber(*member, faults_);
    if (!number) return;
    const auto size = std::fabs(*number);
    if (size > kLargestThreshold || (size != 0 && size < kSmallestThreshold) || (key == "st" && *number < 0)) {
      complain(faults_, *member,
               std::string(member->text()) + (key == "st" ? " must be from 0 to 1e15" : " must be within +-1e15"));
      return;
    }
    assign(*member, lwm2m::toFixedDecimal(*number), observe);
  }

  void assign(const Node& member, const std::string& value, Observe& observe) {
    const auto assigned = lwm2m::assign(observe.attributes, member.key(), value);
    if (!assigned) complain(faults_, member, assigned.error().message);
  }

  void checkLevel(const Node& node, const Rule& rule) {
    const auto& observe = rule.observe;
    if (const auto level = node.member("level");
        level && observe.level == ObserveLevel::resource && !rule.match.resource) {
      complain(faults_, *level, "\"resource\" needs a resource in \"match\"");
    }
    if (observe.level != ObserveLevel::none || observe.attributes.empty()) return;
    complain(faults_, *node.member(lwm2m::toPairs(observe.attributes).front().first),
             "has no effect at level \"none\": nothing is observed");
  }

  // What the device would refuse or ignore.
  void checkAttributes(const Node& node, const Rule& rule) {
    const auto& observe = rule.observe;
    const auto type = rule.value.type.value_or(lwm2m::ResourceType::none);
    const bool above = observe.level == ObserveLevel::object || observe.level == ObserveLevel::instance;
    const lwm2m::Path target = above ? lwm2m::Path(0, 0) : lwm2m::Path(0, 0, 0);
    for (const auto& fault : lwm2m::checkTarget(observe.attributes, target, type)) {
      complain(faults_, *node.member(fault.where), fault.message + (above ? ": it needs \"level\": \"resource\"" : ""));
    }
    for (const auto& fault : lwm2m::checkValues(observe.attributes))
      complain(faults_, *node.member(fault.where), fault.message);
  }

  void readTargets(const Node& node, std::vector<Target>& targets) {
    targets.clear();
    if (!json::expect(node, Kind::array, faults_)) return;
    for (const auto& item : node.children()) {
      auto target = readTarget(item);
      const auto twin = std::find_if(targets.begin(), targets.end(), [&](const Target& other) {
        return other.name == target.name && other.attribute == target.attribute;
      });
      if (twin != targets.end()) complain(faults_, item, "a second target with the name \"" + target.name + "\"");
      targets.push_back(std::move(target));
    }
  }

  Target readTarget(const Node& node) {
    Target target;
    if (!open(node, words::kTargetKeys)) return target;
    const auto text = [this](const Node& at) { return readText(at); };
    take(node, "form", target.form, [this](const Node& at) { return readEnum<Form>(at, words::kForms); });
    take(node, "name", target.name, [this](const Node& at) { return readTemplate(at); });
    take(node, "class", target.flexClass, text);
    take(node, "attribute", target.attribute, text);
    take(node, "content", target.content, [this](const Node& at) { return readEnum<Content>(at, words::kContents); });
    take(node, "write", target.write, [this](const Node& at) { return json::readBoolean(at, faults_); });
    checkClass(node, target);
    return target;
  }

  std::optional<std::string> readTemplate(const Node& node) {
    auto text = json::readString(node, faults_);
    if (!text) return {};
    const auto parsed = parseNameTemplate(*text);
    if (parsed) return text;
    complain(faults_, node, parsed.error().message);
    return {};
  }

  void checkClass(const Node& node, const Target& target) {
    static constexpr std::string_view kClassKeys[] = {"class", "attribute"};
    const bool classed = target.form == Form::flexContainer || target.form == Form::mgmtObj;
    for (const auto key : kClassKeys) {
      const auto member = node.member(key);
      const auto form = std::string(words::kForms[static_cast<std::size_t>(target.form)]);
      if (classed && !member) complain(faults_, node, "a " + form + " needs \"" + std::string(key) + "\"");
      if (!classed && member) complain(faults_, *member, "is for flexContainer and mgmtObj, not for " + form);
    }
  }

  Faults& faults_;
};

}  // namespace

Rule readRule(const json::Node& node, json::Faults& faults) { return RuleReader(faults).read(node); }

}  // namespace isthmus::mapping
