#pragma once

#include "lwm2m/model/object_registry.h"

#include <string_view>
#include <vector>

namespace isthmus::lwm2m {

// One OMNA object definition file (LWM2M.xsd, LWM2M-v1_1.xsd); a file may hold several objects.
// External entities are never fetched. Error: malformed, `where` is "line L, column C".
Result<std::vector<ObjectDefinition>> parseObjectXml(std::string_view xml);

}  // namespace isthmus::lwm2m
