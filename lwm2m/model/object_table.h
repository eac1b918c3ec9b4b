#pragma once

#include "lwm2m/model/object_registry.h"

#include <string_view>
#include <vector>

namespace isthmus::lwm2m {

// The project's own table of object facts; its form is described at the top of config/objects/core.objects.
// Error: malformed, `where` is "line L".
Result<std::vector<ObjectDefinition>> parseObjectTable(std::string_view table);

}  // namespace isthmus::lwm2m
