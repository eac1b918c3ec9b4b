#include "lwm2m/server/gateway.h"

#include <algorithm>
#include <map>

namespace isthmus::lwm2m {
namespace {

constexpr std::uint16_t kDeviceId = 0, kPrefix = 1, kObjects = 3;

// Where the object is not known, TLV says of a text only that it is bytes.
std::string wordsOf(const Value& value) {
  if (const auto* opaque = std::get_if<Opaque>(&value)) return std::string(text(opaque->bytes));
  return toText(value);
}

bool isUsable(const EndDevice& device) {
  return !device.id.empty() && device.prefix.find('/') == std::string::npos &&
         device.prefix.find_first_not_of("0123456789") != std::string::npos;
}

}  // namespace

std::vector<EndDevice> endDevicesOf(std::span<const Record> records) {
  std::map<std::uint16_t, EndDevice> byInstance;
  for (const Record& record : records) {
    if (record.path.depth() != 3 || !kEndDevices[0].contains(record.path)) continue;
    EndDevice& device = byInstance[record.path.instance()];
    if (record.path.resource() == kDeviceId) device.id = wordsOf(record.value);
    if (record.path.resource() == kPrefix) device.prefix = wordsOf(record.value);
    if (record.path.resource() == kObjects) device.objects = wordsOf(record.value);
  }
  std::vector<EndDevice> devices;
  for (auto& [instance, device] : byInstance) {
    const auto same = [&](const EndDevice& other) { return other.prefix == device.prefix || other.id == device.id; };
    if (isUsable(device) && std::ranges::none_of(devices, same)) devices.push_back(std::move(device));
  }
  return devices;
}

void Gateways::add(std::uint32_t gateway, std::uint32_t device) {
  std::vector<std::uint32_t>& devices = devices_[gateway];
  if (std::ranges::find(devices, device) == devices.end()) devices.push_back(device);
}

void Gateways::remove(std::uint32_t gateway, std::uint32_t device) {
  const auto found = devices_.find(gateway);
  if (found == devices_.end()) return;
  std::erase(found->second, device);
  if (found->second.empty()) devices_.erase(found);
}

std::vector<std::uint32_t> Gateways::behind(std::uint32_t gateway) const {
  const auto found = devices_.find(gateway);
  return found == devices_.end() ? std::vector<std::uint32_t>() : found->second;
}

bool Gateways::enter(std::uint32_t gateway, std::uint32_t device) {
  if (entered_.contains(device)) return true;
  const auto [waiting, isFree] = waiting_.try_emplace(gateway);
  if (isFree) {
    entered_[device] = gateway;
  } else {
    waiting->second.push_back(device);
  }
  return isFree;
}

std::optional<std::uint32_t> Gateways::leave(std::uint32_t device) {
  const auto entered = entered_.find(device);
  if (entered == entered_.end()) return std::nullopt;
  const std::uint32_t gateway = entered->second;
  entered_.erase(entered);
  std::deque<std::uint32_t>& waiting = waiting_[gateway];
  if (waiting.empty()) {
    waiting_.erase(gateway);
    return std::nullopt;
  }
  const std::uint32_t next = waiting.front();
  waiting.pop_front();
  entered_[next] = gateway;
  return next;
}

}  // namespace isthmus::lwm2m
