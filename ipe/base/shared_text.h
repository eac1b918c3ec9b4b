#pragma once

#include "ipe/base/shared_array.h"

#include <string>
#include <string_view>

namespace isthmus {

// A text that does not change: 8 bytes where it is empty or a copy of another.
class SharedText {
 public:
  SharedText() = default;
  SharedText(std::string_view text) : characters_(std::span(text)) {}
  SharedText(const std::string& text) : SharedText(std::string_view(text)) {}
  SharedText(const char* text) : SharedText(std::string_view(text)) {}

  std::string_view view() const { return {characters_.view().data(), characters_.size()}; }
  operator std::string_view() const { return view(); }
  std::size_t size() const { return characters_.size(); }
  bool empty() const { return characters_.empty(); }

  bool sharesWith(const SharedText& other) const { return characters_.sharesWith(other.characters_); }
  bool equals(std::string_view text) const { return view() == text; }
  bool operator==(const SharedText& other) const = default;

 private:
  SharedArray<char> characters_;
};

}  // namespace isthmus
