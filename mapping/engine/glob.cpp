#include "mapping/engine/glob.h"

namespace isthmus::mapping {

// Goes back only to the last star, so the time is at most pattern times text, whatever the pattern.
bool globMatches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0;
  std::size_t star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool isGlob(std::string_view pattern) { return pattern.find_first_of("*?") != std::string_view::npos; }

}  // namespace isthmus::mapping
