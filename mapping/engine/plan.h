#pragma once

#include "mapping/engine/rule_index.h"

namespace isthmus::mapping {

// See Engine::plan.
std::vector<PlannedObservation> planObservations(const RuleIndex& index, bool defaultRule, const DeviceFacts& device,
                                                 std::span<const lwm2m::Path> instances);

}  // namespace isthmus::mapping
