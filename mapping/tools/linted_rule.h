#pragma once

#include "ipe/base/located_json.h"
#include "lwm2m/model/object_registry.h"
#include "mapping/rules/rule.h"
#include "mapping/tools/finding.h"

#include <initializer_list>
#include <string>
#include <vector>

namespace isthmus::mapping {

// A rule beside what it was read from.
struct LintedRule {
  const Rule* rule;
  json::Node node;
};

// Where findings gather.
class Findings {
 public:
  // At the member that `path` leads to, or at the last one on the way that is there: a rule may come by its default.
  void add(Severity severity, std::string_view check, const LintedRule& at,
           std::initializer_list<std::string_view> path, std::string message);
  void addAt(Severity severity, std::string_view check, const LintedRule& at, const json::Node& node,
             std::string message);
  void add(const Error& fault) { all_.push_back(findingOf(fault)); }
  std::vector<Finding> take() { return std::move(all_); }

 private:
  std::vector<Finding> all_;
};

// The checks, each over what concerns it.
void checkDefinitions(const LintedRule& rule, const lwm2m::ObjectRegistry& registry, Findings& findings);
void checkEnumeration(const LintedRule& rule, const lwm2m::ResourceDefinition& resource, Findings& findings);
void checkShadows(std::span<const LintedRule> rules, Findings& findings);
void checkPlaces(std::span<const LintedRule> rules, const lwm2m::ObjectRegistry& registry, Findings& findings);

}  // namespace isthmus::mapping
