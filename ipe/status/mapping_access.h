#pragma once

#include "ipe/base/result.h"
#include "ipe/status/status_source.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace isthmus::status {

struct RuleSetView {
  std::uint32_t number = 0;
  std::string set, hash;
  WallTime appliedAt{};
  std::size_t rules = 0;
};

struct RuleSetText {
  RuleSetView head;
  std::string json;  // the set, one rule a line
};

struct RuleChangeView {
  std::string name, kind;     // "added", "removed" or "changed"
  std::string before, after;  // the rule as JSON; "" where there is none
};

struct RuleDifferenceView {
  std::uint32_t from = 0, to = 0;
  std::vector<RuleChangeView> changes;
  bool reordered = false;
};

struct RuleText {
  std::string name, text;
};

struct AppliedView {
  RuleSetView set;       // in force now
  bool changed = false;  // it was not before
  std::string note;      // why not, or what a person should know; may be empty
};

// What is wrong with rules that were to be applied. `where` is "file:line:column /pointer", or empty.
using RuleFaults = std::vector<Error>;
template <class T>
using Checked = tl::expected<T, RuleFaults>;

// The rule sets of a running instance as the REST API reaches them. Thread-safe; waits for the disk and the loop.
class MappingAccess {
 public:
  virtual ~MappingAccess() = default;
  virtual Result<std::vector<RuleSetView>> ruleSets() = 0;        // newest first: that one is in force
  virtual Result<RuleSetText> ruleSet(std::uint32_t number) = 0;  // Error: notFound
  virtual Result<RuleDifferenceView> difference(std::uint32_t from, std::uint32_t to) = 0;  // Error: notFound
  // All or nothing: with any fault, what was in force stays so.
  virtual Checked<AppliedView> apply(const std::vector<RuleText>& files) = 0;
  // An older set becomes the newest; absent: the one before that in force. One fault, notFound, if there is none.
  virtual Checked<AppliedView> rollBack(std::optional<std::uint32_t> to) = 0;
  // The configured files, if they changed since they were last applied.
  virtual Checked<AppliedView> reload() = 0;
};

}  // namespace isthmus::status
