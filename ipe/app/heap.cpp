#include "ipe/app/heap.h"

#include <malloc.h>

namespace isthmus::app {
namespace {

// Left to itself glibc raises both to what the program once freed, up to 32 and 64 MiB: then tables grow within the
// heap, and the free end of the loop's arena stays resident, which malloc_trim() passes over.
constexpr int kLarge = 1 << 20;

}  // namespace

void setUpHeap() {
  mallopt(M_MMAP_THRESHOLD, kLarge);
  mallopt(M_TRIM_THRESHOLD, kLarge);
}

void giveBackFreeMemory() { malloc_trim(0); }

}  // namespace isthmus::app
