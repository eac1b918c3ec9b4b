#include "tests/unit/lwm2m_coap/scripted_peer.h"

#include <catch2/catch.hpp>

namespace isthmus::lwm2m::coap {

using namespace testing;

namespace {

// The first block of a notification's body.
Message firstBlock(std::uint16_t messageId, const std::string& body, std::string etag = "v1") {
  Message message = notification(Type::confirmable, messageId, "0a0b", body.substr(0, 64));
  message.options.push_back({option::kETag, std::move(etag)});
  message.options.push_back(blockOption(option::kBlock2, 0, true, 64));
  return message;
}

// What the device answers to a request for a further block.
Message furtherBlock(const Message& request, const std::string& body, std::string etag = "v1") {
  const auto wanted = BlockOption::decode({option::kBlock2, view(*request.option(option::kBlock2))}).value();
  Message message = piggybacked(request, code::kContent, body.substr(wanted.offset(), wanted.size()));
  const bool more = wanted.offset() + wanted.size() < body.size();
  message.options = {{option::kETag, std::move(etag)},
                     blockOption(option::kBlock2, wanted.number, more, wanted.size())};
  return message;
}

void offerRest(Conversation& talk) {
  OutgoingRequest rest;
  rest.options.addPath(option::kUriPath, "/3303");
  talk.handler.restRequest = rest;
}

}  // namespace

TEST_CASE("A confirmable notification is acknowledged, a non-confirmable one taken in silence", "[rfc7641-3.2]") {
  Conversation talk;
  talk.says(notification(Type::confirmable, 1, "0a0b", "21.5"));
  CHECK(talk.hears().summary() == "ACK 0.00 1");
  talk.says(notification(Type::nonConfirmable, 2, "0a0b", "22"));
  CHECK(talk.silent());
  REQUIRE(talk.handler.notifications.size() == 2);
  CHECK(talk.handler.notifications[0].token == "0a0b");
  CHECK(talk.handler.notifications[0].payload == "21.5");
  CHECK(talk.handler.notifications[0].key.messageId == 1);
  CHECK(talk.handler.notifications[1].payload == "22");
}

TEST_CASE("A repeated notification is acknowledged again and not given to the handler again", "[rfc7252-4.2]") {
  Conversation talk;
  for (int i = 0; i < 4; ++i) {
    talk.says(notification(Type::confirmable, 1, "0a0b", "21.5"));
    CHECK(talk.hears().summary() == "ACK 0.00 1");
    talk.wait(seconds(4));
  }
  for (int i = 0; i < 3; ++i) talk.says(notification(Type::nonConfirmable, 2, "0a0b", "22"));
  CHECK(talk.silent());
  CHECK(talk.handler.notifications.size() == 2);
  CHECK(talk.endpoint.counters().duplicates == 5);
}

TEST_CASE("Reordered notifications are each taken once") {
  Conversation talk;
  for (const std::uint16_t id : std::initializer_list<std::uint16_t>{5, 3, 4, 3, 5, 1, 4})
    talk.says(notification(Type::confirmable, id, "0a0b", std::to_string(id)));
  CHECK(talk.handler.notifications.size() == 4);
  CHECK(talk.output.sent.size() == 7);
}

TEST_CASE("A refused notification gets a reset each time, confirmable or not, and makes nobody known",
          "[rfc7641-3.6]") {
  Conversation talk;
  talk.handler.verdict = Verdict::reset;
  for (const Type type : {Type::confirmable, Type::nonConfirmable, Type::confirmable}) {
    talk.says(notification(type, 1, "0a0b", "21.5"));
    CHECK(talk.hears().summary() == "RST 0.00 1");
  }
  CHECK(talk.endpoint.peers() == 0);
  CHECK(talk.endpoint.counters().resets == 3);
}

TEST_CASE("A withheld notification leaves no trace and is taken when the device says it again") {
  Conversation talk;
  talk.handler.verdict = Verdict::withhold;
  talk.says(notification(Type::confirmable, 1, "0a0b", "21.5"));
  CHECK(talk.silent());
  CHECK(talk.endpoint.peers() == 0);
  CHECK(talk.endpoint.counters().withheld == 1);
  talk.handler.verdict = Verdict::acknowledge;
  talk.says(notification(Type::confirmable, 1, "0a0b", "21.5"));
  CHECK(talk.hears().summary() == "ACK 0.00 1");
  CHECK(talk.handler.notifications.size() == 2);
}

TEST_CASE("What a handler sends while it takes a notification leaves after the acknowledgement") {
  Conversation talk;
  Outcome read;
  talk.handler.duringNotification = [&](const IncomingNotification&) {
    talk.get("/3", read);
    return Verdict::acknowledge;
  };
  talk.says(notification(Type::confirmable, 1, "0a0b", "21.5"));
  CHECK(talk.hears().summary() == "ACK 0.00 1");
  CHECK(talk.hears().path() == "/3");
}

TEST_CASE("An acknowledged notification is acknowledged again after a restart and not taken again") {
  ExchangeKey key;
  {
    Conversation before;
    before.says(notification(Type::confirmable, 1, "0a0b", "21.5"));
    key = before.handler.notifications.at(0).key;
  }
  Conversation after;
  after.endpoint.restore({key, code::kEmpty, 0}, seconds(3));
  after.says(notification(Type::confirmable, 1, "0a0b", "21.5"));
  CHECK(after.hears().summary() == "ACK 0.00 1");
  CHECK(after.handler.notifications.empty());
  after.says(notification(Type::confirmable, 2, "0a0b", "21.6"));
  CHECK(after.handler.notifications.size() == 1);
}

TEST_CASE("A notification with a critical option that is not understood is rejected", "[rfc7252-5.4.1]") {
  Conversation talk;
  Message message = notification(Type::confirmable, 1, "0a0b", "x");
  message.options.push_back({9, ""});
  talk.says(message);
  CHECK(talk.hears().summary() == "RST 0.00 1");
  message.type = Type::nonConfirmable;
  talk.says(message);
  CHECK(talk.silent());
  CHECK(talk.handler.notifications.empty());
}

TEST_CASE("An error notification goes to the handler too") {
  Conversation talk;
  talk.says({Type::confirmable, code::kNotFound, 1, "0a0b", {}, ""});
  CHECK(talk.handler.notifications.size() == 1);
  CHECK(talk.hears().summary() == "ACK 0.00 1");
}

TEST_CASE("Of a notification in blocks the rest is fetched, and only the whole is acknowledged", "[rfc7959-2.6]") {
  Conversation talk;
  offerRest(talk);
  const std::string body = bodyOf(150);
  talk.says(firstBlock(7, body));
  const Message second = talk.hears();
  CHECK(second.code == code::kGet);
  CHECK(second.path() == "/3303");
  CHECK(second.block(option::kBlock2) == "1/0/64");
  CHECK_FALSE(second.option(option::kObserve));
  CHECK(second.token != "0a0b");
  talk.says(firstBlock(7, body));  // the device has had no acknowledgement yet
  CHECK(talk.silent());
  talk.says(furtherBlock(second, body));
  const Message third = talk.hears();
  CHECK(third.block(option::kBlock2) == "2/0/64");
  CHECK(talk.handler.notifications.empty());
  talk.says(furtherBlock(third, body));
  REQUIRE(talk.handler.notifications.size() == 1);
  CHECK(talk.handler.notifications[0].payload == body);
  CHECK(talk.handler.notifications[0].token == "0a0b");
  CHECK(talk.handler.notifications[0].key.messageId == 7);
  CHECK(talk.hears().summary() == "ACK 0.00 7");
  talk.says(firstBlock(7, body));
  CHECK(talk.hears().summary() == "ACK 0.00 7");
  CHECK(talk.handler.notifications.size() == 1);
}

TEST_CASE("The rest of a notification is fetched before what waits") {
  Conversation talk;
  offerRest(talk);
  Outcome outstanding, waiting;
  talk.get("/outstanding", outstanding);
  talk.get("/waiting", waiting);
  const Message first = talk.hears();
  talk.says(firstBlock(7, bodyOf(100)));
  CHECK(talk.silent());
  talk.says(piggybacked(first, code::kContent));
  CHECK(talk.hears().block(option::kBlock2) == "1/0/64");
}

TEST_CASE("A whole notification that the handler withholds or refuses is not acknowledged") {
  for (const Verdict verdict : {Verdict::withhold, Verdict::reset}) {
    Conversation talk;
    offerRest(talk);
    talk.handler.verdict = verdict;
    talk.says(firstBlock(7, bodyOf(100)));
    talk.says(furtherBlock(talk.hears(), bodyOf(100)));
    CHECK(talk.handler.notifications.size() == 1);
    if (verdict == Verdict::withhold) {
      CHECK(talk.silent());
    } else {
      CHECK(talk.hears().summary() == "RST 0.00 7");
    }
  }
}

TEST_CASE("A newer notification under the same token takes the place of the one that is being fetched") {
  Conversation talk;
  offerRest(talk);
  talk.says(firstBlock(7, bodyOf(100)));
  const Message stale = talk.hears();
  const std::string newer = "new" + bodyOf(97);
  talk.says(firstBlock(8, newer, "v2"));
  const Message request = talk.hears();
  talk.says(furtherBlock(stale, bodyOf(100)));
  CHECK(talk.handler.notifications.empty());
  talk.says(furtherBlock(request, newer, "v2"));
  REQUIRE(talk.handler.notifications.size() == 1);
  CHECK(talk.handler.notifications[0].payload == newer);
  CHECK(talk.hears().summary() == "ACK 0.00 8");
}

TEST_CASE("A notification whose rest cannot be had is withheld, and fetched anew when it comes again") {
  Conversation talk;
  offerRest(talk);
  const std::string body = bodyOf(100);
  talk.says(firstBlock(7, body));
  SECTION("because the representation changed") { talk.says(furtherBlock(talk.hears(), body, "v2")); }
  SECTION("because the device refuses") { talk.says(piggybacked(talk.hears(), code::kNotFound)); }
  SECTION("because the device resets") { talk.says(reset(talk.hears().messageId)); }
  SECTION("because there is no answer") {
    talk.wait(seconds(100));
    talk.output.sent.clear();
  }
  CHECK(talk.silent());
  CHECK(talk.handler.notifications.empty());
  CHECK(talk.endpoint.counters().withheld == 1);
  talk.says(firstBlock(7, body));
  talk.says(furtherBlock(talk.hears(), body));
  CHECK(talk.handler.notifications.size() == 1);
  CHECK(talk.hears().summary() == "ACK 0.00 7");
}

TEST_CASE("Without a request for the rest a notification in blocks is withheld") {
  Conversation talk;
  talk.says(firstBlock(7, bodyOf(100)));
  CHECK(talk.silent());
  CHECK(talk.endpoint.counters().withheld == 1);
  CHECK(talk.endpoint.peers() == 0);
}

TEST_CASE("A notification in blocks under a token that nobody knows gets a reset") {
  Conversation talk;
  offerRest(talk);
  talk.handler.unknownToken = "0a0b";
  talk.says(firstBlock(7, bodyOf(100)));
  CHECK(talk.hears().summary() == "RST 0.00 7");
  CHECK(talk.silent());
}

TEST_CASE("Blocks that cannot belong to a notification are rejected") {
  Conversation talk;
  offerRest(talk);
  Message middle = notification(Type::confirmable, 1, "0a0b", std::string(64, 'x'));
  middle.options.push_back(blockOption(option::kBlock2, 1, true, 64));
  talk.says(middle);
  CHECK(talk.hears().summary() == "RST 0.00 1");
  Message crooked = firstBlock(2, bodyOf(100));
  crooked.payload.pop_back();
  talk.says(crooked);
  CHECK(talk.hears().summary() == "RST 0.00 2");
  Message huge = firstBlock(3, bodyOf(100));
  huge.options.push_back(uintOption(option::kSize2, 10'000'000));
  talk.says(huge);
  CHECK(talk.hears().summary() == "RST 0.00 3");
  CHECK(talk.silent());
}

TEST_CASE("Cancelling a peer ends the fetch of its notification") {
  Conversation talk;
  offerRest(talk);
  talk.says(firstBlock(7, bodyOf(100)));
  const Message request = talk.hears();
  talk.endpoint.cancel(talk.device);
  talk.says(furtherBlock(request, bodyOf(100)));
  CHECK(talk.handler.notifications.empty());
  talk.wait(seconds(300));
  CHECK(talk.silent());
  CHECK(talk.endpoint.peers() == 0);
}

}  // namespace isthmus::lwm2m::coap
