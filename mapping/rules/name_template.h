#pragma once

#include "ipe/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::mapping {

enum class Placeholder : std::uint8_t { none, object, instance, resource, resourceInstance, endpoint };

// A piece of a target's name: text as it stands, or a placeholder.
struct NamePart {
  Placeholder placeholder = Placeholder::none;
  std::string text;  // of `none`
  bool operator==(const NamePart&) const = default;
};

// One resource name of the path. A segment with {resourceInstance} is left out for a value that has none.
using NameSegment = std::vector<NamePart>;

// "{object}/{instance}/{resource}" -> three segments. Refuses unknown placeholders, empty segments, characters that not
// every CSE takes in a resource name (TS-0001 7.2; only 0-9 A-Z a-z _ - are safe everywhere), the names of virtual
// resources (`la`, `ol`, `fopt`, `pcu`), the proxy's own places beside the values (`online`, `cmd`, `cmd-status`), and
// a name of optional segments only.
Result<std::vector<NameSegment>> parseNameTemplate(std::string_view text);

}  // namespace isthmus::mapping
