#include "server_bench.h"

#include <catch2/catch.hpp>

#include <map>

namespace isthmus::lwm2m {
namespace {

// Who proved what, and what stands for whom, as a test says.
class ScriptedSecurity final : public PeerSecurity {
 public:
  std::optional<PeerIdentity> identityOf(const coap::Address& peer) const override {
    const auto found = peers.find(peer.port);
    if (peer.transport != coap::Transport::dtls || found == peers.end()) return std::nullopt;
    return PeerIdentity{PeerIdentity::Mode::psk, found->second};
  }
  std::optional<PeerIdentity> requiredFor(std::string_view endpoint) const override {
    for (const auto& [identity, bound] : endpoints)
      if (bound == endpoint) return PeerIdentity{PeerIdentity::Mode::psk, identity};
    return std::nullopt;
  }
  std::optional<std::string> endpointOf(const PeerIdentity& identity) const override {
    const auto found = endpoints.find(identity.name);
    return found == endpoints.end() ? std::nullopt : std::optional(found->second);
  }

  std::map<std::uint16_t, std::string> peers;
  std::map<std::string, std::string> endpoints{
      {"id-1", "dev-1"}, {"id-1b", "dev-1"}, {"id-2", "dev-2"}, {"id-lamp", "dev-1/lamp"}};
};

struct SecureBench : ServerBench {
  SecureBench() { server.setSecurity(security); }

  static coap::Address secure(std::uint16_t port) {
    coap::Address address = at(port);
    address.transport = coap::Transport::dtls;
    return address;
  }
  coap::Code registers(const coap::Address& from, std::initializer_list<std::string_view> query) {
    device.moveTo(from);
    return device.registers(query)->message().code;
  }
  coap::Code asks(const coap::Address& from, coap::Code code, const std::string& path) {
    device.moveTo(from);
    return device.request(code, path, {})->message().code;
  }
  std::string location(std::string_view name) const {
    const Registration& it = server.devices().at(*server.devices().find(name))->registration;
    return "rd/" + locationName(it.device, it.location);
  }

  ScriptedSecurity security;
};

struct RegisterRow {
  std::string_view name;
  std::string identity;  // "": plain UDP
  std::string_view endpoint;
  coap::Code answer;
};

const std::vector<RegisterRow> kRegisters = {
    {"the endpoint of its identity", "id-1", "ep=dev-1", coap::code::kCreated},
    {"a second identity that was bound to the same endpoint", "id-1b", "ep=dev-1", coap::code::kCreated},
    {"the endpoint of another identity", "id-1", "ep=dev-2", coap::code::kForbidden},
    {"an endpoint that no identity stands for", "id-1", "ep=dev-3", coap::code::kForbidden},
    {"an identity whose credential was taken away", "gone", "ep=dev-3", coap::code::kForbidden},
    {"no endpoint name, which its identity tells", "id-2", "lt=60", coap::code::kCreated},
    {"no endpoint name, and an identity without one", "gone", "lt=60", coap::code::kBadRequest},
    {"a secured endpoint without security", "", "ep=dev-1", coap::code::kForbidden},
    {"an end device of a secured gateway without security", "", "ep=dev-1/door", coap::code::kForbidden},
    {"an end device of a secured gateway, which has a credential", "id-lamp", "ep=dev-1/lamp", coap::code::kCreated},
    {"an end device of a gateway of which nothing is asked", "", "ep=dev-3/lamp", coap::code::kCreated},
    {"an endpoint of which nothing is asked", "", "ep=dev-3", coap::code::kCreated},
    {"no endpoint name without security", "", "lt=60", coap::code::kBadRequest},
};

}  // namespace

TEST_CASE("Register: a peer gets the endpoint that its identity stands for, and no other") {
  for (const RegisterRow& row : kRegisters) {
    DYNAMIC_SECTION(row.name) {
      SecureBench bench;
      bench.security.peers[40001] = row.identity;
      const auto from = row.identity.empty() ? ServerBench::at(40001) : SecureBench::secure(40001);
      CHECK(bench.registers(from, {row.endpoint, "lwm2m=1.1"}).toString() == row.answer.toString());
      CHECK(bench.server.registered() == (row.answer == coap::code::kCreated ? 1 : 0));
    }
  }
}

TEST_CASE("A Register without an endpoint name registers the one that the identity stands for") {
  SecureBench bench;
  bench.security.peers[40001] = "id-2";
  REQUIRE(bench.registers(SecureBench::secure(40001), {"lwm2m=1.1"}) == coap::code::kCreated);
  REQUIRE(bench.listener.changes.size() == 1);
  CHECK(bench.listener.changes[0].endpoint == "dev-2");
}

TEST_CASE("Update and De-register are for the device's own identity, from whatever address") {
  SecureBench bench;
  bench.security.peers = {{40001, "id-1"}, {40002, "id-2"}, {40003, "id-1"}};
  REQUIRE(bench.registers(SecureBench::secure(40001), {"ep=dev-1", "lwm2m=1.1"}) == coap::code::kCreated);
  const std::string location = bench.location("dev-1");
  for (const coap::Code code : {coap::code::kPost, coap::code::kDelete}) {
    CHECK(bench.asks(SecureBench::secure(40002), code, location) == coap::code::kBadRequest);
    CHECK(bench.asks(ServerBench::at(40001), code, location) == coap::code::kBadRequest);
  }
  CHECK(bench.asks(SecureBench::secure(40003), coap::code::kPost, location) == coap::code::kChanged);
  CHECK(bench.listener.changes.back().address == SecureBench::secure(40003));
  CHECK(bench.asks(SecureBench::secure(40003), coap::code::kDelete, location) == coap::code::kDeleted);
}

TEST_CASE("A registration made under security stays out of reach without it, also when its credential is gone") {
  SecureBench bench;
  bench.security.peers[40001] = "id-1";
  REQUIRE(bench.registers(SecureBench::secure(40001), {"ep=dev-1", "lwm2m=1.1"}) == coap::code::kCreated);
  bench.security.endpoints.clear();
  const std::string location = bench.location("dev-1");
  CHECK(bench.asks(ServerBench::at(40001), coap::code::kPost, location) == coap::code::kBadRequest);
  CHECK(bench.asks(SecureBench::secure(40001), coap::code::kPost, location) == coap::code::kBadRequest);
}

TEST_CASE("A device that registered without security is asked nothing more once its endpoint has a credential") {
  SecureBench bench;
  REQUIRE(bench.registers(ServerBench::at(40001), {"ep=dev-3", "lwm2m=1.1"}) == coap::code::kCreated);
  CHECK(bench.server.awake(0));
  bench.security.endpoints["id-3"] = "dev-3";
  CHECK_FALSE(bench.server.awake(0));
  CHECK(bench.asks(ServerBench::at(40001), coap::code::kPost, bench.location("dev-3")) == coap::code::kBadRequest);
}

TEST_CASE("A device without a session is asked nothing until it is back with one of its own identity") {
  SecureBench bench;
  bench.security.peers[40001] = "id-1";
  REQUIRE(bench.registers(SecureBench::secure(40001), {"ep=dev-1", "lwm2m=1.1"}) == coap::code::kCreated);
  const std::string location = bench.location("dev-1");
  bench.security.peers.clear();  // the server was started anew, say
  CHECK_FALSE(bench.server.awake(0));
  bench.server.turn(16);
  bench.security.peers[40001] = "id-2";  // another device got its address
  bench.server.turn(16);
  CHECK(bench.wire.sent.empty());
  Errc outcome = Errc::internal;
  bench.server.operate(0, {.paths = {Path(3, 0)}},
                       [&](const Result<OperationOutcome>& answer) { outcome = answer.error().code; });
  CHECK(outcome == Errc::unavailable);
  bench.security.peers[40001] = "id-1";
  REQUIRE(bench.asks(SecureBench::secure(40001), coap::code::kPost, location) == coap::code::kChanged);
  CHECK(bench.server.awake(0));
  bench.server.turn(16);
  CHECK(bench.listener.awoken == std::vector<std::string>{"dev-1"});
  REQUIRE_FALSE(bench.wire.sent.empty());
  CHECK(bench.wire.sent.front().to == SecureBench::secure(40001));
}

// What a device says of itself over a new session.
struct MovingBench : SecureBench {
  MovingBench() {
    security.peers = {{40001, "id-1"}, {40002, "id-2"}, {40003, "id-1"}};
    registers(secure(40001), {"ep=dev-1", "lwm2m=1.1"});
    const testing::Sent sent = observe();
    token = sent.message().token;
    device.answer(sent, coap::code::kContent, "1", 0, 1);
  }
  coap::Code sends(const coap::Address& from) {
    device.moveTo(from);
    return device.request(coap::code::kPost, "dp", {}, R"([{"n":"/3303/0/5700","v":5}])", 110)->message().code;
  }
  coap::Token token;
};

TEST_CASE("can_send_notification_if_ip_changes_using_psk: the new address is the device's from then on") {
  MovingBench bench;
  bench.device.moveTo(SecureBench::secure(40003));
  CHECK(bench.device.notifies(bench.token, "2")->message().type == coap::Type::acknowledgement);
  CHECK(bench.listener.values.back() == "/3303/0/5700=2");
  CHECK(bench.listener.changes.back().address == SecureBench::secure(40003));
  bench.server.operate(0, {.paths = {Path(3303, 0)}}, bench.outcomes.keep());
  CHECK(bench.wire.take()->to == SecureBench::secure(40003));
}

TEST_CASE("can_not_send_notification_if_client_ip_changes: of another identity, or of none") {
  MovingBench bench;
  for (const auto& from : {SecureBench::secure(40002), SecureBench::secure(40009), ServerBench::at(40003)}) {
    bench.device.moveTo(from);
    CHECK_FALSE(bench.device.notifies(bench.token, "2"));
  }
  CHECK(bench.listener.values.size() == 1);
  CHECK(bench.server.counters().foreignNotifications == 3);
}

TEST_CASE("A notification from the device's address in a session of another identity is not the device's") {
  MovingBench bench;
  bench.security.peers[40001] = "id-2";
  bench.device.moveTo(SecureBench::secure(40001));
  CHECK_FALSE(bench.device.notifies(bench.token, "2"));
}

TEST_CASE("can_send_if_client_ip_changes_using_psk, update_registration_on_send_using_psk") {
  MovingBench bench;
  CHECK(bench.sends(SecureBench::secure(40001)) == coap::code::kChanged);
  CHECK(bench.sends(SecureBench::secure(40003)) == coap::code::kChanged);
  CHECK(bench.listener.changes.back().address == SecureBench::secure(40003));
  CHECK(bench.sends(SecureBench::secure(40002)) == coap::code::kBadRequest);
  CHECK(bench.sends(ServerBench::at(40003)) == coap::code::kBadRequest);
  bench.security.peers[40003] = "id-2";  // register_then_send_on_different_endpoint
  CHECK(bench.sends(SecureBench::secure(40003)) == coap::code::kBadRequest);
}

TEST_CASE("A Send is of who proved its identity, also at an address where another device was last") {
  MovingBench bench;
  REQUIRE(bench.registers(SecureBench::secure(40002), {"ep=dev-2", "lwm2m=1.1"}) == coap::code::kCreated);
  bench.security.peers[40002] = "id-1";
  CHECK(bench.sends(SecureBench::secure(40002)) == coap::code::kChanged);
  CHECK(bench.listener.reporters.back() == "dev-1");
  CHECK(bench.listener.changes.back().endpoint == "dev-1");
  CHECK(bench.listener.changes.back().address == SecureBench::secure(40002));
}

TEST_CASE("A notification in blocks may come from a new address too: its rest is asked for there") {
  MovingBench bench;
  const std::string values = R"([{"n":"/3303/0/5700","t":-20,"v":6},{"n":"/3303/0/5700","t":-10,"v":7}])";
  const auto blockOf = [](std::uint32_t number, bool more) { return number << 4 | (more ? 8U : 0U) | 2U; };
  coap::OptionList options;
  options.addUint(coap::option::kObserve, 20).addUint(coap::option::kContentFormat, 110);
  options.addUint(coap::option::kBlock2, blockOf(0, true));
  Bytes first;
  coap::serialize(coap::Type::confirmable, coap::code::kContent, 900, bench.token, options,
                  view(std::string_view(values).substr(0, 64)), first);
  bench.endpoint.receive(SecureBench::secure(40002), first);  // of another identity
  CHECK(bench.wire.sent.empty());
  bench.endpoint.receive(SecureBench::secure(40003), first);
  const auto rest = bench.wire.take();
  REQUIRE(rest);
  CHECK(rest->to == SecureBench::secure(40003));
  CHECK(bench.listener.changes.back().address == SecureBench::secure(40003));
  coap::OptionList last;
  last.addUint(coap::option::kContentFormat, 110).addUint(coap::option::kBlock2, blockOf(1, false));
  bench.device.moveTo(SecureBench::secure(40003));
  bench.device.answerWith(*rest, coap::code::kContent, last, std::string_view(values).substr(64));
  CHECK(bench.listener.values.back() == "/3303/0/5700=7");
}

// What an operator asked for is lost when the device moves, and the slots are others before the notification is read.
TEST_CASE("A device that moves while an operator's Observe is under way: its other observations bring their values") {
  MovingBench bench;
  const testing::Sent lost = bench.ServerBench::asks({.kind = OperationKind::observe, .paths = {Path(3, 0, 9)}});
  bench.listener.changes.clear();  // they share the slots
  bench.device.moveTo(SecureBench::secure(40003));
  SECTION("in one message") {
    CHECK(bench.device.notifies(bench.token, "2")->message().type == coap::Type::acknowledgement);
    CHECK(bench.listener.values.back() == "/3303/0/5700=2");
  }
  SECTION("in blocks") {
    coap::OptionList options;
    options.addUint(coap::option::kObserve, 20).addUint(coap::option::kContentFormat, 110);
    options.addUint(coap::option::kBlock2, 8 | 2);
    Bytes first;
    coap::serialize(coap::Type::confirmable, coap::code::kContent, 900, bench.token, options,
                    view(std::string(64, ' ')), first);
    bench.endpoint.receive(SecureBench::secure(40003), first);
    const auto rest = bench.wire.take();
    REQUIRE(rest);
    CHECK(rest->message().textOptions(coap::option::kUriPath) == std::vector<std::string_view>{"3303", "0", "5700"});
  }
  SECTION("the one that is lost is reset") {
    CHECK(bench.device.notifies(lost.message().token, "2")->message().type == coap::Type::reset);
    CHECK(bench.listener.values == std::vector<std::string>{"/3303/0/5700=1"});
    CHECK(bench.server.counters().strayNotifications == 1);
  }
  CHECK(bench.outcomes.last().error().code == Errc::unavailable);
}

// A gateway over DTLS with the end device gw/door.
struct SecureGatewayBench : SecureBench {
  SecureGatewayBench() {
    listener.planned = {};
    security.endpoints["id-gw"] = "gw";
    security.peers[40001] = "id-gw";
    device.moveTo(secure(40001));
    device.registers({"ep=gw", "lwm2m=1.1"}, "</3/0>,</25>");
    device.answer(observe(), coap::code::kContent,
                  R"([{"bn":"/25/0/","n":"0","vs":"door"},{"n":"1","vs":"d2"},{"n":"3","vs":"</3/0>"}])", 110, 1);
  }
};

TEST_CASE("An end device of a secured gateway is taken over with a credential of its own only") {
  SecureGatewayBench bench;
  const auto door = [&] { return bench.server.devices().at(*bench.server.devices().find("gw/door"))->registration; };
  REQUIRE(door().gateway != kNoGateway);
  const bool credentialGone = GENERATE(false, true);
  if (credentialGone) bench.security.endpoints.erase("id-gw");
  CHECK(bench.registers(ServerBench::at(40009), {"ep=gw/door", "lwm2m=1.1"}) == coap::code::kForbidden);
  CHECK(door().gateway != kNoGateway);
  bench.security.endpoints["id-door"] = "gw/door";
  bench.security.peers[40009] = "id-door";
  CHECK(bench.registers(SecureBench::secure(40009), {"ep=gw/door", "lwm2m=1.1"}) == coap::code::kCreated);
  CHECK(door().gateway == kNoGateway);
}

TEST_CASE("A gateway cannot name an end device that has a credential of its own") {
  SecureBench bench;
  bench.security.endpoints["id-lamp"] = "gw/lamp";
  REQUIRE(bench.registers(ServerBench::at(40005), {"ep=gw", "lwm2m=1.1"}) == coap::code::kCreated);
  REQUIRE(bench.device.request(coap::code::kPost, bench.location("gw"), {}, "</25>", 40));
  const testing::Sent sent = bench.observe();
  bench.device.answer(sent, coap::code::kContent,
                      R"([{"bn":"/25/0/","n":"0","vs":"lamp"},{"n":"1","vs":"d1"},{"n":"3","vs":"</3/0>"},)"
                      R"({"bn":"/25/1/","n":"0","vs":"door"},{"n":"1","vs":"d2"},{"n":"3","vs":"</3/0>"}])",
                      110, 1);
  CHECK_FALSE(bench.server.devices().find("gw/lamp"));
  CHECK(bench.server.devices().find("gw/door"));
}

}  // namespace isthmus::lwm2m
