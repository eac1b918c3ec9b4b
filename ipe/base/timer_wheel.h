#pragma once

#include "ipe/base/clock.h"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace isthmus {

// A hierarchical timer wheel (4 levels of 256 slots, 16 ms a tick): arming, moving and cancelling cost O(1), whatever
// the number of timers. A timer is known by the small integer that its user gives it (an index of a slab); each id has
// at most one deadline. Never fires early; fires at most one tick plus the calling interval late. Owned by one thread.
class TimerWheel {
 public:
  using Id = std::uint32_t;

  explicit TimerWheel(Instant start);

  void arm(Id id, Instant deadline);  // replaces an earlier deadline of the same id
  void cancel(Id id);                 // nothing happens if it is not armed
  bool armed(Id id) const;

  // Calls `due` for each id whose deadline has passed; the callback may arm and cancel.
  void advance(Instant now, const std::function<void(Id)>& due);

  // No timer fires before this instant; absent when none is armed.
  std::optional<Instant> next() const;
  std::size_t size() const;

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  static constexpr unsigned kLevels = 4;
  static constexpr unsigned kSlots = 256;
  static constexpr unsigned kWordBits = 64;
  static constexpr unsigned kWords = kSlots / kWordBits;

  struct Entry {
    std::uint64_t tick = 0;
    std::uint32_t previous = kNone, next = kNone;
    std::uint32_t slot = kNone;  // level * kSlots + index; kNone: not armed
  };

  std::uint64_t toTick(Instant time) const;
  void link(Id id);
  void unlink(Id id);
  void cascade(unsigned level);
  void fire(const std::function<void(Id)>& due);
  std::optional<std::uint64_t> nextTick() const;
  std::optional<unsigned> distanceToOccupied(unsigned level, unsigned from) const;

  Instant start_;
  std::uint64_t current_ = 0;
  std::size_t size_ = 0;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> heads_;
  std::array<std::array<std::uint64_t, kWords>, kLevels> occupied_{};  // a bit a slot: empty stretches are stepped over
};

}  // namespace isthmus
