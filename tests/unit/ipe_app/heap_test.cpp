#include "ipe/app/heap.h"

#include <catch2/catch.hpp>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <malloc.h>
#include <memory>
#include <unistd.h>
#include <vector>

#ifndef __has_feature
#define __has_feature(x) 0
#endif

// The address sanitizer brings a heap of its own.
#if !defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer)
namespace isthmus::app {
namespace {

constexpr std::size_t kMiB = 1 << 20;

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<void, Free>;

Memory taken(std::size_t size) {
  Memory memory(std::malloc(size));
  std::memset(memory.get(), 1, size);
  return memory;
}

std::size_t mapped() { return mallinfo2().hblkhd; }

std::size_t resident() {
  std::size_t all = 0, inMemory = 0;
  std::ifstream("/proc/self/statm") >> all >> inMemory;
  return inMemory * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// glibc by itself takes the second one from the heap, as the first one's end raised its threshold.
TEST_CASE("a large table comes from the system and goes back to it, also after larger ones were freed") {
  setUpHeap();
  const std::size_t before = mapped();
  for (const std::size_t size : {16 * kMiB, 4 * kMiB}) {
    const Memory table = taken(size);
    CHECK(mapped() >= before + size);
  }
  CHECK(mapped() == before);
}

TEST_CASE("what is free between pieces in use is given back when asked") {
  setUpHeap();
  std::vector<Memory> pieces;
  for (int i = 0; i < 512; ++i) pieces.push_back(taken(kMiB / 16));
  const Memory last = std::move(pieces.back());
  pieces.clear();
  const std::size_t before = resident();
  giveBackFreeMemory();
  CHECK(resident() + 16 * kMiB < before);
}

}  // namespace
}  // namespace isthmus::app
#endif
