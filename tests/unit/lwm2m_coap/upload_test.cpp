#include "tests/unit/lwm2m_coap/scripted_peer.h"

#include <catch2/catch.hpp>

// Bodies that a device sends in Block1, and answers that it fetches in Block2: RFC 7959 as a server.
namespace isthmus::lwm2m::coap {

using namespace testing;

namespace {

constexpr std::size_t kSize = 64;

Message block(std::uint16_t messageId, const std::string& body, std::uint32_t number, std::string path = "rd") {
  const bool more = (number + 1) * kSize < body.size();
  return {Type::confirmable,
          code::kPost,
          messageId,
          "01",
          {{option::kUriPath, std::move(path)},
           {option::kContentFormat, "\x28"},
           blockOption(option::kBlock1, number, more, kSize)},
          body.substr(number * kSize, kSize)};
}

Message fetch(std::uint16_t messageId, std::uint32_t number, std::size_t size, Code method = code::kGet) {
  return {Type::confirmable,
          method,
          messageId,
          "01",
          {{option::kUriPath, "big"}, blockOption(option::kBlock2, number, false, size)},
          ""};
}

}  // namespace

TEST_CASE("A body in blocks is joined and given to the handler once, with and without its size", "[rfc7959-2.5]") {
  for (const bool withSize : {true, false}) {
    Conversation talk;
    talk.handler.response.code = code::kCreated;
    const std::string body = bodyOf(200);
    for (std::uint16_t number = 0; number < 4; ++number) {
      Message message = block(static_cast<std::uint16_t>(100 + number), body, number);
      if (withSize) message.options.push_back(uintOption(option::kSize1, 200));
      talk.says(message);
      const Message answer = talk.hears();
      CHECK(answer.code == (number < 3 ? code::kContinue : code::kCreated));
      CHECK(answer.block(option::kBlock1) == std::to_string(number) + (number < 3 ? "/1/64" : "/0/64"));
      CHECK(talk.handler.requests.size() == (number < 3 ? 0U : 1U));
    }
    CHECK(talk.handler.requests[0].payload == body);
    CHECK(talk.handler.requests[0].path == "/rd");
    CHECK(talk.handler.requests[0].contentFormat == 40U);
    CHECK(talk.handler.requests[0].key.messageId == 103);
  }
}

TEST_CASE("A single block is an ordinary request whose answer echoes it") {
  Conversation talk;
  talk.says(block(1, "short", 0));
  CHECK(talk.hears().block(option::kBlock1) == "0/0/64");
  CHECK(talk.handler.requests.at(0).payload == "short");
}

TEST_CASE("Retransmitted blocks get their answer again, the last one included") {
  Conversation talk;
  const std::string body = bodyOf(150);
  for (std::uint16_t number = 0; number < 3; ++number)
    for (int time = 0; time < 2; ++time) {
      talk.says(block(number, body, number));
      const Message answer = talk.hears();
      CHECK(answer.code == (number < 2 ? code::kContinue : code::kChanged));
      CHECK(answer.block(option::kBlock1) == std::to_string(number) + (number < 2 ? "/1/64" : "/0/64"));
    }
  REQUIRE(talk.handler.requests.size() == 1);
  CHECK(talk.handler.requests[0].payload == body);
  CHECK(talk.handler.rebuilt.size() == 1);
}

TEST_CASE("A block that comes again under a new message id is not joined twice") {
  Conversation talk;
  const std::string body = bodyOf(150);
  talk.says(block(1, body, 0));
  talk.says(block(2, body, 1));
  talk.says(block(3, body, 1));
  talk.says(block(4, body, 2));
  CHECK(talk.output.sent[2].message.code == code::kContinue);
  CHECK(talk.handler.requests.at(0).payload == body);
}

TEST_CASE("A gap is incomplete, and the transfer goes on where it was", "[rfc7959-2.9.2]") {
  Conversation talk;
  const std::string body = bodyOf(200);
  talk.says(block(1, body, 0));
  talk.hears();
  talk.says(block(2, body, 2));
  CHECK(talk.hears().code == code::kRequestEntityIncomplete);
  talk.says(block(3, body, 1));
  CHECK(talk.hears().code == code::kContinue);
  talk.says(block(4, body, 3));
  CHECK(talk.hears().code == code::kRequestEntityIncomplete);
  talk.says(block(5, body, 2));
  talk.says(block(6, body, 3));
  CHECK(talk.handler.requests.at(0).payload == body);
}

TEST_CASE("A block without its beginning is incomplete") {
  Conversation talk;
  talk.says(block(1, bodyOf(150), 1));
  CHECK(talk.hears().summary() == "ACK 4.08 1");
  CHECK(talk.endpoint.peers() == 0);
}

TEST_CASE("A first block starts its body anew") {
  Conversation talk;
  talk.says(block(1, bodyOf(150), 0));
  talk.says(block(2, bodyOf(150), 1));
  const std::string other = "x" + bodyOf(149);
  for (std::uint16_t number = 0; number < 3; ++number)
    talk.says(block(static_cast<std::uint16_t>(3 + number), other, number));
  CHECK(talk.handler.requests.at(0).payload == other);
}

TEST_CASE("Bodies for different resources, tags and peers are not mixed", "[rfc9175-3.3]") {
  Conversation talk;
  const std::string one = bodyOf(100);
  const std::string two = "2" + bodyOf(99);
  const Address other = Address::ipv4(10, 0, 0, 2, 5683);
  Message tagged = block(3, two, 0);
  tagged.options.push_back({option::kRequestTag, "t"});
  talk.says(block(1, one, 0));
  talk.says(block(2, two, 0, "dp"));
  talk.says(tagged);
  talk.saysFrom(other, block(1, two, 0));
  talk.says(block(4, one, 1));
  talk.says(block(5, two, 1, "dp"));
  tagged = block(6, two, 1);
  tagged.options.push_back({option::kRequestTag, "t"});
  talk.says(tagged);
  talk.saysFrom(other, block(2, two, 1));
  REQUIRE(talk.handler.requests.size() == 4);
  CHECK(talk.handler.requests[0].payload == one);
  for (std::size_t i = 1; i < 4; ++i) CHECK(talk.handler.requests[i].payload == two);
  CHECK(talk.handler.requests[1].path == "/dp");
}

TEST_CASE("Blocks of a wrong size are bad requests", "[rfc7959-2.2]") {
  for (const std::size_t size : {0U, 1U, 63U, 65U}) {
    INFO(size << " bytes");
    Conversation talk;
    Message message = block(1, bodyOf(200), 0);
    message.payload = std::string(size, 'x');
    talk.says(message);
    CHECK(talk.hears().code == code::kBadRequest);
  }
}

TEST_CASE("The two datagrams that crash other stacks do no harm: empty blocks without a size") {
  Conversation talk;
  Message first = block(1, bodyOf(200), 0);
  first.payload.clear();
  Message second = block(2, "", 0);
  talk.says(first);
  CHECK(talk.hears().code == code::kBadRequest);
  talk.says(second);
  CHECK(talk.hears().code == code::kChanged);
}

TEST_CASE("A body above the limit is refused at its announcement or where it passes the limit", "[rfc7959-2.9.3]") {
  Limits limits;
  limits.maxBody = 100;
  Conversation talk(limits);
  Message announced = block(1, bodyOf(200), 0);
  announced.options.push_back(uintOption(option::kSize1, 200));
  talk.says(announced);
  const Message refused = talk.hears();
  CHECK(refused.code == code::kRequestEntityTooLarge);
  CHECK(refused.option(option::kSize1) == std::string(1, 100));
  talk.says(block(2, bodyOf(200), 0));
  CHECK(talk.hears().code == code::kContinue);
  talk.says(block(3, bodyOf(200), 1));
  CHECK(talk.hears().code == code::kRequestEntityTooLarge);
  talk.says(block(4, bodyOf(200), 2));
  CHECK(talk.hears().code == code::kRequestEntityIncomplete);
}

TEST_CASE("Too many bodies of one peer, of all peers, or too many bytes of them are refused for a while") {
  Limits limits;
  limits.transfersPerPeer = 2;
  limits.maxTransfers = 3;
  Conversation talk(limits);
  const Address other = Address::ipv4(10, 0, 0, 2, 5683);
  talk.says(block(1, bodyOf(200), 0, "a"));
  talk.says(block(2, bodyOf(200), 0, "b"));
  talk.output.sent.clear();
  talk.says(block(3, bodyOf(200), 0, "c"));
  const Message refused = talk.hears();
  CHECK(refused.code == code::kServiceUnavailable);
  CHECK(refused.option(option::kMaxAge) == std::string(1, 30));
  talk.saysFrom(other, block(1, bodyOf(200), 0, "a"));
  CHECK(talk.hears().code == code::kContinue);
  talk.saysFrom(other, block(2, bodyOf(200), 0, "b"));
  CHECK(talk.hears().code == code::kServiceUnavailable);
  talk.wait(seconds(31));
  talk.saysFrom(other, block(3, bodyOf(200), 0, "b"));
  CHECK(talk.hears().code == code::kContinue);
}

TEST_CASE("The bytes of all bodies together are bounded, and free again when a body ends") {
  Limits limits;
  limits.maxTransferBytes = 100;
  Conversation talk(limits);
  talk.says(block(1, bodyOf(100), 0, "a"));
  CHECK(talk.hears().code == code::kContinue);
  talk.says(block(2, bodyOf(100), 0, "b"));
  CHECK(talk.hears().code == code::kServiceUnavailable);
  talk.says(block(3, bodyOf(100), 1, "a"));
  CHECK(talk.hears().code == code::kChanged);
  talk.says(block(4, bodyOf(100), 0, "b"));
  CHECK(talk.hears().code == code::kContinue);
}

TEST_CASE("A body without a new block is dropped after its lifetime, each block prolongs it") {
  Conversation talk;
  const std::string body = bodyOf(200);
  for (std::uint16_t number = 0; number < 3; ++number) {
    talk.says(block(number, body, number));
    CHECK(talk.hears().code == code::kContinue);
    talk.wait(seconds(29));
  }
  talk.wait(seconds(2));
  talk.says(block(9, body, 3));
  CHECK(talk.hears().code == code::kRequestEntityIncomplete);
}

TEST_CASE("A body whose answer is withheld is kept for the last block's retransmission") {
  Conversation talk;
  const std::string body = bodyOf(100);
  talk.handler.response.code = code::kEmpty;
  talk.says(block(1, body, 0));
  talk.hears();
  talk.says(block(2, body, 1));
  CHECK(talk.silent());
  talk.handler.response.code = code::kChanged;
  talk.says(block(2, body, 1));
  CHECK(talk.hears().summary() == "ACK 2.04 2");
  REQUIRE(talk.handler.requests.size() == 2);
  CHECK(talk.handler.requests[1].payload == body);
}

TEST_CASE("A handler may cancel the peer whose body it is reading") {
  Conversation talk;
  const std::string body = bodyOf(100);
  std::string seen;
  talk.handler.duringRequest = [&](const IncomingRequest& request) {
    talk.endpoint.cancel(talk.device);
    seen = text(request.payload);
    return Response{code::kChanged, {}, {}, 0};
  };
  talk.says(block(1, body, 0));
  talk.says(block(2, body, 1));
  CHECK(seen == body);
}

TEST_CASE("A large answer is given out in blocks", "[rfc7959-2.4]") {
  Conversation talk;
  const std::string body = bodyOf(2500);
  talk.handler.response = {code::kContent, {}, Bytes(body.begin(), body.end()), 3};
  talk.handler.response.options.addUint(option::kContentFormat, 40);
  talk.says({Type::confirmable, code::kGet, 1, "01", {{option::kUriPath, "big"}}, ""});
  Message answer = talk.hears();
  CHECK(answer.block(option::kBlock2) == "0/1/1024");
  CHECK(answer.option(option::kSize2) == std::string("\x09\xC4"));
  const auto etag = answer.option(option::kETag);
  CHECK(etag);
  std::string joined = answer.payload;
  for (std::uint16_t number = 1; number < 3; ++number) {
    talk.says(fetch(static_cast<std::uint16_t>(1 + number), number, 1024));
    answer = talk.hears();
    CHECK(answer.block(option::kBlock2) == std::to_string(number) + (number < 2 ? "/1/1024" : "/0/1024"));
    CHECK(answer.option(option::kETag) == etag);
    CHECK(answer.option(option::kContentFormat) == "\x28");
    joined += answer.payload;
  }
  CHECK(joined == body);
  CHECK(talk.handler.requests.size() == 1);
}

TEST_CASE("The device's smaller block size is kept to") {
  Conversation talk;
  const std::string body = bodyOf(100);
  talk.handler.response = {code::kContent, {}, Bytes(body.begin(), body.end()), 0};
  std::string joined;
  for (std::uint16_t number = 0; number < 4; ++number) {
    talk.says(fetch(number, number, 32));
    const Message answer = talk.hears();
    CHECK(answer.block(option::kBlock2) == std::to_string(number) + (number < 3 ? "/1/32" : "/0/32"));
    joined += answer.payload;
  }
  CHECK(joined == body);
  talk.says(fetch(9, 4, 32));
  CHECK(talk.hears().code == code::kBadRequest);
}

TEST_CASE("A retransmitted request for a large answer gets its first block again, also after a restart") {
  const std::string body = bodyOf(2500);
  const Message request{Type::confirmable, code::kGet, 1, "01", {{option::kUriPath, "big"}}, ""};
  Conversation talk;
  talk.handler.response = {code::kContent, {}, Bytes(body.begin(), body.end()), 3};
  talk.says(request);
  const Message first = talk.hears();
  talk.says(request);
  const Message second = talk.hears();
  CHECK(second.payload == first.payload);
  CHECK(second.options == first.options);
  Conversation after;
  after.handler.response = talk.handler.response;
  after.endpoint.restore({talk.handler.requests.at(0).key, code::kContent, 3}, seconds(1));
  after.says(request);
  CHECK(after.hears().options == first.options);
  CHECK(after.handler.requests.empty());
}

TEST_CASE("A further block of an answer that is gone is asked for anew if that is safe") {
  Conversation talk;
  const std::string body = bodyOf(2500);
  talk.handler.response = {code::kContent, {}, Bytes(body.begin(), body.end()), 0};
  talk.says(fetch(1, 2, 1024));
  const Message answer = talk.hears();
  CHECK(answer.block(option::kBlock2) == "2/0/1024");
  CHECK(answer.payload == body.substr(2048));
  talk.says(fetch(2, 2, 1024, code::kPost));
  CHECK(talk.hears().code == code::kRequestEntityIncomplete);
  CHECK(talk.handler.requests.size() == 1);
}

}  // namespace isthmus::lwm2m::coap
