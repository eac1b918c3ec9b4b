#pragma once

#include "ipe/app/notify_adapter.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace isthmus::app {

// By metric name, without prefix.
void addNotifyCounters(const NotifyFigures& figures, const proxy::ApplicationCounters& applications,
                       std::vector<std::pair<std::string, std::uint64_t>>& counters);

}  // namespace isthmus::app
