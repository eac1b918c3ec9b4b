#pragma once

#include "ipe/proxy/command.h"

namespace isthmus::proxy {

// What the queues of commands ask of the devices' side; fulfilled by the LwM2M server. Called on the loop's thread.
class DevicePort {
 public:
  virtual ~DevicePort() = default;
  enum class Reach : std::uint8_t {
    unknown,   // never seen, or forgotten
    gone,      // it de-registered
    away,      // it expired, or left because it was told to: it may come back
    sleeping,  // registered, and not to be reached now: queue mode (LwM2M Core 6.5), no DTLS session
    awake,
  };
  virtual Reach reach(DeviceIndex device) const = 0;
  virtual bool queueMode(DeviceIndex device) const = 0;
  // Downlink::onAwake() is to be called when the device can be reached.
  virtual void awaitAwake(DeviceIndex device) = 0;
  // The completion is called once. An error before this returns says that nothing was sent; one that comes later, that
  // the device may have it.
  virtual void operate(DeviceIndex device, const lwm2m::DeviceOperation& operation,
                       lwm2m::OperationCompletion completion) = 0;
};

}  // namespace isthmus::proxy
