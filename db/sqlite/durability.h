#pragma once

#include <cstdint>

namespace isthmus::db {

// What a commit survives.
enum class Durability : std::uint8_t {
  power,    // loss of power: each commit waits for the disk (synchronous=FULL)
  process,  // the end of the process, not of the machine (synchronous=NORMAL)
};

}  // namespace isthmus::db
