#include "mapping/engine/device_unit.h"

#include "mapping/units/unit.h"

namespace isthmus::mapping {

std::string_view deviceUnitOf(const DeviceFacts& device, const lwm2m::Path& path) {
  const auto* definition = device.definitions.resource(path.object(), path.resource());
  if (definition != nullptr && !definition->unit.empty()) return definition->unit;
  return usualUnit(path.object(), path.resource());
}

}  // namespace isthmus::mapping
