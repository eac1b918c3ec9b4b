#pragma once

#include "lwm2m/model/object_registry.h"
#include "mapping/engine/engine.h"

#include <span>
#include <string>

namespace isthmus::mapping {

struct DraftRequest {
  const lwm2m::DeviceModel& definitions;
  std::string_view endpoint;           // names the set; what is known rules for are left out by it
  std::span<const lwm2m::Path> paths;  // instances that the device declares, and resources where Discover told them
  const Engine* inForce = nullptr;     // what its rules name by its resource already is left out; null: nothing
  bool forThisDevice = false;          // the rules match the endpoint only
};

struct Draft {
  std::string text;  // a rule file with comments, to be edited; it can be applied as it is
  std::size_t rules = 0;
  std::size_t leftOut = 0;  // resources that a rule in force names
};

// Rules for what a device has: names, types, units and directions from the object definitions. Pure; same device, same
// text.
Draft draftRules(const DraftRequest& request);

}  // namespace isthmus::mapping
