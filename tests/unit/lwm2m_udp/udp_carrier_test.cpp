#include "lwm2m/coap/udp/udp_carrier.h"

#include <catch2/catch.hpp>

#include <map>
#include <poll.h>
#include <string>
#include <vector>

namespace isthmus::lwm2m::coap {
namespace {

struct Received {
  Address from;
  std::string text;
};

std::unique_ptr<UdpCarrier> opened(std::string_view local, std::size_t batch = 512) {
  auto carrier = UdpCarrier::open(Address::parse(local).value(), batch);
  INFO((carrier ? std::string() : carrier.error().text()));
  REQUIRE(carrier);
  return std::move(*carrier);
}

// Everything that arrives until `count` datagrams are there; gives up when nothing comes for five seconds.
std::vector<Received> receive(UdpCarrier& carrier, std::size_t count) {
  std::vector<Received> all;
  while (all.size() < count) {
    pollfd readable{carrier.fd(), POLLIN, 0};
    if (poll(&readable, 1, 5000) != 1) break;
    carrier.receive([&](const Address& from, ByteView bytes) { all.push_back({from, std::string(text(bytes))}); });
  }
  return all;
}

void sendNow(UdpCarrier& carrier, const Address& to, std::string_view what) {
  carrier.send(to, view(what));
  carrier.flush();
}

bool hasIpv6() { return UdpCarrier::open(Address::parse("[::1]:0").value(), 1).has_value(); }

Address atPort(std::string_view host, const UdpCarrier& carrier) {
  return Address::parse(std::string(host) + ":" + std::to_string(carrier.local().port)).value();
}

}  // namespace

TEST_CASE("A carrier bound to port 0 says which port it got") {
  const auto carrier = opened("127.0.0.1:0");
  CHECK(carrier->local().port != 0);
  CHECK(carrier->local().toString() == "127.0.0.1:" + std::to_string(carrier->local().port));
  CHECK(carrier->fd() >= 0);
}

TEST_CASE("What is sent leaves with the flush and not before") {
  const auto server = opened("127.0.0.1:0");
  const auto device = opened("127.0.0.1:0");
  device->send(server->local(), view("one"));
  device->send(server->local(), view("two"));
  CHECK(device->queued() == 2);
  CHECK(server->receive([](const Address&, ByteView) {}) == 0);
  device->flush();
  CHECK(device->queued() == 0);
  const auto got = receive(*server, 2);
  REQUIRE(got.size() == 2);
  CHECK(got[0].text == "one");
  CHECK(got[1].text == "two");
  CHECK(got[0].from == device->local());
}

TEST_CASE("More datagrams than a batch holds go out and come in over several batches") {
  constexpr std::size_t kMessages = 100;
  const auto server = opened("127.0.0.1:0", 8);
  const auto device = opened("127.0.0.1:0", 8);
  for (std::size_t i = 0; i < kMessages; ++i) device->send(server->local(), view(std::to_string(i)));
  device->flush();
  const auto got = receive(*server, kMessages);
  REQUIRE(got.size() == kMessages);
  for (std::size_t i = 0; i < kMessages; ++i) CHECK(got[i].text == std::to_string(i));
}

TEST_CASE("A datagram that the kernel refuses is dropped and the others still go") {
  const auto server = opened("127.0.0.1:0");
  const auto device = opened("127.0.0.1:0");
  device->send(server->local(), view("before"));
  device->send(Address::ipv4(255, 255, 255, 255, 9), view("broadcast is not permitted"));
  device->send(server->local(), Bytes(70'000));
  device->send(Address::parse("[::1]:9").value(), view("another family"));
  device->send(server->local(), view("after"));
  device->flush();
  const auto got = receive(*server, 2);
  REQUIRE(got.size() == 2);
  CHECK(got[0].text == "before");
  CHECK(got[1].text == "after");
  CHECK(device->dropped() == 3);
}

TEST_CASE("A datagram that is longer than its room is dropped and counted") {
  const auto server = opened("127.0.0.1:0");
  const auto device = opened("127.0.0.1:0");
  device->send(server->local(), Bytes(30'000));
  device->send(server->local(), Bytes(16'000));
  device->flush();
  const auto got = receive(*server, 1);
  REQUIRE(got.size() == 1);
  CHECK(got[0].text.size() == 16'000);
  CHECK(server->dropped() == 1);
}

TEST_CASE("An answer leaves from the address that the device spoke to") {
  const auto server = opened("0.0.0.0:0");
  const auto device = opened("127.0.0.1:0");
  for (const char* host : {"127.0.0.1", "127.0.0.2", "127.45.0.7"}) {
    sendNow(*device, atPort(host, *server), "ping");
    const auto asked = receive(*server, 1);
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].from.via != 0);
    sendNow(*server, asked[0].from, "pong");
    const auto answered = receive(*device, 1);
    REQUIRE(answered.size() == 1);
    CHECK(answered[0].from == atPort(host, *server));
  }
  CHECK(server->dropped() == 0);
}

TEST_CASE("A peer without a known local address is reached from the one that the kernel chooses") {
  const auto server = opened("0.0.0.0:0");
  const auto device = opened("127.0.0.1:0");
  sendNow(*server, device->local(), "first word");
  const auto got = receive(*device, 1);
  REQUIRE(got.size() == 1);
  CHECK(got[0].from == atPort("127.0.0.1", *server));
}

TEST_CASE("An IPv6 wildcard takes IPv6 and IPv4 devices and answers each from where it spoke to") {
  if (!hasIpv6()) {
    WARN("not run: this machine has no IPv6");
    return;
  }
  const auto server = opened("[::]:0");
  const auto six = opened("[::1]:0");
  const auto four = opened("127.0.0.1:0");
  const std::map<std::string, UdpCarrier*> devices = {{"[::1]", six.get()}, {"127.0.0.3", four.get()}};
  for (const auto& [host, device] : devices) {
    sendNow(*device, atPort(host, *server), "ping");
    const auto asked = receive(*server, 1);
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].from == device->local());
    sendNow(*server, asked[0].from, "pong");
    const auto answered = receive(*device, 1);
    REQUIRE(answered.size() == 1);
    CHECK(answered[0].from == atPort(host, *server));
  }
  CHECK(server->dropped() == 0);
}

TEST_CASE("A port that is taken is an error that names the address") {
  const auto first = opened("127.0.0.1:0");
  const auto second = UdpCarrier::open(first->local());
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Errc::io);
  CHECK(second.error().where == first->local().toString());
}

}  // namespace isthmus::lwm2m::coap
