#include "server_bench.h"

#include <catch2/catch.hpp>

namespace isthmus::lwm2m {
namespace {

using coap::Code;

struct RegisterRow {
  std::string_view name;
  std::vector<std::string_view> query;
  std::string_view links;
  std::optional<std::uint32_t> contentFormat;
  Code answer;
};

// LwM2M Core 6.2.1, Transport 6.4.3, and what real clients send.
const std::vector<RegisterRow> kRegisters = {
    {"a 1.0 client", {"ep=a", "lt=60", "lwm2m=1.0", "b=U"}, "</1/0>,</3/0>", 40, coap::code::kCreated},
    {"a 1.1 client in queue mode", {"ep=a", "lwm2m=1.1", "b=U", "Q"}, "</1/0>", 40, coap::code::kCreated},
    {"a 1.2 client", {"ep=a", "lwm2m=1.2", "lt=0"}, "</1/0>", 40, coap::code::kCreated},
    {"parameters in another order", {"b=U", "lwm2m=1.1", "ep=a"}, "</1/0>", 40, coap::code::kCreated},
    {"Q with an equals sign", {"ep=a", "lwm2m=1.1", "Q="}, "</1/0>", 40, coap::code::kCreated},
    {"Q inside b with 1.1", {"ep=a", "lwm2m=1.1", "b=UQ"}, "</1/0>", 40, coap::code::kCreated},
    {"no lwm2m at all (Awa)", {"ep=a", "lt=60", "b=U"}, "</1/0>", 40, coap::code::kCreated},
    {"no Content-Format (node-lib)", {"ep=a", "lwm2m=1.0"}, "</1/0>", {}, coap::code::kCreated},
    {"an extra parameter (coap-node)", {"ep=a", "lwm2m=1.0", "mac=11:22"}, "</1/0>", 40, coap::code::kCreated},
    {"a root link and formats", {"ep=a", "lwm2m=1.1"}, "</>;rt=\"oma.lwm2m\";ct=110,</1/0>", 40, coap::code::kCreated},
    {"a quoted version (Anjay)", {"ep=a", "lwm2m=1.1"}, "</10>;ver=\"1.1\",</10/0>", 40, coap::code::kCreated},
    {"an unknown object", {"ep=a", "lwm2m=1.1"}, "</32999/7>", 40, coap::code::kCreated},
    {"no ep", {"lt=60", "lwm2m=1.1"}, "</1/0>", 40, coap::code::kBadRequest},
    {"an empty ep", {"ep=", "lwm2m=1.1"}, "</1/0>", 40, coap::code::kBadRequest},
    {"a lifetime that is none", {"ep=a", "lwm2m=1.1", "lt=soon"}, "</1/0>", 40, coap::code::kBadRequest},
    {"a version that is none", {"ep=a", "lwm2m=one"}, "</1/0>", 40, coap::code::kBadRequest},
    {"a version not served", {"ep=a", "lwm2m=2.0"}, "</1/0>", 40, coap::code::kPreconditionFailed},
    {"a newer minor version", {"ep=a", "lwm2m=1.3"}, "</1/0>", 40, coap::code::kPreconditionFailed},
    {"an unknown binding", {"ep=a", "lwm2m=1.1", "b=X"}, "</1/0>", 40, coap::code::kBadRequest},
    {"links that break their format", {"ep=a", "lwm2m=1.1"}, "</1/0", 40, coap::code::kBadRequest},
    {"no objects", {"ep=a", "lwm2m=1.1"}, "", 40, coap::code::kBadRequest},
    {"a payload of another format", {"ep=a", "lwm2m=1.1"}, "</1/0>", 50, coap::code::kUnsupportedContentFormat},
};

TEST_CASE("Register: what is taken and what is refused, with the proper code") {
  for (const RegisterRow& row : kRegisters) {
    DYNAMIC_SECTION(row.name) {
      ServerBench bench;
      coap::OptionList options;
      options.add(coap::option::kUriPath, "rd");
      if (row.contentFormat) options.addUint(coap::option::kContentFormat, *row.contentFormat);
      for (const std::string_view item : row.query) options.add(coap::option::kUriQuery, item);
      Bytes datagram;
      coap::serialize(coap::Type::confirmable, coap::code::kPost, 1, coap::Token(view("t")), options, view(row.links),
                      datagram);
      bench.endpoint.receive(ServerBench::at(40000), datagram);
      const auto answer = bench.wire.take();
      REQUIRE(answer);
      CHECK(answer->message().code.toString() == row.answer.toString());
      const bool accepted = row.answer == coap::code::kCreated;
      CHECK(bench.server.registered() == (accepted ? 1 : 0));
      CHECK(bench.listener.changes.size() == (accepted ? 1 : 0));
    }
  }
}

TEST_CASE("the location is rd and one short segment of letters and digits") {
  ServerBench bench;
  const std::string location = bench.registered();
  CHECK(location.size() <= 16);
  CHECK(location.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") ==
        std::string::npos);
}

TEST_CASE("every device index and location comes back from its name") {
  for (const std::uint32_t device : {0U, 1U, 61U, 62U, 99'999U, 0xFFFFFFFFU}) {
    for (const std::uint32_t location : {0U, 1U, 0xABCDEFU, kLocationMask}) {
      const auto parsed = parseLocation(locationName(device, location));
      REQUIRE(parsed);
      CHECK(parsed->device == device);
      CHECK(parsed->location == location);
    }
  }
  for (const std::string_view name : {"", "-", "zzzzzzzzzzz", "zzzzzzzzzz"}) CHECK_FALSE(parseLocation(name));
}

TEST_CASE("a retransmitted Register gets the same location and registers nothing twice") {
  ServerBench bench;
  const std::string location = bench.registered();
  const auto again = bench.device.repeats();
  REQUIRE(again);
  CHECK(again->message().textOptions(coap::option::kLocationPath).at(1) == location);
  CHECK(bench.listener.changes.size() == 1);
  CHECK(bench.listener.answered.size() == 1);
}

TEST_CASE("a Register of a known endpoint replaces its registration; the old location is gone") {
  ServerBench bench;
  const std::string before = bench.registered();
  const std::string after = bench.registered();
  CHECK(before != after);
  CHECK(bench.server.registered() == 1);
  CHECK(bench.device.request(coap::code::kPost, "rd/" + before, {})->message().code == coap::code::kNotFound);
  CHECK(bench.device.request(coap::code::kPost, "rd/" + after, {})->message().code == coap::code::kChanged);
}

TEST_CASE("a pure refresh is not written; whatever changes is") {
  ServerBench bench;
  const std::string path = "rd/" + bench.registered({"ep=dev", "lwm2m=1.1", "lt=60"});
  bench.listener.changes.clear();
  CHECK(bench.device.request(coap::code::kPost, path, {})->message().code == coap::code::kChanged);
  CHECK(bench.device.request(coap::code::kPost, path, {"lt=60"})->message().code == coap::code::kChanged);
  CHECK(bench.device.request(coap::code::kPost, path, {}, "</3303/0>", 40)->message().code == coap::code::kChanged);
  CHECK(bench.listener.changes.empty());
  bench.device.request(coap::code::kPost, path, {"lt=90"});
  bench.device.request(coap::code::kPost, path, {"b=UQ"});
  bench.device.request(coap::code::kPost, path, {}, "</3303/0>,</3303/1>", {});
  bench.device.moveTo(ServerBench::at(40001));
  bench.device.request(coap::code::kPost, path, {});
  REQUIRE(bench.listener.changes.size() == 4);
  CHECK(bench.listener.changes[0].lifetime == 90);
  CHECK(bench.listener.changes[1].queueMode);
  CHECK(bench.listener.changes[2].objectLinks == "</3303/0>,</3303/1>");
  CHECK(bench.listener.changes[3].address == ServerBench::at(40001));
}

TEST_CASE("an Update with a broken object list is refused and changes nothing") {
  ServerBench bench;
  const std::string path = "rd/" + bench.registered();
  CHECK(bench.device.request(coap::code::kPost, path, {}, "</3303/0", 40)->message().code == coap::code::kBadRequest);
  CHECK(bench.listener.changes.size() == 1);
}

TEST_CASE("De-register ends the registration; another one is not found") {
  ServerBench bench;
  const std::string path = "rd/" + bench.registered();
  CHECK(bench.device.request(coap::code::kDelete, path, {})->message().code == coap::code::kDeleted);
  CHECK(bench.listener.changes.back().state == RegistrationState::deregistered);
  CHECK(bench.server.registered() == 0);
  CHECK(bench.device.request(coap::code::kDelete, path, {})->message().code == coap::code::kNotFound);
}

TEST_CASE("a registration expires after its lifetime and a grace, not before, and never with lifetime 0") {
  ServerBench bench;
  const std::string path = "rd/" + bench.registered({"ep=dev", "lwm2m=1.1", "lt=20"});
  bench.clock.advance(seconds(20));
  bench.server.turn(0);
  CHECK(bench.server.registered() == 1);
  bench.device.request(coap::code::kPost, path, {});  // refreshed: the first deadline passes without effect
  bench.clock.advance(seconds(25));
  bench.server.turn(0);
  CHECK(bench.server.registered() == 1);
  bench.clock.advance(seconds(6));
  bench.server.turn(0);
  CHECK(bench.server.registered() == 0);
  CHECK(bench.listener.changes.back().state == RegistrationState::expired);
  CHECK(bench.device.request(coap::code::kPost, path, {})->message().code == coap::code::kNotFound);

  bench.registered({"ep=other", "lwm2m=1.2", "lt=0"});
  for (int year = 0; year < 3; ++year) {
    bench.clock.advance(seconds(365 * 86400));
    bench.server.turn(0);
  }
  CHECK(bench.server.registered() == 1);
}

TEST_CASE("above the outbox's mark a Register gets 5.03 with Max-Age, an Update is served") {
  ServerBench bench;
  const std::string path = "rd/" + bench.registered();
  bench.listener.admission = {false, seconds(60)};
  const auto refused = bench.device.registers({"ep=other", "lwm2m=1.1"});
  CHECK(refused->message().code == coap::code::kServiceUnavailable);
  CHECK(refused->message().uintOption(coap::option::kMaxAge) == 60);
  CHECK(bench.device.request(coap::code::kPost, path, {})->message().code == coap::code::kChanged);
}

TEST_CASE("other paths and methods are answered as CoAP asks") {
  ServerBench bench;
  const std::string path = "rd/" + bench.registered();
  CHECK(bench.device.request(coap::code::kGet, "rd", {})->message().code == coap::code::kMethodNotAllowed);
  CHECK(bench.device.request(coap::code::kPut, path, {})->message().code == coap::code::kMethodNotAllowed);
  CHECK(bench.device.request(coap::code::kPost, "bs", {"ep=dev"})->message().code == coap::code::kNotFound);
  CHECK(bench.device.request(coap::code::kGet, "", {})->message().code == coap::code::kNotFound);
  CHECK(bench.device.request(coap::code::kPost, "rd/x/y", {})->message().code == coap::code::kNotFound);
}

TEST_CASE("a restored registration is served again as if it had been refreshed at the start") {
  ServerBench first;
  const std::string path = "rd/" + first.registered({"ep=dev", "lwm2m=1.1", "lt=60"});
  ServerBench second;
  second.server.restore(first.listener.changes.back());
  CHECK(second.server.registered() == 1);
  second.clock.advance(seconds(60));
  second.server.turn(0);
  CHECK(second.device.request(coap::code::kPost, path, {})->message().code == coap::code::kChanged);
}

void checkShared(const ServerBench& bench) {
  const Registration& first = bench.server.devices().at(0)->registration;
  const Registration& second = bench.server.devices().at(1)->registration;
  CHECK(first.objectLinks.sharesWith(second.objectLinks));
  CHECK(first.binding.sharesWith(second.binding));
  CHECK(first.observations.sharesWith(second.observations));
  CHECK(first.objectLinks.view() == "</1/0>,</3/0>,</3303/0>");
  CHECK(first.observations.size() == 1);
}

TEST_CASE("devices that say the same have their object list and plan once in memory, after a restart too") {
  ServerBench bench;
  testing::ScriptedDevice other{bench.endpoint, bench.wire, ServerBench::at(40001)};
  bench.device.registers({"ep=a", "lwm2m=1.1"}, "</1/0>,</3/0>,</3303/0>");
  other.registers({"ep=b", "lwm2m=1.1"}, "</1/0>,</3/0>,</3303/0>");
  checkShared(bench);
  ServerBench restarted;
  for (const Registration& registration : bench.listener.changes) {
    Registration stored = registration;
    stored.objectLinks = std::string(stored.objectLinks.view());
    stored.binding = std::string(stored.binding.view());
    stored.observations = stored.observations.toVector();
    restarted.server.restore(stored);
  }
  checkShared(restarted);
}

}  // namespace
}  // namespace isthmus::lwm2m
