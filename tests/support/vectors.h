#pragma once

#include "ipe/base/bytes.h"

#include <algorithm>
#include <memory>

namespace isthmus::testing {

// Bytes in a heap buffer of exactly their size, so that AddressSanitizer sees a read past the end.
class ExactBuffer {
 public:
  explicit ExactBuffer(ByteView bytes) : bytes_(std::make_unique<std::uint8_t[]>(bytes.size())), size_(bytes.size()) {
    std::ranges::copy(bytes, bytes_.get());
  }
  ByteView view() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t size_;
};

// Calls `use` with the first 0, 1, ... bytes of `whole`, each in a buffer of its own; not with all of them.
template <class F>
void everyTruncation(ByteView whole, F use) {
  for (std::size_t size = 0; size < whole.size(); ++size) use(ExactBuffer(whole.first(size)).view());
}

}  // namespace isthmus::testing
