#include "tests/unit/lwm2m_coap/scripted_peer.h"

#include <catch2/catch.hpp>

namespace isthmus::lwm2m::coap {

using namespace testing;

TEST_CASE("A piggybacked response completes its request", "[rfc7252-5.2.1]") {
  Conversation talk;
  Outcome read;
  talk.get("/3303/0/5700", read);
  const Message request = talk.hears();
  CHECK(request.type == Type::confirmable);
  CHECK(request.code == code::kGet);
  CHECK(request.path() == "/3303/0/5700");
  CHECK(request.token.size() == 16);
  Message answer = piggybacked(request, code::kContent, "21.5");
  answer.options = {uintOption(option::kContentFormat, 0)};
  talk.says(answer);
  CHECK(read.code == code::kContent);
  CHECK(read.payload == "21.5");
  CHECK(read.contentFormat == 0U);
  CHECK(read.token == request.token);
  CHECK(talk.silent());
  talk.says(answer);
  CHECK(read.calls == 1);
}

TEST_CASE("What the response says is handed on") {
  Conversation talk;
  Outcome create;
  talk.get("/3303", create);
  Message answer = piggybacked(talk.hears(), code::kCreated);
  answer.options = {{option::kObserve, "\x07"}, {option::kLocationPath, "3303"}, {option::kLocationPath, "1"}};
  talk.says(answer);
  CHECK(create.locationPath == std::vector<std::string>{"3303", "1"});
  CHECK(create.observe == 7U);
  CHECK_FALSE(create.contentFormat);
}

TEST_CASE("A token given by the caller is used as it is, others are made") {
  Conversation talk;
  Outcome observe;
  OutgoingRequest request;
  request.token = Token(Bytes{0xCA, 0xFE});
  talk.endpoint.send(talk.device, std::move(request), observe.completion());
  const Message first = talk.hears();
  CHECK(first.token == "cafe");
  talk.says(piggybacked(first, code::kContent, "1"));
  CHECK(observe.token == "cafe");
  Outcome one, two;
  talk.get("/1", one);
  const Message second = talk.hears();
  talk.says(piggybacked(second, code::kContent));
  talk.get("/2", two);
  const Message third = talk.hears();
  CHECK(second.token != third.token);
  CHECK(static_cast<std::uint16_t>(second.messageId + 1) == third.messageId);
}

TEST_CASE("A request is sent again with growing pauses and then given up", "[rfc7252-4.2]") {
  Conversation talk;
  Outcome read;
  talk.get("/3", read);
  const Message first = talk.hears();
  std::vector<Instant> times = {talk.clock.now()};
  while (read.calls == 0) {
    talk.wait(milliseconds(20));
    while (!talk.silent()) {
      const Message again = talk.hears();
      CHECK(again.summary() == first.summary());
      CHECK(again.token == first.token);
      CHECK(again.options == first.options);
      times.push_back(talk.clock.now());
    }
  }
  CHECK(read.error() == Errc::timeout);
  CHECK(read.code.error().where == "10.0.0.1:5683");
  REQUIRE(times.size() == 5);
  const auto base = (times[1] - times[0]).count();
  CHECK(base >= 2000);
  CHECK(base <= 3040);
  for (std::size_t i = 2; i < times.size(); ++i) {
    const auto pause = (times[i] - times[i - 1]).count();
    const auto expected = base << (i - 1);
    CHECK(pause >= expected - 200);
    CHECK(pause <= expected + 200);
  }
  CHECK(talk.endpoint.counters().retransmissions == 4);
  CHECK(talk.endpoint.counters().timeouts == 1);
}

TEST_CASE("The pauses differ from request to request") {
  Conversation talk;
  std::vector<Outcome> reads(20);
  std::vector<Instant> due;
  for (std::size_t i = 0; i < reads.size(); ++i) {
    talk.device.port = static_cast<std::uint16_t>(10000 + i);
    talk.get("/3", reads[i]);
  }
  talk.output.sent.clear();
  talk.wait(milliseconds(2500));
  const std::size_t early = talk.output.sent.size();
  CHECK(early > 3);
  CHECK(early < 17);
}

TEST_CASE("A lost request or a lost answer is made good by the retransmission") {
  Conversation talk;
  Outcome read;
  talk.get("/3", read);
  talk.hears();
  talk.wait(seconds(4));
  talk.says(piggybacked(talk.hears(), code::kContent, "late"));
  CHECK(read.payload == "late");
  talk.wait(seconds(300));
  CHECK(talk.silent());
  CHECK(read.calls == 1);
}

TEST_CASE("After an empty acknowledgement the response comes by itself and is acknowledged", "[rfc7252-5.2.2]") {
  for (const Type type : {Type::confirmable, Type::nonConfirmable}) {
    Conversation talk;
    Outcome read;
    talk.get("/3", read);
    const Message request = talk.hears();
    talk.says(ack(request.messageId));
    talk.wait(seconds(100));
    CHECK(talk.silent());
    talk.says(separate(type, 500, request, code::kContent, "slow"));
    CHECK(read.payload == "slow");
    if (type == Type::confirmable) CHECK(talk.hears().summary() == "ACK 0.00 500");
    CHECK(talk.silent());
    // The device did not get the acknowledgement.
    talk.says(separate(type, 500, request, code::kContent, "slow"));
    if (type == Type::confirmable) CHECK(talk.hears().summary() == "ACK 0.00 500");
    CHECK(talk.silent());
    CHECK(read.calls == 1);
    CHECK(talk.handler.notifications.empty());
  }
}

TEST_CASE("A separate response that overtakes the acknowledgement counts as both", "[rfc7252-5.2.2]") {
  Conversation talk;
  Outcome read;
  talk.get("/3", read);
  const Message request = talk.hears();
  talk.says(separate(Type::confirmable, 500, request, code::kContent, "fast"));
  CHECK(read.payload == "fast");
  CHECK(talk.hears().summary() == "ACK 0.00 500");
  talk.says(ack(request.messageId));
  talk.wait(seconds(100));
  CHECK(talk.silent());
  CHECK(read.calls == 1);
}

TEST_CASE("An acknowledgement that is followed by nothing times out, and holds up nobody meanwhile") {
  Conversation talk;
  Outcome composite, read;
  talk.get("/composite", composite);
  talk.get("/3", read);
  const Message first = talk.hears();
  CHECK(talk.silent());
  talk.says(ack(first.messageId));
  const Message second = talk.hears();
  talk.says(piggybacked(second, code::kContent, "next"));
  CHECK(read.payload == "next");
  talk.wait(seconds(119));
  CHECK(composite.calls == 0);
  talk.wait(seconds(2));
  CHECK(composite.error() == Errc::timeout);
}

TEST_CASE("A reset refuses the request", "[rfc7252-4.2]") {
  for (const Type type : {Type::confirmable, Type::nonConfirmable}) {
    Conversation talk;
    Outcome read;
    talk.get("/3", read, type);
    talk.says(reset(talk.hears().messageId));
    CHECK(read.error() == Errc::refused);
  }
}

TEST_CASE("A non-confirmable request is sent once and times out too") {
  Conversation talk;
  Outcome lost, answered;
  talk.get("/lost", lost, Type::nonConfirmable);
  talk.get("/3", answered, Type::nonConfirmable);
  CHECK(talk.hears().type == Type::nonConfirmable);
  const Message second = talk.hears();
  talk.says(separate(Type::nonConfirmable, 1, second, code::kContent, "ok"));
  CHECK(answered.payload == "ok");
  talk.wait(seconds(121));
  CHECK(talk.silent());
  CHECK(lost.error() == Errc::timeout);
}

TEST_CASE("One request is outstanding per peer, the others follow in order", "[rfc7252-4.7]") {
  Conversation talk;
  std::vector<Outcome> reads(4);
  for (std::size_t i = 0; i < reads.size(); ++i) talk.get("/" + std::to_string(i), reads[i]);
  for (std::size_t i = 0; i < reads.size(); ++i) {
    const Message request = talk.hears();
    CHECK(request.path() == "/" + std::to_string(i));
    CHECK(talk.silent());
    talk.says(i == 1 ? reset(request.messageId) : piggybacked(request, code::kContent, std::to_string(i)));
  }
  CHECK(talk.silent());
  CHECK(reads[0].payload == "0");
  CHECK(reads[1].error() == Errc::refused);
  CHECK(reads[2].payload == "2");
  CHECK(reads[3].payload == "3");
}

TEST_CASE("Two peers do not wait for each other") {
  Conversation talk;
  Outcome one, two;
  talk.get("/1", one);
  talk.device.port = 9;
  talk.get("/2", two);
  CHECK(talk.output.sent.size() == 2);
}

TEST_CASE("After a timeout the next request has its turn") {
  Conversation talk;
  Outcome dead, next;
  talk.get("/dead", dead);
  talk.get("/next", next);
  talk.wait(seconds(94));
  CHECK(dead.error() == Errc::timeout);
  CHECK(talk.output.sent.back().message.path() == "/next");
}

TEST_CASE("A full queue refuses at once, and there is room again when it drains") {
  Limits limits;
  limits.queuedPerPeer = 2;
  Conversation talk(limits);
  std::vector<Outcome> reads(4);
  for (Outcome& read : reads) talk.get("/3", read);
  CHECK(reads[3].error() == Errc::unavailable);
  CHECK(reads[2].calls == 0);
  talk.says(piggybacked(talk.hears(), code::kContent));
  Outcome again;
  talk.get("/3", again);
  CHECK(again.calls == 0);
}

TEST_CASE("Cancelling a peer ends all its requests and those only, and what is sent meanwhile stays") {
  Conversation talk;
  Outcome first, second, other, afterwards;
  talk.get("/1", first);
  talk.endpoint.send(talk.device, OutgoingRequest{}, [&](const Result<IncomingResponse>& result) {
    second.completion()(result);
    talk.get("/afterwards", afterwards);
  });
  const Address device = talk.device;
  talk.device.port = 9;
  talk.get("/other", other);
  talk.device = device;
  const Message cancelled = talk.hears();
  talk.hears();
  talk.endpoint.cancel(device);
  CHECK(first.error() == Errc::unavailable);
  CHECK(second.error() == Errc::unavailable);
  CHECK(other.calls == 0);
  const Message next = talk.hears();
  CHECK(next.path() == "/afterwards");
  talk.says(piggybacked(cancelled, code::kContent));
  CHECK(first.calls == 1);
  talk.says(piggybacked(next, code::kContent, "x"));
  CHECK(afterwards.payload == "x");
  talk.endpoint.cancel(Address::ipv4(9, 9, 9, 9, 9));
}

TEST_CASE("A completion may send and cancel") {
  Conversation talk;
  Outcome next, waiting;
  talk.endpoint.send(talk.device, OutgoingRequest{}, [&](const Result<IncomingResponse>&) {
    talk.endpoint.cancel(talk.device);
    talk.get("/next", next);
  });
  talk.get("/waiting", waiting);
  talk.says(piggybacked(talk.hears(), code::kContent));
  CHECK(waiting.error() == Errc::unavailable);
  CHECK(talk.hears().path() == "/next");
  CHECK(talk.silent());
}

TEST_CASE("Only the right message id and token make a piggybacked response") {
  Conversation talk;
  Outcome read;
  talk.get("/3", read);
  const Message request = talk.hears();
  Message wrong = piggybacked(request, code::kContent, "wrong");
  wrong.token = "0102030405060708";
  talk.says(wrong);
  wrong = piggybacked(request, code::kContent, "wrong");
  ++wrong.messageId;
  talk.says(wrong);
  talk.saysFrom(Address::ipv4(10, 0, 0, 2, 5683), piggybacked(request, code::kContent, "wrong"));
  talk.says(ack(static_cast<std::uint16_t>(request.messageId + 1)));
  talk.says(reset(static_cast<std::uint16_t>(request.messageId + 1)));
  CHECK(read.calls == 0);
  CHECK(talk.handler.notifications.empty());
  talk.says(piggybacked(request, code::kContent, "right"));
  CHECK(read.payload == "right");
}

TEST_CASE("A notification under the token of an outstanding Observe is its response, later ones are notifications") {
  Conversation talk;
  Outcome observe;
  OutgoingRequest request;
  request.token = Token::fromUint(7);
  request.options.addUint(option::kObserve, 0);
  talk.endpoint.send(talk.device, std::move(request), observe.completion());
  const Message sent = talk.hears();
  talk.says(notification(Type::confirmable, 1, sent.token, "first"));
  CHECK(observe.payload == "first");
  CHECK(observe.observe == 5U);
  CHECK(talk.hears().summary() == "ACK 0.00 1");
  talk.says(piggybacked(sent, code::kContent, "older"));
  CHECK(observe.calls == 1);
  talk.says(notification(Type::confirmable, 2, sent.token, "second"));
  REQUIRE(talk.handler.notifications.size() == 1);
  CHECK(talk.handler.notifications[0].payload == "second");
}

TEST_CASE("A response with a critical option that is not understood is malformed", "[rfc7252-5.4.1]") {
  Conversation talk;
  Outcome one, two;
  talk.get("/1", one);
  Message answer = piggybacked(talk.hears(), code::kContent, "x");
  answer.options = {{9, ""}};
  talk.says(answer);
  CHECK(one.error() == Errc::malformed);
  talk.get("/2", two);
  answer = separate(Type::confirmable, 77, talk.hears(), code::kContent, "x");
  answer.options = {{9, ""}};
  talk.says(answer);
  CHECK(two.error() == Errc::malformed);
  CHECK(talk.hears().summary() == "RST 0.00 77");
}

TEST_CASE("Requests leave for the address that the peer last spoke to") {
  Conversation talk;
  talk.device.via = 3;
  talk.says({Type::confirmable, code::kPost, 1, "", {}, ""});
  talk.hears();
  talk.device.via = 0;
  Outcome read;
  talk.get("/3", read);
  CHECK(talk.output.sent.front().to.via == 3);
}

}  // namespace isthmus::lwm2m::coap
