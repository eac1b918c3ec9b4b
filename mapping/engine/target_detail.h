#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace isthmus::mapping {

// What is to be known of a target beside its path and content. Kept as text with each value on its way to the CSE;
// nothing for a plain container, which is nearly all of them.
struct TargetDetail {
  std::string className;            // "cod:tempe", "m2m:bat"
  bool write = false;               // an application may change it
  std::string link;                 // where an object link leads, below the device's place: "3303/0"
  std::vector<std::string> labels;  // besides those that every resource gets
  bool operator==(const TargetDetail&) const = default;

  std::string toText() const;
  static TargetDetail parse(std::string_view text);  // what it does not know is skipped
};

}  // namespace isthmus::mapping
