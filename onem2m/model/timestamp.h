#pragma once

#include "ipe/base/clock.h"

#include <optional>
#include <string>
#include <string_view>

namespace isthmus::onem2m {

// "20261122T101226,160" (TS-0004 6.3.3 m2m:timestamp with a fraction)
std::string toTimestamp(WallTime time);
// With or without a fraction; nothing if it is no date.
std::optional<WallTime> fromTimestamp(std::string_view text);

}  // namespace isthmus::onem2m
