#include "lwm2m/model/number.h"
#include "mapping/rules/reading.h"
#include "mapping/rules/rule_words.h"

#include <cmath>
#include <limits>

namespace isthmus::mapping {
namespace {

using json::complain;
using json::Faults;
using json::Kind;
using json::Node;

constexpr std::int64_t kLargestCount = std::numeric_limits<std::uint32_t>::max();  // as in a Write-Attributes request
constexpr double kLargestThreshold = 1e15;
constexpr double kSmallestThreshold = 1e-9;

class ObserveReader {
 public:
  explicit ObserveReader(Faults& faults) : faults_(faults) {}

  void read(const Node& ruleNode, Rule& rule, bool overrides) {
    auto& observe = rule.observe;
    const auto node = ruleNode.member("observe");
    const bool stated = node && openObject(*node, words::kObserveKeys, faults_);
    // A rule that names no resource is for whole instances, of which only what changed is worth passing on.
    if (!overrides && !rule.match.resource) observe.level = ObserveLevel::instance;
    if (stated) readLevel(*node, observe);
    if (!overrides) observe.report = observe.level == ObserveLevel::resource ? Report::every : Report::onChange;
    if (!stated) return;
    readReport(*node, observe);
    readFilters(*node, observe);
    for (const auto key : words::kCounts) readCount(*node, key, kLargestCount, observe);
    for (const auto key : words::kFlags) readCount(*node, key, 1, observe);
    for (const auto key : words::kThresholds) readThreshold(*node, key, observe);
    checkLevel(*node, rule);
    checkAttributes(*node, rule);
  }

 private:
  void readLevel(const Node& node, Observe& observe) {
    take(node, "level", observe.level,
         [this](const Node& at) { return readEnum<ObserveLevel>(at, words::kLevels, faults_); });
    take(node, "composite", observe.composite, [this](const Node& at) { return json::readBoolean(at, faults_); });
    take(node, "when", observe.when,
         [this](const Node& at) { return readEnum<ObserveWhen>(at, words::kWhens, faults_); });
  }

  void readReport(const Node& node, Observe& observe) {
    const auto heartbeat = node.member("heartbeat");
    const auto report = node.member("report");
    if (heartbeat) observe.report = Report::heartbeat;
    take(node, "report", observe.report,
         [this](const Node& at) { return readEnum<Report>(at, words::kReports, faults_); });
    take(node, "heartbeat", observe.heartbeat, [this](const Node& at) { return readSeconds(at, 1, faults_); });
    if (observe.report == Report::heartbeat && !heartbeat && observe.heartbeat == seconds(0)) {
      complain(faults_, *report,
               "needs \"heartbeat\" beside it: after how many seconds an unchanged value goes out again");
    }
    if (observe.report == Report::heartbeat) return;
    if (heartbeat) complain(faults_, *heartbeat, "stands against \"report\": leave one of them out");
    observe.heartbeat = seconds(0);
  }

  void readFilters(const Node& node, Observe& observe) {
    take(node, "deadband", observe.deadband, [this](const Node& at) { return json::readNumber(at, faults_); });
    take(node, "minInterval", observe.minInterval, [this](const Node& at) { return readSeconds(at, 0, faults_); });
    const auto deadband = node.member("deadband");
    if (deadband && observe.deadband < 0) complain(faults_, *deadband, "must be 0 or above: how far a value must move");
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
    const auto attribute = observe.attributes.empty() ? "" : lwm2m::toPairs(observe.attributes).front().first;
    const auto at = [&](std::string_view key) { return node.member(key).value_or(node); };
    if (observe.composite && !attribute.empty()) {
      complain(faults_, at(attribute), "cannot be had with \"composite\": such an observation has no attributes");
    }
    if (observe.composite && observe.when != ObserveWhen::always) {
      complain(faults_, at("composite"), "cannot be had with \"when\": \"on-demand\", which is observed by itself");
    }
    if (observe.level != ObserveLevel::none) return;
    static constexpr std::string_view kNothing = "has no effect at level \"none\": nothing is observed";
    if (!attribute.empty()) complain(faults_, at(attribute), std::string(kNothing));
    if (observe.composite) complain(faults_, at("composite"), std::string(kNothing));
    if (observe.when != ObserveWhen::always) complain(faults_, at("when"), std::string(kNothing));
  }

  // What the device would refuse or ignore.
  void checkAttributes(const Node& node, const Rule& rule) {
    const auto& observe = rule.observe;
    const auto type = rule.value.type.value_or(lwm2m::ResourceType::none);
    const bool above = observe.level == ObserveLevel::object || observe.level == ObserveLevel::instance;
    const lwm2m::Path target = above ? lwm2m::Path(0, 0) : lwm2m::Path(0, 0, 0);
    for (const auto& fault : lwm2m::checkTarget(observe.attributes, target, type)) {
      complain(faults_, node.member(fault.where).value_or(node),
               fault.message + (above ? ": it needs \"level\": \"resource\"" : ""));
    }
    for (const auto& fault : lwm2m::checkValues(observe.attributes))
      complain(faults_, node.member(fault.where).value_or(node), fault.message);
  }

  Faults& faults_;
};

}  // namespace

void readObserve(const Node& ruleNode, Rule& rule, bool overrides, Faults& faults) {
  ObserveReader(faults).read(ruleNode, rule, overrides);
}

}  // namespace isthmus::mapping
