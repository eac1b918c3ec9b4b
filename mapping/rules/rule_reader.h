#pragma once

#include "ipe/base/located_json.h"
#include "mapping/rules/rule.h"

namespace isthmus::mapping {

// One rule as it stands in a file; complains about all that is wrong with it. Its name is empty if it states none.
Rule readRule(const json::Node& node, json::Faults& faults);

}  // namespace isthmus::mapping
