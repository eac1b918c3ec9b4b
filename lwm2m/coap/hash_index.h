#pragma once

#include "lwm2m/coap/slab.h"

#include <cstdint>
#include <vector>

namespace isthmus::lwm2m::coap {

// From a hash to an index: one flat table, open addressing with linear probing, erasing by shifting back (no
// tombstones). The hash stands beside the index, so that neither probing nor growing touches the records.
class HashIndex {
 public:
  HashIndex() : slots_(kSmallest) {}

  // The index with this hash for which `same(index)` holds, or kNone.
  template <class Same>
  std::uint32_t find(std::uint32_t hash, Same same) const {
    for (std::size_t at = home(hash); slots_[at].index != kNone; at = after(at))
      if (slots_[at].hash == hash && same(slots_[at].index)) return slots_[at].index;
    return kNone;
  }

  void prefetch(std::uint32_t hash) const { __builtin_prefetch(&slots_[home(hash)]); }
  void insert(std::uint32_t hash, std::uint32_t index);
  void erase(std::uint32_t hash, std::uint32_t index);  // must be present
  std::size_t size() const { return size_; }

 private:
  static constexpr std::size_t kSmallest = 64;

  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t index = kNone;
  };

  std::size_t home(std::uint32_t hash) const { return hash & (slots_.size() - 1); }
  std::size_t after(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }
  void place(Slot slot);
  void grow();

  std::vector<Slot> slots_;  // a power of two
  std::size_t size_ = 0;
};

}  // namespace isthmus::lwm2m::coap
