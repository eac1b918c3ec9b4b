#include "lwm2m/coap/exchange_blocks.h"

#include "tests/unit/lwm2m_coap/scripted_peer.h"

#include <catch2/catch.hpp>

// Payloads that we send in Block1, and responses that come in Block2: RFC 7959 as a client.
namespace isthmus::lwm2m::coap {

using namespace testing;

namespace {

void put(Conversation& talk, const std::string& body, Outcome& outcome, Code method = code::kPut) {
  OutgoingRequest request;
  request.code = method;
  request.options.addPath(option::kUriPath, "/5/0/0").addUint(option::kContentFormat, 42);
  request.payload.assign(body.begin(), body.end());
  talk.endpoint.send(talk.device, std::move(request), outcome.completion());
}

Message echo(const Message& request, Code code, std::uint32_t number, bool more, std::size_t size) {
  Message message = piggybacked(request, code);
  message.options = {blockOption(option::kBlock1, number, more, size)};
  return message;
}

Message part(const Message& request, const std::string& body, std::uint32_t number, std::size_t size,
             std::string etag = "v1") {
  const bool more = (number + 1) * size < body.size();
  Message message = piggybacked(request, code::kContent, body.substr(number * size, size));
  message.options = {{option::kETag, std::move(etag)}, blockOption(option::kBlock2, number, more, size)};
  return message;
}

}  // namespace

TEST_CASE("A large payload goes out in blocks, the first with its size", "[rfc7959-2.5]") {
  Conversation talk;
  Outcome write;
  const std::string body = bodyOf(2500);
  put(talk, body, write);
  std::string received;
  for (std::uint32_t number = 0; number < 3; ++number) {
    const Message request = talk.hears();
    CHECK(talk.silent());
    CHECK(request.code == code::kPut);
    CHECK(request.path() == "/5/0/0");
    CHECK(request.option(option::kContentFormat) == "\x2A");
    CHECK(request.block(option::kBlock1) == std::to_string(number) + (number < 2 ? "/1/1024" : "/0/1024"));
    CHECK(request.option(option::kSize1).has_value() == (number == 0));
    received += request.payload;
    talk.says(echo(request, number < 2 ? code::kContinue : code::kChanged, number, number < 2, 1024));
  }
  CHECK(received == body);
  CHECK(write.code == code::kChanged);
  CHECK(talk.silent());
}

TEST_CASE("A payload of exactly one block is sent whole") {
  Conversation talk;
  Outcome write;
  put(talk, bodyOf(1024), write);
  const Message request = talk.hears();
  CHECK(request.block(option::kBlock1).empty());
  CHECK(request.payload.size() == 1024);
}

TEST_CASE("A lost block is sent again and the transfer goes on") {
  Conversation talk;
  Outcome write;
  const std::string body = bodyOf(2500);
  put(talk, body, write);
  std::string received;
  for (std::uint32_t number = 0; number < 3; ++number) {
    const Message lost = talk.hears();
    talk.wait(milliseconds(3100));
    const Message request = talk.hears();
    CHECK(request.summary() == lost.summary());
    CHECK(request.options == lost.options);
    CHECK(request.payload == lost.payload);
    received += request.payload;
    talk.says(echo(request, number < 2 ? code::kContinue : code::kChanged, number, number < 2, 1024));
    talk.says(echo(request, number < 2 ? code::kContinue : code::kChanged, number, number < 2, 1024));  // a duplicate
  }
  CHECK(received == body);
  CHECK(write.calls == 1);
}

TEST_CASE("A device that asks for smaller blocks gets them, from the next block or from the beginning") {
  struct Row {
    const char* name;
    Code code;
    const char* second;
  };
  for (const Row& row :
       {Row{"2.31", code::kContinue, "4/1/256"}, Row{"4.13", code::kRequestEntityTooLarge, "0/1/256"}}) {
    INFO(row.name);
    Conversation talk;
    Outcome write;
    const std::string body = bodyOf(1500);
    put(talk, body, write);
    Message request = talk.hears();
    talk.says(echo(request, row.code, 0, row.code == code::kContinue, 256));
    request = talk.hears();
    CHECK(request.block(option::kBlock1) == row.second);
    std::string received = row.code == code::kContinue ? body.substr(0, 1024) : "";
    while (true) {
      received += request.payload;
      const auto sent = BlockOption::decode({option::kBlock1, view(*request.option(option::kBlock1))}).value();
      talk.says(echo(request, sent.more ? code::kContinue : code::kChanged, sent.number, sent.more, 256));
      if (!sent.more) break;
      request = talk.hears();
    }
    CHECK(received == body);
    CHECK(write.code == code::kChanged);
  }
}

TEST_CASE("A payload that was sent whole is sent in blocks when the device names a size", "[rfc7959-2.9.3]") {
  Conversation talk;
  Outcome write;
  put(talk, bodyOf(500), write);
  talk.says(echo(talk.hears(), code::kRequestEntityTooLarge, 0, false, 128));
  const Message again = talk.hears();
  CHECK(again.block(option::kBlock1) == "0/1/128");
  CHECK(again.payload.size() == 128);
}

TEST_CASE("A refusal in the middle of a body ends it with that refusal") {
  for (const Code code : {code::kRequestEntityIncomplete, code::kRequestEntityTooLarge, code::kUnauthorized}) {
    INFO(code.toString());
    Conversation talk;
    Outcome write;
    put(talk, bodyOf(2500), write);
    talk.says(echo(talk.hears(), code::kContinue, 0, true, 1024));
    talk.says(piggybacked(talk.hears(), code));
    CHECK(write.code == code);
    CHECK(talk.silent());
  }
}

TEST_CASE("Answers that do not fit the blocks sent are malformed") {
  Conversation talk;
  Outcome write;
  put(talk, bodyOf(2500), write);
  const Message request = talk.hears();
  SECTION("success before the end") { talk.says(piggybacked(request, code::kChanged)); }
  SECTION("another number") { talk.says(echo(request, code::kContinue, 1, true, 1024)); }
  SECTION("continue after the last block") {
    talk.says(echo(request, code::kContinue, 0, true, 1024));
    talk.says(echo(talk.hears(), code::kContinue, 1, true, 1024));
    talk.says(echo(talk.hears(), code::kContinue, 2, true, 1024));
  }
  SECTION("a reserved size") {
    Message message = piggybacked(request, code::kContinue);
    message.options = {uintOption(option::kBlock1, 7)};
    talk.says(message);
  }
  CHECK(write.error() == Errc::malformed);
  CHECK(talk.silent());
}

TEST_CASE("A silent device in the middle of a body times the whole out") {
  Conversation talk;
  Outcome write;
  put(talk, bodyOf(2500), write);
  talk.says(echo(talk.hears(), code::kContinue, 0, true, 1024));
  talk.wait(seconds(100));
  CHECK(write.error() == Errc::timeout);
}

TEST_CASE("A response in blocks is joined", "[rfc7959-2.4]") {
  for (const Type type : {Type::acknowledgement, Type::confirmable}) {
    Conversation talk;
    Outcome read;
    const std::string body = bodyOf(150);
    talk.get("/3", read);
    std::string token;
    for (std::uint16_t number = 0; number < 3; ++number) {
      const Message request = talk.hears();
      if (number == 0) token = request.token;
      CHECK(request.path() == "/3");
      CHECK(request.block(option::kBlock2) == (number == 0 ? "" : std::to_string(number) + "/0/64"));
      Message answer = part(request, body, number, 64);
      answer.type = type;
      if (type == Type::confirmable) {
        talk.says(ack(request.messageId));
        answer.messageId = static_cast<std::uint16_t>(700 + number);
      }
      if (number == 0) answer.options.push_back(uintOption(option::kContentFormat, 110));
      talk.says(answer);
      if (type == Type::confirmable) CHECK(talk.hears().summary() == "ACK 0.00 " + std::to_string(700 + number));
    }
    CHECK(read.payload == body);
    CHECK(read.contentFormat == 110U);
    CHECK(read.token == token);
    CHECK(talk.silent());
  }
}

TEST_CASE("A response whose only block says so is complete") {
  Conversation talk;
  Outcome read;
  talk.get("/3", read);
  talk.says(part(talk.hears(), "short", 0, 64));
  CHECK(read.payload == "short");
}

TEST_CASE("The rest of an observed body is fetched without Observe and under another token", "[rfc7959-3.4]") {
  Conversation talk;
  Outcome observe;
  OutgoingRequest request;
  request.token = Token::fromUint(7);
  request.options.addUint(option::kObserve, 0).addPath(option::kUriPath, "/3");
  talk.endpoint.send(talk.device, std::move(request), observe.completion());
  const std::string body = bodyOf(100);
  Message first = part(talk.hears(), body, 0, 64);
  first.options.push_back(uintOption(option::kObserve, 12));
  talk.says(first);
  const Message further = talk.hears();
  CHECK_FALSE(further.option(option::kObserve));
  CHECK(further.token != first.token);
  // The device may notify in between.
  talk.says(notification(Type::confirmable, 9, first.token, "newer"));
  CHECK(talk.hears().summary() == "ACK 0.00 9");
  talk.says(part(further, body, 1, 64));
  CHECK(observe.payload == body);
  CHECK(observe.observe == 12U);
  CHECK(observe.token == first.token);
  CHECK(talk.handler.notifications.size() == 1);
}

TEST_CASE("A FETCH names what it wants in each request, another payload is sent once") {
  for (const Code method : {code::kFetch, code::kPost}) {
    Conversation talk;
    Outcome read;
    put(talk, "paths", read, method);
    const std::string body = bodyOf(100);
    talk.says(part(talk.hears(), body, 0, 64));
    const Message further = talk.hears();
    CHECK(further.code == method);
    CHECK(further.payload == (method == code::kFetch ? "paths" : ""));
    talk.says(part(further, body, 1, 64));
    CHECK(read.payload == body);
  }
}

TEST_CASE("A body out and a body back in one exchange", "[rfc7959-3.3]") {
  Conversation talk;
  Outcome read;
  const std::string paths = bodyOf(1100);
  const std::string body = bodyOf(100);
  put(talk, paths, read, code::kFetch);
  talk.says(echo(talk.hears(), code::kContinue, 0, true, 1024));
  Message request = talk.hears();
  Message answer = part(request, body, 0, 64);
  answer.options.push_back(blockOption(option::kBlock1, 1, false, 1024));
  talk.says(answer);
  request = talk.hears();
  CHECK(request.block(option::kBlock1).empty());
  CHECK(request.block(option::kBlock2) == "1/0/64");
  CHECK(request.payload.empty());
  talk.says(part(request, body, 1, 64));
  CHECK(read.payload == body);
}

TEST_CASE("Blocks that do not fit together are malformed, and nothing is left behind") {
  Limits limits;
  limits.maxTransfers = 1;
  Conversation talk(limits);
  const std::string body = bodyOf(200);
  for (const int fault : {0, 1, 2, 3, 4, 5, 6}) {
    INFO("fault " << fault);
    Outcome read;
    talk.get("/3", read);
    Message request = talk.hears();
    if (fault == 0) {
      talk.says(part(request, body, 1, 64));
    } else {
      Message first = part(request, body, 0, 64);
      if (fault == 1) first.payload.pop_back();
      talk.says(first);
      if (fault > 1) request = talk.hears();
      Message second = part(request, body, fault == 2 ? 2 : 1, 64, fault == 3 ? "v2" : "v1");
      if (fault == 4) second.options.clear();
      if (fault == 5) second.payload += "x";
      if (fault == 6) second.code = code::kValid;
      if (fault > 1) talk.says(second);
    }
    CHECK(read.error() == Errc::malformed);
  }
  CHECK(talk.silent());
}

TEST_CASE("An error while the rest is fetched is the answer") {
  Conversation talk;
  Outcome read;
  talk.get("/3", read);
  talk.says(part(talk.hears(), bodyOf(100), 0, 64));
  talk.says(piggybacked(talk.hears(), code::kNotFound, "gone"));
  CHECK(read.code == code::kNotFound);
  CHECK(read.payload == "gone");
}

TEST_CASE("A response above the limit is too large, announced or not, and too many at once are unavailable") {
  Limits limits;
  limits.maxBody = 100;
  limits.maxTransfers = 1;
  Conversation talk(limits);
  const std::string body = bodyOf(200);
  Outcome announced, found, first, second;
  talk.get("/3", announced);
  Message answer = part(talk.hears(), body, 0, 64);
  answer.options.push_back(uintOption(option::kSize2, 200));
  talk.says(answer);
  CHECK(announced.error() == Errc::tooLarge);
  talk.get("/3", found);
  talk.says(part(talk.hears(), body, 0, 64));
  talk.says(part(talk.hears(), body, 1, 64));
  CHECK(found.error() == Errc::tooLarge);
  talk.get("/3", first);
  talk.says(part(talk.hears(), body, 0, 64));
  talk.hears();
  talk.device.port = 9;
  talk.get("/3", second);
  talk.says(part(talk.hears(), body, 0, 64));
  CHECK(second.error() == Errc::unavailable);
}

TEST_CASE("A payload that no block number can reach is refused at once") {
  Conversation talk;
  Outcome write;
  put(talk, std::string(17 * 1024 * 1024, 'x'), write);
  CHECK(write.error() == Errc::tooLarge);
  CHECK(talk.silent());
}

TEST_CASE("Block options are read and written (RFC 7959 2.2)") {
  struct Row {
    std::uint32_t number;
    bool more;
    std::uint8_t szx;
    std::uint32_t encoded;
  };
  for (const Row& row :
       {Row{0, false, 0, 0}, Row{0, true, 6, 0xE}, Row{1, false, 2, 0x12}, Row{1048575, true, 6, 0xFFFFFE}}) {
    const auto [number, value] = uintOption(option::kBlock1, row.encoded);
    const auto block = BlockOption::decode({number, view(value)});
    REQUIRE(block);
    CHECK(*block == BlockOption{row.number, row.more, row.szx});
    CHECK(block->encoded() == row.encoded);
  }
  CHECK(BlockOption::szxFor(1024) == 6);
  CHECK(BlockOption::szxFor(1023) == 5);
  CHECK(BlockOption::szxFor(16) == 0);
  CHECK(BlockOption::szxFor(1) == 0);
  CHECK(BlockOption::szxFor(100'000) == 6);
  CHECK_FALSE(BlockOption::at(std::size_t{16} << 20U, 0, 0));
}

}  // namespace isthmus::lwm2m::coap
