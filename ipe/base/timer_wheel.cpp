#include "ipe/base/timer_wheel.h"

#include <algorithm>
#include <bit>

namespace isthmus {
namespace {

constexpr milliseconds kTick{16};
constexpr unsigned kBitsPerLevel = 8;
constexpr std::uint64_t kHorizon =
    (std::uint64_t{1} << 32) - 1;  // 2.1 years; what lies beyond is looked at again there

constexpr unsigned shiftOf(unsigned level) { return level * kBitsPerLevel; }
constexpr unsigned indexOf(std::uint64_t tick, unsigned level) {
  return static_cast<unsigned>(tick >> shiftOf(level)) & 0xFFU;
}

// The ticks are 256^level apart: at these moments the level's next slot is spread over the levels below.
constexpr bool beginsSlotOf(std::uint64_t tick, unsigned level) {
  return (tick & ((std::uint64_t{1} << shiftOf(level)) - 1)) == 0;
}

}  // namespace

TimerWheel::TimerWheel(Instant start) : start_(start), heads_(kLevels * kSlots, kNone) {}

std::uint64_t TimerWheel::toTick(Instant time) const {
  if (time <= start_) return 0;
  const auto elapsed = static_cast<std::uint64_t>((time - start_).count());
  const auto tick = static_cast<std::uint64_t>(kTick.count());
  return elapsed / tick + (elapsed % tick != 0 ? 1 : 0);
}

void TimerWheel::arm(Id id, Instant deadline) {
  if (id >= entries_.size()) entries_.resize(std::size_t{id} + 1);
  if (entries_[id].slot != kNone) unlink(id);
  entries_[id].tick = std::max(toTick(deadline), current_ + 1);
  link(id);
}

void TimerWheel::cancel(Id id) {
  if (armed(id)) unlink(id);
}

bool TimerWheel::armed(Id id) const { return id < entries_.size() && entries_[id].slot != kNone; }

std::size_t TimerWheel::size() const { return size_; }

void TimerWheel::link(Id id) {
  Entry& entry = entries_[id];
  const std::uint64_t distance = std::min(entry.tick - current_, kHorizon);
  unsigned level = 0;
  while (distance >> shiftOf(level + 1) != 0) ++level;
  const unsigned index = indexOf(current_ + distance, level);
  entry.slot = level * kSlots + index;
  entry.previous = kNone;
  entry.next = heads_[entry.slot];
  if (entry.next != kNone) entries_[entry.next].previous = id;
  heads_[entry.slot] = id;
  occupied_[level][index / kWordBits] |= std::uint64_t{1} << index % kWordBits;
  ++size_;
}

void TimerWheel::unlink(Id id) {
  Entry& entry = entries_[id];
  if (entry.next != kNone) entries_[entry.next].previous = entry.previous;
  if (entry.previous != kNone) {
    entries_[entry.previous].next = entry.next;
  } else {
    heads_[entry.slot] = entry.next;
  }
  if (heads_[entry.slot] == kNone) {
    const unsigned index = entry.slot % kSlots;
    occupied_[entry.slot / kSlots][index / kWordBits] &= ~(std::uint64_t{1} << index % kWordBits);
  }
  entry.slot = kNone;
  --size_;
}

void TimerWheel::cascade(unsigned level) {
  std::uint32_t id = heads_[level * kSlots + indexOf(current_, level)];
  while (id != kNone) {
    const std::uint32_t following = entries_[id].next;
    unlink(id);
    link(id);
    id = following;
  }
}

void TimerWheel::fire(const std::function<void(Id)>& due) {
  // A callback arms for the next tick at the earliest, which is another slot; so this ends.
  const unsigned slot = indexOf(current_, 0);
  while (heads_[slot] != kNone) {
    const Id id = heads_[slot];
    unlink(id);
    due(id);
  }
}

void TimerWheel::advance(Instant now, const std::function<void(Id)>& due) {
  if (now <= start_) return;
  const auto target = static_cast<std::uint64_t>((now - start_) / kTick);
  while (current_ < target) {
    const std::optional<std::uint64_t> next = nextTick();
    if (!next || *next > target) {
      current_ = target;
      return;
    }
    current_ = *next;
    for (unsigned level = kLevels - 1; level > 0; --level)
      if (beginsSlotOf(current_, level)) cascade(level);
    fire(due);
  }
}

std::optional<unsigned> TimerWheel::distanceToOccupied(unsigned level, unsigned from) const {
  // Circular, from the slot after `from` round to `from` itself, which is a whole turn away.
  const auto& words = occupied_[level];
  const unsigned begin = (from + 1) % kSlots;
  for (unsigned step = 0; step <= kWords; ++step) {
    const unsigned word = (begin / kWordBits + step) % kWords;
    std::uint64_t bits = words[word];
    if (step == 0) bits &= ~std::uint64_t{0} << begin % kWordBits;
    if (bits == 0) continue;
    const unsigned index = word * kWordBits + static_cast<unsigned>(std::countr_zero(bits));
    return (index + kSlots - begin) % kSlots + 1;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> TimerWheel::nextTick() const {
  std::optional<std::uint64_t> earliest;
  for (unsigned level = 0; level < kLevels; ++level) {
    const auto distance = distanceToOccupied(level, indexOf(current_, level));
    if (!distance) continue;
    const std::uint64_t tick = ((current_ >> shiftOf(level)) + *distance) << shiftOf(level);
    if (!earliest || tick < *earliest) earliest = tick;
  }
  return earliest;
}

std::optional<Instant> TimerWheel::next() const {
  const std::optional<std::uint64_t> tick = nextTick();
  if (!tick) return std::nullopt;
  return start_ + static_cast<milliseconds::rep>(*tick) * kTick;
}

}  // namespace isthmus
