#include "mapping/rules/rule_file.h"

#include "ipe/base/located_json.h"
#include "mapping/rules/rule_reader.h"
#include "mapping/rules/rule_words.h"

#include <algorithm>
#include <map>
#include <memory>
#include <unordered_map>
#include <utility>

namespace isthmus {
std::span<const EmbeddedFile> shippedMappingFiles();  // config/mapping, see module.cmake
}

namespace isthmus::mapping {
namespace {

using json::Node;

std::string idOr(const std::optional<std::uint16_t>& id, const char* otherwise) {
  return id ? std::to_string(*id) : otherwise;
}

// A rule without a name is called by what it is for: "/3303/*/5700", "/3/0/* urn:dev:*".
std::string nameFor(const Match& match) {
  auto name = "/" + idOr(match.object, "*") + "/" + idOr(match.instance, "*") + "/" + idOr(match.resource, "*");
  if (match.resourceInstance) name += "/" + std::to_string(*match.resourceInstance);
  if (match.endpoint != "*") name += " " + match.endpoint;
  return name;
}

// Whether the rule came without a name of its own: what it is called then, perhaps with " #2" behind it, says nothing.
bool isNameless(const Rule& rule) {
  if (rule.name.empty()) return true;
  const auto plain = nameFor(rule.match);
  if (!rule.name.starts_with(plain)) return false;
  const auto rest = std::string_view(rule.name).substr(plain.size());
  return rest.empty() || (rest.starts_with(" #") && rest.find_first_not_of("0123456789", 2) == std::string_view::npos);
}

// Names the nameless, and complains about names that are given twice: a rule is known by its name in the accounts.
class Names {
 public:
  void give(Rule& rule) {
    if (!isNameless(rule)) return;
    const auto plain = nameFor(rule.match);
    rule.name = plain;
    for (int copy = 2; taken_.contains(rule.name); ++copy) rule.name = plain + " #" + std::to_string(copy);
    taken_.emplace(rule.name, rule.where);
  }

  // Where the other rule of that name stands, "" if there is none.
  std::string claim(const Rule& rule) {
    if (isNameless(rule)) return {};
    const auto [at, fresh] = taken_.emplace(rule.name, rule.where);
    return fresh ? std::string() : at->second;
  }

 private:
  std::map<std::string, std::string, std::less<>> taken_;
};

std::vector<bool> openOnes(const ParsedRules& parsed) {
  std::vector<bool> open(parsed.set.rules.size(), false);
  for (const auto& override : parsed.overrides) open[override.rule] = true;
  return open;
}

void nameRest(ParsedRules& parsed, Names& names) {
  const auto open = openOnes(parsed);
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (!open[i]) names.give(parsed.set.rules[i]);
  }
}

// Reads the rules that override one that is there; those that override an override follow it.
void closeOverrides(ParsedRules& parsed) {
  auto& rules = parsed.set.rules;
  auto isOpen = openOnes(parsed);
  std::unordered_map<std::string, std::size_t> byName;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (!rules[i].name.empty()) byName.emplace(rules[i].name, i);
  }
  const auto close = [&](const OpenOverride& open) {
    const auto base = byName.find(open.of);
    if (base == byName.end() || isOpen[base->second]) return false;
    auto rule = readRule(open.node, parsed.faults, &rules[base->second]);
    rule.where = std::move(rules[open.rule].where);
    rules[open.rule] = std::move(rule);  // of the same name
    isOpen[open.rule] = false;
    return true;
  };
  while (std::erase_if(parsed.overrides, close) > 0) {
  }
}

void readRules(const Node& list, ParsedRules& parsed, const std::shared_ptr<const json::Document>& document) {
  if (!json::expect(list, json::Kind::array, parsed.faults)) return;
  Names names;
  for (const auto& node : list.children()) {
    Rule rule;
    if (auto of = overriddenBy(node)) {
      if (const auto name = node.member("name")) rule.name = name->text();
      parsed.overrides.push_back({parsed.set.rules.size(), *std::move(of), document, node});
    } else {
      rule = readRule(node, parsed.faults);
    }
    rule.where = node.where();
    if (const auto other = names.claim(rule); !other.empty()) {
      json::complain(parsed.faults, node.member("name").value_or(node),
                     "\"" + rule.name + "\" is already the name of the rule at " + other);
    }
    parsed.set.rules.push_back(std::move(rule));
  }
  closeOverrides(parsed);
  nameRest(parsed, names);
}

void append(ParsedRules& merged, ParsedRules&& file) {
  std::move(file.faults.begin(), file.faults.end(), std::back_inserter(merged.faults));
  for (auto& open : file.overrides) {
    open.rule += merged.set.rules.size();
    merged.overrides.push_back(std::move(open));
  }
  if (!merged.set.name.empty() && !file.set.name.empty()) merged.set.name += "+";
  merged.set.name += file.set.name;
  std::move(file.set.rules.begin(), file.set.rules.end(), std::back_inserter(merged.set.rules));
}

}  // namespace

ParsedRules parseRules(std::string_view text, std::string_view fileName) {
  ParsedRules parsed;
  const auto document = std::make_shared<const json::Document>(text, fileName);
  parsed.faults = document->faults();
  const auto root = document->root();
  if (root.is(json::Kind::null) && !parsed.faults.empty()) return parsed;
  if (!json::expect(root, json::Kind::object, parsed.faults)) return parsed;
  json::refuseUnknownKeys(root, words::kFileKeys, parsed.faults);
  if (const auto set = root.member("set")) parsed.set.name = json::readString(*set, parsed.faults).value_or("");
  if (const auto schema = root.member("$schema")) json::expect(*schema, json::Kind::string, parsed.faults);
  if (const auto rules = root.member("rules")) {
    readRules(*rules, parsed, document);
  } else {
    json::complain(parsed.faults, root, "\"rules\" is missing: the list of rules");
  }
  return parsed;
}

ParsedRules mergeRules(std::vector<ParsedRules> files) {
  ParsedRules merged;
  Names names;
  for (auto& file : files) {
    const bool sound = file.faults.empty();
    for (const auto& rule : file.set.rules) {
      const auto other = names.claim(rule);
      if (sound && !other.empty()) {
        merged.faults.push_back({Errc::configuration,
                                 "\"" + rule.name + "\" is already the name of the rule at " + other + ": rename one",
                                 rule.where});
      }
    }
    append(merged, std::move(file));
  }
  closeOverrides(merged);
  for (const auto& open : merged.overrides) {
    json::complain(merged.faults, *open.node.member("override"),
                   "there is no rule \"" + open.of + "\" to override, or it overrides this one");
  }
  merged.overrides.clear();
  nameRest(merged, names);
  return merged;
}

Result<Rule> ruleFromJson(std::string_view text) {
  const json::Document document(text, "rule");
  auto faults = document.faults();
  auto rule = readRule(document.root(), faults);
  if (!faults.empty()) return tl::unexpected(faults.front());
  return rule;
}

std::span<const EmbeddedFile> shippedRuleFiles() { return shippedMappingFiles(); }

}  // namespace isthmus::mapping
