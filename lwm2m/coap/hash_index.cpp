#include "lwm2m/coap/hash_index.h"

#include <utility>

namespace isthmus::lwm2m::coap {

void HashIndex::insert(std::uint32_t hash, std::uint32_t index) {
  if ((size_ + 1) * 4 > slots_.size() * 3) grow();
  place({hash, index});
  ++size_;
}

void HashIndex::place(Slot slot) {
  std::size_t at = home(slot.hash);
  while (slots_[at].index != kNone) at = after(at);
  slots_[at] = slot;
}

void HashIndex::grow() {
  const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
  for (const Slot& slot : old)
    if (slot.index != kNone) place(slot);
}

void HashIndex::erase(std::uint32_t hash, std::uint32_t index) {
  std::size_t hole = home(hash);
  while (slots_[hole].index != index) hole = after(hole);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = after(hole); slots_[at].index != kNone; at = after(at)) {
    // An entry may fill the hole if that does not bring it before its home.
    const std::size_t fromHome = (at - home(slots_[at].hash)) & mask;
    const std::size_t fromHole = (at - hole) & mask;
    if (fromHome < fromHole) continue;
    slots_[hole] = slots_[at];
    hole = at;
  }
  slots_[hole] = Slot{};
  --size_;
}

}  // namespace isthmus::lwm2m::coap
