#pragma once

#include <cstdint>

namespace isthmus::db {

// The highest numbers ever given. They move only when a batch is on disk.
struct Marks {
  std::uint64_t lastRow = 0;
  std::int64_t lastCommittedMs = 0;
  std::uint64_t lastBatch = 0;
  bool operator==(const Marks&) const = default;
};

}  // namespace isthmus::db
