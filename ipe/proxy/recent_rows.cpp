#include "ipe/proxy/recent_rows.h"

#include <utility>

namespace isthmus::proxy {
namespace {

OutboxRow blank(std::uint64_t id) {
  OutboxRow row;
  row.id = id;
  return row;
}

}  // namespace

void RecentRows::keep(OutboxRow row) {
  if (row.bytes() > kLongestRow) row = blank(row.id);
  if (rows_.size() == kMostRows) rows_.pop_front();
  rows_.push_back(std::move(row));
}

std::optional<OutboxRow> RecentRows::take(std::uint64_t id) {
  if (rows_.empty() || id < rows_.front().id || id - rows_.front().id >= rows_.size()) return std::nullopt;
  OutboxRow& kept = rows_[id - rows_.front().id];
  if (kept.id != id || kept.target.empty()) return std::nullopt;
  OutboxRow row = std::exchange(kept, blank(id));
  while (!rows_.empty() && rows_.front().target.empty()) rows_.pop_front();
  return row;
}

}  // namespace isthmus::proxy
