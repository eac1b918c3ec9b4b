#include "ipe/proxy/server_devices.h"

namespace isthmus::proxy {

DevicePort::Reach ServerDevices::reach(DeviceIndex device) const {
  const lwm2m::Device* known = at(device);
  if (known == nullptr) return Reach::unknown;
  switch (known->registration.state) {
    case lwm2m::RegistrationState::registered: return server_->awake(device) ? Reach::awake : Reach::sleeping;
    case lwm2m::RegistrationState::deregistered: return server_->willReturn(device) ? Reach::away : Reach::gone;
    case lwm2m::RegistrationState::expired: break;
  }
  return Reach::away;
}

void ServerDevices::operate(DeviceIndex device, const lwm2m::DeviceOperation& operation,
                            lwm2m::OperationCompletion completion) {
  server_->operate(device, operation, std::move(completion));
}

}  // namespace isthmus::proxy
