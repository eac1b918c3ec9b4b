#include "mapping/tools/set_difference.h"

#include "ipe/base/located_json.h"
#include "mapping/rules/rule_file.h"

#include <unordered_map>

namespace isthmus::mapping {
namespace {

using ByName = std::unordered_map<std::string_view, const Rule*>;

ByName byName(const RuleSet& set) {
  ByName rules;
  for (const Rule& rule : set.rules) rules.emplace(rule.name, &rule);
  return rules;
}

std::vector<std::string_view> namesAlsoIn(const RuleSet& set, const ByName& other) {
  std::vector<std::string_view> names;
  for (const Rule& rule : set.rules)
    if (other.contains(rule.name)) names.push_back(rule.name);
  return names;
}

}  // namespace

SetDifference difference(const RuleSet& from, const RuleSet& to) {
  const ByName old = byName(from), now = byName(to);
  SetDifference out;
  for (const Rule& rule : to.rules) {
    const auto before = old.find(rule.name);
    if (before == old.end()) {
      out.changes.push_back({RuleChange::Kind::added, rule.name, {}, toJson(rule)});
    } else if (!(*before->second == rule)) {
      out.changes.push_back({RuleChange::Kind::changed, rule.name, toJson(*before->second), toJson(rule)});
    }
  }
  for (const Rule& rule : from.rules)
    if (!now.contains(rule.name)) out.changes.push_back({RuleChange::Kind::removed, rule.name, toJson(rule), {}});
  out.reordered = namesAlsoIn(from, now) != namesAlsoIn(to, old);
  return out;
}

std::string_view name(RuleChange::Kind kind) {
  switch (kind) {
    case RuleChange::Kind::added: return "added";
    case RuleChange::Kind::removed: return "removed";
    case RuleChange::Kind::changed: return "changed";
  }
  return "";
}

std::string exportText(const RuleSet& set) {
  std::string text = "{\n  \"set\": ";
  json::appendQuoted(text, set.name);
  text += ",\n  \"rules\": [";
  for (std::size_t i = 0; i < set.rules.size(); ++i) text += (i == 0 ? "\n    " : ",\n    ") + toJson(set.rules[i]);
  return text + (set.rules.empty() ? "]\n}\n" : "\n  ]\n}\n");
}

}  // namespace isthmus::mapping
