// Serves the status endpoint and its console over made-up devices whose values tick.
//   fake_console ADDRESS [demo|empty|down|full|broken|many] [endpoint ...]
// Prints the URL; ends when its standard input does. Lines on standard input: "down", "up" (the CSE), "rejected".
#include "ipe/status/command_views.h"
#include "ipe/status/status_server.h"
#include "tests/unit/ipe_status/fake_devices.h"
#include "tests/unit/ipe_status/fake_source.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <condition_variable>
#include <cstdio>
#include <iostream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace isthmus::status {
namespace {

struct Resource {
  std::string path, unit;
  double middle = 0, swing = 0;
  std::string text = {};  // instead of a number
};

const std::vector<Resource> kResources = {{"/3/0/0", "", 0, 0, "Isthmus Labs"}, {"/3/0/9", "%", 87, 0.5, {}},
                                          {"/3303/0/5700", "Cel", 21.5, 3, {}}, {"/3304/0/5700", "%RH", 48, 9, {}},
                                          {"/3342/0/5500", "", 0, 0, "true"},   {"/3301/0/5700", "lx", 420, 130, {}},
                                          {"/6/0/0", "lat", 9.0801, 0, {}}};

std::string number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f", value);
  return text.data();
}

class Demo {
 public:
  Demo(std::string scenario, std::size_t count) : scenario_(std::move(scenario)) {
    StatusView& status = source.statusView;
    status.version = "0.1.0";
    status.lwm2mUrl = "coap://0.0.0.0:5683";
    status.outbox = {0, 200'000, 160'000, 100'000, 0, false};
    status.cse = {"http://127.0.0.1:8080", "cse-in", true, "", clock_.wall(), 0, {}};
    source.mappingView = {
        1,
        "ts0014-semantic",
        "9f2c41d0a8be77",
        clock_.wall(),
        {{"temperature", "/3303/*/5700", "container {object}/{instance}/{resource}",
          R"({"name":"temperature","match":{"object":3303,"resource":5700}})"},
         {"light", "/3311/*/5850", "container; cod:binSh state", R"({"name":"light","match":{"object":3311}})"}},
        true};
    for (std::size_t i = 0; i < count; ++i) addDevice(i);
    devices.answer = [this](const DeviceRequest& request) { return answer(request); };
    if (scenario_ == "down") setCse(false);
    if (scenario_ == "full") {
      setCse(false);
      status.outbox.pending = 161'204;
      status.outbox.refusing = true;
      source.accountView.pending = 161'000;
      source.accountView.received = 161'000;
    }
    if (scenario_ == "broken") {
      status.storageFine = false;
      status.storageProblem = "disk full: free some space on /var/lib/isthmus.";
    }
    if (scenario_ == "demo" && count > 0)
      status.cse.notes = {"no <node>: set onem2m.nodeOriginator where the CSE's operator grants one"};
  }

  void tick() {
    ++step_;
    std::vector<std::string> events;
    source.change([&] {
      source.statusView.uptimeSeconds += 1;
      settle();
      std::size_t index = 0;
      for (auto& [endpoint, detail] : source.details) {
        if (index < 60 && (step_ + index) % 2 == 0) report(endpoint, detail, index, events);
        ++index;
      }
      OutboxView& outbox = source.statusView.outbox;
      if (scenario_ != "full") outbox.pending = source.accountView.pending;
      outbox.oldestSeconds = outbox.pending == 0 ? 0 : source.statusView.cse.reachable ? 0.6 : outbox.oldestSeconds + 1;
    });
    for (const std::string& event : events) source.emit("value", event);
  }

  void setCse(bool reachable) {
    CseView& cse = source.statusView.cse;
    cse.reachable = reachable;
    cse.since = clock_.wall();
    cse.problem = reachable ? "" : "connection refused at 127.0.0.1:8080; start the CSE, or correct onem2m.cse";
  }
  void command(const std::string& line) {
    source.change([&] {
      if (line == "down" || line == "up") setCse(line == "up");
      if (line == "rejected") reject();
    });
    if (line == "down") source.emit("cse", R"({"reachable":false,"problem":"connection refused at 127.0.0.1:8080"})");
    if (line == "up") source.emit("cse", R"({"reachable":true,"problem":""})");
  }

  FakeSource source;
  FakeDevices devices;

 private:
  void addDevice(std::size_t index) {
    static const std::array<std::string, 5> names = {"greenhouse-north", "greenhouse-south", "pump-house",
                                                     "urn:imei:353270080012345", "weather-mast"};
    std::string endpoint = index < names.size() ? names[index] : "sim-" + std::to_string(100'000 + index);
    DeviceDetail& detail = source.details[endpoint];
    DeviceView& device = detail.device;
    device.endpoint = endpoint;
    device.name = endpoint.starts_with("urn:") ? "imei_353270080012345-3fa2b10c" : endpoint;
    device.address = "127.0.0.1:" + std::to_string(40'000 + index % 20'000);
    device.state = index == 3 ? "asleep" : "registered";
    device.lwm2mVersion = index % 2 == 0 ? "1.1" : "1.2";
    device.binding = index == 3 ? "UQ" : "U";
    device.cseStatus = "complete";
    device.lifetime = 300;
    device.since = device.lastSeen.emplace(clock_.wall());
    device.objects = {"/1/0", "/3/0", "/4/0", "/6/0", "/3303/0", "/3304/0", "/3342/0"};
    for (const Resource& resource : kResources) detail.observed.push_back(resource.path);
    ++source.statusView.known;
    ++source.statusView.registered;
    if (index == 2)
      detail.problems = {
          "4.05 to Observe /4/0: the device does not allow it; the resource is read every 300 s instead."};
  }

  void report(const std::string& endpoint, DeviceDetail& detail, std::size_t index, std::vector<std::string>& events) {
    detail.values.clear();
    const WallTime now = clock_.wall();
    for (std::size_t r = 0; r < kResources.size(); ++r) {
      const Resource& resource = kResources[r];
      const double angle = static_cast<double>(step_) / 9 + static_cast<double>(index * 2 + r);
      ValueView value{
          resource.path,
          resource.text.empty() ? number(resource.middle + resource.swing * std::sin(angle)) : resource.text,
          resource.unit,
          now,
          "cse-in/" + detail.device.name + resource.path,
          source.statusView.cse.reachable ? "delivered" : "pending"};
      if (resource.path == "/6/0/0") value.target.clear(), value.fate = "unmapped";
      events.push_back("{\"endpoint\":\"" + endpoint + "\",\"path\":\"" + value.path + "\",\"value\":\"" + value.value +
                       "\",\"unit\":\"" + value.unit + "\",\"time\":\"" + toIso8601(now) + "\",\"target\":\"" +
                       value.target + "\",\"fate\":\"" + (value.target.empty() ? "unmapped" : "pending") + "\"}");
      for (AccountView* account : {&detail.device.account, &source.accountView}) {
        ++account->received;
        ++(value.target.empty() ? account->filtered : account->pending);
      }
      detail.values.push_back(std::move(value));
    }
    detail.device.lastSeen = now;
    std::sort(detail.values.begin(), detail.values.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  }

  // As a device would: its manufacturer's name cannot be written, the one that sleeps gets everything later.
  std::vector<Result<CommandView>> answer(const DeviceRequest& request) {
    const std::string path = request.paths.empty() ? "/1/0/8" : request.paths.front();
    const bool write = request.action == DeviceAction::write;
    CommandView command = FakeDevices::succeeded("");
    if (write && path == "/3/0/0") command = FakeDevices::refused("4.05", "read only");
    if (request.action == DeviceAction::read)
      command.result = R"({"path":")" + path + R"(","value":21.5,"time":")" + toIso8601(clock_.wall()) + R"("})";
    if (request.action == DeviceAction::discover)
      command.result = R"({"path":")" + path + R"(","links":[{"target":")" + path + R"(","attributes":{"pmin":"1"}}]})";
    if (request.endpoint.starts_with("urn:imei")) {
      command = FakeDevices::view("waiting");
      command.asleep = command.kept = true;
    }
    command.id = "1-" + std::to_string(++commands_);
    command.endpoint = request.endpoint;
    command.operation = R"({"op":")" + std::string(write ? "write" : "read") + R"(","path":")" + path + R"("})";
    command.accepted = command.changed.emplace(clock_.wall());
    devices.kept[command.id] = command;
    source.emit("command", toJson(command));
    return {command};
  }

  // What waited one step is delivered, if the CSE is there.
  void settle() {
    if (!source.statusView.cse.reachable) return;
    source.accountView.delivered += std::exchange(source.accountView.pending, 0);
    for (auto& [endpoint, detail] : source.details) {
      AccountView& account = detail.device.account;
      account.delivered += std::exchange(account.pending, 0);
    }
  }

  void reject() {
    source.rows.push_back(
        {source.rows.size() + 1, "pump-house", "cse-in/pump-house/3342/0/5500",
         R"({"con":"true","cnf":"text/plain:0"})", "rejected",
         "4103 ORIGINATOR_HAS_NO_PRIVILEGE: give CIsthmus CREATE on this container (ACP acp-operators).",
         clock_.wall()});
    for (AccountView* account : {&source.accountView, &source.details["pump-house"].device.account}) {
      ++account->received;
      ++account->rejected;
    }
    source.accountView.unmapped += 3;
    source.accountView.received += 3;
  }

  SystemClock clock_;
  std::string scenario_;
  std::size_t step_ = 0, commands_ = 0;
};

std::size_t devicesOf(const std::string& scenario) {
  if (scenario == "empty") return 0;
  return scenario == "many" ? 100'000 : 5;
}

int run(const std::string& listen, const std::string& scenario) {
  Demo demo(scenario, devicesOf(scenario));
  Log log(LogLevel::info, LogFormat::text);
  StatusOptions options;
  options.listen = listen;
  const auto server = StatusServer::start(options, demo.source, demo.devices, log);
  if (!server) {
    std::cerr << server.error().text() << "\n";
    return 69;
  }
  std::cout << (*server)->url() << std::endl;
  std::mutex mutex;
  std::condition_variable ended;
  bool stop = false;
  std::thread ticking([&] {
    std::unique_lock lock(mutex);
    while (!ended.wait_for(lock, seconds(1), [&] { return stop; })) demo.tick();
  });
  for (std::string line; std::getline(std::cin, line);) demo.command(line);
  {
    const std::lock_guard lock(mutex);
    stop = true;
  }
  ended.notify_all();
  ticking.join();
  return 0;
}

}  // namespace
}  // namespace isthmus::status

int main(int argc, char** argv) {
  return isthmus::status::run(argc > 1 ? argv[1] : "127.0.0.1:0", argc > 2 ? argv[2] : "demo");
}
