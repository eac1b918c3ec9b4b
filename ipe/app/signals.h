#pragma once

#include "ipe/base/clock.h"

#include <cstdint>
#include <functional>
#include <optional>

namespace isthmus::app {

// SIGINT and SIGTERM, and SIGHUP where it is asked for, taken by waiting for them instead of by a handler. Made before
// any other thread, so that all inherit the mask.
class Signals {
 public:
  enum class Hangup : std::uint8_t { ends, reloads };
  // `ends`: a SIGHUP ends the program, as it does by default.
  explicit Signals(Hangup hangup = Hangup::ends);
  // Until one that ends the program comes, or the time is over; absent: for ever. True: such a signal came.
  bool wait(std::optional<milliseconds> patience) const;
  // For ever; calls `reload` for each SIGHUP. Made with Hangup::reloads.
  void waitAndReload(const std::function<void()>& reload) const;
};

}  // namespace isthmus::app
