#pragma once

#include "ipe/app/rest_client.h"
#include "lwm2m/model/object_registry.h"
#include "mapping/tools/coverage.h"

#include <optional>
#include <string>
#include <vector>

namespace isthmus::app {

// What is known of a device, for tools that work on what it has.
struct DeviceScan {
  std::string endpoint;
  std::optional<lwm2m::Version> lwm2m;
  std::vector<lwm2m::ObjectVersion> versions;
  std::vector<lwm2m::Path> instances, resources, observed;  // resources: as Discover told
  std::vector<mapping::SeenValue> seen;
  std::vector<std::string> notes;  // what could not be found out, and why
};

// Asks the instance for the device, and the device by Discover, object by object. A device that does not answer is not
// asked further. Error: notFound, unavailable.
Result<DeviceScan> scanDevice(const RestClient& client, const std::string& endpoint);

// Links as a registration has them: "</3303/0>,</3/0>;ver=1.1"; of Discover with their resources.
Result<DeviceScan> scanLinks(const std::string& links);

}  // namespace isthmus::app
