#include "mapping/tools/lint.h"

#include "mapping/rules/rule_file.h"
#include "mapping/tools/linted_rule.h"

#include <algorithm>
#include <memory>
#include <set>
#include <tuple>

namespace isthmus::mapping {
namespace {

// Which rules have faults, by file and place: "/rules/3" of "/rules/3/match/object".
class FaultyRules {
 public:
  explicit FaultyRules(const std::vector<Error>& faults) {
    for (const Error& fault : faults) {
      const Finding at = findingOf(fault);
      if (at.pointer.starts_with(kRules))
        all_.emplace(at.file, at.pointer.substr(0, at.pointer.find('/', kRules.size())));
    }
  }
  bool has(const std::string& file, std::size_t position) const {
    return all_.contains({file, std::string(kRules) + std::to_string(position)});
  }

 private:
  static constexpr std::string_view kRules = "/rules/";
  std::set<std::pair<std::string, std::string>> all_;
};

struct Sources {
  explicit Sources(std::span<const RuleText> files) {
    std::vector<ParsedRules> parsed;
    for (const RuleText& file : files) {
      parsed.push_back(parseRules(file.text, file.name));
      documents.push_back(std::make_unique<json::Document>(file.text, file.name));
    }
    merged = mergeRules(std::move(parsed));
  }

  // Rules and nodes stand in the same order. Those with faults are left out.
  std::vector<LintedRule> rules(std::span<const RuleText> files) const {
    const FaultyRules faulty(merged.faults);
    std::vector<LintedRule> out;
    std::size_t next = 0;
    for (std::size_t file = 0; file < files.size(); ++file) {
      const auto root = documents[file]->root();
      const auto list = root.is(json::Kind::object) ? root.member("rules") : std::nullopt;
      if (!list || !list->is(json::Kind::array)) continue;
      std::size_t position = 0;
      for (const json::Node& node : list->children()) {
        if (next >= merged.set.rules.size()) return out;
        const Rule& rule = merged.set.rules[next++];
        if (!faulty.has(files[file].name, position++)) out.push_back({&rule, node});
      }
    }
    return out;
  }

  std::vector<std::unique_ptr<json::Document>> documents;
  ParsedRules merged;
};

}  // namespace

void Findings::add(Severity severity, std::string_view check, const LintedRule& at,
                   std::initializer_list<std::string_view> path, std::string message) {
  json::Node node = at.node;
  for (const std::string_view key : path) {
    const auto next = node.is(json::Kind::object) ? node.member(key) : std::nullopt;
    if (!next) break;
    node = *next;
  }
  addAt(severity, check, at, node, std::move(message));
}

void Findings::addAt(Severity severity, std::string_view check, const LintedRule& at, const json::Node& node,
                     std::string message) {
  Finding finding = findingOf({Errc::configuration, std::move(message), node.where()});
  finding.severity = severity;
  finding.check = check;
  finding.rule = at.rule->name;
  all_.push_back(std::move(finding));
}

LintResult lint(std::span<const RuleText> files, const lwm2m::ObjectRegistry& registry) {
  const Sources sources(files);
  Findings findings;
  for (const Error& fault : sources.merged.faults) findings.add(fault);
  const auto rules = sources.rules(files);
  for (const LintedRule& rule : rules) checkDefinitions(rule, registry, findings);
  checkShadows(rules, findings);
  checkPlaces(rules, registry, findings);
  LintResult result{findings.take(), sources.merged.set.rules.size()};
  const auto order = [&](const Finding& finding) {
    const auto file = std::ranges::find(files, finding.file, &RuleText::name);
    return std::tuple(file - files.begin(), finding.line, finding.column);
  };
  std::ranges::stable_sort(result.findings, {}, order);
  return result;
}

}  // namespace isthmus::mapping
