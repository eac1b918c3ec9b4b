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
  for (const auto& [path, value] : oldest->second.values) dropRow(value);
  devices_.erase(oldest);
}

void Watch::dropRow(const WatchedValue& value) {
  const auto [begin, end] = byRow_.equal_range(value.row);
  const auto found = std::find_if(begin, end, [&](const auto& entry) { return entry.second.second == value.path; });
  if (found != end) byRow_.erase(found);
}

void Watch::watch(DeviceIndex device) { entryOf(device).lastLook = ++looks_; }

void Watch::onValue(DeviceIndex device, WatchedValue value) {
  Entry& entry = entryOf(device);
  WatchedValue& kept = entry.values[value.path];
  dropRow(kept);
  if (value.row != 0) byRow_.emplace(value.row, std::pair(device, value.path));
  kept = std::move(value);
  if (sink_) sink_(device, kept);
}

void Watch::onFate(std::uint64_t row, Fate fate) {
  const auto [begin, end] = byRow_.equal_range(row);
  for (auto found = begin; found != end; ++found) {
    const auto& [device, path] = found->second;
    WatchedValue& value = devices_[device].values[path];
    value.fate = fate;
    value.row = 0;
    if (sink_) sink_(device, value);
  }
  byRow_.erase(begin, end);
}

const WatchedValue* Watch::find(DeviceIndex device, const lwm2m::Path& path) const {
  const auto known = devices_.find(device);
  if (known == devices_.end()) return nullptr;
  const auto found = known->second.values.find(path);
  return found == known->second.values.end() ? nullptr : &found->second;
}

std::vector<WatchedValue> Watch::valuesOf(DeviceIndex device) const {
  std::vector<WatchedValue> values;
  const auto found = devices_.find(device);
  if (found == devices_.end()) return values;
  for (const auto& [path, value] : found->second.values) values.push_back(value);
  return values;
}

}  // namespace isthmus::proxy
