#include "ipe/proxy/watch.h"

#include <algorithm>

namespace isthmus::proxy {

Watch::Entry& Watch::entryOf(DeviceIndex device) {
  const auto known = devices_.find(device);
  if (known != devices_.end()) return known->second;
  if (devices_.size() >= kMaxDevices) dropOldest();
  return devices_[device];
}

void Watch::dropOldest() {
  const auto oldest = std::ranges::min_element(devices_, {}, [](const auto& entry) { return entry.second.lastLook; });
  for (const auto& [path, value] : oldest->second.values) byRow_.erase(value.row);
  devices_.erase(oldest);
}

void Watch::watch(DeviceIndex device) { entryOf(device).lastLook = ++looks_; }

void Watch::onValue(DeviceIndex device, WatchedValue value) {
  Entry& entry = entryOf(device);
  WatchedValue& kept = entry.values[value.path];
  if (kept.row != 0) byRow_.erase(kept.row);
  if (value.row != 0) byRow_[value.row] = {device, value.path};
  kept = std::move(value);
  if (sink_) sink_(device, kept);
}

void Watch::onFate(std::uint64_t row, Fate fate) {
  const auto found = byRow_.find(row);
  if (found == byRow_.end()) return;
  const auto [device, path] = found->second;
  byRow_.erase(found);
  WatchedValue& value = devices_[device].values[path];
  value.fate = fate;
  value.row = 0;
  if (sink_) sink_(device, value);
}

std::vector<WatchedValue> Watch::valuesOf(DeviceIndex device) const {
  std::vector<WatchedValue> values;
  const auto found = devices_.find(device);
  if (found == devices_.end()) return values;
  for (const auto& [path, value] : found->second.values) values.push_back(value);
  return values;
}

}  // namespace isthmus::proxy
