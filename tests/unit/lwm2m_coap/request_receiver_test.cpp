#include "tests/unit/lwm2m_coap/scripted_peer.h"

#include <catch2/catch.hpp>

namespace isthmus::lwm2m::coap {

using namespace testing;

namespace {

Message registration(std::uint16_t messageId, std::string token = "01") {
  return {Type::confirmable,
          code::kPost,
          messageId,
          std::move(token),
          {{option::kUriPath, "rd"}, {option::kContentFormat, "\x28"}, {option::kUriQuery, "ep=n1"}},
          "</3/0>"};
}

}  // namespace

TEST_CASE("A confirmable request is answered in its acknowledgement", "[rfc7252-5.2.1]") {
  Conversation talk;
  talk.handler.response = {code::kCreated, {}, {}, 7};
  talk.handler.response.options.add(option::kLocationPath, "rd").add(option::kLocationPath, "7");
  talk.says(registration(100, "aabb"));
  const Message answer = talk.hears();
  CHECK(answer.summary() == "ACK 2.01 100");
  CHECK(answer.token == "aabb");
  CHECK(answer.options == decltype(answer.options){{option::kLocationPath, "rd"}, {option::kLocationPath, "7"}});
  REQUIRE(talk.handler.requests.size() == 1);
  CHECK(talk.handler.requests[0].path == "/rd");
  CHECK(talk.handler.requests[0].payload == "</3/0>");
  CHECK(talk.handler.requests[0].contentFormat == 40U);
  CHECK(talk.handler.requests[0].key.peer == talk.device);
  CHECK(talk.handler.requests[0].key.messageId == 100);
}

TEST_CASE("A non-confirmable request is answered by a non-confirmable message", "[rfc7252-5.2.3]") {
  Conversation talk;
  Message request = registration(100);
  request.type = Type::nonConfirmable;
  talk.says(request);
  const Message answer = talk.hears();
  CHECK(answer.type == Type::nonConfirmable);
  CHECK(answer.code == code::kChanged);
  CHECK(answer.token == "01");
}

TEST_CASE("A retransmitted request gets the same answer, rebuilt, and the handler hears of it once", "[rfc7252-4.2]") {
  Conversation talk;
  talk.handler.response = {code::kCreated, {}, {}, 77};
  talk.says(registration(100));
  const Message first = talk.hears();
  talk.handler.response.code = code::kChanged;  // the code is remembered, not asked for again
  talk.wait(seconds(30));
  talk.says(registration(100));
  const Message second = talk.hears();
  CHECK(second.summary() == first.summary());
  CHECK(second.token == first.token);
  CHECK(talk.handler.requests.size() == 1);
  CHECK(talk.handler.rebuilt == std::vector<std::pair<Code, std::uint32_t>>{{code::kCreated, 77U}});
  CHECK(talk.endpoint.counters().duplicates == 1);
}

TEST_CASE("A duplicate non-confirmable request is dropped", "[rfc7252-4.3]") {
  Conversation talk;
  Message request = registration(100);
  request.type = Type::nonConfirmable;
  talk.says(request);
  talk.hears();
  talk.says(request);
  CHECK(talk.silent());
  CHECK(talk.handler.requests.size() == 1);
  CHECK(talk.handler.rebuilt.empty());
}

TEST_CASE("The same message id with another content is a new message of a device that has rebooted") {
  Conversation talk;
  for (const char* token : {"01", "02", "03"}) {
    talk.says(registration(1, token));
    CHECK(talk.hears().token == token);
  }
  CHECK(talk.handler.requests.size() == 3);
  talk.says(registration(1, "03"));
  talk.hears();
  CHECK(talk.handler.requests.size() == 3);
}

TEST_CASE("A peer that began anew repeats nothing, though its messages are the same", "[rfc7252-9.1.1]") {
  Conversation talk;
  talk.says(registration(100));
  talk.endpoint.forgetAnswers(talk.device);
  talk.says(registration(100));
  CHECK(talk.handler.requests.size() == 2);
  talk.says(registration(100));
  CHECK(talk.handler.requests.size() == 2);
}

TEST_CASE("The same message from another port is another device's", "[rfc7252-4.4]") {
  Conversation talk;
  Address other = talk.device;
  other.port = 5684;
  talk.says(registration(1));
  talk.saysFrom(other, registration(1));
  CHECK(talk.handler.requests.size() == 2);
  CHECK(talk.output.sent[1].to == other);
}

TEST_CASE("After the exchange lifetime a message id is free again", "[rfc7252-4.8.2]") {
  Conversation talk;
  talk.says(registration(1));
  talk.wait(seconds(246));
  talk.says(registration(1));
  CHECK(talk.handler.requests.size() == 1);
  talk.wait(seconds(249));
  talk.says(registration(1));
  CHECK(talk.handler.requests.size() == 2);
}

TEST_CASE("The last sixteen message ids of a peer are known, older ones are not") {
  Conversation talk;
  for (std::uint16_t id = 0; id < 40; ++id) talk.says(registration(id));
  REQUIRE(talk.handler.requests.size() == 40);
  for (std::uint16_t id = 24; id < 40; ++id) talk.says(registration(id));
  CHECK(talk.handler.requests.size() == 40);
  CHECK(talk.endpoint.counters().duplicates == 16);
  talk.says(registration(23));
  CHECK(talk.handler.requests.size() == 41);
}

TEST_CASE("An answer that the handler withholds leaves no trace") {
  Conversation talk;
  talk.handler.response.code = code::kEmpty;
  talk.says(registration(1));
  CHECK(talk.silent());
  CHECK(talk.endpoint.peers() == 0);
  CHECK(talk.endpoint.counters().withheld == 1);
  talk.handler.response.code = code::kCreated;
  talk.says(registration(1));
  CHECK(talk.hears().summary() == "ACK 2.01 1");
  CHECK(talk.handler.requests.size() == 2);
}

TEST_CASE("A refusal makes no unknown address known, but a known one is not asked for twice") {
  Conversation talk;
  talk.handler.response.code = code::kBadRequest;
  talk.says(registration(1));
  CHECK(talk.hears().summary() == "ACK 4.00 1");
  CHECK(talk.endpoint.peers() == 0);
  talk.handler.response.code = code::kCreated;
  talk.says(registration(2));
  CHECK(talk.endpoint.peers() == 1);
  talk.handler.response.code = code::kNotFound;
  talk.says(registration(3));
  talk.says(registration(3));
  CHECK(talk.handler.requests.size() == 3);
  CHECK(talk.handler.rebuilt.size() == 1);
}

TEST_CASE("What a handler sends while it answers leaves after the answer") {
  Conversation talk;
  Outcome read;
  talk.handler.duringRequest = [&](const IncomingRequest&) {
    talk.get("/3/0/0", read);
    return Response{code::kCreated, {}, {}, 0};
  };
  talk.says(registration(1));
  CHECK(talk.hears().summary() == "ACK 2.01 1");
  CHECK(talk.hears().path() == "/3/0/0");
}

TEST_CASE("A ping is answered with a reset", "[rfc7252-4.3]") {
  Conversation talk;
  talk.saysBytes("40 00 1234");
  CHECK(talk.hears().summary() == "RST 0.00 4660");
  talk.saysBytes("50 00 1234");
  CHECK(talk.silent());
  CHECK(talk.endpoint.peers() == 0);
}

TEST_CASE("A malformed confirmable message is reset where its header can be read, everything else is ignored") {
  struct Row {
    const char* name;
    const char* hex;
    const char* answer;
  };
  for (const Row& row : {
           Row{"token length 9, CON", "49 01 0001", "RST 0.00 1"},
           Row{"token length 9, NON", "59 01 0001", ""},
           Row{"reserved option delta, CON", "40 02 0002 f0", "RST 0.00 2"},
           Row{"reserved option delta, ACK", "60 45 0002 f0", ""},
           Row{"marker without payload", "40 02 0003 ff", "RST 0.00 3"},
           Row{"ping with a tail", "40 00 0004 00", "RST 0.00 4"},
           Row{"another version", "80 01 0005", ""},
           Row{"three bytes", "40 01 00", ""},
           Row{"nothing", "", ""},
           Row{"class 1, CON", "40 21 0006", "RST 0.00 6"},
           Row{"class 6, CON", "40 c1 0007", "RST 0.00 7"},
           Row{"class 7, NON", "50 e1 0008", ""},
           Row{"request in an ACK", "60 01 0009", ""},
           Row{"request in an RST", "70 01 0009", ""},
           Row{"response in an RST", "70 45 0009", ""},
           Row{"class 7 in an ACK", "60 e1 0009", ""},
       }) {
    INFO(row.name);
    Conversation talk;
    talk.saysBytes(row.hex);
    CHECK(talk.endpoint.counters().malformed == 1);
    CHECK(talk.endpoint.peers() == 0);
    if (*row.answer == '\0') {
      CHECK(talk.silent());
    } else {
      CHECK(talk.hears().summary() == row.answer);
    }
  }
}

TEST_CASE("Critical options that are not understood are refused, elective ones passed over", "[rfc7252-5.4.1]") {
  struct Row {
    const char* name;
    std::pair<std::uint16_t, std::string> option;
    bool accepted;
  };
  for (const Row& row : {
           Row{"Uri-Host", {option::kUriHost, "example"}, true},
           Row{"Uri-Host without a name", {option::kUriHost, ""}, false},
           Row{"Uri-Port", {option::kUriPort, "\x16\x33"}, true},
           Row{"Uri-Port too long", {option::kUriPort, "\x01\x16\x33"}, false},
           Row{"Accept", {option::kAccept, "\x28"}, true},
           Row{"Accept too long", {option::kAccept, "\x01\x28\x28"}, false},
           Row{"If-Match", {option::kIfMatch, "x"}, false},
           Row{"If-None-Match", {5, ""}, false},
           Row{"OSCORE", {9, ""}, false},
           Row{"Proxy-Uri", {35, "coap://x"}, false},
           Row{"unknown critical", {65001, ""}, false},
           Row{"Observe", {option::kObserve, ""}, true},
           Row{"ETag", {option::kETag, "12345678"}, true},
           Row{"Request-Tag", {option::kRequestTag, "t"}, true},
           Row{"unknown elective", {65000, "whatever"}, true},
           Row{"Block1 of four bytes", {option::kBlock1, std::string(4, '\1')}, false},
       }) {
    INFO(row.name);
    Conversation talk;
    Message request{Type::confirmable, code::kPost, 1, "01", {row.option}, ""};
    talk.says(request);
    CHECK(talk.hears().summary() == (row.accepted ? "ACK 2.04 1" : "ACK 4.02 1"));
    CHECK(talk.handler.requests.size() == (row.accepted ? 1U : 0U));
    request.type = Type::nonConfirmable;
    request.messageId = 2;
    talk.says(request);
    CHECK(talk.silent() == !row.accepted);
  }
}

TEST_CASE("A critical option that may stand once is refused when it comes twice", "[rfc7252-5.4.5]") {
  Conversation talk;
  talk.says({Type::confirmable, code::kGet, 1, "", {{option::kAccept, "\x28"}, {option::kAccept, "\x29"}}, ""});
  CHECK(talk.hears().summary() == "ACK 4.02 1");
  talk.says({Type::confirmable, code::kGet, 2, "", {{option::kUriPath, "a"}, {option::kUriPath, "b"}}, ""});
  CHECK(talk.hears().summary() == "ACK 2.04 2");
}

TEST_CASE("A reserved block size is a bad request", "[rfc7959-2.2]") {
  Conversation talk;
  for (const std::uint16_t number : {option::kBlock1, option::kBlock2}) {
    talk.says({Type::confirmable, code::kPost, number, "", {uintOption(number, 7)}, "x"});
    CHECK(talk.hears().code == code::kBadRequest);
  }
  CHECK(talk.handler.requests.empty());
}

TEST_CASE("What was answered before a restart is answered again and not given to the handler") {
  ExchangeKey key;
  {
    Conversation before;
    before.says(registration(9));
    key = before.handler.requests.at(0).key;
  }
  Conversation after;
  after.endpoint.restore({key, code::kCreated, 5}, seconds(20));
  after.says(registration(9));
  CHECK(after.hears().summary() == "ACK 2.01 9");
  CHECK(after.handler.requests.empty());
  CHECK(after.handler.rebuilt == std::vector<std::pair<Code, std::uint32_t>>{{code::kCreated, 5U}});
  after.wait(seconds(230));
  after.says(registration(9));
  CHECK(after.handler.requests.size() == 1);
}

TEST_CASE("What is older than an exchange lifetime is not restored") {
  Conversation talk;
  talk.endpoint.restore({{talk.device, 9, 1}, code::kCreated, 5}, seconds(247));
  CHECK(talk.endpoint.peers() == 0);
}

}  // namespace isthmus::lwm2m::coap
