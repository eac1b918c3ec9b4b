#pragma once

#include "ipe/base/clock.h"

#include <optional>

namespace isthmus::app {

// SIGINT and SIGTERM, taken by waiting for them instead of by a handler. Made before any other thread, so that all
// inherit the mask.
class Signals {
 public:
  Signals();
  // Until one comes, or the time is over; absent: for ever. True: a signal came.
  bool wait(std::optional<milliseconds> patience) const;
};

}  // namespace isthmus::app
