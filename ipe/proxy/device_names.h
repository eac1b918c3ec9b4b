#pragma once

#include "ipe/base/flat_index.h"
#include "ipe/proxy/journal.h"

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace isthmus::proxy {

// The resource name of each device: its sanitised endpoint name, made distinct where it was changed, or where it equals
// another's or the proxy's but for case. The first to come keeps the plain name. Who came too late is told by add(), to
// be stored and restored, so that no name changes when another device goes. Owned by the loop's thread.
class DeviceNames {
 public:
  explicit DeviceNames(std::string_view proxyName);

  // At start, before any add(): the device's plain name was taken when it came.
  void restore(DeviceIndex device) { late_.insert(device); }
  // True if the plain name is taken, and that was not known of this device yet.
  bool add(DeviceIndex device, std::string_view endpoint);
  // The plain name is free again.
  void forget(DeviceIndex device);
  std::string nameOf(DeviceIndex device, std::string_view endpoint) const;

 private:
  std::string proxyName_;                 // lower case
  FlatIndex owners_;                      // lower-case plain name -> the device that has it
  std::vector<std::uint64_t> hashes_;     // of the plain name a device has; 0: it has none
  std::unordered_set<DeviceIndex> late_;  // few: endpoint names seldom differ in case only
};

}  // namespace isthmus::proxy
