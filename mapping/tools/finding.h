#pragma once

#include "ipe/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::mapping {

// A rule file that somebody has read.
struct RuleText {
  std::string name, text;
};

enum class Severity : std::uint8_t {
  error,    // cannot do what it says
  warning,  // is probably not what is meant
};

// Something in a rule file that should be looked at. The message says what is wrong and what to do.
struct Finding {
  Severity severity = Severity::error;
  std::string check;  // "unknown-resource"
  std::string file;
  std::uint32_t line = 0, column = 0;  // 0: of the file as a whole
  std::string pointer;                 // RFC 6901
  std::string rule;                    // its name, "" if it has none yet
  std::string message;
  bool operator==(const Finding&) const = default;
};

std::string_view name(Severity severity);

// "mine.json:4:17: warning: ... [unknown-resource, /rules/0/match/resource]"
std::string toText(const Finding& finding);
std::string toJson(const std::vector<Finding>& findings);

// A fault as it was found when the file was read: `where` is "file:line:column /pointer".
Finding findingOf(const Error& fault);

}  // namespace isthmus::mapping
