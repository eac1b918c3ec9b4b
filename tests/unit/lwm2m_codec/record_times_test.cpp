#include "lwm2m/codec/record_times.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace isthmus;
using namespace isthmus::lwm2m;

namespace {

WallTime at(std::int64_t ms) { return WallTime(milliseconds(ms)); }

}  // namespace

TEST_CASE("Times are written as the shortest decimal seconds", "[test_instant_to_big_decimal_conversion]") {
  const auto [ms, text] = GENERATE(table<std::int64_t, std::string>({{1'699'877'805'867, "1699877805.867"},
                                                                     {1'699'877'805'860, "1699877805.86"},
                                                                     {1'699'877'805'800, "1699877805.8"},
                                                                     {1'699'877'805'000, "1699877805"},
                                                                     {1'699'877'805'007, "1699877805.007"},
                                                                     {1, "0.001"}}));
  CHECK(decimalSeconds(at(ms)) == text);
}

TEST_CASE("Seconds become times to the millisecond, the nearest of them",
          "[test_big_decimal_to_instant_conversion][test_too_precise_big_decimal_to_instant_conversion]") {
  CHECK(timeFrom(1699877805.867, WallTime()) == at(1'699'877'805'867));
  CHECK(timeFrom(0.0004, WallTime()) == at(0));
  CHECK(timeFrom(0.0006, WallTime()) == at(1));
  CHECK(timeFrom(-5.5, at(10'000)) == at(4'500));
}

TEST_CASE("Seconds beyond every calendar are no time",
          "[test_big_decimal_to_instant_conversion_overflow][test_out_of_bounds_big_decimal_to_instant_conversion]") {
  for (const double seconds :
       {1e12, -1e12, 1e300, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()})
    CHECK_FALSE(timeFrom(seconds, WallTime()));
}

TEST_CASE("A time is shared if all records have it") {
  const Record now{Path(3, 0, 9), std::int64_t{1}, at(5)};
  Record later = now;
  later.time = at(6);
  Record never = now;
  never.time.reset();
  CHECK(sharedTime({}) == std::nullopt);
  CHECK(sharedTime(std::vector{now, now}) == at(5));
  CHECK(sharedTime(std::vector{now, later}) == std::nullopt);
  CHECK(sharedTime(std::vector{now, never}) == std::nullopt);
  CHECK(sharedTime(std::vector{never, never}) == std::nullopt);
}
