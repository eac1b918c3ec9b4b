// The parts for trying things out, alone and together: isthmus cse, sim and demo.
#include "ipe/app/commands.h"
#include "ipe/app/exit_codes.h"
#include "ipe/app/runtime.h"
#include "ipe/app/signals.h"
#include "onem2m/cse/cse.h"
#include "onem2m/http/cse_server.h"

#include <atomic>
#include <filesystem>
#include <iostream>
#include <optional>
#include <thread>

namespace isthmus::app {
namespace {

constexpr milliseconds kDemoBeat{5000};
constexpr std::uint32_t kDemoDevices = 5;

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "isthmus-demo-XXXXXX").string();
    if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A fleet on a thread of its own; ends with this.
class FleetThread {
 public:
  FleetThread(const lwm2m::FleetOptions& options, const lwm2m::ObjectRegistry& registry)
      : fleet_(options, registry), thread_([this] { outcome_ = fleet_.run(stop_); }) {}
  ~FleetThread() {
    stop_ = true;
    thread_.join();
  }
  FleetThread(const FleetThread&) = delete;
  FleetThread& operator=(const FleetThread&) = delete;
  lwm2m::FleetStats stats() const { return fleet_.stats(); }

 private:
  lwm2m::SimulatedFleet fleet_;
  std::atomic<bool> stop_ = false;
  Result<void> outcome_;
  std::thread thread_;
};

std::optional<config::Config> demoConfig(const DemoArguments& arguments, const std::string& cseUrl,
                                         const std::filesystem::path& folder) {
  const std::vector<std::string> overrides = {"lwm2m.coap=coap://" + arguments.coap,
                                              "onem2m.cse=" + cseUrl,
                                              "onem2m.readers=all",
                                              "onem2m.notify.listen=127.0.0.1:0",
                                              "db.path=" + (folder / "isthmus.db").string(),
                                              "status.listen=" + arguments.status,
                                              "log.level=warn"};
  config::ParsedConfig parsed = config::parseConfig("{}", "demo", overrides);
  for (const Error& fault : parsed.faults) std::cerr << fault.text() << "\n";
  if (!parsed.faults.empty()) return std::nullopt;
  return std::move(parsed.config);
}

void welcome(const Runtime& runtime, const std::string& cseUrl) {
  std::cout
      << "Isthmus demo: five simulated LwM2M devices, the proxy and a try-out oneM2M CSE, all on this machine.\n\n"
      << "  console   " << runtime.statusUrl() << "/\n"
      << "  devices   " << runtime.lwm2mUrl() << "   (point your own LwM2M client here)\n"
      << "  CSE       " << cseUrl << "/cse-in\n\n"
      << "See a device's latest temperature in the CSE:\n\n"
      << "  curl -H 'X-M2M-Origin: CAdmin' -H 'X-M2M-RI: 1' -H 'X-M2M-RVI: 3' " << cseUrl
      << "/cse-in/demo-0/3303/0/5700/la\n\nCtrl-C ends everything and leaves nothing behind.\n"
      << std::endl;
}

}  // namespace

int cseCommand(const CseArguments& arguments) {
  const Signals signals;
  const SystemClock clock;
  onem2m::CseOptions options;
  options.base = arguments.base;
  options.id = arguments.id;
  onem2m::Cse cse(clock, options);
  onem2m::CseServerOptions serverOptions;
  serverOptions.listen = arguments.listen;
  const auto server = onem2m::CseServer::start(cse, serverOptions);
  if (!server) {
    std::cerr << "cannot listen at " << arguments.listen << ": " << server.error().text() << "\n";
    return kUnavailable;
  }
  std::cerr << "try-out CSE at " << (*server)->url() << "/" << arguments.base
            << " (in memory only, for trying things out; admin originator CAdmin). Ctrl-C ends it.\n";
  signals.wait({});
  return kOk;
}

int simCommand(const SimArguments& arguments) {
  const Signals signals;
  const lwm2m::ObjectRegistry registry = lwm2m::ObjectRegistry::builtin();
  std::atomic<bool> stop = false;
  std::atomic<bool> ended = false;
  Result<void> outcome;
  lwm2m::SimulatedFleet fleet(arguments.fleet, registry, [](std::string_view line) { std::cerr << line << "\n"; });
  std::thread thread([&] {
    outcome = fleet.run(stop);
    ended = true;
  });
  while (!ended && !signals.wait(milliseconds(200))) {
  }
  stop = true;
  thread.join();
  const lwm2m::FleetStats stats = fleet.stats();
  std::cout << "{\"registrations\":" << stats.registrations
            << ",\"registration_failures\":" << stats.registrationFailures << ",\"updates\":" << stats.updates
            << ",\"requests\":" << stats.requests << ",\"notifications\":" << stats.notifications
            << ",\"acknowledged\":" << stats.acknowledged << ",\"failed\":" << stats.failed << "}\n";
  if (outcome && stats.registrations == 0 && arguments.fleet.devices > 0) {
    std::cerr << "no device could register: does a LwM2M server listen at " << arguments.fleet.server << "?\n";
    return kUnavailable;
  }
  if (outcome) return kOk;
  std::cerr << outcome.error().text() << "\n";
  return outcome.error().code == Errc::configuration ? kUsage : kUnavailable;
}

int demoCommand(const DemoArguments& arguments) {
  const Signals signals;
  const SystemClock clock;
  const TemporaryFolder folder;
  onem2m::Cse cse(clock);
  onem2m::CseServerOptions cseOptions;
  cseOptions.listen = arguments.cse;
  const auto cseServer = onem2m::CseServer::start(cse, cseOptions);
  if (!cseServer) {
    std::cerr << "cannot listen at " << arguments.cse << ": " << cseServer.error().text()
              << "; try --cse 127.0.0.1:0\n";
    return kUnavailable;
  }
  const std::optional<config::Config> config = demoConfig(arguments, (*cseServer)->url(), folder.path());
  if (!config) return kUsage;
  Log log(LogLevel::warn, LogFormat::text);
  const auto runtime = Runtime::start(*config, log);
  if (!runtime) {
    std::cerr << runtime.error().text() << "; --coap, --status and --cse take other addresses\n";
    return kUnavailable;
  }
  welcome(**runtime, (*cseServer)->url());
  const lwm2m::ObjectRegistry registry = lwm2m::ObjectRegistry::builtin();
  lwm2m::FleetOptions options;
  options.server = (*runtime)->lwm2mUrl();
  options.devices = kDemoDevices;
  options.prefix = "demo-";
  options.rate = 5;
  {
    const FleetThread fleet(options, registry);
    const Instant end = clock.now() + seconds(arguments.duration.value_or(0));
    while (
        !signals.wait(arguments.duration ? std::min(kDemoBeat, milliseconds(*arguments.duration * 1000)) : kDemoBeat)) {
      const lwm2m::FleetStats stats = fleet.stats();
      std::cout << stats.registered << " devices registered, " << stats.notifications << " notifications sent, "
                << cse.counters().instances << " contentInstances in the CSE" << std::endl;
      if (arguments.duration && clock.now() >= end) break;
    }
    std::cout << "ending: the devices de-register" << std::endl;
  }
  (*runtime)->stop();
  return kOk;
}

}  // namespace isthmus::app
