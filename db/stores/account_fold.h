#pragma once

#include "db/sqlite/connection.h"
#include "db/stores/forgotten_devices.h"
#include "db/stores/marks.h"
#include "ipe/proxy/journal.h"

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

namespace isthmus::db {

// A batch is folded when no retransmission of its messages can come any more.
struct FoldTimes {
  seconds exchangeLifetime{247};  // RFC 7252 4.8.2
  seconds slack{60};              // gathered up to, so that an idle instance does not fold single batches

  // Also true of a time from the future: the clock was set back.
  bool isOver(WallTime at, WallTime now) const { return now - at > exchangeLifetime || at - now > exchangeLifetime; }
  bool isDue(WallTime at, WallTime now) const {
    return isOver(at, now) && (at > now || now - at > exchangeLifetime + slack);
  }
};

// Moves what old batches changed in the accounts into one total a device, and deletes these batches, in small pieces:
// sums are made in memory; then each device's total is written with the number of the last batch summed up (as_of);
// only when all are written are the batches deleted. Whoever adds up passes over batches up to a device's as_of, so
// that a crash between any two pieces changes no total.
class AccountFold {
 public:
  // `marks` and `forgotten` must outlive this.
  AccountFold(Connection& connection, const Marks& marks, const ForgottenDevices& forgotten, const FoldTimes& times);

  // Streams the stored totals. Needed before counted() and step().
  Result<void> load(const std::function<void(const proxy::AccountChange&)>& each);
  // Whether the stored total of the device holds that batch already (or nothing of it is to count).
  bool counted(proxy::DeviceIndex device, std::uint64_t batch) const;

  bool due(WallTime now);
  Result<void> step(WallTime now);  // one piece
  void forget(std::span<const proxy::DeviceIndex> devices);
  std::uint64_t firstBatch();  // that still stands; UINT64_MAX if none does

 private:
  enum class Phase : std::uint8_t { idle, gather, write, drop };
  Result<void> gather(WallTime now);
  Result<void> gatherOne(std::uint64_t batch);
  void endGather();
  Result<void> write();
  void writeTotal(proxy::DeviceIndex device, const proxy::Account& change);
  Result<void> drop();
  void writeMarks();

  Connection& connection_;
  const Marks& marks_;
  const ForgottenDevices& forgotten_;
  const FoldTimes times_;
  SQLite::Statement oldest_, piece_, total_, replace_, deleteBatches_, mark_;

  std::unordered_map<proxy::DeviceIndex, std::uint64_t> ahead_;  // as_of, where batches up to it still stand
  Phase phase_ = Phase::idle;
  std::uint64_t upTo_ = 0;     // last batch of this cycle
  std::uint64_t dropped_ = 0;  // last batch deleted in this cycle
  std::unordered_map<proxy::DeviceIndex, proxy::Account> sums_;
  std::vector<proxy::DeviceIndex> order_;  // ascending, so that a piece touches few pages
  std::size_t written_ = 0;                // of order_
};

}  // namespace isthmus::db
