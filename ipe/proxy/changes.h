#pragma once

#include "ipe/base/bytes.h"
#include "ipe/base/clock.h"
#include "lwm2m/model/path.h"
#include "mapping/rules/rule.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace isthmus::proxy {

// Tells values of a device that changed from those that were said before: 16 bytes a resource, nothing for a device
// whose rules deliver every report. Forgotten at a restart: the first report after one counts as changed.
class Changes {
 public:
  // True if a report of this value should go on; remembers it then.
  bool passes(const lwm2m::Path& path, std::string_view content, mapping::Report report, seconds heartbeat,
              Instant now);

 private:
  struct Seen {
    std::uint32_t path = 0;      // half of a hash
    std::uint32_t atSecond = 0;  // of the monotonic clock
    std::uint64_t value = 0;     // hash
  };
  std::vector<Seen> seen_;
};

}  // namespace isthmus::proxy
