#pragma once

#include "ipe/base/located_json.h"
#include "lwm2m/model/object_registry.h"
#include "mapping/engine/engine.h"

#include <string>
#include <vector>

namespace isthmus::mapping {

// A reading and what is expected to become of it; see config/mapping/README.md, "Tests beside your rules".
struct GoldenCase {
  std::string name;
  json::Node reading, expected;
};

// What is not as expected, each with what came instead; empty: passed. Pure.
std::vector<std::string> check(const GoldenCase& golden, const RuleSet& rules, const lwm2m::ObjectRegistry& registry);

}  // namespace isthmus::mapping
