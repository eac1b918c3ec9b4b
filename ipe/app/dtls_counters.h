#pragma once

#include "lwm2m/coap/dtls/dtls_carrier.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace isthmus::app {

// By metric name, without prefix.
void addDtlsCounters(const lwm2m::coap::DtlsCarrier& carrier,
                     std::vector<std::pair<std::string, std::uint64_t>>& counters);

}  // namespace isthmus::app
