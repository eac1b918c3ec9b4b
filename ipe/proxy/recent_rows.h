#pragma once

#include "ipe/proxy/journal.h"

#include <cstdint>
#include <deque>
#include <optional>

namespace isthmus::proxy {

// Contents of the rows that were committed last, so that what is delivered at once is not read from disk again.
// Bounded: what is older, or long, is left to the outbox. Owned by one thread.
class RecentRows {
 public:
  static constexpr std::size_t kMostRows = 8192;
  static constexpr std::size_t kLongestRow = 384;  // OutboxRow::bytes(): a content of 256 in all but odd places

  // Ids ascend without gaps.
  void keep(OutboxRow row);
  // The row's content, once. Nothing: it must be read.
  std::optional<OutboxRow> take(std::uint64_t id);
  // From this one on rows were kept here, though some may be taken by now. Nothing: none are here.
  std::optional<std::uint64_t> first() const { return rows_.empty() ? std::nullopt : std::optional(rows_.front().id); }
  void clear() { rows_.clear(); }
  std::size_t size() const { return rows_.size(); }

 private:
  std::deque<OutboxRow> rows_;  // ids without gaps; one that is not there any more, or was too long, has no target
};

}  // namespace isthmus::proxy
