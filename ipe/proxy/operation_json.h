#pragma once

#include "ipe/proxy/value_json.h"

namespace isthmus::proxy {

// What is asked of a device as JSON:
//
//   {"op": "read", "path": "/3303/0/5700"}
//   {"op": "write", "path": "/3303/0", "value": {"5601": 20}, "mode": "update"}
//   {"op": "write-attributes", "path": "/3303/0/5700", "attributes": {"pmin": 10, "gt": 21.5}, "unset": ["lt"]}
//   {"op": "execute", "path": "/3/0/4", "arguments": "0='a',1"}
//   {"op": "create", "path": "/3303", "value": {"5700": 1}}     the device chooses the instance; "/3303/2" names it
//   {"op": "write-composite", "value": {"/3303/0/5601": 20, "/3/0/14": "+01"}}
//
// op: read, discover, write, write-attributes, execute, create, delete, observe, cancel, read-composite,
// write-composite, observe-composite, cancel-composite. "paths" names several. "depth" (discover), "format" (a
// Content-Format's number), "passive": true (cancel). Instead of "value", "records": [{"path","type","value","time"}]
// says the types itself: so a stored operation is read again without a model.
//
// Error: malformed; `where` is the JSON pointer of the fault, or line and column of broken JSON.
Result<lwm2m::DeviceOperation> operationFromJson(std::string_view json, const lwm2m::DeviceModel& model);

// The same of a value within a larger text, where `beside` may stand, too.
Result<lwm2m::DeviceOperation> operationFromJson(const json::Node& root, const lwm2m::DeviceModel& model,
                                                 std::span<const std::string_view> beside = {});

// Such that operationFromJson() gives the same again, with any model.
std::string operationToJson(const lwm2m::DeviceOperation& operation);

std::string_view name(lwm2m::OperationKind kind);  // "write-attributes"

}  // namespace isthmus::proxy
