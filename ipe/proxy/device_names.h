#pragma once

#include "ipe/base/flat_index.h"
#include "ipe/proxy/journal.h"

#include <string>
#include <string_view>
#include <vector>

namespace isthmus::proxy {

// The resource name of each device: its sanitised endpoint name, made distinct where it was changed, or where it equals
// another's or the proxy's but for case. The first to come keeps the plain name, so devices must be added in the order
// of their indexes, after a restart too. Owned by the loop's thread.
class DeviceNames {
 public:
  explicit DeviceNames(std::string_view proxyName);

  void add(DeviceIndex device, std::string_view endpoint);
  std::string nameOf(DeviceIndex device, std::string_view endpoint) const;

 private:
  std::string proxyName_;              // lower case
  FlatIndex owners_;                   // lower-case plain name -> the device that has it
  std::vector<std::uint64_t> hashes_;  // of the plain name a device has; 0: it has none
};

}  // namespace isthmus::proxy
