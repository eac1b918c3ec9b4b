#include "ipe/proxy/changes.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace isthmus::proxy {

bool Changes::isNew(const Seen& known, const Seen& seen, const mapping::Mapping& mapping) {
  const std::int64_t elapsed = seen.atSecond - known.atSecond;
  if (elapsed < mapping.minInterval.count()) return false;
  if (mapping.report == mapping::Report::heartbeat && elapsed >= mapping.heartbeat.count()) return true;
  if (mapping.number) {
    const double distance = std::abs(*mapping.number - std::bit_cast<double>(known.value));
    return !(distance < mapping.deadband) && (mapping.report == mapping::Report::every || distance > 0);
  }
  return mapping.report == mapping::Report::every || seen.value != known.value;
}

bool Changes::passes(const lwm2m::Path& path, const mapping::Mapping& mapping, Instant now) {
  if (!mapping.filters()) return true;
  const std::uint64_t packed = path.packed();
  auto pathHash =
      static_cast<std::uint32_t>(hash64({reinterpret_cast<const std::uint8_t*>(&packed), sizeof packed})) | 1;
  if (mapping.number) pathHash ^= 1;  // so that a number is never compared with a hash
  const Seen seen{pathHash,
                  static_cast<std::uint32_t>(std::chrono::duration_cast<seconds>(now.time_since_epoch()).count()),
                  mapping.number ? std::bit_cast<std::uint64_t>(*mapping.number) : mapping.fingerprint};
  const auto known = std::ranges::find(seen_, seen.path, &Seen::path);
  if (known == seen_.end()) {
    seen_.push_back(seen);
    return true;
  }
  if (!isNew(*known, seen, mapping)) return false;
  *known = seen;
  return true;
}

}  // namespace isthmus::proxy
