#pragma once

#include "ipe/base/result.h"

#include <filesystem>
#include <functional>
#include <string>

namespace isthmus::app {

// The last folder of the path is made, so that a first start needs no preparation; a longer one may be a slip of the
// pen.
Result<void> makeFolderOf(const std::filesystem::path& file, const std::function<void(const std::string&)>& say);

}  // namespace isthmus::app
