#pragma once

#include "ipe/base/bytes.h"

#include <cstdint>
#include <string>

namespace isthmus::mapping {

// A message of a device as `con` and `cnf` of a contentInstance.
struct Encapsulated {
  std::string content;
  std::string contentInfo;
};

// TS-0014 7.2: the payload as the device sent it, with its Content-Format as contentInfo. Bytes go as base64.
Encapsulated encapsulated(std::uint16_t contentFormat, ByteView payload);

}  // namespace isthmus::mapping
