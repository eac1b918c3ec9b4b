#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace isthmus::lwm2m::coap {

inline constexpr std::uint32_t kNone = 0xFFFFFFFF;  // no index

// Records in chunks, known by a small integer: they never move, and a freed place is used again first.
template <class T, std::uint32_t kChunk = 1024>
class Slab {
 public:
  std::uint32_t take() {
    if (!free_.empty()) {
      const std::uint32_t index = free_.back();
      free_.pop_back();
      return index;
    }
    if (used_ == chunks_.size() * kChunk) chunks_.push_back(std::make_unique<T[]>(kChunk));
    return used_++;
  }

  void give(std::uint32_t index) {
    (*this)[index] = T{};
    free_.push_back(index);
  }

  T& operator[](std::uint32_t index) const { return chunks_[index / kChunk][index % kChunk]; }
  std::size_t size() const { return used_ - free_.size(); }

 private:
  std::vector<std::unique_ptr<T[]>> chunks_;
  std::vector<std::uint32_t> free_;
  std::uint32_t used_ = 0;
};

}  // namespace isthmus::lwm2m::coap
