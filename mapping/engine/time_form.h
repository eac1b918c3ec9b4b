#pragma once

#include "mapping/rules/rule.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace isthmus::mapping {

// A time, in seconds since 1970, as text of that form. None: outside the years 1000 to 9999 where the form has years,
// or too large for it.
std::optional<std::string> toText(TimeForm form, std::int64_t time);
// The inverse. None: not of that form, or not a whole second, which is all that devices know.
std::optional<std::int64_t> parseTime(TimeForm form, std::string_view text);

// Whether its texts are JSON numbers.
bool isNumber(TimeForm form);

}  // namespace isthmus::mapping
