#include "associations_bench.h"

#include <catch2/catch.hpp>

namespace isthmus::lwm2m::coap {
namespace {

using testing::DtlsClient;

const Address kDevice = devicePort(40001), kElsewhere = devicePort(40002);
const DtlsClient::Options kSecond{"id-2", Bytes(16, 0x22), "PSK-AES128-CCM8"};

// The ClientHello that a device begins with, and the one with the server's cookie.
Bytes firstHello(DtlsClient& client) {
  client.handshake();
  return client.outgoing();
}
Bytes helloWithCookie(AssociationsBench& bench, DtlsClient& client, const Address& at) {
  bench.hears(at, firstHello(client));
  client.hears(bench.wire.take()->second);
  return client.outgoing();
}

}  // namespace

TEST_CASE("A device with its key gets a session, in each of the cipher suites") {
  for (const char* cipher : {"PSK-AES128-CCM8", "PSK-AES128-CBC-SHA256", "PSK-AES128-CCM", "PSK-AES128-GCM-SHA256"}) {
    DYNAMIC_SECTION(cipher) {
      AssociationsBench bench;
      DtlsClient client({"id-1", Bytes(16, 0x11), cipher});
      REQUIRE(bench.talk(client, kDevice));
      CHECK(client.cipher() == cipher);
      REQUIRE(bench.associations->identityOf(secured(kDevice)) != nullptr);
      CHECK(bench.associations->identityOf(secured(kDevice))->name == "id-1");
      CHECK(bench.echoes(client, kDevice, "hello"));
      CHECK(bench.received[0].first == secured(kDevice));
      CHECK(bench.associations->sessions() == 1);
      CHECK(bench.associations->halfOpen() == 0);
      CHECK(bench.counters().handshakes == 1);
      CHECK(bench.counters().stray == 0);
    }
  }
}

TEST_CASE("A suite without a key exchange by PSK is refused") {
  AssociationsBench bench;
  DtlsClient client({"id-1", Bytes(16, 0x11), "ECDHE-PSK-AES128-CBC-SHA256"});
  CHECK_FALSE(bench.talk(client, kDevice));
  CHECK(client.alert() == 40);
  CHECK(bench.counters().failed == 1);
  CHECK(bench.associations->halfOpen() == 0);
}

TEST_CASE("A forged ClientHello without a cookie leaves no memory, and gets back no more than it brought") {
  AssociationsBench bench;
  for (std::uint16_t port = 1; port <= 1000; ++port) {
    DtlsClient client;
    const Bytes hello = firstHello(client);
    bench.hears(devicePort(port), hello);
    REQUIRE(bench.wire.sent.size() == 1);
    CHECK(bench.wire.take()->second.size() <= hello.size());
  }
  CHECK(bench.associations->sessions() == 0);
  CHECK(bench.associations->halfOpen() == 0);
  CHECK_FALSE(bench.associations->nextDeadline());
  CHECK(bench.counters().cookies == 1000);
}

TEST_CASE("A cookie holds for the address that it was given to, for a minute, and is void after two") {
  AssociationsBench bench;
  DtlsClient client;
  const Bytes hello = helloWithCookie(bench, client, kDevice);
  bench.hears(kElsewhere, hello);
  CHECK(bench.associations->halfOpen() == 0);
  bench.clock.advance(milliseconds(61'000));
  bench.hears(kDevice, hello);
  CHECK(bench.associations->halfOpen() == 1);

  DtlsClient late;
  const Bytes lateHello = helloWithCookie(bench, late, kElsewhere);
  for (int minute = 0; minute < 2; ++minute) {
    bench.clock.advance(milliseconds(61'000));
    bench.hears(devicePort(9), firstHello(*std::make_unique<DtlsClient>()));
  }
  bench.hears(kElsewhere, lateHello);
  CHECK(bench.associations->identityOf(secured(kElsewhere)) == nullptr);
  CHECK(bench.associations->halfOpen() == 1);
}

TEST_CASE("An identity without a key is told so at once") {
  AssociationsBench bench;
  DtlsClient client({"nobody", Bytes(16, 0x11), "PSK-AES128-CCM8"});
  CHECK_FALSE(bench.talk(client, kDevice));
  CHECK(client.alert() == 115);
  CHECK(bench.listener.failures == std::vector<std::string>{"unknown nobody"});
  CHECK(bench.counters().unknownIdentity == 1);
  CHECK(bench.associations->halfOpen() == 0);
}

TEST_CASE("A wrong key ends with the deadline, is counted for its identity, and disturbs nobody") {
  AssociationsBench bench;
  DtlsClient good, bad({"id-2", Bytes(16, 0x99), "PSK-AES128-CCM8"});
  REQUIRE(bench.talk(good, kDevice));
  CHECK_FALSE(bench.talk(bad, kElsewhere));
  CHECK(bench.associations->halfOpen() == 1);
  CHECK(bench.echoes(good, kDevice, "still here"));
  int timers = 0;
  while (bench.associations->halfOpen() == 1 && timers < 100) {
    ++timers;
    bench.clock.advance(std::max(milliseconds(1), *bench.associations->nextDeadline() - bench.clock.now()));
    bench.associations->expire();
  }
  CHECK(timers < 40);  // GnuTLS names no time to wait while the peer has not answered
  CHECK(bench.listener.failures == std::vector<std::string>{"wrong key of id-2"});
  CHECK(bench.counters().wrongKey == 1);
  CHECK(bench.associations->sessions() == 1);
}

TEST_CASE("A device that rebooted gets in from the same address") {
  AssociationsBench bench;
  DtlsClient client;
  REQUIRE(bench.talk(client, kDevice));
  const Bytes fromBefore = client.says("from before");
  client.reset();
  REQUIRE(bench.talk(client, kDevice));
  CHECK(bench.echoes(client, kDevice, "after the reboot"));
  CHECK(bench.associations->sessions() == 1);
  CHECK(bench.counters().replaced == 1);
  CHECK(bench.listener.ended.empty());
  CHECK(bench.listener.rebooted == std::vector<std::string>{"coaps://127.0.0.1:40001"});
  bench.received.clear();
  bench.hears(kDevice, fromBefore);
  CHECK(bench.received.empty());
}

TEST_CASE("Who knows no key cannot end a device's session, also from its address") {
  AssociationsBench bench;
  DtlsClient client, attacker({"id-1", Bytes(16, 0x99), "PSK-AES128-CCM8"});
  REQUIRE(bench.talk(client, kDevice));
  CHECK_FALSE(bench.talk(attacker, kDevice));
  CHECK(bench.associations->halfOpen() == 1);
  CHECK(bench.echoes(client, kDevice, "beside a pending one"));
  bench.clock.advance(milliseconds(21'000));
  bench.associations->expire();
  CHECK(bench.associations->halfOpen() == 0);
  CHECK(bench.echoes(client, kDevice, "and after it"));
}

TEST_CASE("Forged, damaged and repeated records leave a session as it is") {
  AssociationsBench bench;
  DtlsClient client;
  REQUIRE(bench.talk(client, kDevice));
  const Bytes once = client.says("once");
  Bytes damaged = client.says("damaged");
  damaged.back() ^= 1U;
  const Bytes forged[] = {{21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40},      // a fatal alert in the clear
                          {21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 1, 0},       // close_notify in the clear
                          {22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 9, 0, 3, 16, 0, 0},   // a ClientKeyExchange
                          {20, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 1},          // ChangeCipherSpec
                          {21, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 0, 99, 0, 2, 2, 40},     // an alert, not encrypted
                          {22, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 0, 99, 0, 3, 20, 0, 0},  // a Finished, not encrypted
                          {23, 0xFE, 0xFD, 0, 2, 0, 0, 0, 0, 0, 1, 0, 1, 1}};         // of an epoch to come
  for (const Bytes& record : forged) bench.hears(kDevice, record);
  for (int i = 0; i < 3; ++i) bench.hears(kDevice, once);
  bench.hears(kDevice, damaged);
  REQUIRE(bench.received.size() == 1);
  CHECK(bench.received[0].second == "once");
  CHECK(bench.wire.sent.empty());
  CHECK(bench.listener.ended.empty());
  CHECK(bench.counters().stray == std::size(forged) + 3);
  CHECK(bench.echoes(client, kDevice, "as before"));
}

TEST_CASE("A late copy of the ClientHello that began a session begins nothing") {
  AssociationsBench bench;
  DtlsClient client;
  const Bytes hello = helloWithCookie(bench, client, kDevice);
  bench.hears(kDevice, hello);
  while (const auto next = bench.wire.take()) client.hears(next->second);
  REQUIRE(bench.talk(client, kDevice));
  bench.hears(kDevice, hello);
  CHECK(bench.associations->halfOpen() == 0);
  CHECK(bench.wire.sent.empty());
}

TEST_CASE("Renegotiation is refused and the session goes on") {
  AssociationsBench bench;
  DtlsClient client;
  REQUIRE(bench.talk(client, kDevice));
  SSL_renegotiate(client.ssl());
  SSL_do_handshake(client.ssl());
  bench.hears(kDevice, client.outgoing());
  const auto answer = bench.wire.take();
  REQUIRE(answer);
  client.hears(answer->second);
  client.handshake();
  CHECK(client.alert() == 100);  // no_renegotiation
  CHECK(bench.associations->sessions() == 1);
}

TEST_CASE("A goodbye is answered and ends the session") {
  AssociationsBench bench;
  DtlsClient client;
  REQUIRE(bench.talk(client, kDevice));
  bench.hears(kDevice, client.closes());
  CHECK(bench.associations->sessions() == 0);
  CHECK(bench.associations->identityOf(secured(kDevice)) == nullptr);
  CHECK(bench.listener.ended == std::vector<std::string>{"coaps://127.0.0.1:40001"});
  const auto answer = bench.wire.take();
  REQUIRE(answer);
  client.hears(answer->second);
  client.reads();
  CHECK(client.wasClosed());
  bench.associations->send(secured(kDevice), view("too late"));
  CHECK(bench.wire.sent.empty());
  CHECK(bench.counters().unsent == 1);
}

TEST_CASE("With its credential a device loses its session and gets no other") {
  AssociationsBench bench;
  DtlsClient client, other(kSecond);
  REQUIRE(bench.talk(client, kDevice));
  REQUIRE(bench.talk(other, kElsewhere));
  bench.keys.keys.erase("id-1");
  bench.associations->endSessionsOf({PeerIdentity::Mode::psk, "id-1"});
  CHECK(bench.associations->sessions() == 1);
  const auto goodbye = bench.wire.take();
  REQUIRE(goodbye);
  client.hears(goodbye->second);
  client.reads();
  CHECK(client.wasClosed());
  client.reset();
  CHECK_FALSE(bench.talk(client, kDevice));
  CHECK(client.alert() == 115);
  CHECK(bench.echoes(other, kElsewhere, "not concerned"));
}

TEST_CASE("A handshake that began with a former key comes to nothing, others under way go on") {
  AssociationsBench bench;
  DtlsClient client, other(kSecond), renewed({"id-1", Bytes(16, 0x33), "PSK-AES128-CCM8"});
  bench.hears(kDevice, helloWithCookie(bench, client, kDevice));
  while (const auto next = bench.wire.take()) client.hears(next->second);
  bench.hears(kElsewhere, helloWithCookie(bench, other, kElsewhere));
  while (const auto next = bench.wire.take()) other.hears(next->second);
  const Bytes lastFlight = client.outgoing();
  SECTION("the device has proved it, but not to the end") {
    RecordReader records(lastFlight);
    bench.hears(kDevice, records.next()->bytes);  // ClientKeyExchange: the server takes its key
  }
  SECTION("the device has named no identity yet") {}
  bench.keys.keys["id-1"] = Bytes(16, 0x33);
  bench.associations->endSessionsOf({PeerIdentity::Mode::psk, "id-1"});
  bench.hears(kDevice, lastFlight);
  CHECK(bench.associations->identityOf(secured(kDevice)) == nullptr);
  CHECK(bench.talk(other, kElsewhere));
  CHECK(bench.talk(renewed, kDevice));
  CHECK(bench.associations->sessions() == 2);
}

TEST_CASE("Before a session ends or is another's, what it said can be seen as its own") {
  AssociationsBench bench;
  DtlsClient client, other(kSecond), moved;
  REQUIRE(bench.talk(client, kDevice));
  int asked = 0;
  bench.beforeEnd = [&] {
    ++asked;
    REQUIRE(bench.associations->identityOf(secured(kDevice)) != nullptr);
    CHECK(bench.associations->identityOf(secured(kDevice))->name == "id-1");
    CHECK(bench.listener.ended.empty());
    CHECK(bench.listener.rebooted.empty());
  };
  SECTION("it says goodbye") { bench.hears(kDevice, client.closes()); }
  SECTION("its device has rebooted") {
    client.reset();
    REQUIRE(bench.talk(client, kDevice));
  }
  SECTION("another device takes its address") { REQUIRE(bench.talk(other, kDevice)); }
  SECTION("its device has moved") { REQUIRE(bench.talk(moved, kElsewhere)); }
  CHECK(asked == 1);
  CHECK(bench.listener.ended.size() + bench.listener.rebooted.size() >= 1);
}

TEST_CASE("A device behind a NAT that forgot it comes with a new handshake, and its old session goes") {
  AssociationsBench bench;
  DtlsClient client;
  REQUIRE(bench.talk(client, kDevice));
  bench.hears(kElsewhere, client.says("from another port"));
  CHECK(bench.received.empty());  // a session stays with its address
  client.reset();
  REQUIRE(bench.talk(client, kElsewhere));
  CHECK(bench.associations->sessions() == 1);
  CHECK(bench.associations->identityOf(secured(kDevice)) == nullptr);
  CHECK(bench.associations->identityOf(secured(kElsewhere))->name == "id-1");
  CHECK(bench.listener.ended == std::vector<std::string>{"coaps://127.0.0.1:40001"});
}

TEST_CASE("Another device behind the same address is another peer") {
  AssociationsBench bench;
  DtlsClient client, other(kSecond);
  REQUIRE(bench.talk(client, kDevice));
  REQUIRE(bench.talk(other, kDevice));
  CHECK(bench.associations->identityOf(secured(kDevice))->name == "id-2");
  CHECK(bench.listener.ended == std::vector<std::string>{"coaps://127.0.0.1:40001"});
  CHECK(bench.associations->sessions() == 1);
  client.reset();
  REQUIRE(bench.talk(client, kElsewhere));
  CHECK(bench.associations->sessions() == 2);
}

TEST_CASE("An identity may be any bytes") {
  AssociationsBench bench;
  const std::string identity = "\xff\x01 \xc3";
  bench.keys.keys[identity] = Bytes(32, 0x33);
  DtlsClient client({identity, Bytes(32, 0x33), "PSK-AES128-CCM8"});
  REQUIRE(bench.talk(client, kDevice));
  CHECK(bench.associations->identityOf(secured(kDevice))->name == identity);
}

}  // namespace isthmus::lwm2m::coap
