#pragma once

#include "ipe/status/device_access.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::status {

// The shapes of commands and their outcomes, as JSON on one line. openapi.json describes them.

std::string toJson(const CommandView& command);
std::string toJson(const std::vector<CommandView>& commands);
std::string toJson(const std::vector<DecodeErrorView>& errors);

// Of an answer to discover: {"path","attributes"} of the path itself.
std::string attributesJson(const CommandView& command, const std::string& path);
// {"path"}
std::string createdJson(std::string_view path);
// The path of the new instance, if the device said it.
std::optional<std::string> createdPath(const CommandView& command);

// "/api/v1/devices/urn%3Adev%3A1"
std::string deviceAddress(std::string_view endpoint);

}  // namespace isthmus::status
