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
    CHECK(parseIso8601(row.iso) == WallTime(milliseconds(row.milliseconds)));
  }
}

TEST_CASE("Civil time is read with any offset and any number of fraction digits") {
  CHECK(parseIso8601("1970-01-01T00:00:01Z") == WallTime(milliseconds(1000)));
  CHECK(parseIso8601("1970-01-01T01:30:00.5+01:30") == WallTime(milliseconds(500)));
  CHECK(parseIso8601("1969-12-31T23:00:00.1239-01:00") == WallTime(milliseconds(123)));
  for (const std::string_view text :
       {"", "1970", "1970-01-01", "1970-01-01T00:00:00", "1970-01-01 00:00:00Z", "1970-02-30T00:00:00Z",
        "1970-13-01T00:00:00Z", "1970-01-01T24:00:00Z", "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00+0100",
        "1970-01-01T00:00:00Zx", "-970-01-01T00:00:00Z", "1970-01-01T00:-1:00Z"}) {
    INFO(text);
    CHECK_FALSE(parseIso8601(text));
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
