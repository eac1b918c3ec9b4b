#include "mapping/rules/rule_reader.h"

#include "mapping/rules/reading.h"
#include "mapping/rules/rule_words.h"

namespace isthmus::mapping {
namespace {

using json::complain;
using json::Faults;
using json::Kind;
using json::Node;

constexpr std::int64_t kLargestId = 65534;          // 65535 is reserved (LwM2M Core 7.2)
constexpr std::int64_t kLargestCount = 0x7FFFFFFF;  // of seconds, or of values
constexpr std::size_t kLongestText = 256;

class MatchReader {
 public:
  explicit MatchReader(Faults& faults) : faults_(faults) {}

  void read(const Node& node, Match& match) {
    if (!openObject(node, words::kMatchKeys, faults_)) return;
    const auto text = [this](const Node& at) { return readText(at, faults_); };
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

 private:
  std::optional<std::uint16_t> readId(const Node& node) {
    const auto id = json::readInteger(node, 0, kLargestId, faults_);
    if (!id) return {};
    return static_cast<std::uint16_t>(*id);
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
    match.versionMin = min ? std::optional(**min) : std::nullopt;
    match.versionMax = max ? std::optional(**max) : std::nullopt;
  }

  Faults& faults_;
};

}  // namespace

bool openObject(const Node& node, std::span<const std::string_view> keys, Faults& faults) {
  if (!json::expect(node, Kind::object, faults)) return false;
  json::refuseUnknownKeys(node, keys, faults);
  return true;
}

std::optional<std::string> readText(const Node& node, Faults& faults) {
  auto text = json::readString(node, faults);
  if (!text || (!text->empty() && text->size() <= kLongestText)) return text;
  complain(faults, node, text->empty() ? "must not be empty" : "must have at most 256 bytes");
  return {};
}

std::optional<seconds> readSeconds(const Node& node, std::int64_t least, Faults& faults) {
  const auto count = json::readInteger(node, least, kLargestCount, faults);
  if (!count) return {};
  return seconds(*count);
}

std::optional<std::string> overriddenBy(const Node& node) {
  const auto member = node.is(Kind::object) ? node.member("override") : std::nullopt;
  if (!member || !member->is(Kind::string)) return {};
  return std::string(member->text());
}

Rule readRule(const Node& node, Faults& faults, const Rule* overridden) {
  Rule rule = overridden == nullptr ? Rule{} : *overridden;
  rule.name.clear();
  if (!openObject(node, words::kRuleKeys, faults)) return rule;
  take(node, "name", rule.name, [&](const Node& at) { return readText(at, faults); });
  if (const auto other = node.member("override")) readText(*other, faults);
  if (const auto match = node.member("match")) {
    MatchReader(faults).read(*match, rule.match);
  } else {
    complain(faults, node, "\"match\" is missing: say which values the rule is for, {} for all");
  }
  if (const auto value = node.member("value")) readConversion(*value, rule.value, faults);
  readObserve(node, rule, overridden != nullptr, faults);
  if (const auto to = node.member("to")) readTargets(*to, rule.to, faults);
  return rule;
}

}  // namespace isthmus::mapping
