#pragma once

#include "ipe/base/bytes.h"
#include "ipe/base/clock.h"
#include "ipe/base/result.h"
#include "lwm2m/client/device_traits.h"
#include "lwm2m/model/object_registry.h"
#include "lwm2m/model/value.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::lwm2m {

// By what devices prove themselves over DTLS.
struct FleetKey {
  std::string identity;  // "": the endpoint name; {n}: the device's number
  Bytes key;
};

struct FleetOptions {
  std::string server = "coap://127.0.0.1:5683";  // or coaps://, with a key
  std::vector<std::string> others;               // further servers, each with an account of its own: /1/1, /1/2 ...
  std::optional<FleetKey> key;
  std::uint32_t devices = 5;
  std::string prefix = "sim-";  // of the endpoint names; the number follows, from 0
  DeviceTraits traits;
  double rate = 1;                  // notifications per second, all devices together; 0: as values are set from outside
  bool obeysAttributes = false;     // true: also what changes by the rate waits for the notification attributes
  std::optional<seconds> duration;  // none: until stopped
  double registrationRate = 1000;   // first registrations per second
  milliseconds farewell{3000};      // how long the answers to the last de-registrations are waited for
  bool keepsRequests = false;       // remembers what it was asked, for DeviceControl::asked
  const Clock* clock = nullptr;     // of the devices' timers (not of libcoap's retransmissions); null: the system's
};

// Counted since the start, but for `registered`, which is now. A device counts once at each of its servers.
struct FleetStats {
  std::uint64_t registered = 0;
  std::uint64_t registrations = 0, registrationFailures = 0, updates = 0;
  std::uint64_t requests = 0;       // of the server, answered
  std::uint64_t observations = 0;   // that hold now
  std::uint64_t notifications = 0;  // sent
  std::uint64_t sends = 0;          // Send operations that the server took
  std::uint64_t acknowledged = 0;   // libcoap tells of failures only: what was resolved and did not fail
  std::uint64_t failed = 0;         // refused with RST or never acknowledged
};

// A request that a device was asked, and what it said to it.
struct AskedRequest {
  std::string method;  // "GET", "iPATCH"
  std::string path;    // "/3/0"
  std::vector<std::string> queries;
  std::optional<std::uint32_t> accept, contentFormat, observe;
  Bytes payload;
  std::uint8_t answer = 0;  // class and detail as on the wire: 0x45 is 2.05
};

struct DeviceState {
  bool registered = false, asleep = false;
  std::string location;    // "/rd/a1"
  std::uint16_t port = 0;  // of its own
  std::size_t observations = 0;
  std::uint64_t notifications = 0;
};

// What a device says, whatever its values are.
struct DeviceWord {
  std::uint8_t code = 0x45;
  std::optional<ContentFormat> format;
  Bytes payload;
};

class SimulatedFleet;

// One device of a running fleet, moved from outside: for tests. Calls come from any thread but run()'s and return once
// the device has done it; those with a code once the server has answered with it. Errors: unavailable (the fleet does
// not run, or the server did not answer), timeout, notFound, malformed, refused.
class DeviceControl {
 public:
  using Code = std::uint8_t;

  // The end device with that prefix, of a gateway.
  DeviceControl behind(std::string prefix) const;
  // The device towards another of its servers; 0 is the first one.
  DeviceControl towards(std::uint16_t account) const;

  // A value that is measured: notified as the observations' attributes say.
  Result<void> set(const Path& path, Value value) const;
  Result<Value> value(const Path& path) const;
  // An instance or a resource instance that is no more.
  Result<void> vanish(const Path& path) const;

  Result<Code> update() const;         // Registration Update
  Result<Code> registerAgain() const;  // Register, whether registered or not
  Result<Code> deregister() const;     // stays away until registerAgain
  Result<Code> send(std::vector<Path> paths) const;
  Result<Code> send(std::vector<Record> records, ContentFormat format) const;
  Result<Code> sayAtSend(DeviceWord word) const;
  Result<void> notify(const Path& observed, DeviceWord word) const;
  Result<void> notify(const Path& observed, std::vector<Record> records) const;
  // What it will say to the next request instead of the truth.
  Result<void> answerNext(DeviceWord word) const;

  Result<void> sleep() const;  // deaf until wake(), an Update or a notification
  Result<void> wake() const;
  Result<void> move(std::string localAddress = "127.0.0.1") const;  // goes on from another port, without a word
  Result<void> reboot() const;

  Result<DeviceState> state() const;
  Result<std::vector<AskedRequest>> asked() const;  // since the last call

 private:
  friend class SimulatedFleet;
  DeviceControl(SimulatedFleet& fleet, std::uint32_t device) : fleet_(&fleet), device_(device) {}
  template <class T, class Errand>
  Result<T> perform(Errand errand) const;

  SimulatedFleet* fleet_;
  std::uint32_t device_;
  std::uint16_t account_ = 0;
  std::string prefix_;
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
  DeviceControl device(std::uint32_t index) { return {*this, index}; }
  // Lets run() look at its clock, after an injected one was moved; what is due then has been done on return.
  void nudge();

 private:
  friend class DeviceControl;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace isthmus::lwm2m
