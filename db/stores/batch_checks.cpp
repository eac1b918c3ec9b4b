#include "db/stores/batch_checks.h"

#include <algorithm>
#include <string>

namespace isthmus::db {

Result<void> checkBatch(const proxy::Batch& batch, std::uint64_t lastRow, proxy::DeviceIndex devices) {
  for (const auto& row : batch.rows) {
    if (row.id <= lastRow) {
      return fail(Errc::internal, "row ids must ascend and are never used again", "row " + std::to_string(row.id));
    }
    lastRow = row.id;
  }
  for (const auto& registration : batch.registrations) {
    if (registration.device >= devices) {
      return fail(Errc::internal, "the device index is out of range", "device " + std::to_string(registration.device));
    }
  }
  return {};
}

Marks marksAfter(const proxy::Batch& batch, const Marks& marks) {
  Marks next = marks;
  ++next.lastBatch;
  for (const auto& row : batch.rows) {
    next.lastRow = row.id;
    next.lastCommittedMs = std::max(next.lastCommittedMs, row.committedMs);
  }
  return next;
}

}  // namespace isthmus::db
