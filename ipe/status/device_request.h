#pragma once

#include "ipe/status/call.h"
#include "ipe/status/device_access.h"

#include <string>
#include <string_view>

namespace isthmus::status {

// The part that all requests to devices share: endpoint, path, timeout, queue, expires and format. Error: malformed.
Result<DeviceRequest> deviceRequest(const Call& call, DeviceAction action);
// The same, of the paths in ?paths=/3/0/0,/3303
Result<DeviceRequest> compositeRequest(const Call& call, DeviceAction action);

// Every parameter that is not one of those above is an attribute: ?pmin=10&gt takes gt away. Error: malformed.
Result<void> takeAttributes(const Call& call, DeviceRequest& request);

// Arguments of an execute: as LwM2M Core 6.3.5 writes them, or {"0":"a","1":null}. Error: malformed.
Result<std::string> executeArguments(const Request& request);

// The body must be JSON. Error: malformed, saying where it breaks.
Result<std::string> jsonBody(const Request& request);

}  // namespace isthmus::status
