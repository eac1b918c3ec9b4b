#pragma once

#include "db/sqlite/connection.h"
#include "db/stores/blob.h"
#include "db/stores/forgotten_devices.h"
#include "lwm2m/server/registration.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace isthmus::db {

// Registrations as an append-only log: the newest row of a device is its state. An appended row costs a third of an
// update in place (design figures: 7 us against 21). Which rows are superseded is kept in memory only, and found again
// by load().
class RegistrationLog {
 public:
  static constexpr std::uint32_t kDevices = 1U << 27U;  // indexes must stay below: the table of newest rows is flat

  explicit RegistrationLog(Connection& connection);

  // Within a transaction. What they do to memory stays open until settle() or undo().
  void append(std::span<const lwm2m::Registration> registrations);
  void trim(std::size_t rows);  // deletes superseded ones, oldest first
  void settle();
  void undo();
  // After a batch: the devices have no state any more.
  void forget(std::span<const std::uint32_t> devices);

  // The highest number ever given, also to rows of devices that are being forgotten.
  void loadLastSeq();
  // Streams the newest of each device that is not forgotten.
  Result<void> load(const ForgottenDevices& forgotten, const std::function<void(lwm2m::Registration)>& each);

  std::uint64_t lastSeq() const { return lastSeq_; }  // that is committed
  std::size_t superseded() const { return superseded_.size(); }
  std::uint64_t firstSuperseded() const { return superseded_.empty() ? UINT64_MAX : superseded_.front(); }
  std::size_t devices() const { return newest_.size(); }

 private:
  struct Appended {
    std::uint32_t device;
    std::uint64_t seq;
  };
  void scan(const ForgottenDevices& forgotten);
  void stand(const Appended& row);
  void supersede(std::uint64_t seq);

  Connection& connection_;
  SQLite::Statement insert_, delete_;
  BlobWriter address_, observations_;
  std::string binding_, objectLinks_, attributes_;  // of the row being written: SQLite borrows them
  std::uint64_t lastSeq_ = 0;
  std::vector<std::uint64_t> newest_;      // by device; 0: none
  std::vector<std::uint64_t> superseded_;  // a heap, lowest first
  std::vector<Appended> appended_;         // of the open transaction
  std::vector<std::uint64_t> trimmed_;     // of the open transaction
};

}  // namespace isthmus::db
