#pragma once

#include "ipe/status/call.h"
#include "ipe/status/device_access.h"
#include "ipe/status/device_waits.h"

namespace isthmus::status {

// The routes that reach devices: /api/v1/devices/{ep}/... and /api/v1/commands. A request waits for the device's answer
// in `waits`, at most as long as it says. Thread-safe; both must outlive it.
class DeviceApi {
 public:
  DeviceApi(DeviceAccess& access, DeviceWaits& waits) : access_(access), waits_(waits) {}

  Reply read(const Call& call);
  Reply write(const Call& call);
  Reply update(const Call& call);
  Reply post(const Call& call);  // create on an object or an instance, execute on a resource
  Reply remove(const Call& call);
  Reply discover(const Call& call);
  Reply attributes(const Call& call);
  Reply writeAttributes(const Call& call);
  Reply observe(const Call& call);
  Reply cancel(const Call& call);
  Reply readComposite(const Call& call);
  Reply writeComposite(const Call& call);
  Reply observeComposite(const Call& call);
  Reply cancelComposite(const Call& call);
  Reply kick(const Call& call);
  Reply decodeErrors(const Call& call);
  Reply commands(const Call& call);
  Reply command(const Call& call);
  Reply withdraw(const Call& call);

 private:
  using Answer = Reply (*)(const Call& call, const CommandView& command);

  Reply write(const Call& call, bool update);
  Reply ask(const Call& call, Result<DeviceRequest> request, Answer answer);
  Reply late(const CommandView& command);

  DeviceAccess& access_;
  DeviceWaits& waits_;
};

}  // namespace isthmus::status
