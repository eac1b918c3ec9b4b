#pragma once

#include "ipe/base/clock.h"
#include "ipe/base/located_json.h"
#include "ipe/base/result.h"
#include "lwm2m/model/object_registry.h"
#include "lwm2m/server/device_operation.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::proxy {

// What a device holds as JSON: one form for the REST API, the command line, stored commands and command containers.
//
//   a resource            21.5
//   a multiple resource   {"0": 1, "1": 2}
//   an instance           {"5700": 21.5, "5701": "Cel"}
//   an object             {"0": {"5700": 21.5}}
//   several, from the root {"3303": {"0": {"5700": 21.5}}} or {"/3303/0/5700": 21.5}
//
// Strings, booleans and numbers are JSON's own (integers exact to 64 bits), opaque values base64, times seconds since
// 1970 (ISO 8601 is taken too), object links "66:0", floats that are no number "nan", "inf", "-inf". null is a resource
// instance to be removed (RFC 8790).

// What stands at or below `path`. Types are the model's; a resource that it does not know has the type that JSON shows.
// Error: malformed; `where` is the JSON pointer of the fault ("" for the whole), or line and column of broken JSON.
Result<std::vector<lwm2m::Record>> recordsFromJson(std::string_view json, const lwm2m::Path& path,
                                                   const lwm2m::DeviceModel& model);
Result<std::vector<lwm2m::Record>> recordsFromJson(const json::Node& value, const lwm2m::Path& path,
                                                   const lwm2m::DeviceModel& model);
// Error: malformed, where as above.
Result<lwm2m::Value> valueFromJson(const json::Node& value, lwm2m::ResourceType type);

std::string valueToJson(const lwm2m::Value& value);
// The form above of everything below `path`; the newest, where a path has several values.
std::string recordsToJson(std::span<const lwm2m::Record> records, const lwm2m::Path& path);

// What a device answered, "" if there is nothing to be told beside the code:
//   read, observe   {"path":"/3303/0/5700","value":21.5,"time":"2026-11-22T10:12:26.160Z"}; where records bring times
//   of
//                   their own or a path has several, also "records": [{"path","value","time"}, ...]
//   discover        {"path":"/3303/0","links":[{"target":"/3303/0/5700","attributes":{"pmin":"1"}}]}
//   create          {"path":"/3303/2"}
// `answered` is the time of values that bring none.
std::string outcomeToJson(const lwm2m::DeviceOperation& operation, const lwm2m::OperationOutcome& outcome,
                          WallTime answered);

// A text's only value, or its first fault: what readers of such texts begin with.
Result<json::Node> rootOf(const json::Document& document);

}  // namespace isthmus::proxy
