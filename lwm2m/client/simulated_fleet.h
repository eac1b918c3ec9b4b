#pragma once

#include "ipe/base/clock.h"
#include "ipe/base/result.h"
#include "lwm2m/model/object_registry.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace isthmus::lwm2m {

struct FleetOptions {
  std::string server = "coap://127.0.0.1:5683";
  std::uint32_t devices = 5;
  std::string prefix = "sim-";  // of the endpoint names; the number follows, from 0
  seconds lifetime{300};
  double rate = 1;                  // notifications per second, all devices together; 0: none
  std::optional<seconds> duration;  // none: until stopped
  double registrationRate = 1000;   // first registrations per second
  milliseconds farewell{3000};      // how long the answers to the last de-registrations are waited for
};

// Counted since the start, but for `registered`, which is now.
struct FleetStats {
  std::uint64_t registered = 0;
  std::uint64_t registrations = 0, registrationFailures = 0, updates = 0;
  std::uint64_t requests = 0;       // of the server, answered
  std::uint64_t observations = 0;   // that hold now
  std::uint64_t notifications = 0;  // sent
  std::uint64_t acknowledged = 0;   // libcoap tells of failures only: what was resolved and did not fail
  std::uint64_t failed = 0;         // refused with RST or never acknowledged
};

// Many simulated devices on libcoap's own client stack, one session (so one UDP port) each, all served by one thread.
class SimulatedFleet {
 public:
  using Talk = std::function<void(std::string_view)>;  // what is happening, a line at a time, on run()'s thread

  // `registry` must outlive the fleet.
  SimulatedFleet(FleetOptions options, const ObjectRegistry& registry, Talk talk = {});
  ~SimulatedFleet();
  SimulatedFleet(const SimulatedFleet&) = delete;
  SimulatedFleet& operator=(const SimulatedFleet&) = delete;

  // Blocks until `stop` or until the duration is over, then de-registers all. Once per fleet.
  // Errors: configuration (not a coap:// address, no such host), io (no socket).
  Result<void> run(const std::atomic<bool>& stop);

  // From any thread.
  FleetStats stats() const;
  // The device loses its session and its observations without a word, comes back from another port and registers again.
  void reboot(std::uint32_t device);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace isthmus::lwm2m
