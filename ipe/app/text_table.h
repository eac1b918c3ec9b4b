#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace isthmus::app {

using Cells = std::vector<std::string>;

// Columns as wide as their widest cell; the last as it is. One line a row.
std::string aligned(const std::vector<Cells>& rows);

// What a device calls itself or says cannot command the terminal.
std::string tame(std::string_view text);

}  // namespace isthmus::app
