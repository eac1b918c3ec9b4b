#pragma once

#include "db/stores/marks.h"
#include "ipe/proxy/journal.h"

namespace isthmus::db {

// What every journal refuses (internal): row ids that do not ascend above `lastRow`, device indexes from `devices` on.
Result<void> checkBatch(const proxy::Batch& batch, std::uint64_t lastRow, proxy::DeviceIndex devices);

Marks marksAfter(const proxy::Batch& batch, const Marks& marks);

}  // namespace isthmus::db
