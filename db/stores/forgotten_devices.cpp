#include "db/stores/forgotten_devices.h"

#include "db/stores/columns.h"

#include <algorithm>

namespace isthmus::db {
namespace {

constexpr int kPiece = 4096;           // rows looked at in one go
constexpr std::size_t kReleased = 16;  // each looks through the rejected rows

}  // namespace

ForgottenDevices::ForgottenDevices(Connection& connection)
    : connection_(connection),
      insert_(connection.database(), "INSERT OR REPLACE INTO forgotten VALUES (?, ?, ?, ?)"),
      dropTree_(connection.database(), "DELETE FROM tree WHERE device = ?"),
      dropAccount_(connection.database(), "DELETE FROM account WHERE device = ?"),
      dropName_(connection.database(), "DELETE FROM distinguished WHERE device = ?"),
      piece_(connection.database(), "SELECT id, device FROM outbox WHERE id > ? AND id <= ? ORDER BY id LIMIT ?"),
      deleteRow_(connection.database(), "DELETE FROM outbox WHERE id = ?"),
      deleteRejected_(connection.database(), "DELETE FROM rejected WHERE device = ? AND id <= ?"),
      drop_(connection.database(), "DELETE FROM forgotten WHERE device = ?") {}

void ForgottenDevices::load() {
  devices_.clear();
  turns_.clear();
  sweptTo_ = sweepEnd_ = 0;
  SQLite::Statement row(connection_.database(),
                        "SELECT device, batch, last_row, last_seq FROM forgotten ORDER BY batch");
  while (row.executeStep()) {
    const auto device = numberAt<proxy::DeviceIndex>(row, 0);
    devices_[device] = {{numberAt(row, 1), numberAt(row, 2), numberAt(row, 3)}};
    turns_.push_back({device, numberAt(row, 1)});
  }
  unswept_ = devices_.size();
}

void ForgottenDevices::write(std::span<const proxy::DeviceIndex> devices, const Forgotten& upTo) {
  for (const proxy::DeviceIndex device : devices) {
    bindAll(insert_, device, upTo.batch, upTo.lastRow, upTo.lastSeq);
    Using(insert_)->exec();
    for (SQLite::Statement* statement : {&dropTree_, &dropAccount_, &dropName_}) {
      bindAll(*statement, device);
      Using(*statement)->exec();
    }
  }
}

void ForgottenDevices::keep(std::span<const proxy::DeviceIndex> devices, const Forgotten& upTo) {
  for (const proxy::DeviceIndex device : devices) {
    Entry& entry = devices_.try_emplace(device, Entry{{}, Sweep::done}).first->second;
    if (entry.sweep == Sweep::done) ++unswept_;
    entry = {upTo, Sweep::wanted};
    turns_.push_back({device, upTo.batch});
  }
}

const Forgotten* ForgottenDevices::find(proxy::DeviceIndex device) const {
  const auto found = devices_.find(device);
  return found == devices_.end() ? nullptr : &found->second.upTo;
}

bool ForgottenDevices::rowIsGone(proxy::DeviceIndex device, std::uint64_t id) const {
  if (devices_.empty()) return false;
  const Forgotten* forgotten = find(device);
  return forgotten != nullptr && id <= forgotten->lastRow;
}

void ForgottenDevices::startSweep() {
  sweptTo_ = sweepEnd_ = 0;
  for (auto& [device, entry] : devices_) {
    if (entry.sweep != Sweep::wanted) continue;
    entry.sweep = Sweep::running;
    sweepEnd_ = std::max(sweepEnd_, entry.upTo.lastRow);
  }
}

void ForgottenDevices::endSweep() {
  sweptTo_ = sweepEnd_;
  for (auto& [device, entry] : devices_) {
    if (entry.sweep != Sweep::running) continue;
    entry.sweep = Sweep::done;
    --unswept_;
  }
}

Result<void> ForgottenDevices::sweepOutbox() {
  return border("sweep the outbox", [&]() -> Result<void> {
    if (sweptTo_ == sweepEnd_) startSweep();
    dead_.clear();
    int seen = 0;
    std::uint64_t last = sweptTo_;
    {
      bindAll(piece_, sweptTo_, sweepEnd_, kPiece);
      for (Using row(piece_); row->executeStep(); ++seen) {
        last = numberAt(piece_, 0);
        if (rowIsGone(numberAt<proxy::DeviceIndex>(piece_, 1), last)) dead_.push_back(last);
      }
    }
    if (!dead_.empty()) {
      Transaction transaction(connection_);
      for (const std::uint64_t id : dead_) {
        bindAll(deleteRow_, id);
        Using(deleteRow_)->exec();
      }
      transaction.commit();
    }
    sweptTo_ = last;
    if (seen < kPiece) endSweep();
    return {};
  });
}

// A turn that a later one of the same device replaced is over too: it has nothing to drop.
bool ForgottenDevices::isOver(const Turn& turn, const Standing& standing) const {
  const auto found = devices_.find(turn.device);
  if (found == devices_.end() || found->second.upTo.batch != turn.batch) return true;
  const Entry& entry = found->second;
  return entry.sweep == Sweep::done && entry.upTo.batch < standing.firstBatch && entry.upTo.lastSeq < standing.firstSeq;
}

bool ForgottenDevices::releasable(const Standing& standing) const {
  return !turns_.empty() && isOver(turns_.front(), standing);
}

Result<void> ForgottenDevices::release(const Standing& standing) {
  std::vector<proxy::DeviceIndex> over;
  std::size_t turns = 0;
  for (; turns < std::min(turns_.size(), kReleased) && isOver(turns_[turns], standing); ++turns) {
    const auto found = devices_.find(turns_[turns].device);
    if (found != devices_.end() && found->second.upTo.batch == turns_[turns].batch) over.push_back(found->first);
  }
  auto done = inTransaction(connection_, "drop forgotten devices", [&]() -> Result<void> {
    for (const proxy::DeviceIndex device : over) {
      bindAll(deleteRejected_, device, devices_[device].upTo.lastRow);
      Using(deleteRejected_)->exec();
      bindAll(drop_, device);
      Using(drop_)->exec();
    }
    return {};
  });
  if (!done) return done;
  turns_.erase(turns_.begin(), turns_.begin() + static_cast<std::ptrdiff_t>(turns));
  for (const proxy::DeviceIndex device : over) devices_.erase(device);
  return done;
}

}  // namespace isthmus::db
