// Whether a device can be reached (LwM2M Core 6.5): queue-mode devices listen only for a while after they spoke.
#include "lwm2m/server/server.h"

namespace isthmus::lwm2m {

bool Server::isAwake(const Device& device) const {
  if (device.registration.state != RegistrationState::registered || device.registration.leave == Leave::disabled)
    return false;
  if (device.registration.gateway != kNoGateway) {
    const Device& gateway = holderOf(device);
    return &gateway != &device && isAwake(gateway);
  }
  if (!reaches(security_, device.registration.address, device.registration.endpoint)) return false;
  return !device.registration.queueMode || device.awakeUntil > clock_.now();
}

bool Server::awake(std::uint32_t index) const {
  const Device* device = devices_.at(index);
  return device != nullptr && isAwake(*device);
}

void Server::awaitAwake(std::uint32_t index) {
  if (Device* device = devices_.at(index); device != nullptr) holderOf(*device).missed = true;
}

bool Server::queueMode(std::uint32_t index) const {
  const Device* device = devices_.at(index);
  return device != nullptr && holderOf(*device).registration.queueMode;
}

std::optional<Instant> Server::awakeUntil(std::uint32_t index) const {
  const Device* device = devices_.at(index);
  if (device == nullptr || !isAwake(*device)) return std::nullopt;
  const Device& holder = holderOf(*device);
  return holder.registration.queueMode ? std::optional(holder.awakeUntil) : std::nullopt;
}

void Server::setAwakeTime(std::uint32_t index, std::optional<seconds> time) {
  Device* device = devices_.at(index);
  if (device == nullptr) return;
  if (device->extras == nullptr) device->extras = std::make_unique<DeviceExtras>();
  device->extras->awakeTime = time;
}

bool Server::willReturn(std::uint32_t index) const {
  const Device* device = devices_.at(index);
  return device != nullptr && device->registration.leave != Leave::none;
}

// Something came from the device: it listens from now on for its awake time.
void Server::heard(Device& device) {
  if (Device& holder = holderOf(device); &holder != &device) return heard(holder);
  if (device.missed && isAwake(device)) {
    device.missed = false;
    tellAwake(device);
  }
  if (!device.registration.queueMode) return;
  const bool slept = !isAwake(device);
  const bool own = device.extras != nullptr && device.extras->awakeTime.has_value();
  const seconds time = own ? *device.extras->awakeTime : settings_.awakeTime;
  device.awakeUntil = time == seconds(0) ? Instant::max() : clock_.now() + time;
  if (slept && isAwake(device)) tellAwake(device);
}

// Told in the next turn(): the answer to what the device said goes first.
void Server::tellAwake(Device& device) {
  if (device.woken) return;
  device.woken = true;
  woken_.push_back(device.registration.device);
}

void Server::wakeUp() {
  while (!woken_.empty()) {
    Device* device = devices_.at(woken_.front());
    woken_.pop_front();
    if (device == nullptr || !device->woken) continue;
    device->woken = false;
    if (!isAwake(*device)) continue;
    ++counters_.wakeUps;
    resumeObserving(*device);
    for (const std::uint32_t behind : gateways_.behind(device->registration.device)) tellAwake(*devices_.at(behind));
    listener_.onAwake(device->registration);
  }
}

// A request went unanswered. True if the device counts as asleep since then.
bool Server::fallsAsleep(Device& device) {
  if (!device.registration.queueMode || !isAwake(device)) return false;
  device.awakeUntil = clock_.now();
  return true;
}

}  // namespace isthmus::lwm2m
