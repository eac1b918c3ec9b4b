// Rules that never win, because a stronger one takes all that they match.
#include "mapping/engine/glob.h"
#include "mapping/tools/linted_rule.h"

#include <algorithm>
#include <unordered_map>

namespace isthmus::mapping {
namespace {

constexpr std::size_t kMostCompared = 64;  // of the rules that could shadow one

// `wide` takes all that `narrow` takes. Patterns with ? are compared by their text only.
bool covers(const std::string& wide, const std::string& narrow) {
  return wide == narrow || (wide.find('?') == std::string::npos && globMatches(wide, narrow));
}
bool coversText(const std::string& wide, const std::string& narrow) {
  return wide.empty() || (!narrow.empty() && covers(wide, narrow));
}

bool covers(const Match& wide, const Match& narrow) {
  const bool from = !wide.versionMin || (narrow.versionMin && *wide.versionMin <= *narrow.versionMin);
  const bool to = !wide.versionMax || (narrow.versionMax && *wide.versionMax >= *narrow.versionMax);
  return from && to && covers(wide.endpoint, narrow.endpoint) && coversText(wide.model, narrow.model) &&
         coversText(wide.manufacturer, narrow.manufacturer) && coversText(wide.label, narrow.label);
}

// A rule that takes all of another's values and outranks it names the same ids and properties, and as many letters of
// the endpoint, which then are the same: only rules of one key can shadow each other, the later one the earlier.
std::string keyOf(const Match& match) {
  std::string key;
  for (const auto& id : {match.object, match.instance, match.resource, match.resourceInstance})
    key += id ? std::to_string(*id) + "/" : "*/";
  for (const bool named : {match.versionMin || match.versionMax, !match.model.empty(), !match.manufacturer.empty(),
                           !match.label.empty(), isGlob(match.endpoint), match.endpoint == "*"})
    key += named ? '1' : '0';
  std::ranges::copy_if(match.endpoint, std::back_inserter(key), [](char c) { return c != '*' && c != '?'; });
  return key;
}

}  // namespace

void checkShadows(std::span<const LintedRule> rules, Findings& findings) {
  std::unordered_map<std::string, std::vector<std::size_t>> later;
  for (std::size_t i = rules.size(); i-- > 0;) {
    auto& rivals = later[keyOf(rules[i].rule->match)];
    for (const std::size_t rival : rivals) {
      if (!covers(rules[rival].rule->match, rules[i].rule->match)) continue;
      findings.add(Severity::warning, "shadowed", rules[i], {"match"},
                   "never wins: \"" + rules[rival].rule->name + "\" (" + rules[rival].rule->where +
                       ") matches the same and comes later; remove one of them, or match less there");
      break;
    }
    if (rivals.size() < kMostCompared) rivals.push_back(i);
  }
}

}  // namespace isthmus::mapping
