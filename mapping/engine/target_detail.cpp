#include "mapping/engine/target_detail.h"

#include <algorithm>

namespace isthmus::mapping {

// One line each, a letter first. A label has no line break (TS-0004 6.3.3: one token).
std::string TargetDetail::toText() const {
  std::string text;
  const auto line = [&](char letter, std::string_view value) {
    if (!text.empty()) text += '\n';
    text += letter;
    text += value;
  };
  if (!className.empty()) line('c', className);
  if (write) line('w', {});
  if (!link.empty()) line('o', link);
  for (const auto& label : labels) line('l', label);
  return text;
}

TargetDetail TargetDetail::parse(std::string_view text) {
  TargetDetail detail;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.empty()) continue;
    const auto value = line.substr(1);
    switch (line.front()) {
      case 'c': detail.className = value; break;
      case 'w': detail.write = true; break;
      case 'o': detail.link = value; break;
      case 'l': detail.labels.emplace_back(value); break;
      default: break;
    }
  }
  return detail;
}

}  // namespace isthmus::mapping
