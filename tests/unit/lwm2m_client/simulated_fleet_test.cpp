#include "lwm2m/client/simulated_fleet.h"

#include "tests/support/shifted_clock.h"
#include "tests/unit/lwm2m_client/raw_server.h"

#include <catch2/catch.hpp>

#include <future>
#include <set>
#include <thread>

using namespace isthmus;
using namespace isthmus::lwm2m;
using isthmus::testing::Datagram;
using isthmus::testing::RawServer;

namespace {

constexpr std::uint8_t kGet = 1, kPost = 2, kPut = 3, kDelete = 4;
constexpr std::uint8_t kCreated = 0x41, kDeleted = 0x42, kChanged = 0x44, kContent = 0x45, kNotFound = 0x84;
constexpr std::uint8_t kCon = 0;
const Bytes kToken{1, 2, 3, 4, 5, 6, 7, 8};

// A fleet on a thread of its own; stopped and joined at the end.
class RunningFleet {
 public:
  explicit RunningFleet(FleetOptions options)
      : fleet_(std::move(options), registry()), thread_([this] { result_ = fleet_.run(stop_); }) {}
  ~RunningFleet() { stop(); }

  void order() { stop_ = true; }
  void stop() {
    order();
    if (thread_.joinable()) thread_.join();
  }
  SimulatedFleet& operator*() { return fleet_; }
  SimulatedFleet* operator->() { return &fleet_; }

 private:
  static const ObjectRegistry& registry() {
    static const auto objects = ObjectRegistry::builtin();
    return objects;
  }
  std::atomic<bool> stop_ = false;
  Result<void> result_;
  SimulatedFleet fleet_;
  std::thread thread_;
};

FleetOptions optionsFor(const RawServer& server, std::uint32_t devices = 1) {
  FleetOptions options;
  options.server = server.url();
  options.devices = devices;
  options.rate = 50;
  options.farewell = milliseconds(0);
  return options;
}

Datagram registered(RawServer& server, const std::string& location = "a1") {
  const auto request = server.awaitRequest(kPost);
  REQUIRE(request);
  server.answer(*request, kCreated, {{8, "rd"}, {8, location}});
  return *request;
}

void observe(RawServer& server, const sockaddr_in& device, const char* object = "3303") {
  server.send(device, kCon, kGet, 77, kToken, {{6, ""}, {11, object}, {11, "0"}, {11, "5700"}, {17, "\x2d\x16"}});
}

Datagram notification(RawServer& server) {
  const auto found =
      server.await([](const Datagram& datagram) { return datagram.type == kCon && datagram.code == kContent; });
  REQUIRE(found);
  return *found;
}

}  // namespace

TEST_CASE("Each device registers from a port of its own, as LwM2M Core 6.2.1 has it, and de-registers at the end") {
  RawServer server;
  auto options = optionsFor(server, 3);
  options.farewell = seconds(10);
  RunningFleet fleet(options);
  std::set<std::uint16_t> ports;
  std::set<std::string> names;
  for (int i = 0; i < 3; ++i) {
    const auto request = registered(server, std::to_string(i));
    ports.insert(request.peer.sin_port);
    CHECK(request.type == kCon);
    CHECK(request.path() == "/rd");
    CHECK(request.option(12) == "\x28");  // application/link-format
    for (const char* query : {"lt=300", "lwm2m=1.1", "b=U"}) CHECK(request.hasQuery(query));
    for (const char* name : {"ep=sim-0", "ep=sim-1", "ep=sim-2"})
      if (request.hasQuery(name)) names.insert(name);
    CHECK(request.payload.find("</3303/0>") != std::string::npos);
  }
  CHECK(ports.size() == 3);
  CHECK(names.size() == 3);
  fleet.order();
  std::set<std::string> locations;
  for (int i = 0; i < 3; ++i) {
    const auto request = server.awaitRequest(kDelete);
    REQUIRE(request);
    locations.insert(request->path());
    server.answer(*request, kDeleted);
  }
  CHECK(locations == std::set<std::string>{"/rd/0", "/rd/1", "/rd/2"});
  fleet.stop();
  CHECK(fleet->stats().registrations == 3);
  CHECK(fleet->stats().registered == 0);
}

TEST_CASE("An observed value is notified under the observation's own token until it is cancelled") {
  RawServer server;
  RunningFleet fleet(optionsFor(server));
  const auto device = registered(server).peer;
  observe(server, device);
  const auto first = server.awaitAnswer(kToken);
  REQUIRE(first);
  CHECK(first->code == kContent);
  REQUIRE(first->option(6));
  CHECK(first->payload.size() == 12);  // TLV: a 16-bit id and a double
  std::string last = first->payload, sequence = *first->option(6);
  for (int i = 0; i < 3; ++i) {
    const auto next = notification(server);
    server.acknowledge(next);
    CHECK(next.token == kToken);
    CHECK(next.option(12) == "\x2d\x16");
    CHECK(next.payload != last);
    CHECK(*next.option(6) > sequence);
    last = next.payload;
    sequence = *next.option(6);
  }
  server.send(device, kCon, kGet, 78, kToken, {{6, "\x01"}, {11, "3303"}, {11, "0"}, {11, "5700"}});
  const auto cancelled =
      server.await([](const Datagram& datagram) { return datagram.type == 2 && datagram.mid == 78; });
  REQUIRE(cancelled);
  CHECK(!cancelled->option(6));
  CHECK(fleet->stats().observations == 0);
}

TEST_CASE("RST to a notification ends the observation and counts as failed") {
  RawServer server;
  RunningFleet fleet(optionsFor(server));
  const auto device = registered(server).peer;
  observe(server, device);
  server.reset(notification(server));
  // The next answer comes after the RST has been taken in: both travel on one path.
  server.send(device, kCon, kGet, 80, {9}, {{11, "3"}, {11, "0"}, {11, "0"}});
  REQUIRE(server.awaitAnswer({9}));
  CHECK(fleet->stats().observations == 0);
  CHECK(fleet->stats().failed == 1);
}

TEST_CASE("A device keeps its observations per session: one device's are not the other's") {
  RawServer server;
  RunningFleet fleet(optionsFor(server, 2));
  const auto one = registered(server, "1").peer, other = registered(server, "2").peer;
  observe(server, one);
  for (int i = 0; i < 3; ++i) {
    const auto next = notification(server);
    server.acknowledge(next);
    CHECK(next.peer.sin_port == one.sin_port);
  }
  server.send(other, kCon, kGet, 80, {9}, {{11, "3"}, {11, "0"}, {11, "0"}});
  CHECK(server.awaitAnswer({9}));
}

TEST_CASE("Updates go to the location before the lifetime ends, and a device that is not known registers again") {
  RawServer server;
  auto options = optionsFor(server);
  options.traits.lifetime = seconds(2);
  RunningFleet fleet(options);
  const auto device = registered(server, "a1").peer;
  auto update = server.awaitRequest(kPost);
  REQUIRE(update);
  CHECK(update->path() == "/rd/a1");
  CHECK(update->payload.empty());
  server.answer(*update, kChanged);
  update = server.awaitRequest(kPost);
  REQUIRE(update);
  server.answer(*update, kNotFound);
  const auto again = registered(server, "a2");
  CHECK(again.path() == "/rd");
  CHECK(again.hasQuery("ep=sim-0"));
  CHECK(again.peer.sin_port == device.sin_port);
}

TEST_CASE("A written lifetime is told to the server with an Update") {
  RawServer server;
  RunningFleet fleet(optionsFor(server));
  const auto device = registered(server, "a1").peer;
  server.send(device, kCon, kPut, 90, {7}, {{11, "1"}, {11, "0"}, {11, "1"}, {12, ""}}, "120");
  const auto written = server.awaitAnswer({7});
  REQUIRE(written);
  CHECK(written->code == kChanged);
  const auto update = server.awaitRequest(kPost);
  REQUIRE(update);
  CHECK(update->path() == "/rd/a1");
  CHECK(update->hasQuery("lt=120"));
}

TEST_CASE("While the server is away registration is tried again until it is back") {
  RawServer server;
  server.leave();
  RunningFleet fleet(optionsFor(server));
  server.open();
  const auto request = registered(server);
  CHECK(request.hasQuery("ep=sim-0"));
}

TEST_CASE("A rebooted device comes back from another port under its name") {
  RawServer server;
  RunningFleet fleet(optionsFor(server));
  const auto before = registered(server, "a1");
  fleet->reboot(0);
  const auto after = registered(server, "a2");
  CHECK(after.hasQuery("ep=sim-0"));
  CHECK(after.peer.sin_port != before.peer.sin_port);
}

TEST_CASE("A block-wise Write without Size1 is put together") {
  RawServer server;
  RunningFleet fleet(optionsFor(server));
  const auto device = registered(server).peer;
  const std::string first = "0123456789abcdef", last = "tail";
  server.send(device, kCon, kPut, 91, {7}, {{11, "3"}, {11, "0"}, {11, "15"}, {12, ""}, {27, "\x08"}}, first);
  const auto more = server.awaitAnswer({7});
  REQUIRE(more);
  CHECK(static_cast<int>(more->code) == 0x5F);  // 2.31
  server.send(device, kCon, kPut, 92, {8}, {{11, "3"}, {11, "0"}, {11, "15"}, {12, ""}, {27, "\x10"}}, last);
  const auto done = server.awaitAnswer({8});
  REQUIRE(done);
  CHECK(done->code == kChanged);
  server.send(device, kCon, kGet, 93, {9}, {{11, "3"}, {11, "0"}, {11, "15"}, {17, ""}});
  const auto read = server.awaitAnswer({9});
  REQUIRE(read);
  CHECK(read->payload == first + last);
}

TEST_CASE("With no rate a value is notified when it is set, as the attributes say, by the clock that was given") {
  RawServer server;
  testing::ShiftedClock clock;
  auto options = optionsFor(server);
  options.rate = 0;
  options.clock = &clock;
  RunningFleet fleet(options);
  const auto device = registered(server).peer;
  server.send(device, kCon, kPut, 70, {5}, {{11, "3303"}, {11, "0"}, {11, "5700"}, {15, "pmin=60"}, {15, "con=0"}});
  REQUIRE(server.awaitAnswer({5}));
  observe(server, device);
  REQUIRE(server.awaitAnswer(kToken));
  REQUIRE(fleet->device(0).set(Path(3303, 0, 5700), 33.0));
  server.send(device, kCon, kGet, 80, {9}, {{11, "3"}, {11, "0"}, {11, "0"}});
  REQUIRE(server.awaitAnswer({9}));
  CHECK(fleet->stats().notifications == 0);
  clock.advance(seconds(60));
  fleet->nudge();
  const auto next = server.await([](const Datagram& datagram) { return datagram.code == kContent; });
  REQUIRE(next);
  CHECK(next->token == kToken);
  CHECK(next->type == 1);  // non-confirmable
}

TEST_CASE("A device in queue mode registers so, is deaf while it sleeps, and wakes for its Update") {
  RawServer server;
  auto options = optionsFor(server);
  options.rate = 0;
  options.traits.queueMode = true;
  options.keepsRequests = true;
  RunningFleet fleet(options);
  const auto request = registered(server);
  CHECK(request.hasQuery("Q"));
  const auto device = fleet->device(0);
  REQUIRE(device.sleep());
  CHECK(device.state()->asleep);
  server.send(request.peer, kCon, kGet, 80, {9}, {{11, "3"}, {11, "0"}, {11, "0"}});
  auto answered = std::async(std::launch::async, [&] { return device.update(); });
  const auto update =
      server.await([](const Datagram& datagram) { return datagram.code == kPost || datagram.code >= 64; });
  REQUIRE(update);
  CHECK(static_cast<int>(update->code) == kPost);
  CHECK(update->path() == "/rd/a1");
  CHECK(update->peer.sin_port == request.peer.sin_port);
  server.answer(*update, kChanged);
  CHECK(*answered.get() == kChanged);
  CHECK(!device.state()->asleep);
  CHECK(device.asked()->empty());
  server.send(request.peer, kCon, kGet, 81, {10}, {{11, "3"}, {11, "0"}, {11, "0"}});
  REQUIRE(server.awaitAnswer({10}));
  const auto asked = device.asked();
  REQUIRE(asked->size() == 1);
  CHECK(asked->front().method == "GET");
  CHECK(asked->front().path == "/3/0/0");
}

TEST_CASE("Send posts to /dp and tells what the server said; muted, it does not") {
  RawServer server;
  auto options = optionsFor(server);
  options.rate = 0;
  RunningFleet fleet(options);
  const auto peer = registered(server).peer;
  const auto device = fleet->device(0);
  auto sent = std::async(std::launch::async, [&] { return device.send({Path(3, 0, 0)}); });
  const auto request = server.awaitRequest(kPost);
  REQUIRE(request);
  CHECK(request->path() == "/dp");
  CHECK(request->option(12) == "\x70");  // SenML CBOR
  CHECK(request->payload.find("Isthmus") != std::string::npos);
  server.answer(*request, kChanged);
  CHECK(*sent.get() == kChanged);
  CHECK(fleet->stats().sends == 1);
  server.send(peer, kCon, kPut, 90, {7}, {{11, "1"}, {11, "0"}, {11, "23"}, {12, ""}}, "1");
  REQUIRE(server.awaitAnswer({7}));
  CHECK(device.send({Path(3, 0, 0)}).error().code == Errc::refused);
}

TEST_CASE("Disable makes a device leave and come back when its time is over") {
  RawServer server;
  testing::ShiftedClock clock;
  auto options = optionsFor(server);
  options.rate = 0;
  options.clock = &clock;
  RunningFleet fleet(options);
  const auto peer = registered(server).peer;
  REQUIRE(fleet->device(0).set(Path(1, 0, 5), std::int64_t{3000}));
  server.send(peer, kCon, kPost, 90, {7}, {{11, "1"}, {11, "0"}, {11, "4"}});
  const auto answer = server.awaitAnswer({7});
  REQUIRE(answer);
  CHECK(answer->code == kChanged);
  const auto gone = server.awaitRequest(kDelete);
  REQUIRE(gone);
  server.answer(*gone, kDeleted);
  CHECK(!fleet->device(0).state()->registered);
  clock.advance(seconds(3000));
  fleet->nudge();
  CHECK(registered(server, "a2").hasQuery("ep=sim-0"));
}

TEST_CASE("A created instance is told to the server with an Update that carries the object list") {
  RawServer server;
  auto options = optionsFor(server);
  options.rate = 0;
  RunningFleet fleet(options);
  const auto peer = registered(server).peer;
  server.send(peer, kCon, kPost, 90, {7}, {{11, "3303"}, {12, "\x2d\x16"}});
  const auto created = server.awaitAnswer({7});
  REQUIRE(created);
  CHECK(created->code == kCreated);
  CHECK(created->path(8) == "/3303/1");
  const auto update = server.awaitRequest(kPost);
  REQUIRE(update);
  CHECK(update->path() == "/rd/a1");
  CHECK(update->payload.find("</3303/1>") != std::string::npos);
}

TEST_CASE("What is observed and then deleted ends with 4.04") {
  RawServer server;
  auto options = optionsFor(server);
  options.rate = 0;
  RunningFleet fleet(options);
  const auto peer = registered(server).peer;
  observe(server, peer);
  REQUIRE(server.awaitAnswer(kToken));
  server.send(peer, kCon, kDelete, 90, {7}, {{11, "3303"}, {11, "0"}});
  REQUIRE(server.awaitAnswer({7}));
  const auto last = server.await([](const Datagram& datagram) { return datagram.code == kNotFound; });
  REQUIRE(last);
  CHECK(last->token == kToken);
  CHECK(fleet->device(0).state()->observations == 0);
}

TEST_CASE("A device that knows no composites acknowledges FETCH and says nothing more") {
  RawServer server;
  auto options = optionsFor(server);
  options.traits.composites = false;
  RunningFleet fleet(options);
  const auto peer = registered(server).peer;
  server.send(peer, kCon, 5, 90, {7}, {{12, "\x6e"}, {17, "\x6e"}}, R"([{"n":"/3/0/0"}])");
  const auto acknowledged = server.await([](const Datagram& datagram) { return datagram.mid == 90; });
  REQUIRE(acknowledged);
  CHECK(acknowledged->type == 2);
  CHECK(static_cast<int>(acknowledged->code) == 0);
}

TEST_CASE("A gateway declares the devices behind it and answers for each below its prefix") {
  RawServer server;
  auto options = optionsFor(server);
  options.rate = 0;
  options.traits.prefixes = {"dev1", "dev2"};
  RunningFleet fleet(options);
  const auto request = registered(server);
  CHECK(request.payload.find("</25>;ver=2.0,</25/0>,</25/1>") != std::string::npos);
  const auto text = [&](std::uint16_t mid, const std::vector<std::string>& path) {
    std::vector<std::pair<unsigned, std::string>> asked;
    for (const auto& segment : path) asked.emplace_back(11, segment);
    asked.emplace_back(17, "");
    server.send(request.peer, kCon, kGet, mid, {static_cast<std::uint8_t>(mid)}, asked);
    const auto answer = server.awaitAnswer({static_cast<std::uint8_t>(mid)});
    REQUIRE(answer);
    return answer->payload;
  };
  CHECK(text(81, {"25", "1", "1"}) == "dev2");
  CHECK(text(82, {"25", "0", "3"}).find("</3303/0>") != std::string::npos);
  REQUIRE(fleet->device(0).behind("dev2").set(Path(3303, 0, 5700), 12.5));
  CHECK(text(83, {"dev2", "3303", "0", "5700"}) == "12.5");
  CHECK(text(84, {"dev1", "3303", "0", "5700"}) != "12.5");
}

TEST_CASE("A device that moves goes on from another port without a word") {
  RawServer server;
  auto options = optionsFor(server);
  options.rate = 0;
  RunningFleet fleet(options);
  const auto peer = registered(server).peer;
  observe(server, peer);
  REQUIRE(server.awaitAnswer(kToken));
  REQUIRE(fleet->device(0).move());
  REQUIRE(fleet->device(0).set(Path(3303, 0, 5700), 33.0));
  const auto next = notification(server);
  CHECK(next.token == kToken);
  CHECK(next.peer.sin_port != peer.sin_port);
  CHECK(fleet->stats().registrations == 1);
}

TEST_CASE("A server address that is none is a configuration error") {
  const auto registry = ObjectRegistry::builtin();
  const std::atomic<bool> stop = false;
  for (const char* address : {"http://127.0.0.1", "coap//x", "127.0.0.1:5683", "coap://no.such.host.invalid"}) {
    INFO(address);
    FleetOptions options;
    options.server = address;
    SimulatedFleet fleet(options, registry);
    const auto result = fleet.run(stop);
    REQUIRE(!result);
    CHECK(result.error().code == Errc::configuration);
  }
}

TEST_CASE("A fleet ends when its duration is over") {
  RawServer server;
  auto options = optionsFor(server);
  options.duration = seconds(0);
  const auto registry = ObjectRegistry::builtin();
  SimulatedFleet fleet(options, registry);
  const std::atomic<bool> stop = false;
  CHECK(fleet.run(stop));
}
