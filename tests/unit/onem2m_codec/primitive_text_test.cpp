#include "onem2m/codec/primitive_text.h"

#include "tests/support/vectors.h"

#include <catch2/catch.hpp>

using namespace isthmus;
using namespace isthmus::onem2m;

namespace {

RequestPrimitive creation() {
  RequestPrimitive request;
  request.operation = Operation::create;
  request.to = "cse-in";
  request.from = "CIsthmus";
  request.requestId = "r-1";
  request.releaseVersion = "3";
  request.type = ResourceType::ae;
  request.content = R"({"m2m:ae":{"rn":"isthmus","rr":true}})";
  return request;
}

bool same(const RequestPrimitive& one, const RequestPrimitive& other) {
  return one.operation == other.operation && one.to == other.to && one.from == other.from &&
         one.requestId == other.requestId && one.releaseVersion == other.releaseVersion && one.type == other.type &&
         one.content == other.content && one.expiration == other.expiration;
}

constexpr Serialisation kAll[] = {Serialisation::json, Serialisation::xml, Serialisation::cbor};

}  // namespace

TEST_CASE("a request is written as TS-0004 has it") {
  CHECK(
      writeRequest(Serialisation::json, creation()) ==
      R"({"op":1,"to":"cse-in","fr":"CIsthmus","rqi":"r-1","rvi":"3","ty":2,"pc":{"m2m:ae":{"rn":"isthmus","rr":true}}})");
  RequestPrimitive retrieval;
  retrieval.to = "cse-in";
  retrieval.query = {{"fu", "1"},  {"ty", "2"},  {"ty", "3"}, {"lbl", "a:007"},
                     {"lim", "7"}, {"rcn", "0"}, {"rt", "3"}, {"crb", "20260101T000000"}};
  CHECK(writeRequest(Serialisation::json, retrieval) ==
        R"({"op":2,"to":"cse-in","rcn":0,"rt":{"rtv":3},"fc":{"fu":1,"ty":[2,3],"lbl":["a:007"],"lim":7,)"
        R"("crb":"20260101T000000"}})");
}

TEST_CASE("requests and answers come back from every serialisation, and from no beginning of one") {
  RequestPrimitive notification = creation();
  notification.operation = Operation::notify;
  notification.type.reset();
  notification.expiration = "5000";
  notification.content = R"({"m2m:sgn":{"sur":"/id-in/s","vrq":true}})";
  for (const Serialisation each : kAll) {
    INFO(name(each));
    for (const RequestPrimitive& request : {creation(), notification}) {
      const auto bytes = writeRequest(each, request);
      REQUIRE(bytes);
      const auto read = readRequest(each, *bytes);
      REQUIRE(read);
      CHECK(same(*read, request));
      isthmus::testing::everyTruncation(view(*bytes),
                                        [each](ByteView part) { CHECK_FALSE(readRequest(each, text(part))); });
    }
    const ResponsePrimitive answer{2001, "r-1", R"({"m2m:ae":{"rn":"isthmus","aei":"CIsthmus"}})"};
    const auto bytes = writeResponse(each, answer, "CIsthmus", "/id-in", "3");
    REQUIRE(bytes);
    const auto read = readResponse(each, *bytes);
    REQUIRE(read);
    CHECK(read->status == 2001);
    CHECK(read->requestId == "r-1");
    CHECK(read->content == answer.content);
    isthmus::testing::everyTruncation(view(*bytes),
                                      [each](ByteView part) { CHECK_FALSE(readResponse(each, text(part))); });
  }
}

TEST_CASE("answers as CSEs give them") {
  const auto read = [](std::string_view json) { return readResponse(Serialisation::json, json); };
  CHECK(read(R"({"rsc":2001.0,"rqi":"a","pc":{"m2m:cin":{"con":"1"}}})")->status == 2001);  // tinyIoT
  CHECK(read(R"({"m2m:rsp":{"rsc":"2000","rqi":17}})")->requestId == "17");
  CHECK(read(R"({"rsc":4000,"pc":{"m2m:dbg":"no"}})")->requestId.empty());  // ACME, of what it could not read
  CHECK(read(R"({"rsc":2002,"rqi":"a","pc":""})")->content.empty());
  for (const char* const wrong : {"", "[]", "{}", R"({"rsc":"x"})", R"({"rqi":"a"})", "null"}) CHECK_FALSE(read(wrong));
}

TEST_CASE("a bare notification is one") {
  const auto read = readRequest(Serialisation::json, R"({"m2m:sgn":{"nev":{"net":3.0}}})");  // tinyIoT
  REQUIRE(read);
  CHECK(read->operation == Operation::notify);
  CHECK(read->requestId.empty());
  CHECK(read->content == R"({"m2m:sgn":{"nev":{"net":3.0}}})");
  CHECK_FALSE(readRequest(Serialisation::json, R"({"op":9})"));
}

TEST_CASE("an expiration is a time or a span from now") {
  const WallTime now{milliseconds(1'763'812'345'678)};
  CHECK(expiryOf("5000", now) == now + milliseconds(5000));
  CHECK(expiryOf("-5", now) == now);
  CHECK(expiryOf("99999999999999999", now) > now);
  CHECK(toIso8601(*expiryOf("20261122T101226,5", now)) == "2026-11-22T10:12:26.500Z");
  CHECK_FALSE(expiryOf("", now));
  CHECK_FALSE(expiryOf("soon", now));
}
