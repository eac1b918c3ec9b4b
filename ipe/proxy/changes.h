#pragma once

#include "ipe/base/bytes.h"
#include "ipe/base/clock.h"
#include "lwm2m/model/path.h"
#include "mapping/engine/engine.h"

#include <cstdint>
#include <vector>

namespace isthmus::proxy {

// Tells values of a device that changed from those that were said before: 16 bytes a resource, nothing for a device
// whose rules deliver every report. Holds back what is nearer than a
// deadband, or comes sooner than an interval. Forgotten at a restart: the first report after one counts as changed.
class Changes {
 public:
  // True if a report of this value should go on; remembers it then.
  bool passes(const lwm2m::Path& path, const mapping::Mapping& mapping, Instant now);

 private:
  struct Seen {
    std::uint32_t path = 0;      // half of a hash; even: `value` is a number
    std::uint32_t atSecond = 0;  // of the monotonic clock
    std::uint64_t value = 0;     // hash, or the bits of a number
  };
  static bool isNew(const Seen& known, const Seen& seen, const mapping::Mapping& mapping);

  std::vector<Seen> seen_;
};

}  // namespace isthmus::proxy
