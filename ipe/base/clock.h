#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace isthmus {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A point on the monotonic clock: for timers and deadlines. Never stored.
using Instant = std::chrono::time_point<std::chrono::steady_clock, milliseconds>;
// A point of civil time, UTC: for names, records and logs.
using WallTime = std::chrono::time_point<std::chrono::system_clock, milliseconds>;

// Time is handed in; nothing in the protocol logic asks the operating system. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
  virtual WallTime wall() const = 0;
};

class SystemClock final : public Clock {
 public:
  Instant now() const override;
  WallTime wall() const override;
};

// "2026-11-22T10:12:26.160Z" (RFC 3339)
std::string toIso8601(WallTime time);
// The inverse, for any offset: "2026-11-22T11:12:26.16+01:00". Digits below a millisecond are dropped.
std::optional<WallTime> parseIso8601(std::string_view text);
// "20261122T101226" (oneM2M TS-0004 6.3.3 m2m:timestamp)
std::string toM2mTimestamp(WallTime time);

}  // namespace isthmus
