#pragma once

#include "onem2m/model/primitive.h"

#include <string>
#include <string_view>

namespace isthmus::onem2m {

// What all requests to one CSE have in common.
struct RequestFrame {
  std::string prefix;                               // path below which the CSE's resources stand, "" or "/cse"
  std::string commonFields;                         // whole lines: Host, Accept, Authorization ...
  std::string_view mediaType = "application/json";  // of what a request carries
};

// Writes the whole HTTP request, fields and body, into `out` (TS-0009 6.2, 6.4): Content-Length, no chunks, no Expect,
// so that one write takes it and every CSE's reader copes.
void writeRequest(std::string& out, const RequestFrame& frame, const RequestPrimitive& request);

// The request target for a oneM2M address (TS-0009 6.2.2.1): "cse-in/a" is "/cse-in/a", "/id-in/a" is "/~/id-in/a",
// "//sp/id-in/a" is "/_/sp/id-in/a".
void appendTarget(std::string& out, std::string_view prefix, const RequestPrimitive& request);

}  // namespace isthmus::onem2m
