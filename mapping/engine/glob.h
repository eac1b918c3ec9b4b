#pragma once

#include <string_view>

namespace isthmus::mapping {

// `*` stands for any text, also none; `?` for one byte; everything else for itself, with case.
bool globMatches(std::string_view pattern, std::string_view text);
bool isGlob(std::string_view pattern);  // holds * or ?

}  // namespace isthmus::mapping
