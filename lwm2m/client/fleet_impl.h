#pragma once

#include "ipe/base/mailbox.h"
#include "lwm2m/client/device_session.h"

#include <deque>
#include <functional>
#include <memory>
#include <unistd.h>
#include <vector>

namespace isthmus::lwm2m {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// All but errands and statistics belongs to run()'s thread.
struct SimulatedFleet::Impl {
  using Errand = std::function<void(Impl&)>;

  Impl(FleetOptions given, const ObjectRegistry& registry, Talk talk);

  Result<void> open();
  Result<void> findServers();
  Result<void> openContext();
  std::vector<SimulatedDevice> placesOf(std::uint32_t index) const;
  Result<void> loop(const std::atomic<bool>& stop);
  void turn(milliseconds longest);
  void tick();
  void notify();
  bool notifyOne();
  void farewell();
  void lookAtQueue();
  milliseconds patience(milliseconds longest) const;
  double millisecondsNow() const { return static_cast<double>(shared.now.time_since_epoch().count()); }
  // At the server of that account.
  DeviceSession* device(std::uint32_t index, std::uint16_t account = 0) {
    return index < devices.size() && account < devices[index].sessions.size() ? devices[index].sessions[account]
                                                                              : nullptr;
  }

  FleetOptions options;
  SystemClock systemClock;
  const Clock& clock;
  std::deque<DeviceProfile> profiles;  // the devices' own, then one for each prefix behind it
  Descriptor poll, alarm;              // libcoap's descriptor and the alarm in one; the alarm is rung by errands
  CoapContext context;                 // goes after the sessions
  FleetShared shared;
  std::deque<FleetDevice> devices;
  std::vector<std::unique_ptr<DeviceSession>> sessions;  // one for each of a device's servers
  Mailbox<Errand> errands;
  std::vector<Errand> taken;
  double nextNotification = 0;
  std::size_t cursor = 0;
};

}  // namespace isthmus::lwm2m
