#pragma once

#include "lwm2m/model/value.h"

#include <array>
#include <cstdint>
#include <map>
#include <span>

namespace isthmus::lwm2m {

// Those that a device can have; some start without an instance.
inline constexpr std::array<std::uint16_t, 17> kSimulatedObjects{1,  3,  4,  5,  6,    7,    9,    10,  11,
                                                                 13, 16, 19, 20, 3303, 3304, 3311, 3342};
inline constexpr std::uint16_t kTestObject = 3442, kGatewayObject = 25;

// What every device starts with, by Path::packed(). A resource that can only be executed stands there without a value.
const std::map<std::uint64_t, Value>& simulatedValues();

// A value that wanders between two bounds, at most `stride` at a time; a Boolean just turns.
struct Change {
  Path path;
  double low = 0, high = 1, stride = 1;
  bool whole = false;
};
std::span<const Change> simulatedChanges();

}  // namespace isthmus::lwm2m
