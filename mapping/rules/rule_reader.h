#pragma once

#include "ipe/base/located_json.h"
#include "mapping/rules/rule.h"

#include <optional>
#include <string>

namespace isthmus::mapping {

// Which rule the node overrides, by its name.
std::optional<std::string> overriddenBy(const json::Node& node);

// One rule as it stands in a file, read onto the rule that it overrides, if any; complains about all that is wrong with
// it. Its name is empty if it states none.
Rule readRule(const json::Node& node, json::Faults& faults, const Rule* overridden = nullptr);

}  // namespace isthmus::mapping
