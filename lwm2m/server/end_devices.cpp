// Devices behind a gateway (LwM2M Gateway 1.1): each has a registration of its own, which lives by the gateway's and is
// spoken to through it.
#include "lwm2m/server/server.h"

#include <algorithm>

namespace isthmus::lwm2m {

const Device& Server::holderOf(const Device& device) const {
  if (device.registration.gateway == kNoGateway) return device;
  const Device* gateway = devices_.at(device.registration.gateway);
  return gateway != nullptr ? *gateway : device;
}

Device& Server::holderOf(Device& device) {
  return const_cast<Device&>(static_cast<const Server*>(this)->holderOf(device));
}

Device* Server::endDeviceAt(const Device& gateway, std::string_view prefix) {
  for (const std::uint32_t index : gateways_.behind(gateway.registration.device)) {
    Device* device = devices_.at(index);
    if (device->registration.prefix.view() == prefix) return device;
  }
  return nullptr;
}

// What the gateway says of /25, all of it: who is new begins, who is not named any more ends.
void Server::onEndDevices(Device& gateway, std::span<const Record> records) {
  const std::vector<EndDevice> named = endDevicesOf(records);
  for (const std::uint32_t index : gateways_.behind(gateway.registration.device)) {
    Device& known = *devices_.at(index);
    const auto same = [&](const EndDevice& it) { return endpointOf(gateway, it) == known.registration.endpoint; };
    if (std::ranges::none_of(named, same)) end(known, RegistrationState::deregistered);
  }
  for (const EndDevice& it : named) beginEndDevice(gateway, it);
}

std::string Server::endpointOf(const Device& gateway, const EndDevice& end) {
  return gateway.registration.endpoint + "/" + end.id;
}

// Begins it, or renews it where the gateway registered anew or says something else of it.
void Server::beginEndDevice(Device& gateway, const EndDevice& end) {
  const std::string endpoint = endpointOf(gateway, end);
  const Result<ObjectList> objects = parseObjectList(end.objects);
  const std::optional<std::uint32_t> known = devices_.find(endpoint);
  const Device* before = known ? devices_.at(*known) : nullptr;
  const bool registered = before != nullptr && before->registration.state == RegistrationState::registered;
  const bool same = registered && before->registration.location == gateway.registration.location &&
                    before->registration.prefix.view() == end.prefix &&
                    before->registration.objectLinks.view() == end.objects;
  // Who registered by itself under that name, or has a credential of its own, is somebody else.
  const bool foreign = (registered && before->registration.gateway != gateway.registration.device) ||
                       (security_ != nullptr && security_->requiredFor(endpoint).has_value());
  if (same || foreign || !objects || objects->instances.empty()) return;
  if (!listener_.admit(endpoint).admitted) {  // once more after the gateway's next Update
    gateway.unheard = std::min<std::uint16_t>(gateway.unheard, 0);
    return;
  }
  Device& device = *devices_.at(devices_.obtain(endpoint));
  const RegistrationState was = device.registration.state;
  if (!registered) ++registered_;
  stopObserving(device);
  registerBehind(gateway, device, end);
  applyObjects(device, *objects);
  settleEndDevices(gateway);
  replan(device, objects->instances);
  tellAwake(device);
  listener_.onChanged(device.registration, was);
}

void Server::registerBehind(const Device& gateway, Device& device, const EndDevice& end) {
  Registration& registration = device.registration;
  registration.state = RegistrationState::registered;
  registration.gateway = gateway.registration.device;
  registration.prefix = end.prefix;
  registration.location = gateway.registration.location;  // says under which registration of the gateway it began
  registration.address = gateway.registration.address;
  registration.lwm2mVersion = gateway.registration.lwm2mVersion;
  registration.binding = gateway.registration.binding;
  registration.queueMode = gateway.registration.queueMode;
  registration.lifetime = 0;  // it lives as long as the gateway does
  registration.objectLinks = shared(end.objects);
  registration.since = clock_.wall();
  device.registration.leave = Leave::none;
  gateways_.add(gateway.registration.device, registration.device);
}

// Root path and formats are the gateway's.
void Server::settleEndDevices(const Device& gateway) {
  for (const std::uint32_t index : gateways_.behind(gateway.registration.device)) {
    Device& device = *devices_.at(index);
    const std::string_view rootPath = contextOf(gateway).rootPath;
    if (!rootPath.empty() && device.extras == nullptr) device.extras = std::make_unique<DeviceExtras>();
    if (device.extras != nullptr) device.extras->rootPath = rootPath;
    device.formats = gateway.formats;
    device.accept = gateway.accept;
  }
}

void Server::moveEndDevices(const Device& gateway) {
  for (const std::uint32_t index : gateways_.behind(gateway.registration.device)) {
    Registration& registration = devices_.at(index)->registration;
    if (registration.address == gateway.registration.address) continue;
    registration.address = gateway.registration.address;
    listener_.onChanged(registration, registration.state);
  }
}

void Server::endDevices(const Device& gateway, RegistrationState state) {
  for (const std::uint32_t index : gateways_.behind(gateway.registration.device)) {
    Device& device = *devices_.at(index);
    // They will be back with it.
    device.registration.leave = std::max(device.registration.leave, gateway.registration.leave);
    end(device, state);
  }
}

// What a gateway began under security is not taken over without. Who proved an identity proved that of this name.
bool Server::mayLeaveGateway(std::string_view endpoint, const coap::Address& peer) const {
  const std::optional<std::uint32_t> known = devices_.find(endpoint);
  const Device* device = known ? devices_.at(*known) : nullptr;
  if (device == nullptr || device->registration.gateway == kNoGateway) return true;
  const bool proved = security_ != nullptr && security_->identityOf(peer).has_value();
  return proved || mayActFor(holderOf(*device), peer);
}

void Server::leaveGateway(Device& device) {
  Registration& registration = device.registration;
  if (registration.gateway == kNoGateway) return;
  gateways_.remove(registration.gateway, registration.device);
  registration.gateway = kNoGateway;
  registration.prefix = {};
}

// For a gateway that does not have /25 observed.
void Server::readEndDevices(std::uint32_t gateway) {
  ask(gateway, {.paths = {kEndDevices[0]}}, {},
      [this](const Result<coap::IncomingResponse>& answer, const Asking& asking) {
        Device* device = devices_.at(asking.device);
        if (device == nullptr || !answer || !answer->code.isSuccess()) return;
        const auto outcome = outcomeOf(asking.operation, asking.format(), *answer, contextOf(*device));
        if (outcome) onEndDevices(*device, outcome->records);
      });
}

}  // namespace isthmus::lwm2m
