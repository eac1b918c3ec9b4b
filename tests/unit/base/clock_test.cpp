#include "ipe/base/clock.h"

#include "tests/support/fake_clock.h"

#include <catch2/catch.hpp>

namespace isthmus {

TEST_CASE("Civil time is written as RFC 3339 with milliseconds and as oneM2M writes it") {
  struct Row {
    std::int64_t milliseconds;
    std::string_view iso, m2m;
  };
  for (const Row& row : {Row{0, "1970-01-01T00:00:00.000Z", "19700101T000000"},
                         Row{1'763'812'345'678, "2025-11-22T11:52:25.678Z", "20251122T115225"},
                         Row{951'782'399'999, "2000-02-28T23:59:59.999Z", "20000228T235959"},
                         Row{-1, "1969-12-31T23:59:59.999Z", "19691231T235959"}}) {
    CHECK(toIso8601(WallTime(milliseconds(row.milliseconds))) == row.iso);
    CHECK(toM2mTimestamp(WallTime(milliseconds(row.milliseconds))) == row.m2m);
  }
}

TEST_CASE("The system's clock does not go back, and its civil time is in this century") {
  const SystemClock clock;
  const Instant first = clock.now();
  CHECK(clock.now() >= first);
  CHECK(clock.wall() > WallTime(milliseconds(1'700'000'000'000)));
}

TEST_CASE("A fake clock stands still until it is moved") {
  testing::FakeClock clock;
  const Instant before = clock.now();
  CHECK(clock.now() == before);
  clock.advance(seconds(3));
  CHECK(clock.now() == before + seconds(3));
}

}  // namespace isthmus
