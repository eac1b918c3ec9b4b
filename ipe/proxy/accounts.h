#pragma once

#include "ipe/proxy/journal.h"

#include <vector>

namespace isthmus::proxy {

// The account of every device and their total. A change goes into memory and into the batch that makes it durable.
// Owned by the loop's thread.
class Accounts {
 public:
  // `batch` is the one being filled; must outlive this.
  explicit Accounts(Batch& batch) : batch_(batch) {}

  void restore(const AccountChange& change);

  void received(DeviceIndex device, Fate fate);  // a reading came and stands at `fate`
  void moved(DeviceIndex device, Fate from, Fate to);
  void delivered(DeviceIndex device, bool inDoubt);

  const Account& total() const { return total_; }
  Account of(DeviceIndex device) const;

 private:
  void apply(DeviceIndex device, const Account& change);

  // As kept: half the size of an Account, enough for four billion of each per device.
  struct Small {
    std::uint32_t received = 0;
    std::array<std::uint32_t, kFates> fates{};
    std::uint32_t inDoubt = 0;
    std::uint32_t place = 0;  // in the batch, if the change there is this device's: one a batch and device
  };

  Batch& batch_;
  Account total_;
  std::vector<Small> devices_;
};

}  // namespace isthmus::proxy
