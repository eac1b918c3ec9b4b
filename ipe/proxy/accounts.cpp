#include "ipe/proxy/accounts.h"

namespace isthmus::proxy {

void Accounts::restore(const AccountChange& change) {
  if (devices_.size() <= change.device) devices_.resize(change.device + 1);
  total_ += change.change;
  Small& device = devices_[change.device];
  device.received += static_cast<std::uint32_t>(change.change.received);
  device.inDoubt += static_cast<std::uint32_t>(change.change.inDoubt);
  for (std::size_t i = 0; i < kFates; ++i) device.fates[i] += static_cast<std::uint32_t>(change.change.fates[i]);
}

void Accounts::apply(DeviceIndex device, const Account& change) {
  restore({device, change});
  std::vector<AccountChange>& changes = batch_.accounts;
  std::uint32_t& place = devices_[device].place;
  if (place < changes.size() && changes[place].device == device) {
    changes[place].change += change;
  } else {
    place = static_cast<std::uint32_t>(changes.size());
    changes.push_back({device, change});
  }
}

void Accounts::received(DeviceIndex device, Fate fate) {
  Account change;
  change.received = 1;
  change.of(fate) = 1;
  apply(device, change);
}

void Accounts::moved(DeviceIndex device, Fate from, Fate to) {
  Account change;
  change.of(from) -= 1;
  change.of(to) += 1;
  apply(device, change);
}

void Accounts::delivered(DeviceIndex device, bool inDoubt) {
  Account change;
  change.of(Fate::pending) -= 1;
  change.of(Fate::delivered) = 1;
  change.inDoubt = inDoubt ? 1 : 0;
  apply(device, change);
}

Account Accounts::of(DeviceIndex device) const {
  Account account;
  if (device >= devices_.size()) return account;
  const Small& kept = devices_[device];
  account.received = kept.received;
  account.inDoubt = kept.inDoubt;
  for (std::size_t i = 0; i < kFates; ++i) account.fates[i] = kept.fates[i];
  return account;
}

}  // namespace isthmus::proxy
