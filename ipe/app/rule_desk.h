#pragma once

#include "ipe/app/commands.h"
#include "ipe/app/rules.h"
#include "ipe/status/mapping_access.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace isthmus::app {

// Rule sets as the subcommands work on them: by the REST API while an instance runs, else in the database's file.
class RuleDesk {
 public:
  virtual ~RuleDesk() = default;
  // With a `url` only by the API. `mayMake`: a database that is configured and not there is made.
  // Error: configuration, unavailable (no instance, and no database either).
  static Result<std::unique_ptr<RuleDesk>> open(const std::string& url, const ConfigArguments& config,
                                                bool mayMake = false);

  virtual bool byInstance() const = 0;
  virtual Result<std::vector<status::RuleSetView>> sets() = 0;  // newest first
  virtual Result<std::string> text(std::uint32_t number) = 0;   // as a rule file
  virtual status::Checked<status::AppliedView> apply(const std::vector<mapping::RuleText>& files) = 0;
  virtual status::Checked<status::AppliedView> rollBack(std::optional<std::uint32_t> to) = 0;
};

}  // namespace isthmus::app
