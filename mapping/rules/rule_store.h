#pragma once

#include "ipe/base/result.h"
#include "mapping/rules/rule.h"

#include <optional>
#include <string>
#include <vector>

namespace isthmus::mapping {

struct AppliedSet {
  std::uint32_t number = 0;  // counts up; 0: none yet
  std::string hash;          // SHA-256 of `text`, hex
  std::string text;          // canonical JSON of the set (rule_file.h)
  WallTime appliedAt{};
  RuleSet set;
};

struct SetSummary {
  std::uint32_t number = 0;
  std::string hash, name;
  WallTime appliedAt{};
  std::size_t rules = 0;
  bool operator==(const SetSummary&) const = default;
};

// What is remembered beside the sets.
enum class RuleMark : std::uint8_t {
  files,     // a hash of the rule files as they were when they were last applied
  filesSet,  // number of the set that they became
  planned,   // number of the set by which all devices are observed
};

// Where applied rule sets are kept: one row a rule, so that both directions read the same record. A set is never
// changed; the newest is in force.
class RuleStore {
 public:
  virtual ~RuleStore() = default;
  // Keeps the set as the next number, unless its hash is the current one's. Returns the current number.
  virtual Result<std::uint32_t> apply(const AppliedSet& set) = 0;
  virtual Result<std::optional<AppliedSet>> current() = 0;
  virtual Result<std::vector<SetSummary>> list() = 0;        // newest first
  virtual Result<AppliedSet> get(std::uint32_t number) = 0;  // Error: notFound

  virtual Result<std::optional<std::int64_t>> mark(RuleMark mark) = 0;
  virtual Result<void> setMark(RuleMark mark, std::int64_t value) = 0;
};

}  // namespace isthmus::mapping
