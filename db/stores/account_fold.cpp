#include "db/stores/account_fold.h"

#include "db/stores/columns.h"
#include "db/stores/record_codec.h"

#include <algorithm>

namespace isthmus::db {
namespace {

constexpr int kGathered = 64;            // batches a piece
constexpr std::size_t kWritten = 512;    // devices a piece
constexpr std::uint64_t kDropped = 256;  // batches a piece

// The order of the columns of `account` behind device and as_of.
constexpr proxy::Fate kFateColumns[] = {proxy::Fate::pending,  proxy::Fate::delivered,   proxy::Fate::filtered,
                                        proxy::Fate::unmapped, proxy::Fate::decodeError, proxy::Fate::rejected,
                                        proxy::Fate::expired};
static_assert(std::size(kFateColumns) == proxy::kFates);

constexpr const char* kTotals =
    "SELECT received, pending, delivered, filtered, unmapped, decode_error, rejected, expired, in_doubt, device, as_of "
    "FROM account";
constexpr const char* kReplace =
    "INSERT OR REPLACE INTO account (device, as_of, received, pending, delivered, filtered, unmapped, decode_error, "
    "rejected, expired, in_doubt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

proxy::Account totalOf(const SQLite::Statement& row) {
  proxy::Account account;
  account.received = numberAt(row, 0);
  for (std::size_t i = 0; i < proxy::kFates; ++i) account.of(kFateColumns[i]) = numberAt(row, static_cast<int>(i) + 1);
  account.inDoubt = numberAt(row, proxy::kFates + 1);
  return account;
}

Error damaged(std::uint64_t batch) {
  return {Errc::io, "the database holds damaged account changes", "batch " + std::to_string(batch)};
}

}  // namespace

AccountFold::AccountFold(Connection& connection, const Marks& marks, const ForgottenDevices& forgotten,
                         const FoldTimes& times)
    : connection_(connection),
      marks_(marks),
      forgotten_(forgotten),
      times_(times),
      oldest_(connection.database(), "SELECT id, time FROM batch ORDER BY id LIMIT 1"),
      piece_(connection.database(), "SELECT id, time, accounts FROM batch WHERE id > ? ORDER BY id LIMIT ?"),
      total_(connection.database(), std::string(kTotals) + " WHERE device = ?"),
      replace_(connection.database(), kReplace),
      deleteBatches_(connection.database(), "DELETE FROM batch WHERE id <= ?"),
      mark_(connection.database(), "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)") {}

Result<void> AccountFold::load(const std::function<void(const proxy::AccountChange&)>& each) {
  return border("read the accounts", [&]() -> Result<void> {
    ahead_.clear();
    phase_ = Phase::idle;
    const std::uint64_t first = firstBatch();
    SQLite::Statement row(connection_.database(), kTotals);
    while (row.executeStep()) {
      const auto device = numberAt<proxy::DeviceIndex>(row, proxy::kFates + 2);
      const std::uint64_t asOf = numberAt(row, proxy::kFates + 3);
      if (asOf >= first) ahead_[device] = asOf;
      if (each) each({device, totalOf(row)});
    }
    return {};
  });
}

bool AccountFold::counted(proxy::DeviceIndex device, std::uint64_t batch) const {
  if (!ahead_.empty()) {
    const auto found = ahead_.find(device);
    if (found != ahead_.end() && batch <= found->second) return true;
  }
  if (forgotten_.empty()) return false;
  const Forgotten* gone = forgotten_.find(device);
  return gone != nullptr && batch <= gone->batch;
}

std::uint64_t AccountFold::firstBatch() {
  Using row(oldest_);
  return row->executeStep() ? numberAt(oldest_, 0) : UINT64_MAX;
}

bool AccountFold::due(WallTime now) {
  if (phase_ != Phase::idle) return true;
  Using row(oldest_);
  return row->executeStep() && times_.isDue(timeAt(oldest_, 1), now);
}

void AccountFold::forget(std::span<const proxy::DeviceIndex> devices) {
  for (const proxy::DeviceIndex device : devices) sums_.erase(device);
}

Result<void> AccountFold::step(WallTime now) {
  switch (phase_) {
    case Phase::idle:
      sums_.clear();
      upTo_ = 0;
      phase_ = Phase::gather;
      [[fallthrough]];
    case Phase::gather: {
      auto gathered = border("add up the accounts", [&] { return gather(now); });
      if (!gathered) phase_ = Phase::idle;
      return gathered;
    }
    case Phase::write: return write();
    case Phase::drop: return drop();
  }
  return {};
}

Result<void> AccountFold::gather(WallTime now) {
  bindAll(piece_, upTo_, kGathered);
  int seen = 0;
  for (Using row(piece_); row->executeStep(); ++seen) {
    if (!times_.isOver(timeAt(piece_, 1), now)) break;
    const std::uint64_t batch = numberAt(piece_, 0);
    if (auto added = gatherOne(batch); !added) return added;
    upTo_ = batch;
  }
  if (seen < kGathered) endGather();
  return {};
}

Result<void> AccountFold::gatherOne(std::uint64_t batch) {
  const bool sound = decodeAccounts(blobAt(piece_, 2), [&](const proxy::AccountChange& account) {
    if (!counted(account.device, batch)) sums_[account.device] += account.change;
  });
  if (!sound) return tl::unexpected(damaged(batch));
  return {};
}

void AccountFold::endGather() {
  order_.clear();
  for (const auto& [device, change] : sums_) order_.push_back(device);
  std::sort(order_.begin(), order_.end());
  written_ = 0;
  dropped_ = firstBatch() - 1;
  phase_ = Phase::write;
}

Result<void> AccountFold::write() {
  const std::size_t end = std::min(order_.size(), written_ + kWritten);
  auto done = inTransaction(connection_, "write the accounts", [&]() -> Result<void> {
    for (std::size_t i = written_; i < end; ++i) {
      const auto sum = sums_.find(order_[i]);
      if (sum != sums_.end()) writeTotal(sum->first, sum->second);
    }
    return {};
  });
  if (!done) return done;
  written_ = end;
  if (written_ == order_.size()) phase_ = Phase::drop;
  return done;
}

void AccountFold::writeTotal(proxy::DeviceIndex device, const proxy::Account& change) {
  proxy::Account total = change;
  {
    bindAll(total_, device);
    Using row(total_);
    if (row->executeStep()) total += totalOf(total_);
  }
  bindAll(replace_, device, upTo_, total.received, total.of(kFateColumns[0]), total.of(kFateColumns[1]),
          total.of(kFateColumns[2]), total.of(kFateColumns[3]), total.of(kFateColumns[4]), total.of(kFateColumns[5]),
          total.of(kFateColumns[6]), total.inDoubt);
  Using(replace_)->exec();
}

Result<void> AccountFold::drop() {
  const std::uint64_t end = std::min(upTo_, dropped_ + kDropped);
  auto done = inTransaction(connection_, "delete folded batches", [&]() -> Result<void> {
    writeMarks();
    bindAll(deleteBatches_, end);
    Using(deleteBatches_)->exec();
    return {};
  });
  if (!done) return done;
  dropped_ = end;
  if (dropped_ < upTo_) return done;
  std::erase_if(ahead_, [&](const auto& item) { return item.second <= upTo_; });
  sums_.clear();
  phase_ = Phase::idle;
  return done;
}

// The newest batch may be among the deleted ones, and with it the highest numbers given.
void AccountFold::writeMarks() {
  const auto write = [this](const std::string& key, auto value) {
    bindAll(mark_, key, value);
    Using(mark_)->exec();
  };
  write("last_row", marks_.lastRow);
  write("last_committed_ms", marks_.lastCommittedMs);
  write("last_batch", marks_.lastBatch);
}

}  // namespace isthmus::db
