#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace isthmus {

// A hash index over records that live elsewhere (a slab, say) and are known by number: open addressing with linear
// probing, 8 bytes an entry, at most three quarters full. Part of each hash is kept, so that a probe seldom touches a
// record. Owned by one thread.
class FlatIndex {
 public:
  // `same(number)` says whether that record is the one looked for.
  template <class Same>
  std::optional<std::uint32_t> find(std::uint64_t hash, Same same) const {
    if (slots_.empty()) return std::nullopt;
    for (std::size_t at = hash & mask();; at = (at + 1) & mask()) {
      const Slot& slot = slots_[at];
      if (slot.number == kEmpty) return std::nullopt;
      if (slot.tag == tagOf(hash) && same(slot.number)) return slot.number;
    }
  }

  // The record must not be in the index yet.
  void insert(std::uint64_t hash, std::uint32_t number) {
    if ((size_ + 1) * 4 > slots_.size() * 3) grow();
    place({number, tagOf(hash)}, hash);
    ++size_;
  }

  // Nothing happens if it is not there. `hashOf(number)` gives the full hash of a record, to close the gap.
  template <class HashOf>
  void erase(std::uint64_t hash, std::uint32_t number, HashOf hashOf) {
    if (slots_.empty()) return;
    std::size_t gap = hash & mask();
    while (slots_[gap].number != number) {
      if (slots_[gap].number == kEmpty) return;
      gap = (gap + 1) & mask();
    }
    for (std::size_t at = (gap + 1) & mask(); slots_[at].number != kEmpty; at = (at + 1) & mask()) {
      const std::size_t home = hashOf(slots_[at].number) & mask();
      if (((at - home) & mask()) < ((at - gap) & mask())) continue;
      slots_[gap] = slots_[at];
      gap = at;
    }
    slots_[gap] = Slot{};
    --size_;
  }

  std::size_t size() const { return size_; }

 private:
  static constexpr std::uint32_t kEmpty = 0xFFFFFFFF;
  static constexpr std::size_t kFirstSize = 64;

  struct Slot {
    std::uint32_t number = kEmpty;
    std::uint32_t tag = 0;  // the low half of the hash: enough to place the entry again in a larger table
  };

  static std::uint32_t tagOf(std::uint64_t hash) { return static_cast<std::uint32_t>(hash); }
  std::size_t mask() const { return slots_.size() - 1; }

  void place(Slot entry, std::uint64_t hash) {
    std::size_t at = hash & mask();
    while (slots_[at].number != kEmpty) at = (at + 1) & mask();
    slots_[at] = entry;
  }

  void grow() {
    std::vector<Slot> old(slots_.empty() ? kFirstSize : slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old)
      if (slot.number != kEmpty) place(slot, slot.tag);
  }

  std::vector<Slot> slots_;
  std::size_t size_ = 0;
};

}  // namespace isthmus
