#include "lwm2m/codec/record_times.h"

#include <algorithm>
#include <cmath>

namespace isthmus::lwm2m {
namespace {

constexpr double kFurthest = 253402300800;  // the year 10000, where RFC 3339 ends

}  // namespace

std::optional<WallTime> timeFrom(double seconds, WallTime origin) {
  if (!(std::fabs(seconds) < kFurthest)) return std::nullopt;
  return origin + milliseconds(std::llround(seconds * 1000));
}

std::string decimalSeconds(WallTime time) {
  const std::int64_t count = time.time_since_epoch().count();
  std::string text = std::to_string(count / 1000);
  if (count % 1000 == 0) return text;
  std::string fraction = std::to_string(1000 + count % 1000);
  fraction[0] = '.';
  while (fraction.back() == '0') fraction.pop_back();
  return text + fraction;
}

std::optional<WallTime> sharedTime(std::span<const Record> records) {
  if (records.empty()) return std::nullopt;
  const auto same = [&](const Record& record) { return record.time == records[0].time; };
  return std::ranges::all_of(records, same) ? records[0].time : std::nullopt;
}

}  // namespace isthmus::lwm2m
