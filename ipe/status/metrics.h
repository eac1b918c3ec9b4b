#pragma once

#include "ipe/status/status_source.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace isthmus::status {

struct StreamFigures {
  std::size_t open = 0;
  std::uint64_t lost = 0;  // events dropped for readers that were too slow
};

inline constexpr const char* kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

// The Prometheus text exposition: names `isthmus_...`, base units, no label that grows with the devices.
std::string metricsText(const StatusView& status, const AccountView& account, const StreamFigures& streams);

}  // namespace isthmus::status
