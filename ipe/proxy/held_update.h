#pragma once

#include "ipe/proxy/command.h"
#include "mapping/engine/device_change.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace isthmus::proxy {

// What an application's UPDATE of a flexContainer or mgmtObj asks of a device, one after the other: what follows a
// failure is not asked.
struct HeldUpdate {
  DeviceIndex device = 0;
  std::string origin;
  std::vector<mapping::DeviceChange> left;  // the next first
  WallTime deadline{};
  Instant due{};                                        // of the answer
  std::function<void(int status, std::string)> answer;  // empty once it was given
};

lwm2m::DeviceOperation operationOf(const mapping::DeviceChange& change);

// The responseStatusCode that says how a command ended (TS-0005 6.4.1, as far as it is known).
int statusOf(const CommandStatus& ended);

}  // namespace isthmus::proxy
