// Over real loopback sockets, with GnuTLS's own timers.
#include "lwm2m/coap/dtls/dtls_carrier.h"

#include "dtls_client.h"
#include "fake_keys.h"
#include "lwm2m/coap/udp/udp_carrier.h"
#include "tests/support/fake_clock.h"

#include <catch2/catch.hpp>

#include <functional>
#include <poll.h>

namespace isthmus::lwm2m::coap {
namespace {

using testing::DtlsClient;

constexpr int kPatience = 15'000;  // ms for a whole conversation, lost flights included

std::unique_ptr<UdpCarrier> opened(std::string_view local) {
  auto socket = UdpCarrier::open(Address::parse(local).value(), 8);
  REQUIRE(socket);
  return std::move(*socket);
}

// A server with its loop, a client with its socket, and what is lost between them.
struct SocketBench {
  explicit SocketBench(std::string_view local = "127.0.0.1:0", const Clock* stopwatch = nullptr)
      : server(std::move(DtlsCarrier::open(Address::parse(local).value(), {},
                                           {keys, listener, clock, stopwatch != nullptr ? *stopwatch : clock}, 7)
                             .value())),
        device(opened(local)) {}

  // One turn of both sides; waits for whoever has something to say, at most `longest`.
  void turn(milliseconds longest = milliseconds(50)) {
    pollfd both[] = {{server->fd(), POLLIN, 0}, {device->fd(), POLLIN, 0}};
    poll(both, 2, server->hasWork() ? 0 : static_cast<int>(longest.count()));
    server->receiveBatch([this](std::span<const Datagram> batch) {
      for (const Datagram& datagram : batch) {
        const PeerIdentity* speaker = server->identityOf(datagram.from);
        speakers.push_back(speaker != nullptr ? speaker->name : "nobody");
        received.emplace_back(text(datagram.bytes));
        if (echo) server->send(datagram.from, datagram.bytes);
        last = datagram.from;
      }
    });
    server->expire();
    server->flush();
    device->receive([this](const Address&, ByteView datagram) {
      ++arrived;
      if (!loses || !loses(datagram)) client.hears(datagram);
    });
    client.retransmits();
    say(client.outgoing());
  }
  bool until(const std::function<bool()>& condition) {
    const Instant end = clock.now() + milliseconds(kPatience);
    while (!condition() && clock.now() < end) turn();
    return condition();
  }
  void say(const Bytes& datagram) {
    if (datagram.empty()) return;
    device->send(server->local(), datagram);
    device->flush();
  }
  bool connects() {
    client.handshake();
    return until([this] { return client.established(); });
  }
  bool echoes(const std::string& what) {
    say(client.says(what));
    std::optional<std::string> heard;
    return until([&] {
      if (!heard) heard = client.reads();
      return heard == what;
    });
  }

  SystemClock clock;
  FakeKeys keys;
  RecordingDtlsListener listener;
  std::unique_ptr<DtlsCarrier> server;
  std::unique_ptr<UdpCarrier> device;
  DtlsClient client;
  std::function<bool(ByteView)> loses;
  std::vector<std::string> received, speakers;
  Address last;
  bool echo = true;
  int arrived = 0;
};

// Time that goes on by a millisecond whenever it is asked for.
class RunningClock final : public Clock {
 public:
  Instant now() const override { return Instant(milliseconds(++now_)); }
  WallTime wall() const override { return {}; }

 private:
  mutable milliseconds::rep now_ = 0;
};

bool hasIpv6() { return UdpCarrier::open(Address::parse("[::1]:0").value(), 1).has_value(); }

}  // namespace

TEST_CASE("Datagrams go to and fro encrypted, and come from an address that says so") {
  SocketBench bench;
  CHECK(bench.server->local().transport == Transport::dtls);
  REQUIRE(bench.connects());
  CHECK(bench.echoes("hello"));
  CHECK(bench.received == std::vector<std::string>{"hello"});
  CHECK(bench.last.transport == Transport::dtls);
  CHECK(bench.last.port == bench.device->local().port);
  REQUIRE(bench.server->identityOf(bench.last) != nullptr);
  CHECK(bench.server->identityOf(bench.last)->name == "id-1");
}

TEST_CASE("IPv6 devices, and IPv4 ones at an IPv6 wildcard, are served") {
  if (!hasIpv6()) {
    WARN("not run: this machine has no IPv6");
    return;
  }
  SocketBench bench("[::1]:0");
  REQUIRE(bench.connects());
  CHECK(bench.echoes("six"));
}

TEST_CASE("A handshake is completed although any one of the server's flights is lost") {
  for (const int lost : {1, 2, 3, 4}) {
    DYNAMIC_SECTION("datagram " << lost) {
      SocketBench bench;
      bench.loses = [&bench, lost](ByteView) { return bench.arrived == lost; };
      REQUIRE(bench.connects());
      CHECK(bench.echoes("after the loss"));
      CHECK(bench.server->counters().handshakes == 1);
    }
  }
}

// The server believes that it is done; only the device's repeated Finished tells it that the device is not.
TEST_CASE("A device whose last flight went unanswered gets in by repeating it") {
  SocketBench bench;
  int lost = 0;
  bench.loses = [&](ByteView) { return bench.server->counters().handshakes == 1 && ++lost <= 3; };
  REQUIRE(bench.connects());
  CHECK(lost >= 3);
  CHECK(bench.echoes("in"));
  CHECK(bench.server->sessions() == 1);
}

TEST_CASE("Handshakes wait while a turn has no time left for them") {
  RunningClock stopwatch;  // two looks at it are all that a turn grants
  SocketBench bench("127.0.0.1:0", &stopwatch);
  bench.client.handshake();
  bench.say(bench.client.outgoing());
  bench.turn();  // a cookie
  bench.turn();
  bool waited = false;
  REQUIRE(bench.until([&] {
    waited = waited || bench.server->hasWork();
    return bench.client.established();
  }));
  CHECK(waited);
  CHECK(bench.echoes("in the end"));
}

TEST_CASE("What a device says right before its goodbye is its own, and is answered") {
  SocketBench bench;
  REQUIRE(bench.connects());
  bench.say(bench.client.says("last word"));
  bench.say(bench.client.closes());
  REQUIRE(bench.until([&] { return bench.server->sessions() == 0; }));
  CHECK(bench.received == std::vector<std::string>{"last word"});
  CHECK(bench.speakers == std::vector<std::string>{"id-1"});
  std::optional<std::string> heard;
  REQUIRE(bench.until([&] {
    if (!heard) heard = bench.client.reads();
    return heard.has_value();
  }));
  CHECK(heard == "last word");
}

TEST_CASE("What a session said in the turn that gave its address to another device is its own") {
  const testing::FakeClock stopwatch;  // there is always time left
  SocketBench bench("127.0.0.1:0", &stopwatch);
  REQUIRE(bench.connects());
  DtlsClient other({"id-2", Bytes(16, 0x22), "PSK-AES128-CCM8"});
  other.handshake();
  const auto flight = [&] {
    const int before = bench.arrived;
    bench.loses = [&other](ByteView datagram) {
      other.hears(datagram);
      return true;
    };
    bench.say(other.outgoing());
    return bench.until([&] { return bench.arrived > before && BIO_ctrl_pending(SSL_get_wbio(other.ssl())) > 0; });
  };
  REQUIRE(flight());  // a cookie
  REQUIRE(flight());  // the server's hello
  bench.say(bench.client.says("the last of the first"));
  bench.say(other.outgoing());
  REQUIRE(bench.until([&] { return bench.server->counters().handshakes == 2; }));
  CHECK(bench.received == std::vector<std::string>{"the last of the first"});
  CHECK(bench.speakers == std::vector<std::string>{"id-1"});
  CHECK(bench.server->identityOf(bench.last)->name == "id-2");
}

TEST_CASE("A port that is taken is an error that names the address") {
  SocketBench bench;
  Address taken = bench.server->local();
  taken.transport = Transport::udp;
  const auto second = DtlsCarrier::open(taken, {}, {bench.keys, bench.listener, bench.clock, bench.clock}, 1);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Errc::io);
}

}  // namespace isthmus::lwm2m::coap
