// What becomes of sessions over time: resumed, after a restart, and when room or time is short.
#include "associations_bench.h"

#include <catch2/catch.hpp>

namespace isthmus::lwm2m::coap {
namespace {

using testing::DtlsClient;

const Address kDevice = devicePort(40001), kElsewhere = devicePort(40002);
const DtlsClient::Options kSecond{"id-2", Bytes(16, 0x22), "PSK-AES128-CCM8"};

DtlsSettings withTicketKey() {
  DtlsSettings settings;
  settings.ticketKey.emplace().fill(0x5A);
  return settings;
}

}  // namespace

TEST_CASE("A session is resumed, from another address too, also after a restart of the server") {
  AssociationsBench bench(withTicketKey());
  DtlsClient client;
  REQUIRE(bench.talk(client, kDevice));
  CHECK_FALSE(client.resumed());
  for (const bool restart : {false, true}) {
    INFO(restart);
    const auto saved = client.session();
    if (restart) bench.restart();
    client.reset(saved.get());
    REQUIRE(bench.talk(client, kElsewhere));
    CHECK(client.resumed());
    CHECK(bench.counters().resumed == 1);
    CHECK(bench.associations->identityOf(secured(kElsewhere))->name == "id-1");
    CHECK(bench.echoes(client, kElsewhere, "resumed"));
    CHECK(bench.associations->sessions() == 1);
  }
  const auto saved = client.session();
  client.reset(saved.get());
  REQUIRE(bench.talk(client, kElsewhere));
  CHECK(client.resumed());
  CHECK(bench.listener.rebooted.empty());  // it remembers: what it repeats is a repetition
}

TEST_CASE("A ticket does not outlive the credential that it was given for") {
  AssociationsBench bench(withTicketKey());
  DtlsClient client;
  REQUIRE(bench.talk(client, kDevice));
  const auto saved = client.session();
  bench.keys.keys.erase("id-1");
  client.reset(saved.get());
  bench.talk(client, kElsewhere);
  CHECK(bench.associations->identityOf(secured(kElsewhere)) == nullptr);
  CHECK(bench.counters().failed == 1);
}

TEST_CASE("A resumption that began before its credential was replaced comes to nothing") {
  AssociationsBench bench(withTicketKey());
  DtlsClient client;
  REQUIRE(bench.talk(client, kDevice));
  const auto saved = client.session();
  client.reset(saved.get());
  client.handshake();
  for (int flight = 0; flight < 2; ++flight) {  // a cookie, then the server's Finished
    bench.hears(kElsewhere, client.outgoing());
    while (const auto next = bench.wire.take()) client.hears(next->second);
  }
  REQUIRE(client.resumed());
  bench.keys.keys["id-1"] = Bytes(16, 0x33);
  bench.context->setTicketKey(TicketKey{1, 2, 3});
  bench.associations->endSessionsOf({PeerIdentity::Mode::psk, "id-1"});
  bench.wire.sent.clear();
  bench.hears(kElsewhere, client.outgoing());
  CHECK(bench.associations->sessions() == 0);
  REQUIRE(bench.wire.sent.size() == 1);
  client.hears(bench.wire.take()->second);
  client.reads();
  CHECK(client.alert() == 49);  // access_denied: the device need not wait for a timeout
}

TEST_CASE("Under another ticket key a device makes a full handshake instead") {
  AssociationsBench bench(withTicketKey());
  DtlsClient client;
  REQUIRE(bench.talk(client, kDevice));
  const auto saved = client.session();
  bench.context->setTicketKey(TicketKey{1, 2, 3});
  client.reset(saved.get());
  REQUIRE(bench.talk(client, kElsewhere));
  CHECK_FALSE(client.resumed());
  CHECK(bench.counters().resumed == 0);
}

TEST_CASE("After a restart what a device says in its old session is not heard, and nothing is said to it") {
  AssociationsBench bench;
  DtlsClient client;
  REQUIRE(bench.talk(client, kDevice));
  bench.restart();
  bench.hears(kDevice, client.says("are you there?"));
  bench.associations->send(secured(kDevice), view("a request"));
  CHECK(bench.received.empty());
  CHECK(bench.wire.sent.empty());
  CHECK(bench.counters().unsent == 1);
  CHECK_FALSE(bench.associations->nextDeadline());
}

TEST_CASE("Handshakes beyond the limit are not begun, those under way go on") {
  DtlsSettings settings;
  settings.maxHalfOpen = 1;
  AssociationsBench bench(settings);
  DtlsClient wrong({"id-2", Bytes(16, 0x99), "PSK-AES128-CCM8"}), client;
  CHECK_FALSE(bench.talk(wrong, kElsewhere));
  CHECK_FALSE(bench.talk(client, kDevice));
  CHECK(bench.counters().refused == 1);
  CHECK(bench.associations->halfOpen() == 1);
  bench.clock.advance(milliseconds(20'100));
  bench.associations->expire();
  client.reset();
  CHECK(bench.talk(client, kDevice));
}

TEST_CASE("When all places are taken, a session that was silent for long gives way, a busy one does not") {
  DtlsSettings settings;
  settings.maxSessions = 1;
  AssociationsBench bench(settings);
  DtlsClient client, other(kSecond);
  REQUIRE(bench.talk(client, kDevice));
  bench.talk(other, kElsewhere);
  CHECK(bench.associations->identityOf(secured(kElsewhere)) == nullptr);
  CHECK(bench.counters().refused == 1);
  bench.clock.advance(milliseconds(1'800'001));
  bench.associations->expire();
  other.reset();
  REQUIRE(bench.talk(other, kElsewhere));
  CHECK(bench.echoes(other, kElsewhere, "in"));
  CHECK(bench.associations->identityOf(secured(kDevice)) == nullptr);
  CHECK(bench.associations->sessions() == 1);
}

TEST_CASE("While there is no time for handshakes, sessions are served and what was put off keeps its order") {
  AssociationsBench bench(withTicketKey());
  DtlsClient client, other(kSecond);
  REQUIRE(bench.talk(client, kDevice));
  REQUIRE(bench.talk(other, kElsewhere));
  const auto saved = other.session();
  other.reset(saved.get());
  other.handshake();
  const auto shuttle = [&] {
    bench.associations->receive(kElsewhere, other.outgoing(), bench.take);
    while (const auto next = bench.wire.take()) other.hears(next->second);
  };
  shuttle();  // answered with a cookie
  shuttle();  // and put off
  CHECK(bench.associations->hasWork());
  CHECK(bench.associations->work([] { return false; }, bench.take) == 0);
  bench.associations->receive(kDevice, client.says("served"), bench.take);
  REQUIRE(bench.received.size() == 1);
  CHECK(bench.associations->work([] { return true; }, bench.take) == 1);
  while (const auto next = bench.wire.take()) other.hears(next->second);
  REQUIRE(other.established());
  // The last flight, and data right behind it.
  bench.associations->receive(kElsewhere, other.outgoing(), bench.take);
  bench.associations->receive(kElsewhere, other.says("first word"), bench.take);
  CHECK(bench.received.size() == 1);
  bench.associations->work([] { return true; }, bench.take);
  REQUIRE(bench.received.size() == 2);
  CHECK(bench.received[1].second == "first word");
  CHECK_FALSE(bench.associations->hasWork());
}

TEST_CASE("What cannot be put off any more is dropped and counted") {
  DtlsSettings settings;
  settings.maxPutOff = 0;
  AssociationsBench bench(settings);
  DtlsClient client;
  CHECK_FALSE(bench.talk(client, kDevice));
  CHECK(bench.counters().refused == 1);
}

TEST_CASE("Answers leave from the address that the device spoke to last") {
  AssociationsBench bench;
  DtlsClient client;
  Address through = kDevice;
  through.via = 3;
  REQUIRE(bench.talk(client, through));
  through.via = 4;
  bench.hears(through, client.says("by another of your addresses"));
  bench.associations->send(secured(kDevice), view("answer"));
  REQUIRE(bench.wire.sent.size() == 1);
  CHECK(bench.wire.sent.front().first.via == 4);
}

TEST_CASE("A minute after its handshake a session is looked at once more, to give its buffers back") {
  AssociationsBench bench;
  DtlsClient client;
  REQUIRE(bench.talk(client, kDevice));
  REQUIRE(bench.associations->nextDeadline());
  bench.clock.advance(milliseconds(62'000));
  bench.associations->expire();
  CHECK_FALSE(bench.associations->nextDeadline());
  CHECK(bench.echoes(client, kDevice, "later"));
}

}  // namespace isthmus::lwm2m::coap
