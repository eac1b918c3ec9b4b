#include "lwm2m/coap/peer_table.h"

#include "tests/unit/lwm2m_coap/scripted_peer.h"

#include <catch2/catch.hpp>

#include <deque>
#include <map>
#include <random>

namespace isthmus::lwm2m::coap {

using namespace testing;

namespace {

Address numbered(std::uint32_t n) {
  return Address::ipv4(10, static_cast<std::uint8_t>(n >> 16U), static_cast<std::uint8_t>(n >> 8U),
                       static_cast<std::uint8_t>(n), 5683);
}

Message update(std::uint16_t messageId) { return {Type::confirmable, code::kPost, messageId, "", {}, ""}; }

}  // namespace

TEST_CASE("The flat table agrees with a map under random inserting and erasing, collisions included") {
  std::mt19937 random(7);
  HashIndex index;
  std::map<std::uint32_t, std::uint32_t> expected;  // index to hash
  for (int round = 0; round < 20'000; ++round) {
    const auto id = static_cast<std::uint32_t>(random() % 300);
    const auto known = expected.find(id);
    if (known != expected.end()) {
      index.erase(known->second, id);
      expected.erase(known);
    } else {
      const auto hash =
          static_cast<std::uint32_t>(random() % 64) * 0x01010101U;  // few homes, long runs, some of them round the end
      index.insert(hash, id);
      expected[id] = hash;
    }
    REQUIRE(index.size() == expected.size());
    if (round % 50 != 0) continue;
    for (std::uint32_t other = 0; other < 300; ++other) {
      const auto present = expected.find(other);
      const std::uint32_t hash = present == expected.end() ? other * 0x01010101U : present->second;
      const auto isOther = [&](std::uint32_t found) { return found == other; };
      REQUIRE((index.find(hash, isOther) == other) == (present != expected.end()));
    }
  }
}

TEST_CASE("The log of answered messages agrees with a list of the last sixteen, at any pace") {
  const milliseconds lifetime = seconds(247);
  for (const int longestPause : {1, 20, 100, 400}) {
    std::mt19937 random(3);
    AnsweredLog log(lifetime);
    AnsweredRing ring;
    std::deque<std::tuple<std::uint16_t, std::uint64_t, Instant>> recent;
    Instant now(milliseconds(50'000'000));
    for (int round = 0; round < 3000; ++round) {
      now += seconds(random() % static_cast<unsigned>(longestPause));
      const auto id = static_cast<std::uint16_t>(random() % 30);
      const std::uint64_t content = std::uint64_t{random() % 2} << 40U;
      const bool known = std::any_of(recent.begin(), recent.end(), [&](const auto& entry) {
        return std::get<0>(entry) == id && std::get<1>(entry) == content && now - std::get<2>(entry) < lifetime;
      });
      const Answered* found = log.find(ring, id, content, now);
      if (found != nullptr) {
        CHECK(found->rebuildKey == id);
        continue;
      }
      // A ring may know less than sixteen only of what is too old.
      REQUIRE_FALSE(known);
      Answered answer;
      answer.rebuildKey = id;
      log.remember(ring, id, content, answer, now);
      std::erase_if(recent, [&](const auto& entry) { return std::get<0>(entry) == id; });
      recent.emplace_back(id, content, now);
      if (recent.size() > AnsweredRing::kPlaces) recent.pop_front();
    }
    log.forget(ring);
  }
}

TEST_CASE("A ring stays small for a device that speaks rarely and grows for one that speaks often") {
  AnsweredLog log(seconds(247));
  AnsweredRing rare, often;
  Instant now(milliseconds(0));
  for (std::uint16_t id = 0; id < 100; ++id) {
    now += seconds(60);
    log.remember(rare, id, 1, {}, now);
  }
  for (std::uint16_t id = 0; id < 100; ++id) log.remember(often, id, 1, {}, now);
  CHECK(rare.capacity() <= 8);
  CHECK(often.capacity() == 16);
  log.sweep(often, now + seconds(200));
  CHECK(often.count == 16);
  log.sweep(often, now + seconds(249));
  CHECK(often.count == 0);
  CHECK(often.capacity() == 0);
}

TEST_CASE("A peer is forgotten after an exchange lifetime of silence, and not before") {
  Conversation talk;
  talk.says(update(1));
  for (int i = 0; i < 10; ++i) {
    talk.wait(seconds(200));
    CHECK(talk.endpoint.peers() == 1);
    talk.says(update(static_cast<std::uint16_t>(2 + i)));
  }
  talk.wait(seconds(245));
  CHECK(talk.endpoint.peers() == 1);
  talk.wait(seconds(3));
  CHECK(talk.endpoint.peers() == 0);
  CHECK_FALSE(talk.endpoint.nextDeadline());
}

TEST_CASE("A peer with a request under way is not forgotten") {
  Limits limits;
  limits.responseTimeout = std::chrono::hours(1);
  Conversation talk(limits);
  Outcome read;
  talk.get("/slow", read);
  const Message request = talk.hears();
  talk.says(ack(request.messageId));
  talk.wait(seconds(3500));
  CHECK(talk.endpoint.peers() == 1);
  talk.says(separate(Type::nonConfirmable, 1, request, code::kContent, "at last"));
  CHECK(read.payload == "at last");
  talk.wait(seconds(600));
  CHECK(talk.endpoint.peers() == 0);
}

TEST_CASE("Many peers are told apart, and their places are used again") {
  constexpr std::uint32_t kPeers = 5000;
  Conversation talk;
  for (int round = 0; round < 3; ++round) {
    for (std::uint32_t n = 0; n < kPeers; ++n) talk.saysFrom(numbered(n), update(1));
    CHECK(talk.endpoint.peers() == kPeers);
    for (std::uint32_t n = 0; n < kPeers; ++n) talk.saysFrom(numbered(n), update(1));
    CHECK(talk.handler.requests.size() == kPeers * static_cast<std::uint32_t>(round + 1));
    talk.output.sent.clear();
    talk.wait(seconds(300));
    CHECK(talk.endpoint.peers() == 0);
  }
}

TEST_CASE("A full table leaves newcomers unanswered and serves those it knows") {
  Limits limits;
  limits.maxPeers = 2;
  Conversation talk(limits);
  for (std::uint32_t n = 0; n < 3; ++n) talk.saysFrom(numbered(n), update(1));
  CHECK(talk.output.sent.size() == 2);
  talk.saysFrom(numbered(2), notification(Type::confirmable, 2, "0a", "x"));
  CHECK(talk.output.sent.size() == 2);
  CHECK(talk.endpoint.counters().withheld == 2);
  talk.saysFrom(numbered(0), update(2));
  CHECK(talk.output.sent.size() == 3);
  Outcome read;
  talk.device = numbered(9);
  talk.get("/3", read);
  CHECK(read.error() == Errc::unavailable);
  talk.wait(seconds(300));
  talk.saysFrom(numbered(2), update(1));
  CHECK(talk.endpoint.peers() == 1);
}

TEST_CASE("A batch is the same as its datagrams one by one") {
  Conversation single, batched;
  std::vector<Bytes> bytes;
  std::vector<Datagram> batch;
  for (std::uint32_t n = 0; n < 200; ++n) bytes.push_back(write(update(static_cast<std::uint16_t>(n % 3))));
  for (std::uint32_t n = 0; n < 200; ++n) batch.push_back({numbered(n % 70), bytes[n]});
  for (const Datagram& datagram : batch) single.endpoint.receive(datagram.from, datagram.bytes);
  batched.endpoint.receive(batch);
  REQUIRE(batched.output.sent.size() == single.output.sent.size());
  for (std::size_t i = 0; i < single.output.sent.size(); ++i) {
    CHECK(batched.output.sent[i].to == single.output.sent[i].to);
    CHECK(batched.output.sent[i].message.summary() == single.output.sent[i].message.summary());
  }
  CHECK(batched.endpoint.counters().duplicates == single.endpoint.counters().duplicates);
}

TEST_CASE("What came in and went out is counted") {
  Conversation talk;
  talk.says(update(1));
  talk.says(update(1));
  talk.saysBytes("40 00 0001");
  talk.saysBytes("ff");
  const Counters& counters = talk.endpoint.counters();
  CHECK(counters.received == 4);
  CHECK(counters.sent == 3);
  CHECK(counters.duplicates == 1);
  CHECK(counters.resets == 1);
  CHECK(counters.malformed == 1);
}

}  // namespace isthmus::lwm2m::coap
