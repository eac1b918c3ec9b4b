#pragma once

#include "ipe/base/result.h"
#include "mapping/rules/rule.h"

#include <optional>
#include <string>

namespace isthmus::mapping {

struct AppliedSet {
  std::uint32_t number = 0;  // counts up; 0: none yet
  std::string hash;          // SHA-256 of `text`, hex
  std::string text;          // canonical JSON of the set (rule_file.h)
  WallTime appliedAt{};
  RuleSet set;
};

// Where applied rule sets are kept: one row a rule, so that both directions read the same record.
class RuleStore {
 public:
  virtual ~RuleStore() = default;
  // Keeps the set as the next number, unless its hash is the current one's. Returns the current number.
  virtual Result<std::uint32_t> apply(const AppliedSet& set) = 0;
  virtual Result<std::optional<AppliedSet>> current() = 0;
};

}  // namespace isthmus::mapping
