#include "ipe/proxy/changes.h"

#include <algorithm>

namespace isthmus::proxy {

bool Changes::passes(const lwm2m::Path& path, std::string_view content, mapping::Report report, seconds heartbeat,
                     Instant now) {
  if (report == mapping::Report::every) return true;
  const std::uint64_t packed = path.packed();
  const auto pathHash =
      static_cast<std::uint32_t>(hash64({reinterpret_cast<const std::uint8_t*>(&packed), sizeof packed}));
  const auto second = static_cast<std::uint32_t>(std::chrono::duration_cast<seconds>(now.time_since_epoch()).count());
  const std::uint64_t value = hash64(content);
  const auto known = std::ranges::find(seen_, pathHash, &Seen::path);
  if (known == seen_.end()) {
    seen_.push_back({pathHash, second, value});
    return true;
  }
  const bool beat = report == mapping::Report::heartbeat && second - known->atSecond >= heartbeat.count();
  if (known->value == value && !beat) return false;
  *known = {pathHash, second, value};
  return true;
}

}  // namespace isthmus::proxy
