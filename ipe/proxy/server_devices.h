#pragma once

#include "ipe/proxy/device_port.h"
#include "lwm2m/server/server.h"

namespace isthmus::proxy {

// The devices of a LwM2M server.
class ServerDevices final : public DevicePort {
 public:
  // Until a server is given there are no devices. It must outlive this.
  void attach(lwm2m::Server& server) { server_ = &server; }

  Reach reach(DeviceIndex device) const override;
  bool queueMode(DeviceIndex device) const override { return server_->queueMode(device); }
  void awaitAwake(DeviceIndex device) override { server_->awaitAwake(device); }
  void operate(DeviceIndex device, const lwm2m::DeviceOperation& operation,
               lwm2m::OperationCompletion completion) override;

 private:
  const lwm2m::Device* at(DeviceIndex device) const {
    return server_ != nullptr ? server_->devices().at(device) : nullptr;
  }

  lwm2m::Server* server_ = nullptr;
};

}  // namespace isthmus::proxy
