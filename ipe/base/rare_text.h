#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace isthmus {

// A text that is nearly always empty: 8 bytes then. A value like std::string.
class RareText {
 public:
  RareText() = default;
  RareText(std::string text) : text_(text.empty() ? nullptr : std::make_unique<std::string>(std::move(text))) {}
  RareText(const char* text) : RareText(std::string(text)) {}
  RareText(const RareText& other) : RareText(std::string(other.view())) {}
  RareText(RareText&&) noexcept = default;
  RareText& operator=(RareText other) noexcept {
    text_ = std::move(other.text_);
    return *this;
  }
  ~RareText() = default;

  std::string_view view() const { return text_ ? std::string_view(*text_) : std::string_view(); }
  operator std::string_view() const { return view(); }
  bool empty() const { return text_ == nullptr; }
  bool operator==(const RareText& other) const { return view() == other.view(); }

 private:
  std::unique_ptr<std::string> text_;
};

}  // namespace isthmus
