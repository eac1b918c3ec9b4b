#pragma once

#include "lwm2m/model/object_registry.h"
#include "mapping/engine/engine.h"

#include <span>
#include <string>
#include <vector>

namespace isthmus::mapping {

// A value that is known to have come from the device.
struct SeenValue {
  std::string path, value, time, fate;
};

struct CoverageRequest {
  DeviceFacts device;
  std::span<const lwm2m::Path> resources;  // that the device has, or may have
  std::span<const lwm2m::Path> observed;   // objects, instances or resources
  std::span<const SeenValue> seen;
  bool defaultRule = true;
};

struct CoverageRow {
  lwm2m::Path path;
  std::string name;               // of the resource, "" if nobody knows
  std::string operations;         // "RW", "E"
  std::string mapped;             // name of the rule, "default rule", or "" for unmapped
  std::string to;                 // where its values go: names as the rule has them
  std::string observed;           // by which observation: "/3303/0", "" if by none
  std::string value, time, fate;  // of the last value, "" if none was seen
};

struct Coverage {
  std::vector<CoverageRow> rows;
  std::size_t byRule = 0, byDefault = 0, unmapped = 0, observed = 0, neverSeen = 0;  // of what has values
};

// What of a device is mapped, by which rule, observed, and never seen. Pure.
Coverage coverageOf(const Engine& engine, const CoverageRequest& request);

}  // namespace isthmus::mapping
