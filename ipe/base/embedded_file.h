#pragma once

#include <span>
#include <string_view>

namespace isthmus {

// A text file that the program carries inside itself (see embed_files in .cmake/modules.cmake).
struct EmbeddedFile {
  std::string_view name;  // without folders
  std::string_view text;
};

}  // namespace isthmus
