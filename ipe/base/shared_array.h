#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <new>
#include <ranges>
#include <span>
#include <utility>
#include <vector>

namespace isthmus {

// An array that does not change: copies are one in memory. 8 bytes each, and nothing else while it is empty. Copies may
// be used on different threads.
template <class T>
class SharedArray {
 public:
  SharedArray() = default;
  SharedArray(std::span<const T> values) : block_(values.empty() ? nullptr : make(values)) {}
  SharedArray(const std::vector<T>& values) : SharedArray(std::span<const T>(values)) {}
  SharedArray(std::initializer_list<T> values) : SharedArray(std::span<const T>(values.begin(), values.size())) {}
  SharedArray(const SharedArray& other) noexcept : block_(other.block_) {
    if (block_ != nullptr) block_->users.fetch_add(1, std::memory_order_relaxed);
  }
  SharedArray(SharedArray&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  SharedArray& operator=(SharedArray other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~SharedArray() {
    if (block_ != nullptr && block_->users.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy(block_);
  }

  std::span<const T> view() const {
    return block_ != nullptr ? std::span<const T>(first(block_), block_->size) : std::span<const T>();
  }
  std::size_t size() const { return block_ != nullptr ? block_->size : 0; }
  bool empty() const { return block_ == nullptr; }
  const T& operator[](std::size_t index) const { return first(block_)[index]; }
  auto begin() const { return view().begin(); }
  auto end() const { return view().end(); }
  std::vector<T> toVector() const { return {begin(), end()}; }

  bool sharesWith(const SharedArray& other) const { return block_ == other.block_; }
  bool equals(std::span<const T> values) const { return std::ranges::equal(view(), values); }
  bool operator==(const SharedArray& other) const { return sharesWith(other) || equals(other.view()); }

 private:
  struct Block {  // the values follow
    std::atomic<std::uint32_t> users;
    std::uint32_t size;
  };
  static_assert(alignof(T) <= sizeof(Block));

  static T* first(Block* block) { return reinterpret_cast<T*>(block + 1); }

  static Block* make(std::span<const T> values) {
    void* memory = ::operator new(sizeof(Block) + values.size_bytes());
    auto* block = ::new (memory) Block{1, static_cast<std::uint32_t>(values.size())};
    std::uninitialized_copy(values.begin(), values.end(), first(block));
    return block;
  }

  static void destroy(Block* block) {
    std::destroy_n(first(block), block->size);
    ::operator delete(block);
  }

  Block* block_ = nullptr;
};

}  // namespace isthmus
