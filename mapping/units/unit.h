#pragma once

#include "ipe/base/result.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace isthmus::mapping {

// A unit of measurement: quantity in its base unit = (number + zero) * factor / divisor. Each figure is exact as the
// decimal that it is written as.
struct Unit {
  std::string_view name;      // a SenML name (RFC 8428 12.1, RFC 8798) or one that is in use beside them
  std::string_view quantity;  // "temperature"; only units of one quantity can be converted
  double factor = 1;
  double divisor = 1;
  double zero = 0;
};

// By any of its spellings, in SenML, in object definitions or by people: "Cel", "°F", "KB". Null if nobody knows.
const Unit* findUnit(std::string_view name);
std::span<const Unit> allUnits();

// Whether numbers can be converted from one to the other: both are the same text, or known and of one quantity.
// Error: configuration, which says why not.
Result<void> checkConvertible(std::string_view from, std::string_view to);

// What a resource of an IPSO object is measured in where its definition states no unit; "" where that is open (a
// generic sensor, an analog input).
std::string_view usualUnit(std::uint16_t object, std::uint16_t resource);

}  // namespace isthmus::mapping
