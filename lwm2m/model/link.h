#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::lwm2m {

struct LinkAttribute {
  std::string name;
  std::optional<std::string> value;  // unquoted
  bool operator==(const LinkAttribute&) const = default;
};

// One link of RFC 6690, e.g. </3/0>;ver=1.1
struct Link {
  std::string target;  // without < and >
  std::vector<LinkAttribute> attributes;

  const LinkAttribute* attribute(std::string_view name) const;
  bool operator==(const Link&) const = default;
};

}  // namespace isthmus::lwm2m
