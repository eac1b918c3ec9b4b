#pragma once

#include "ipe/status/mapping_access.h"
#include "tests/unit/ipe_status/server_fixture.h"

#include <string>
#include <vector>

namespace isthmus::status {

// Keeps what it was asked for; says what it was told to say.
class FakeMapping final : public MappingAccess {
 public:
  Result<std::vector<RuleSetView>> ruleSets() override { return sets; }
  Result<RuleSetText> ruleSet(std::uint32_t number) override {
    if (number != 1) return fail(Errc::notFound, "there is no rule set of this number", std::to_string(number));
    return RuleSetText{sets.back(), "{\"rules\":[]}"};
  }
  Result<RuleDifferenceView> difference(std::uint32_t from, std::uint32_t to) override {
    return RuleDifferenceView{from, to, {{"a", "added", "", "{\"name\":\"a\"}"}}, true};
  }
  Checked<AppliedView> apply(const std::vector<RuleText>& files) override {
    for (const RuleText& file : files) given.push_back(file.name + ": " + file.text);
    return outcome;
  }
  Checked<AppliedView> rollBack(std::optional<std::uint32_t> to) override {
    given.push_back("to " + (to ? std::to_string(*to) : "the one before"));
    return outcome;
  }
  Checked<AppliedView> reload() override {
    given.emplace_back("reload");
    return outcome;
  }

  std::vector<RuleSetView> sets = {{2, "mine", "bb", kTime, 3}, {1, "ts0014-semantic", "aa", kTime, 40}};
  std::vector<std::string> given;
  Checked<AppliedView> outcome = AppliedView{{2, "mine", "bb", kTime, 3}, true, ""};
};

inline StatusOptions withMapping(MappingAccess& access) {
  StatusOptions options;
  options.mapping = &access;
  return options;
}

}  // namespace isthmus::status
