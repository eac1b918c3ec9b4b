#include "tests/unit/lwm2m_coap/scripted_peer.h"

#include <catch2/catch.hpp>

namespace isthmus::lwm2m::coap {

using namespace testing;

namespace {

void get(Conversation& talk, std::string_view path, seconds within, Outcome& outcome, std::size_t payload = 0) {
  OutgoingRequest request;
  request.options.addPath(option::kUriPath, path);
  request.payload.resize(payload);
  request.notAfter = talk.clock.now() + within;
  talk.endpoint.send(talk.device, std::move(request), outcome.completion());
}

}  // namespace

TEST_CASE("A request whose time is over while another one is out is never sent") {
  Conversation talk;
  Outcome first, late, next;
  talk.get("/1", first);
  const Message out = talk.hears();
  get(talk, "/2", seconds(10), late);
  get(talk, "/3", seconds(60), next);
  talk.wait(milliseconds(9'900));
  CHECK(late.calls == 0);
  talk.wait(milliseconds(200));
  CHECK(late.error() == Errc::expired);
  CHECK(late.code.error().where == "10.0.0.1:5683");
  talk.output.sent.clear();  // the first one, again and again
  talk.says(piggybacked(out, code::kContent));
  CHECK(first.code == code::kContent);
  CHECK(talk.hears().path() == "/3");
  CHECK(talk.silent());
  CHECK(talk.endpoint.counters().timeouts == 0);
}

TEST_CASE("A request whose turn comes at the very end of its time is not sent") {
  Conversation talk;
  Outcome first, late;
  talk.get("/1", first);
  const Message out = talk.hears();
  get(talk, "/2", seconds(1), late);
  talk.clock.advance(seconds(1));  // and nothing has looked at the clock yet
  talk.says(piggybacked(out, code::kContent));
  CHECK(late.error() == Errc::expired);
  CHECK(talk.silent());
  Outcome over;
  get(talk, "/3", seconds(0), over);
  CHECK(over.error() == Errc::expired);
  CHECK(talk.silent());
}

TEST_CASE("What was begun in time is retransmitted, waited for and sent in all its blocks") {
  Conversation talk;
  Outcome read;
  get(talk, "/1", seconds(1), read);
  const Message out = talk.hears();
  talk.wait(seconds(4));
  CHECK(talk.hears().summary() == out.summary());
  talk.says(piggybacked(out, code::kContent, "late"));
  CHECK(read.payload == "late");
  Outcome large;
  get(talk, "/2", seconds(1), large, 1500);
  const Message begun = talk.hears();
  talk.clock.advance(seconds(2));
  Message more = piggybacked(begun, code::kContinue);
  more.options = {blockOption(option::kBlock1, 0, true, 1024)};
  talk.says(more);
  CHECK(talk.hears().block(option::kBlock1) == "1/0/1024");
  CHECK(large.calls == 0);
}

}  // namespace isthmus::lwm2m::coap
