#pragma once

#include "mapping/rules/rule.h"

#include <string>
#include <vector>

namespace isthmus::mapping {

struct RuleChange {
  enum class Kind : std::uint8_t { added, removed, changed };
  Kind kind = Kind::added;
  std::string name;
  std::string before, after;  // the rule as JSON; "" where there is none
  bool operator==(const RuleChange&) const = default;
};

struct SetDifference {
  std::vector<RuleChange> changes;  // in the order of the newer set, what was removed last
  bool reordered = false;           // rules of both sets stand in another order: it decides between equals
  bool operator==(const SetDifference&) const = default;
};

// Rules are the same by their name. Pure.
SetDifference difference(const RuleSet& from, const RuleSet& to);

// "added", "removed", "changed"
std::string_view name(RuleChange::Kind kind);

// A set for people and for version control: one rule a line, in its order. The same set always gives the same text,
// and it reads back as the same set.
std::string exportText(const RuleSet& set);

}  // namespace isthmus::mapping
