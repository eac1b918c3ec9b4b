#pragma once

#include "ipe/base/clock.h"

namespace isthmus {

// The time at the start of a loop's turn: read once, used for all that the turn handles. Owned by the loop's thread.
class TurnClock final : public Clock {
 public:
  explicit TurnClock(const Clock& source) : source_(source) { refresh(); }

  void refresh() {
    now_ = source_.now();
    wall_ = source_.wall();
  }
  Instant now() const override { return now_; }
  WallTime wall() const override { return wall_; }

 private:
  const Clock& source_;
  Instant now_{};
  WallTime wall_{};
};

}  // namespace isthmus
