#pragma once

#include "mapping/engine/rule_index.h"

#include <span>

namespace isthmus::mapping {

// What all readings of a message share.
struct MessageFacts {
  const RuleIndex& rules;
  const EngineSettings& settings;
  const Converter& asItIs;  // of the default rule
  const DeviceFacts& device;
  WallTime received;
  std::span<const lwm2m::Record> siblings;
};

// See Engine::toOneM2m. `winner`: the rule for the record, null for the default rule.
Result<Mapping> targetsOf(const MessageFacts& facts, const lwm2m::Record& record, const CompiledRule* winner);

// Of a rule, as it is set for each of its values.
void setFilter(Mapping& mapping, const Observe& observe);

}  // namespace isthmus::mapping
