#pragma once

#include "ipe/base/clock.h"

#include <atomic>

namespace isthmus::testing {

// Time that runs on as it does, and that a test can move ahead.
class ShiftedClock final : public Clock {
 public:
  Instant now() const override { return clock_.now() + milliseconds(shift_.load()); }
  WallTime wall() const override { return clock_.wall() + milliseconds(shift_.load()); }
  void advance(milliseconds by) { shift_ += by.count(); }

 private:
  SystemClock clock_;
  std::atomic<milliseconds::rep> shift_ = 0;
};

}  // namespace isthmus::testing
