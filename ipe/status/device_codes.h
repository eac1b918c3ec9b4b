#pragma once

#include "ipe/status/device_access.h"
#include "ipe/status/http.h"

#include <optional>
#include <span>
#include <string_view>

namespace isthmus::status {

// What a device's refusal means to whoever asked, and the HTTP status it is passed on with.
struct DeviceCode {
  std::string_view code;    // "4.05"
  std::string_view name;    // "Method Not Allowed"
  int status;               // RFC 8075 7, where it fits; what is wrong inside a device is a 502, not our own 500
  std::string_view advice;  // a sentence
};

// Every code of class 4 and 5 that CoAP has registered, ascending.
std::span<const DeviceCode> deviceCodes();

// One that is not registered is treated as x.00 of its class (RFC 7252 5.9). Nothing: not a code of class 4 or 5.
std::optional<DeviceCode> deviceCode(std::string_view code);

// The problem document of a command that did not succeed in time: failed with or without an answer, expired, or still
// without an answer.
Reply problem(const CommandView& command);

}  // namespace isthmus::status
