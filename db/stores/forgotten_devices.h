#pragma once

#include "db/sqlite/connection.h"
#include "ipe/proxy/journal.h"

#include <cstdint>
#include <deque>
#include <span>
#include <unordered_map>
#include <vector>

namespace isthmus::db {

// Up to where what is a device's counts as gone. The index may be used again: what comes later is not touched.
struct Forgotten {
  std::uint64_t batch = 0;
  std::uint64_t lastRow = 0;
  std::uint64_t lastSeq = 0;
};

// Removing a device at once would mean to look through the whole outbox, which has no index by device. So one row says
// that the device is forgotten, readers pass over what is older, and the pieces are swept up in idle turns.
class ForgottenDevices {
 public:
  explicit ForgottenDevices(Connection& connection);

  void load();
  // Within a transaction; keep() when that is committed.
  void write(std::span<const proxy::DeviceIndex> devices, const Forgotten& upTo);
  void keep(std::span<const proxy::DeviceIndex> devices, const Forgotten& upTo);

  bool empty() const { return devices_.empty(); }
  const Forgotten* find(proxy::DeviceIndex device) const;
  bool rowIsGone(proxy::DeviceIndex device, std::uint64_t id) const;

  // One piece of the outbox, in a transaction of its own if it holds anything to delete.
  Result<void> sweepOutbox();
  bool outboxIsSwept() const { return unswept_ == 0; }

  // The lowest numbers that still stand in the batches and among the superseded registrations.
  struct Standing {
    std::uint64_t firstBatch = 0;
    std::uint64_t firstSeq = 0;
  };
  // Whether there is a device of which nothing is left; release() drops a few of them.
  bool releasable(const Standing& standing) const;
  Result<void> release(const Standing& standing);

 private:
  enum class Sweep : std::uint8_t { wanted, running, done };
  struct Entry {
    Forgotten upTo;
    Sweep sweep = Sweep::wanted;
  };
  struct Turn {
    proxy::DeviceIndex device = 0;
    std::uint64_t batch = 0;
  };
  bool isOver(const Turn& turn, const Standing& standing) const;
  void startSweep();
  void endSweep();

  Connection& connection_;
  SQLite::Statement insert_, dropTree_, dropAccount_, dropName_, piece_, deleteRow_, deleteRejected_, drop_;
  std::unordered_map<proxy::DeviceIndex, Entry> devices_;
  std::deque<Turn> turns_;                    // as they were forgotten: the first is the first of which nothing is left
  std::size_t unswept_ = 0;                   // entries whose sweep is not done
  std::uint64_t sweptTo_ = 0, sweepEnd_ = 0;  // of the running sweep; none runs if they are equal
  std::vector<std::uint64_t> dead_;           // of one piece
};

}  // namespace isthmus::db
