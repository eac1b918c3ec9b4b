#pragma once

#include "mapping/engine/engine.h"
#include "mapping/engine/rule_index.h"

#include <functional>
#include <span>
#include <vector>

namespace isthmus::mapping {

// Calls `visit` for each target of each resource that the instances may have: those that the object definitions know,
// and those that rules name.
void eachTarget(const RuleIndex& index, const DeviceFacts& device, std::span<const lwm2m::Path> instances,
                const std::function<void(const lwm2m::Path&, const CompiledRule&, const CompiledTarget&)>& visit);

std::vector<Place> placesOf(const RuleIndex& index, const DeviceFacts& device, std::span<const lwm2m::Path> instances);

Result<std::vector<DeviceChange>> changesFor(const RuleIndex& index, const DeviceFacts& device,
                                             std::span<const lwm2m::Path> instances, Form form, std::string_view target,
                                             std::span<const AttributeValue> changed);

}  // namespace isthmus::mapping
