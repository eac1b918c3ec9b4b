#pragma once

#include "ipe/proxy/delivery_work.h"
#include "ipe/proxy/journal.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace isthmus::proxy {

// Contents of the oldest pending rows, read from the outbox in stretches that lie side by side on disk, before they are
// asked for. Bounded: of what lies before the newest few stretches, and is still pending, each row is read by whoever
// posts it. Owned by one thread.
class ReadAhead {
 public:
  static constexpr std::size_t kMostStretches = 8;

  // The work that reads on. `to`: the last row worth reading. One is under way at a time, until it is kept.
  ReadWork ask(std::uint64_t from, std::uint64_t to);
  // What was read; nothing, if it failed.
  void keep(ReadWork work, bool failed);
  bool isReading() const { return reading_; }

  // Rows up to this one have had their turn: what is not here now must be read by whoever posts it.
  std::uint64_t upTo() const { return upTo_; }
  // The row's content, once.
  std::optional<OutboxRow> take(std::uint64_t id);

  // Half of the newest stretch is taken, and more lies behind it.
  bool runsOut() const;
  // What is read next drops what is left of the oldest stretch.
  bool isFull() const { return stretches_.size() == kMostStretches; }
  void clear() { stretches_.clear(); }
  std::size_t size() const;  // rows not taken

 private:
  struct Stretch {
    std::vector<OutboxRow> rows;  // ascending; of one that is taken only the id is left
    std::size_t left = 0;
  };

  static std::vector<OutboxRow>::iterator find(std::vector<OutboxRow>& rows, std::uint64_t id);

  std::deque<Stretch> stretches_;
  std::uint64_t upTo_ = 0;
  bool reading_ = false;
  bool more_ = false;
};

}  // namespace isthmus::proxy
