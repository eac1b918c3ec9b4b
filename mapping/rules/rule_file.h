#pragma once

#include "ipe/base/embedded_file.h"
#include "ipe/base/located_json.h"
#include "ipe/base/result.h"
#include "mapping/rules/rule.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::mapping {

// A rule that says only how it differs from another ("override"), while that one is not found yet.
struct OpenOverride {
  std::size_t rule = 0;  // its place in the set
  std::string of;        // the other's name
  std::shared_ptr<const json::Document> document;
  json::Node node;  // in the document
};

// A fault in a rule file: `where` is "file:line:column /json/pointer", the message says what to do.
struct ParsedRules {
  RuleSet set;
  std::vector<Error> faults = {};            // all of them; the set is usable only if there are none
  std::vector<OpenOverride> overrides = {};  // of rules of other files; their rules in the set are empty
};

// JSON with // and /* */ comments and trailing commas, in the shape of config/mapping/mapping.schema.json. Unknown keys
// are faults with a "did you mean".
ParsedRules parseRules(std::string_view text, std::string_view fileName);

// Several files as one set, in their order; one alone too, so that an override of no known rule is found. A name that
// two files give is a fault; rules without a name get one that is unlike all others.
ParsedRules mergeRules(std::vector<ParsedRules> files);

// The set as canonical JSON: the same set always gives the same text, and parses back to the same set.
// Overrides stand in it as what they come to.
std::string toJson(const RuleSet& set);
std::string toJson(const Rule& rule);
// One rule as toJson(Rule) wrote it.
Result<Rule> ruleFromJson(std::string_view json);

// The rule files shipped in the program (config/mapping): "ts0014-semantic.json" ...
std::span<const EmbeddedFile> shippedRuleFiles();

}  // namespace isthmus::mapping
