#include "lwm2m/server/gateway.h"

#include "server_bench.h"

#include <catch2/catch.hpp>

namespace isthmus::lwm2m {
namespace {

using Kind = OperationKind;
using Strings = std::vector<std::string>;

constexpr std::string_view kLinks = "</1/0>,</3/0>,</25>;ver=2.0";

std::string instance(int id, std::string_view device, std::string_view prefix, std::string_view objects) {
  const std::string base = "{\"bn\":\"/25/" + std::to_string(id) + "/\",\"n\":\"0\",\"vs\":\"";
  return base + std::string(device) + "\"},{\"n\":\"1\",\"vs\":\"" + std::string(prefix) +
         "\"},{\"n\":\"3\",\"vs\":\"" + std::string(objects) + "\"}";
}

std::string pack(std::initializer_list<std::string> instances) {
  std::string out = "[";
  for (const std::string& it : instances) out += (out.size() > 1 ? "," : "") + it;
  return out + "]";
}

const std::string kLamp = instance(0, "lamp", "d1", "</3303/0>");
const std::string kDoor = instance(1, "door", "d2", "</3/0>,</3342/0>");

struct GatewayBench : ServerBench {
  GatewayBench() { listener.planned = {}; }

  // Registers and answers the Observe of /25.
  void names(const std::string& ends, std::initializer_list<std::string_view> query = {"ep=gw", "lwm2m=1.1"}) {
    path = "rd/" + std::string(device.registers(query, kLinks)->message().textOptions(coap::option::kLocationPath)[1]);
    const testing::Sent sent = observe();
    CHECK(sent.message().textOptions(coap::option::kUriPath) == std::vector<std::string_view>{"25"});
    token = sent.message().token;
    device.answer(sent, coap::code::kContent, ends, 110, 1);
    server.turn(16);
  }
  void nowNames(const std::string& ends) {
    device.notifies(token, ends, 110);
    server.turn(16);
  }
  const Registration& of(std::string_view name) {
    return server.devices().at(*server.devices().find(name))->registration;
  }
  std::uint32_t indexOf(std::string_view name) { return *server.devices().find(name); }

  std::string path;
  coap::Token token;
};

Record words(std::uint16_t id, std::uint16_t resource, Value value) {
  return {Path(25, id, resource), std::move(value), {}};
}

TEST_CASE("the instances of /25 name end devices; what cannot be used is left out") {
  const std::vector<Record> records = {
      words(0, 0, std::string("a")),  words(0, 1, std::string("p1")),  words(0, 3, CoreLink{"</3/0>"}),
      words(1, 0, Opaque{{'b'}}),     words(1, 1, Opaque{{'p', '2'}}), words(1, 3, Opaque{{'<', '3', '>'}}),
      words(2, 0, std::string("c")),  words(2, 1, std::string("")),    // no prefix
      words(3, 0, std::string("d")),  words(3, 1, std::string("17")),  // an object of the gateway itself
      words(4, 0, std::string("e")),  words(4, 1, std::string("x/y")), words(5, 0, std::string("f")),
      words(5, 1, std::string("p1")),  // taken
      words(6, 1, std::string("p6")),  // no id
  };
  CHECK(endDevicesOf(records) == std::vector<EndDevice>{{"a", "p1", "</3/0>"}, {"b", "p2", "<3>"}});
}

TEST_CASE("the end devices of a gateway register by its /25, as children of its endpoint") {
  GatewayBench bench;
  bench.names(pack({kLamp, kDoor}));
  CHECK(bench.server.registered() == 3);
  CHECK(bench.of("gw/lamp").objectLinks == "</3303/0>");
  CHECK(bench.of("gw/door").state == RegistrationState::registered);
  CHECK(bench.of("gw/lamp").address == ServerBench::at(40000));
  CHECK(bench.listener.changes.size() == 4);  // of the gateway twice: its /25 is observed now
  CHECK(bench.listener.awoken == Strings{"gw", "gw/lamp", "gw/door"});
}

TEST_CASE("what is asked of an end device goes to the gateway, with the prefix first") {
  GatewayBench bench;
  bench.names(pack({kLamp}));
  const testing::Sent read = bench.asks({.paths = {Path(3303, 0, 5700)}}, bench.indexOf("gw/lamp"));
  CHECK(read.to == ServerBench::at(40000));
  CHECK(read.message().textOptions(coap::option::kUriPath) == std::vector<std::string_view>{"d1", "3303", "0", "5700"});
  bench.device.answer(read, coap::code::kContent, R"([{"n":"/d1/3303/0/5700","v":21.5}])", 110);
  CHECK(bench.outcomes.last()->records == std::vector<Record>{{Path(3303, 0, 5700), 21.5, {}}});
  const testing::Sent discover = bench.asks({.kind = Kind::discover, .paths = {Path(3303)}}, bench.indexOf("gw/lamp"));
  bench.device.answer(discover, coap::code::kContent, "</d1/3303/0>", 40);
  CHECK(bench.outcomes.last()->links.at(0).target == "/3303/0");
}

TEST_CASE("end devices are observed by their own plan, and their notifications are theirs") {
  GatewayBench bench;
  bench.listener.planned = {{Path(3303, 0, 5700), ""}};
  bench.device.registers({"ep=gw", "lwm2m=1.1"}, kLinks);
  const testing::Sent gateway = bench.observe();
  bench.device.answer(gateway, coap::code::kContent, pack({kLamp}), 110, 1);
  const testing::Sent own = *bench.wire.take();  // the gateway's own plan comes first
  bench.device.answer(own, coap::code::kContent, "1", 0, 1);
  const testing::Sent end = bench.observe();
  CHECK(end.message().textOptions(coap::option::kUriPath).front() == "d1");
  bench.device.answer(end, coap::code::kContent, "2", 0, 1);
  bench.device.notifies(end.message().token, "3");
  CHECK(bench.listener.reporters.back() == "gw/lamp");
  CHECK(bench.listener.values.back() == "/3303/0/5700=3");
}

TEST_CASE("however many end devices there are, one at a time is observed through the gateway") {
  constexpr int kMany = 50;  // more than may wait for one peer
  GatewayBench bench;
  bench.device.registers({"ep=gw", "lwm2m=1.1"}, kLinks);
  const testing::Sent sent = bench.observe();
  std::string all = "[";
  for (int i = 0; i < kMany; ++i)
    all += (i > 0 ? "," : "") + instance(i, "e" + std::to_string(i), "p" + std::to_string(i), "</3303/0>");
  bench.listener.planned = {{Path(3303, 0, 5700), ""}};
  bench.device.answer(sent, coap::code::kContent, all + "]", 110, 1);
  for (int i = 0; i < kMany; ++i) {
    bench.server.turn(128);
    REQUIRE(bench.wire.sent.size() == 1);
    CHECK_FALSE(bench.server.hasWork());
    bench.device.answer(*bench.wire.take(), coap::code::kContent, "1", 0, 1);
  }
  CHECK(bench.server.counters().observesSent == kMany + 1);
  CHECK(bench.listener.values.size() == kMany + 3 * kMany);
}

TEST_CASE("an end device that went while others waited for it lets them pass, and can come back") {
  GatewayBench bench;
  bench.device.registers({"ep=gw", "lwm2m=1.1"}, kLinks);
  const testing::Sent sent = bench.observe();
  bench.listener.planned = {{Path(3303, 0, 5700), ""}};
  bench.device.answer(sent, coap::code::kContent, pack({kLamp, kDoor}), 110, 1);
  bench.server.turn(16);
  const testing::Sent lamp = *bench.wire.take();
  bench.device.notifies(sent.message().token, pack({instance(2, "new", "d3", "</3303/0>")}), 110);
  bench.device.answer(lamp, coap::code::kContent, "1", 0, 1);
  bench.server.turn(16);
  bench.server.turn(16);
  const testing::Sent next = *bench.wire.take();
  CHECK(next.message().textOptions(coap::option::kUriPath).front() == "d3");
  bench.device.answer(next, coap::code::kContent, "1", 0, 1);
  bench.device.notifies(sent.message().token, pack({kDoor}), 110);
  bench.server.turn(16);
  CHECK(bench.wire.take()->message().textOptions(coap::option::kUriPath).front() == "d2");
}

TEST_CASE("an end device that leaves while it waits to be observed does not keep those behind it waiting") {
  const std::string third = instance(2, "new", "d3", "</3303/0>");
  GatewayBench bench;
  bench.device.registers({"ep=gw", "lwm2m=1.1"}, kLinks);
  const testing::Sent sent = bench.observe();
  bench.listener.planned = {{Path(3303, 0, 5700), ""}};
  bench.device.answer(sent, coap::code::kContent, pack({kLamp, kDoor, third}), 110, 1);
  bench.server.turn(16);
  const testing::Sent lamp = *bench.wire.take();
  const bool beforeItsTurn = GENERATE(true, false);
  if (beforeItsTurn) bench.device.notifies(sent.message().token, pack({kLamp, third}), 110);
  bench.device.answer(lamp, coap::code::kContent, "1", 0, 1);
  if (!beforeItsTurn) bench.device.notifies(sent.message().token, pack({kLamp, third}), 110);
  bench.server.turn(16);
  bench.server.turn(16);
  const auto next = bench.wire.take();
  REQUIRE(next);
  CHECK(next->message().textOptions(coap::option::kUriPath).front() == "d3");
  CHECK(bench.wire.sent.empty());
}

TEST_CASE("a lifetime that is written to an end device is not its registration's, nor that of one that ended") {
  GatewayBench bench;
  bench.names(pack({kLamp}));
  const DeviceOperation write{
      .kind = Kind::write, .paths = {Path(1, 0, 1)}, .records = {{Path(1, 0, 1), std::int64_t{20}, {}}}};
  const testing::Sent sent = bench.asks(write, bench.indexOf("gw/lamp"));
  const bool ended = GENERATE(false, true);
  if (ended) bench.nowNames("[]");
  const std::size_t before = bench.listener.changes.size();
  bench.device.answer(sent, coap::code::kChanged);
  CHECK(bench.outcomes.last()->code == coap::code::kChanged);
  CHECK(bench.of("gw/lamp").lifetime == 0);
  CHECK(bench.listener.changes.size() == before);
  bench.clock.advance(seconds(31));
  bench.server.turn(0);
  CHECK(bench.server.registered() == (ended ? 1 : 2));
}

TEST_CASE("changes of /25 are followed: who is new begins, who is gone ends, who is the same is left alone") {
  GatewayBench bench;
  bench.names(pack({kLamp}));
  const std::size_t before = bench.listener.changes.size();
  bench.nowNames(pack({kLamp}));
  CHECK(bench.listener.changes.size() == before);
  bench.nowNames(pack({kLamp, kDoor}));
  CHECK(bench.listener.changes.size() == before + 1);
  CHECK(bench.of("gw/door").state == RegistrationState::registered);
  bench.nowNames(pack({kDoor}));
  CHECK(bench.of("gw/lamp").state == RegistrationState::deregistered);
  CHECK(bench.server.registered() == 2);
  bench.nowNames(pack({instance(1, "door", "d9", "</3/0>")}));
  CHECK(bench.asks({.paths = {Path(3, 0)}}, bench.indexOf("gw/door"))
            .message()
            .textOptions(coap::option::kUriPath)
            .front() == "d9");
}

TEST_CASE("an end device ends with its gateway, and its registration has no location of its own") {
  GatewayBench bench;
  bench.names(pack({kLamp}));
  const Registration lamp = bench.of("gw/lamp");
  CHECK(
      bench.device.request(coap::code::kDelete, "rd/" + locationName(lamp.device, lamp.location), {})->message().code ==
      coap::code::kNotFound);
  SECTION("that de-registers") {
    bench.device.request(coap::code::kDelete, bench.path, {});
    CHECK(bench.of("gw/lamp").state == RegistrationState::deregistered);
  }
  SECTION("that expires") {
    bench.clock.advance(seconds(86400 + 11));
    bench.server.turn(0);
    CHECK(bench.of("gw/lamp").state == RegistrationState::expired);
  }
  CHECK(bench.server.registered() == 0);
}

TEST_CASE("a gateway that registers anew has its end devices begun anew, under new tokens") {
  GatewayBench bench;
  bench.names(pack({kLamp, kDoor}));
  const std::uint8_t generation = bench.of("gw/lamp").generation;
  bench.names(pack({kLamp}));
  CHECK(bench.of("gw/lamp").generation != generation);
  CHECK(bench.of("gw/door").state == RegistrationState::deregistered);
  CHECK(bench.server.registered() == 2);
}

TEST_CASE("an end device is awake when its gateway is, and moves with it") {
  GatewayBench bench;
  bench.names(pack({kLamp}), {"ep=gw", "lwm2m=1.1", "Q"});
  const std::uint32_t lamp = bench.indexOf("gw/lamp");
  CHECK(bench.server.awake(lamp));
  CHECK(bench.server.awakeUntil(lamp) == bench.clock.now() + seconds(93));
  bench.clock.advance(seconds(93));
  CHECK_FALSE(bench.server.awake(lamp));
  bench.listener.awoken.clear();
  bench.device.moveTo(ServerBench::at(40005));
  bench.device.request(coap::code::kPost, bench.path, {});
  bench.server.turn(16);
  CHECK(bench.server.awake(lamp));
  CHECK(bench.listener.awoken == Strings{"gw", "gw/lamp"});
  CHECK(bench.asks({.paths = {Path(3303, 0)}}, lamp).to == ServerBench::at(40005));
  bench.silence();
  CHECK_FALSE(bench.server.awake(0));  // what is behind it went unanswered, so it sleeps
}

TEST_CASE("end devices return when their gateway was told to reboot") {
  GatewayBench bench;
  bench.names(pack({kLamp}));
  bench.device.answer(bench.asks({.kind = Kind::execute, .paths = {Path(3, 0, 4)}}), coap::code::kChanged);
  bench.device.request(coap::code::kDelete, bench.path, {});
  CHECK(bench.server.willReturn(bench.indexOf("gw/lamp")));
  bench.names(pack({kLamp}));
  CHECK_FALSE(bench.server.willReturn(bench.indexOf("gw/lamp")));
  CHECK(bench.server.awake(bench.indexOf("gw/lamp")));
}

TEST_CASE("a Send of a gateway is told apart by prefix") {
  GatewayBench bench;
  bench.names(pack({kLamp, kDoor}));
  bench.listener.values.clear();
  bench.listener.reporters.clear();
  const auto sends = [&](std::string_view payload) {
    return bench.device.request(coap::code::kPost, "dp", {}, payload, 110)->message().code;
  };
  CHECK(sends(R"([{"n":"/d1/3303/0/5700","v":1},{"n":"/3/0/9","v":80},{"n":"/d2/3342/0/5500","vb":true}])") ==
        coap::code::kChanged);
  CHECK(bench.listener.values == Strings{"/3303/0/5700=1", "/3/0/9=80", "/3342/0/5500=true"});
  CHECK(bench.listener.reporters == Strings{"gw/lamp", "gw", "gw/door"});
  CHECK(sends(R"([{"n":"/d7/3303/0/5700","v":1}])") == coap::code::kNotFound);
  CHECK(sends(R"([{"n":"/d1/3342/0/5500","vb":true}])") == coap::code::kNotFound);
}

TEST_CASE("a Send of a gateway is taken as a whole or not at all") {
  constexpr std::string_view kPack = R"([{"n":"/d1/3303/0/5700","v":1},{"n":"/3/0/9","v":80}])";
  GatewayBench bench;
  bench.names(pack({kLamp}));
  bench.listener.values.clear();
  bench.listener.room = 1;
  const auto sends = [&] { return bench.device.request(coap::code::kPost, "dp", {}, kPack, 110)->message().code; };
  CHECK(sends() == coap::code::kServiceUnavailable);
  CHECK(bench.listener.values.empty());
  bench.listener.room = 2;
  CHECK(sends() == coap::code::kChanged);
  CHECK(bench.listener.values == Strings{"/3303/0/5700=1", "/3/0/9=80"});
}

TEST_CASE("end devices outlive a restart behind their gateway, whichever is read first") {
  GatewayBench first;
  first.names(pack({kLamp}));
  const Registration gateway = first.of("gw"), lamp = first.of("gw/lamp");
  GatewayBench second;
  const bool gatewayFirst = GENERATE(true, false);
  second.server.restore(gatewayFirst ? gateway : lamp);
  second.server.restore(gatewayFirst ? lamp : gateway);
  CHECK(second.server.registered() == 2);
  const testing::Sent read = second.asks({.paths = {Path(3303, 0)}}, lamp.device);
  CHECK(read.message().textOptions(coap::option::kUriPath).front() == "d1");
  second.device.notifies(first.token, pack({kDoor}), 110);
  CHECK(second.of("gw/lamp").state == RegistrationState::deregistered);
}

TEST_CASE("a gateway that does not have /25 observed is read, and once more when it lists instances in an Update") {
  GatewayBench bench;
  bench.path = "rd/" + std::string(bench.device.registers({"ep=gw", "lwm2m=1.1"}, kLinks)
                                       ->message()
                                       .textOptions(coap::option::kLocationPath)[1]);
  bench.device.answer(bench.observe(), coap::code::kMethodNotAllowed);
  const testing::Sent read = *bench.wire.take();
  CHECK_FALSE(read.message().uintOption(coap::option::kObserve));
  bench.device.answer(read, coap::code::kContent, pack({kLamp}), 110);
  CHECK(bench.of("gw/lamp").state == RegistrationState::registered);
  bench.device.request(coap::code::kPost, bench.path, {}, "</3/0>,</25/0>,</25/1>", 40);
  CHECK(bench.observe().message().textOptions(coap::option::kUriPath).front() == "25");
}

TEST_CASE("a device that registered by itself under an end device's name is not taken over by a gateway") {
  GatewayBench bench;
  testing::ScriptedDevice other(bench.endpoint, bench.wire, ServerBench::at(41000));
  other.registers({"ep=gw/lamp", "lwm2m=1.1"});
  bench.names(pack({kLamp}));
  CHECK(bench.of("gw/lamp").address == ServerBench::at(41000));
  CHECK(bench.of("gw/lamp").gateway == kNoGateway);
}

TEST_CASE("an end device that registers by itself leaves its gateway") {
  GatewayBench bench;
  bench.names(pack({kLamp}));
  testing::ScriptedDevice lamp(bench.endpoint, bench.wire, ServerBench::at(41000));
  lamp.registers({"ep=gw/lamp", "lwm2m=1.1"});
  CHECK(bench.of("gw/lamp").gateway == kNoGateway);
  bench.device.request(coap::code::kDelete, bench.path, {});
  CHECK(bench.of("gw/lamp").state == RegistrationState::registered);
}

TEST_CASE("an end device for which there is no room is taken up after the gateway's next Update") {
  GatewayBench bench;
  bench.device.registers({"ep=gw", "lwm2m=1.1"}, kLinks);
  const testing::Sent sent = bench.observe();
  bench.listener.admission = {false, seconds(60)};
  bench.device.answer(sent, coap::code::kContent, pack({kLamp}), 110, 1);
  CHECK(bench.server.registered() == 1);
  bench.listener.admission = {};
  bench.device.request(coap::code::kPost, "rd/" + locationName(0, bench.of("gw").location), {});
  bench.device.answer(bench.observe(), coap::code::kContent, pack({kLamp}), 110, 1);
  CHECK(bench.server.registered() == 2);
}

}  // namespace
}  // namespace isthmus::lwm2m
