#pragma once

#include "ipe/base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace isthmus::onem2m {

// What a CSE says of itself (TS-0001 9.6.3).
struct CseBase {
  std::string name;                         // rn
  std::string cseId;                        // csi, "/id-in"
  std::vector<int> types;                   // srt: resource types that it supports
  std::vector<std::string> releases;        // srv
  std::vector<std::string> serialisations;  // csz
};

Result<CseBase> readCseBase(std::string_view json);

// An attribute of a resource, whatever its type: a string as it is, anything else as JSON; "" if it is not there.
Result<std::string> readAttribute(std::string_view json, const char* shortName);

}  // namespace isthmus::onem2m
