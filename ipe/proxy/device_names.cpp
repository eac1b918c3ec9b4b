#include "ipe/proxy/device_names.h"

#include "ipe/base/bytes.h"
#include "onem2m/client/naming.h"

#include <algorithm>

namespace isthmus::proxy {
namespace {

std::string lowerCase(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return lower;
}

}  // namespace

DeviceNames::DeviceNames(std::string_view proxyName) : proxyName_(lowerCase(proxyName)) {}

bool DeviceNames::add(DeviceIndex device, std::string_view endpoint) {
  if (hashes_.size() <= device) hashes_.resize(device + 1, 0);
  if (hashes_[device] != 0 || late_.contains(device)) return false;
  const onem2m::DeviceName plain = onem2m::sanitised(endpoint);
  if (plain.changed || plain.name.empty()) return false;
  const std::string lower = lowerCase(plain.name);
  const std::uint64_t hash = hash64(lower) | 1;
  // Two names with one 64-bit hash are taken for the same: both stay distinct, the later one carries its digits.
  const auto taken = owners_.find(hash, [&](std::uint32_t other) { return hashes_[other] == hash; });
  if (taken || lower == proxyName_) return late_.insert(device).second;
  hashes_[device] = hash;
  owners_.insert(hash, device);
  return false;
}

void DeviceNames::forget(DeviceIndex device) {
  late_.erase(device);
  if (device >= hashes_.size() || hashes_[device] == 0) return;
  owners_.erase(hashes_[device], device, [this](std::uint32_t other) { return hashes_[other]; });
  hashes_[device] = 0;
}

std::string DeviceNames::nameOf(DeviceIndex device, std::string_view endpoint) const {
  std::string plain = onem2m::sanitised(endpoint).name;
  const bool owns = device < hashes_.size() && hashes_[device] != 0;
  return owns ? plain : onem2m::distinguished(plain, endpoint);
}

}  // namespace isthmus::proxy
