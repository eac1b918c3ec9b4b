#pragma once

#include "ipe/base/result.h"
#include "ipe/proxy/command.h"
#include "ipe/status/device_access.h"
#include "lwm2m/model/object_registry.h"
#include "lwm2m/server/device_operation.h"
#include "lwm2m/server/registration.h"

#include <string>

namespace isthmus::app {

// Registration Update Trigger of that server account: "/1/0/8".
std::string triggerPath(std::uint16_t account);

// What the REST API asks, as an operation on the device. Error: malformed (saying which part), unsupported
// (no request can be made of it): what is refused here never becomes a command.
Result<lwm2m::DeviceOperation> operationOf(const status::DeviceRequest& request, const lwm2m::DeviceModel& model,
                                           const lwm2m::Registration& registration);

// What the queues say of a command, as the REST API shows it.
status::CommandView viewOf(const proxy::CommandStatus& command, std::string endpoint);

}  // namespace isthmus::app
