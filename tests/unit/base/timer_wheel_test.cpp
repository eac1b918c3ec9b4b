#include "ipe/base/timer_wheel.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

namespace isthmus {
namespace {

constexpr milliseconds kTick{16};
const Instant kStart{milliseconds{1'000'003}};

struct Fired {
  TimerWheel wheel{kStart};
  Instant now = kStart;
  std::vector<TimerWheel::Id> ids;

  void advanceBy(milliseconds by) {
    now += by;
    wheel.advance(now, [this](TimerWheel::Id id) { ids.push_back(id); });
  }
};

}  // namespace

TEST_CASE("A timer fires at its deadline or at most one tick later, on every level of the wheel") {
  for (const std::int64_t after :
       {1, 15, 16, 17, 100, 4079, 4080, 4096, 4097, 1'048'575, 1'048'576, 1'048'593, 268'435'456, 268'435'457}) {
    Fired test;
    const Instant deadline = kStart + milliseconds(after);
    test.wheel.arm(7, deadline);
    INFO(after << " ms");
    CHECK(test.wheel.armed(7));
    test.advanceBy(milliseconds(after - 1));
    CHECK(test.ids.empty());
    test.advanceBy(kTick);
    CHECK(test.ids == std::vector<TimerWheel::Id>{7});
    CHECK_FALSE(test.wheel.armed(7));
    CHECK(test.wheel.size() == 0);
  }
}

TEST_CASE("A deadline beyond the wheel's horizon of two years does not fire early") {
  Fired test;
  test.wheel.arm(1, kStart + std::chrono::hours(24 * 365 * 5));
  test.advanceBy(std::chrono::hours(24 * 365 * 4));
  CHECK(test.ids.empty());
  test.advanceBy(std::chrono::hours(24 * 365) + kTick);
  CHECK(test.ids.size() == 1);
}

TEST_CASE("A deadline in the past fires with the next tick") {
  Fired test;
  test.advanceBy(seconds(10));
  test.wheel.arm(3, kStart);
  test.advanceBy(kTick);
  CHECK(test.ids == std::vector<TimerWheel::Id>{3});
}

TEST_CASE("Arming again replaces the earlier deadline, cancelling forgets it") {
  Fired test;
  test.wheel.arm(1, kStart + seconds(1));
  test.wheel.arm(1, kStart + seconds(5));
  test.wheel.arm(2, kStart + seconds(1));
  test.wheel.cancel(2);
  test.wheel.cancel(2);
  test.wheel.cancel(99);
  CHECK(test.wheel.size() == 1);
  test.advanceBy(seconds(4));
  CHECK(test.ids.empty());
  test.advanceBy(seconds(2));
  CHECK(test.ids == std::vector<TimerWheel::Id>{1});
}

TEST_CASE("A callback may arm its own timer, arm others and cancel those that are due in the same tick") {
  TimerWheel wheel(kStart);
  std::vector<TimerWheel::Id> fired;
  for (const TimerWheel::Id id : {1U, 2U, 3U}) wheel.arm(id, kStart + kTick);
  const auto due = [&](TimerWheel::Id id) {
    fired.push_back(id);
    for (const TimerWheel::Id other : {1U, 2U, 3U}) wheel.cancel(other);
    wheel.arm(id, kStart);  // in the past: not again in this tick
    wheel.arm(9, kStart + seconds(60));
  };
  wheel.advance(kStart + kTick, due);
  CHECK(fired.size() == 1);
  CHECK(wheel.size() == 2);
  wheel.advance(kStart + 2 * kTick, due);
  CHECK(fired.size() == 2);
  CHECK(fired[0] == fired[1]);
}

TEST_CASE("The next deadline is never later than any timer, and absent when none is armed") {
  Fired test;
  CHECK_FALSE(test.wheel.next());
  for (const std::int64_t after : {20, 5'000, 247'000, 86'400'000}) {
    test.wheel.arm(4, kStart + milliseconds(after));
    REQUIRE(test.wheel.next());
    CHECK(*test.wheel.next() > kStart);
    CHECK(*test.wheel.next() <= kStart + milliseconds(after) + kTick);
  }
  // Following it leads to the timer in few steps.
  int steps = 0;
  while (test.ids.empty() && steps < 10) {
    test.advanceBy(*test.wheel.next() - test.now);
    ++steps;
  }
  CHECK(test.ids.size() == 1);
  CHECK(steps <= 4);
}

TEST_CASE("Time that goes back or stands still fires nothing") {
  Fired test;
  test.wheel.arm(1, kStart + seconds(1));
  test.advanceBy(milliseconds(-500));
  test.advanceBy(milliseconds(0));
  CHECK(test.ids.empty());
}

TEST_CASE("A wheel under random arming, moving and cancelling agrees with a sorted list") {
  std::mt19937 random(42);
  TimerWheel wheel(kStart);
  std::map<TimerWheel::Id, Instant> expected;
  Instant now = kStart;
  const auto upTo = [&](int limit) { return std::uniform_int_distribution<int>(0, limit)(random); };
  for (int round = 0; round < 3000; ++round) {
    for (int i = 0; i < 5; ++i) {
      const auto id = static_cast<TimerWheel::Id>(upTo(199));
      if (upTo(4) == 0) {
        wheel.cancel(id);
        expected.erase(id);
      } else {
        const Instant deadline = now + milliseconds(1 + upTo(upTo(3) == 0 ? 5'000'000 : 9'000));
        wheel.arm(id, deadline);
        expected[id] = deadline;
      }
    }
    const Instant before = now;
    now += milliseconds(upTo(upTo(20) == 0 ? 400'000 : 300));
    wheel.advance(now, [&](TimerWheel::Id id) {
      REQUIRE(expected.count(id) == 1);
      REQUIRE(expected[id] <= now);
      REQUIRE(expected[id] + kTick > before);
      expected.erase(id);
    });
    const bool late =
        std::any_of(expected.begin(), expected.end(), [&](const auto& timer) { return timer.second + kTick <= now; });
    REQUIRE_FALSE(late);
    REQUIRE(wheel.size() == expected.size());
  }
}

}  // namespace isthmus
