#include "lwm2m/server/device_table.h"

#include <algorithm>

namespace isthmus::lwm2m {
namespace {

constexpr std::string_view kBase62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr unsigned kLocationBits = 24;
constexpr std::size_t kMaxLocationDigits = 10;  // 62^10 > 2^56

}  // namespace

std::uint32_t DeviceTable::obtain(std::string_view endpoint) {
  if (const std::optional<std::uint32_t> known = find(endpoint)) return *known;
  const auto index = static_cast<std::uint32_t>(devices_.size());
  Registration& registration = devices_.emplace_back().registration;
  registration.device = index;
  registration.endpoint = endpoint;
  registration.state = RegistrationState::deregistered;
  byEndpoint_.insert(hash64(endpoint), index);
  return index;
}

std::optional<std::uint32_t> DeviceTable::find(std::string_view endpoint) const {
  return byEndpoint_.find(hash64(endpoint),
                          [&](std::uint32_t index) { return devices_[index].registration.endpoint == endpoint; });
}

Device& DeviceTable::restore(Registration registration) {
  const std::uint32_t index = registration.device;
  while (devices_.size() <= index) devices_.emplace_back();
  Device& device = devices_[index];
  byEndpoint_.insert(hash64(registration.endpoint), index);
  device.registration = std::move(registration);
  return device;
}

std::optional<std::uint32_t> DeviceTable::findByAddress(const coap::Address& address) const {
  return byAddress_.find(address.hash(),
                         [&](std::uint32_t index) { return devices_[index].registration.address == address; });
}

void DeviceTable::moveTo(Device& device, const coap::Address& address) {
  leave(device);
  // Whoever was there before does not answer to it any more, though its registration stands (a NAT gives a port anew).
  if (const std::optional<std::uint32_t> before = findByAddress(address)) leave(devices_[*before]);
  device.registration.address = address;
  byAddress_.insert(address.hash(), device.registration.device);
}

void DeviceTable::leave(Device& device) {
  byAddress_.erase(device.registration.address.hash(), device.registration.device,
                   [this](std::uint32_t other) { return devices_[other].registration.address.hash(); });
}

void DeviceTable::forget(std::uint32_t index) {
  if (at(index) == nullptr) return;
  leave(devices_[index]);
  byEndpoint_.erase(hashAt(index), index, [this](std::uint32_t other) { return hashAt(other); });
  devices_[index] = Device{};
}

Device* DeviceTable::at(std::uint32_t index) {
  return const_cast<Device*>(static_cast<const DeviceTable*>(this)->at(index));
}

const Device* DeviceTable::at(std::uint32_t index) const {
  if (index >= devices_.size() || devices_[index].registration.endpoint.empty()) return nullptr;
  return &devices_[index];
}

std::string locationName(std::uint32_t device, std::uint32_t location) {
  std::uint64_t rest = std::uint64_t{device} << kLocationBits | (location & kLocationMask);
  std::string name;
  do {
    name += kBase62[rest % kBase62.size()];
    rest /= kBase62.size();
  } while (rest > 0);
  return {name.rbegin(), name.rend()};
}

std::optional<Location> parseLocation(std::string_view name) {
  if (name.empty() || name.size() > kMaxLocationDigits) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : name) {
    const std::size_t digit = kBase62.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    value = value * kBase62.size() + digit;
  }
  if (value >> (kLocationBits + 32) != 0) return std::nullopt;
  return Location{static_cast<std::uint32_t>(value >> kLocationBits),
                  static_cast<std::uint32_t>(value) & kLocationMask};
}

}  // namespace isthmus::lwm2m
