#pragma once

#include "mapping/engine/engine.h"

#include <string_view>

namespace isthmus::mapping {

// What the device's value at `path` is measured in: as its object's definition says, else as is usual; "": nobody
// knows.
std::string_view deviceUnitOf(const DeviceFacts& device, const lwm2m::Path& path);

}  // namespace isthmus::mapping
