#pragma once

#include "lwm2m/model/value.h"

#include <optional>
#include <span>
#include <string>

namespace isthmus::lwm2m {

// Seconds before `now` or after; a time beyond the year 9999 is none.
std::optional<WallTime> timeFrom(double seconds, WallTime origin);
// "1699877805.867"
std::string decimalSeconds(WallTime time);
// The time that all records have; absent if they differ, or have none.
std::optional<WallTime> sharedTime(std::span<const Record> records);

}  // namespace isthmus::lwm2m
