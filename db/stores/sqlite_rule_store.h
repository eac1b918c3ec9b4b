#pragma once

#include "mapping/rules/rule_store.h"

#include <filesystem>
#include <memory>

namespace isthmus::db {

// Applied rule sets in the SQLite file of the journal, or of one to come: it makes the file where it is missing.
// A connection of its own; owned by one thread.
class SqliteRuleStore final : public mapping::RuleStore {
 public:
  static Result<std::unique_ptr<SqliteRuleStore>> open(const std::filesystem::path& path);
  ~SqliteRuleStore() override;

  // An empty `hash` or `text` is worked out from the set.
  Result<std::uint32_t> apply(const mapping::AppliedSet& set) override;
  Result<std::optional<mapping::AppliedSet>> current() override;
  Result<std::vector<mapping::SetSummary>> list() override;
  Result<mapping::AppliedSet> get(std::uint32_t number) override;
  Result<std::optional<std::int64_t>> mark(mapping::RuleMark mark) override;
  Result<void> setMark(mapping::RuleMark mark, std::int64_t value) override;

 private:
  struct Impl;
  explicit SqliteRuleStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace isthmus::db
