#pragma once

#include "ipe/base/clock.h"

#include <atomic>

namespace isthmus::testing {

// Time that stands still until a test moves it.
class FakeClock final : public Clock {
 public:
  Instant now() const override { return Instant(milliseconds(now_.load())); }
  WallTime wall() const override { return WallTime(milliseconds(wall_.load())); }
  void advance(milliseconds by) {
    now_ += by.count();
    wall_ += by.count();
  }
  void setWall(WallTime time) { wall_ = time.time_since_epoch().count(); }

 private:
  std::atomic<milliseconds::rep> now_ = 1'000'000;
  std::atomic<milliseconds::rep> wall_ = 1'763'812'345'678;
};

}  // namespace isthmus::testing
