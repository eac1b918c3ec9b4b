#pragma once

#include "lwm2m/client/simulated_fleet.h"
#include "tests/conformance/operations.h"
#include "tests/conformance/server_under_test.h"

#include <atomic>
#include <string>
#include <thread>

namespace isthmus::conformance {

inline constexpr const char* kDevice = "dev-0";

// A client with every object and every format that its enabler has.
inline lwm2m::DeviceTraits fullClient(lwm2m::Version enabler = {1, 1}) {
  lwm2m::DeviceTraits traits;
  traits.enabler = enabler;
  traits.objects = {1, 3, 4, 5, 6, 7, 10, 11, 13, 16, 19, 20, 3303, 3304, 3311, 3342, 3442};
  traits.formats = {};
  traits.lifetime = seconds(86400);
  return traits;
}

// Devices on libcoap, on a thread of their own, registered at a server.
class Devices {
 public:
  // `others`: URLs of further servers.
  Devices(ServerUnderTest& server, lwm2m::DeviceTraits traits, std::optional<lwm2m::FleetKey> key = {},
          std::vector<std::string> others = {})
      : fleet_(optionsFor(server, std::move(traits), std::move(key), std::move(others)), server.registry()),
        thread_([this] { outcome_ = fleet_.run(stop_); }) {}
  ~Devices() {
    stop_ = true;
    thread_.join();
  }
  Devices(const Devices&) = delete;
  Devices& operator=(const Devices&) = delete;

  lwm2m::SimulatedFleet& fleet() { return fleet_; }
  void advance(milliseconds by) {
    clock_.advance(by);
    fleet_.nudge();
  }

 private:
  lwm2m::FleetOptions optionsFor(ServerUnderTest& server, lwm2m::DeviceTraits traits,
                                 std::optional<lwm2m::FleetKey> key, std::vector<std::string> others) {
    lwm2m::FleetOptions options;
    options.others = std::move(others);
    options.server = key ? server.secureUrl() : server.url();
    options.key = std::move(key);
    options.devices = 1;
    options.prefix = "dev-";
    options.traits = std::move(traits);
    options.rate = 0;
    options.keepsRequests = true;
    options.clock = &clock_;
    options.farewell = milliseconds(200);
    return options;
  }

  testing::ShiftedClock clock_;
  std::atomic<bool> stop_ = false;
  Result<void> outcome_;
  lwm2m::SimulatedFleet fleet_;
  std::thread thread_;
};

// A server and one device, registered as "dev-0".
struct Bench {
  explicit Bench(lwm2m::DeviceTraits traits = fullClient(), ServerOptions options = {},
                 std::optional<lwm2m::FleetKey> key = {})
      : server(std::move(options)), devices(server, std::move(traits), std::move(key)) {
    REQUIRE(server.await([](const Told& told) { return !told.changes.empty(); }));
    settle();  // the device knows of it too
    REQUIRE(device().asked());
  }

  Outcome ask(Operation operation) { return server.ask(kDevice, std::move(operation)); }
  // The answer's code, "4.04"; what went wrong if there was none.
  std::string codeOf(Operation operation) {
    const auto outcome = ask(std::move(operation));
    return outcome ? outcome->code.toString() : outcome.error().text();
  }
  // The one value of an answer, or what was wrong with it.
  lwm2m::Value valueOf(Operation operation) {
    const auto outcome = ask(std::move(operation));
    REQUIRE(outcome);
    INFO(outcome->diagnostic);
    REQUIRE(outcome->code == lwm2m::coap::code::kContent);
    REQUIRE(outcome->records.size() == 1);
    return outcome->records[0].value;
  }
  // The records of an answer by path.
  std::map<lwm2m::Path, lwm2m::Value> valuesOf(Operation operation) {
    const auto outcome = ask(std::move(operation));
    REQUIRE(outcome);
    INFO(outcome->diagnostic);
    REQUIRE(outcome->code == lwm2m::coap::code::kContent);
    std::map<lwm2m::Path, lwm2m::Value> values;
    for (const auto& one : outcome->records) values.emplace(one.path, one.value);
    return values;
  }
  lwm2m::DeviceControl device() { return devices.fleet().device(0); }
  // All that the device has sent before is known to the server.
  void settle() { REQUIRE(codeOf(read("/3/0/0")) == "2.05"); }

  // Notifications at that path, once there are so many.
  std::vector<Told::Report> notifications(std::string_view path, std::size_t count) {
    INFO("notifications at " << path);
    const bool came = server.await([&](const Told& told) { return told.notifications(at(path)).size() >= count; });
    const auto told = server.told();
    INFO(told.reports.size() << " reports" << (told.bad.empty() ? "" : ", " + told.bad.back()));
    REQUIRE(came);
    return told.notifications(at(path));
  }
  std::size_t notified(std::string_view path) {
    settle();
    return server.told().notifications(at(path)).size();
  }

  ServerUnderTest server;
  Devices devices;
};

}  // namespace isthmus::conformance
