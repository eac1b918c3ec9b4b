#include "ipe/proxy/read_ahead.h"

#include <algorithm>
#include <utility>

namespace isthmus::proxy {

ReadWork ReadAhead::ask(std::uint64_t from, std::uint64_t to) {
  reading_ = true;
  ReadWork work;
  work.from = from;
  work.to = to;
  return work;
}

void ReadAhead::keep(ReadWork work, bool failed) {
  reading_ = false;
  // What could not be read now is left to those who post it: they say why, and wait before they try again.
  if (failed) work.upTo = std::min(work.to, work.from + ReadWork::kMostRows - 1);
  upTo_ = std::max(upTo_, work.upTo);
  more_ = work.upTo < work.to;
  if (work.rows.empty()) return;
  if (isFull()) stretches_.pop_front();
  const std::size_t left = work.rows.size();
  stretches_.push_back({std::move(work.rows), left});
}

// Ids seldom have gaps: most rows lie as far from the first as their ids do.
std::vector<OutboxRow>::iterator ReadAhead::find(std::vector<OutboxRow>& rows, std::uint64_t id) {
  const std::uint64_t distance = id - std::min(id, rows.front().id);
  if (distance < rows.size() && rows[distance].id == id) return rows.begin() + static_cast<std::ptrdiff_t>(distance);
  return std::ranges::lower_bound(rows, id, {}, &OutboxRow::id);
}

std::optional<OutboxRow> ReadAhead::take(std::uint64_t id) {
  const auto stretch =
      std::ranges::lower_bound(stretches_, id, {}, [](const Stretch& one) { return one.rows.back().id; });
  if (stretch == stretches_.end()) return std::nullopt;
  const auto found = find(stretch->rows, id);
  if (found->id != id || found->target.empty()) return std::nullopt;
  OutboxRow row = std::move(*found);
  found->target.clear();
  if (--stretch->left == 0 && stretches_.size() > 1) stretches_.erase(stretch);
  return row;
}

bool ReadAhead::runsOut() const {
  return more_ && !stretches_.empty() && stretches_.back().left <= stretches_.back().rows.size() / 2;
}

std::size_t ReadAhead::size() const {
  std::size_t left = 0;
  for (const Stretch& stretch : stretches_) left += stretch.left;
  return left;
}

}  // namespace isthmus::proxy
