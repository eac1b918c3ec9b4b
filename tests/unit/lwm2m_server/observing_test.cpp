#include "server_bench.h"

#include <catch2/catch.hpp>

namespace isthmus::lwm2m {
namespace {

using Strings = std::vector<std::string>;

TEST_CASE("an observation token says what it was made from, and nobody else's token does") {
  for (const ObservationToken token :
       {ObservationToken{0, 0, 0}, ObservationToken{99'999, 255, 7}, ObservationToken{0xFFFFFFFF, 1, 255}}) {
    CHECK(ObservationToken::decode(token.encode(1), 1) == token);
    CHECK_FALSE(ObservationToken::decode(token.encode(1), 2));
  }
  CHECK_FALSE(ObservationToken::decode(coap::Token(view("short")), 1));
  CHECK_FALSE(ObservationToken::decode(coap::Token(), 1));
}

TEST_CASE("after a Register the planned paths are observed, one at a time, and values reach the listener") {
  ServerBench bench;
  bench.listener.planned = {{Path(3303, 0, 5700), ""}, {Path(3304, 0, 5700), ""}};
  bench.registered();
  CHECK(bench.wire.sent.empty());  // nothing before the Register's answer is out
  const testing::Sent first = bench.observe();
  CHECK(first.message().code == coap::code::kGet);
  CHECK(first.message().uintOption(coap::option::kObserve) == 0);
  CHECK(first.message().textOptions(coap::option::kUriPath) == std::vector<std::string_view>{"3303", "0", "5700"});
  CHECK(bench.wire.sent.empty());
  bench.device.answer(first, coap::code::kContent, "21.5", 0, 1);
  const testing::Sent second = *bench.wire.take();
  CHECK(second.message().textOptions(coap::option::kUriPath).front() == "3304");
  bench.device.answer(second, coap::code::kContent, "40", 0, 1);
  CHECK(bench.listener.values == Strings{"/3303/0/5700=21.5", "/3304/0/5700=40"});
  const auto ack = bench.device.notifies(first.message().token, "22");
  REQUIRE(ack);
  CHECK(ack->message().type == coap::Type::acknowledgement);
  CHECK(ack->message().code == coap::code::kEmpty);
  CHECK(bench.listener.values.back() == "/3303/0/5700=22");
}

TEST_CASE("planned paths that belong together are observed in one Observe-Composite") {
  ServerBench bench;
  bench.listener.planned = {Observation::together({Path(3303, 0, 5700), Path(3304, 0, 5700)}), {Path(3, 0, 9), ""}};
  bench.registered();
  const testing::Sent first = bench.observe();
  CHECK(first.message().code == coap::code::kFetch);
  bench.device.answer(first, coap::code::kContent, R"([{"n":"/3303/0/5700","v":21.5},{"n":"/3304/0/5700","v":40}])",
                      110, 1);
  CHECK(bench.wire.take()->message().textOptions(coap::option::kUriPath).front() == "3");
  bench.device.notifies(first.message().token, R"([{"n":"/3304/0/5700","v":41}])", 110);
  CHECK(bench.listener.values == Strings{"/3303/0/5700=21.5", "/3304/0/5700=40", "/3304/0/5700=41"});
}

TEST_CASE("a device that refuses an Observe-Composite is asked for each of its paths, and stored so") {
  ServerBench bench;
  bench.listener.planned = {Observation::together({Path(3303, 0, 5700), Path(3304, 0, 5700)}), {Path(3, 0, 9), ""}};
  bench.registered();
  bench.device.answer(bench.observe(), coap::code::kMethodNotAllowed);
  Strings asked;
  for (const char* value : {"21.5", "80", "40"}) {
    const testing::Sent sent = *bench.wire.take();
    CHECK(sent.message().code == coap::code::kGet);
    std::string path;
    for (const auto part : sent.message().textOptions(coap::option::kUriPath)) path += "/" + std::string(part);
    asked.push_back(path);
    bench.device.answer(sent, coap::code::kContent, value, 0, 1);
  }
  CHECK(asked == Strings{"/3303/0/5700", "/3/0/9", "/3304/0/5700"});
  CHECK(bench.listener.values.size() == 3);
  CHECK(bench.listener.changes.back().observations.size() == 3);
}

TEST_CASE("a notification that comes before the Observe's answer is that answer") {
  ServerBench bench;
  bench.registered();
  const testing::Sent observe = bench.observe();
  CHECK(bench.device.notifies(observe.message().token, "21.5"));
  CHECK(bench.listener.values == Strings{"/3303/0/5700=21.5"});
}

TEST_CASE("a duplicate notification is acknowledged again and not reported again") {
  ServerBench bench;
  bench.registered();
  const testing::Sent observe = bench.observe();
  bench.device.answer(observe, coap::code::kContent, "1", 0, 1);
  bench.device.notifies(observe.message().token, "2");
  const auto again = bench.device.repeats();
  REQUIRE(again);
  CHECK(again->message().type == coap::Type::acknowledgement);
  CHECK(bench.listener.values.size() == 2);
}

TEST_CASE("a withheld notification gets no answer and is reported when it comes again") {
  ServerBench bench;
  bench.registered();
  const testing::Sent observe = bench.observe();
  bench.device.answer(observe, coap::code::kContent, "1", 0, 1);
  bench.listener.verdict = coap::Verdict::withhold;
  CHECK_FALSE(bench.device.notifies(observe.message().token, "2"));
  bench.listener.verdict = coap::Verdict::acknowledge;
  CHECK(bench.device.repeats());
  CHECK(bench.listener.values.back() == "/3303/0/5700=2");
}

TEST_CASE("RST is for tokens never issued, or cancelled, only") {
  ServerBench bench;
  bench.registered();
  const testing::Sent observe = bench.observe();
  const coap::Token token = observe.message().token;
  bench.device.answer(observe, coap::code::kContent, "1", 0, 1);
  CHECK(bench.device.notifies(coap::Token(view("12345678")), "2")->message().type == coap::Type::reset);
  const DeviceOperation cancel{
      .kind = OperationKind::cancelObservation, .paths = {Path(3303, 0, 5700)}, .cancelMode = CancelMode::passive};
  bench.server.operate(0, cancel, bench.outcomes.keep());
  CHECK(bench.device.notifies(token, "2")->message().type == coap::Type::reset);
  CHECK(bench.listener.values.size() == 1);
}

TEST_CASE("tokens outlive a restart, and end with the next registration") {
  ServerBench first;
  first.registered();
  const coap::Token token = first.observe().message().token;
  ServerBench second;
  second.server.restore(first.listener.changes.back());
  CHECK(second.device.notifies(token, "3")->message().type == coap::Type::acknowledgement);
  CHECK(second.listener.values == Strings{"/3303/0/5700=3"});
  second.registered();
  CHECK(second.device.notifies(token, "4")->message().type == coap::Type::reset);
}

TEST_CASE("a restart takes up observing where it was cut off, and asks nothing where it was done") {
  ServerBench first;
  first.registered();
  const testing::Sent observe = first.observe();
  const Registration cutOff = first.listener.changes.back();
  CHECK(cutOff.observing);
  first.device.answer(observe, coap::code::kContent, "1", 0, 1);
  CHECK_FALSE(first.listener.changes.back().observing);

  ServerBench second;
  second.server.restore(cutOff);
  const testing::Sent again = second.observe();
  CHECK(again.message().token == observe.message().token);
  ServerBench third;
  third.server.restore(first.listener.changes.back());
  third.server.turn(8);
  CHECK_FALSE(third.wire.take());
}

TEST_CASE("a notification from another address is neither reported nor answered") {
  ServerBench bench;
  bench.registered();
  const testing::Sent observe = bench.observe();
  bench.device.answer(observe, coap::code::kContent, "1", 0, 1);
  testing::ScriptedDevice stranger(bench.endpoint, bench.wire, ServerBench::at(50000));
  CHECK_FALSE(stranger.notifies(observe.message().token, "666"));
  CHECK(bench.listener.values.size() == 1);
  CHECK(bench.server.counters().foreignNotifications == 1);
}

TEST_CASE("notification attributes are written before their Observe; a refusal does not stop it") {
  const coap::Code answer = GENERATE(coap::code::kChanged, coap::code::kBadRequest);
  ServerBench bench;
  bench.listener.planned = {{Path(3303, 0, 5700), "pmin=1&pmax=300"}};
  bench.registered();
  const testing::Sent write = bench.observe();
  CHECK(write.message().code == coap::code::kPut);
  CHECK(write.message().textOptions(coap::option::kUriQuery) == std::vector<std::string_view>{"pmin=1", "pmax=300"});
  bench.device.answer(write, answer);
  CHECK(bench.wire.take()->message().uintOption(coap::option::kObserve) == 0);
}

TEST_CASE("a plan whose attributes say nothing is observed without a Write-Attributes") {
  ServerBench bench;
  bench.listener.planned = {{Path(3303, 0, 5700), "nothing=1"}};
  bench.registered();
  CHECK(bench.observe().message().uintOption(coap::option::kObserve) == 0);
}

TEST_CASE("a device that cannot answer in the preferred format is asked in the next one that it lists, then in TLV") {
  ServerBench bench;
  bench.device.registers({"ep=dev", "lwm2m=1.1"}, "</>;rt=\"oma.lwm2m\";ct=\"110 112\",</3303/0>");
  const testing::Sent first = bench.observe();
  CHECK(first.message().uintOption(coap::option::kAccept) == 112);
  bench.device.answer(first, coap::code::kNotAcceptable);
  const testing::Sent second = *bench.wire.take();
  CHECK(second.message().uintOption(coap::option::kAccept) == 110);
  bench.device.answer(second, coap::code::kUnsupportedContentFormat);
  const testing::Sent third = *bench.wire.take();
  CHECK(third.message().uintOption(coap::option::kAccept) == 11542);
  CHECK(third.message().token == first.message().token);
  // It is asked so from now on.
  bench.device.answer(third, coap::code::kContent, text(*fromHex("e4164441bc0000")), 11542, 1);
  CHECK(bench.asks({.paths = {Path(3303, 0, 5700)}}).message().uintOption(coap::option::kAccept) == 11542);
}

TEST_CASE("an answer is decoded by its own Content-Format, whatever was asked") {
  ServerBench bench;
  bench.registered();
  const testing::Sent observe = bench.observe();
  bench.device.answer(observe, coap::code::kContent, R"([{"bn":"/3303/0/5700","v":23.5}])", 110, 1);
  const Bytes tlv = *fromHex("e4164441bc0000");
  bench.device.notifies(observe.message().token, text(tlv), 11542);
  CHECK(bench.listener.values == Strings{"/3303/0/5700=23.5", "/3303/0/5700=23.5"});
}

TEST_CASE("a payload that cannot be decoded is told with its bytes, and the observation stays") {
  ServerBench bench;
  bench.registered();
  const testing::Sent observe = bench.observe();
  bench.device.answer(observe, coap::code::kContent, "1", 0, 1);
  CHECK(bench.device.notifies(observe.message().token, "\xFF\xFF", 112)->message().type == coap::Type::acknowledgement);
  CHECK(bench.listener.bad == Strings{"/3303/0/5700: ffff"});
  bench.device.notifies(observe.message().token, "5");
  CHECK(bench.listener.values.back() == "/3303/0/5700=5");
}

TEST_CASE("an alternate root path stands in front of every request's path") {
  ServerBench bench;
  bench.device.registers({"ep=dev", "lwm2m=1.1"}, "</lwm2m>;rt=\"oma.lwm2m\",</lwm2m/3303/0>");
  CHECK(bench.observe().message().textOptions(coap::option::kUriPath) ==
        std::vector<std::string_view>{"lwm2m", "3303", "0", "5700"});
}

TEST_CASE("a device that did not hear the Observe is asked again after its next Update") {
  ServerBench bench;
  const std::string path = "rd/" + bench.registered();
  bench.observe();
  bench.clock.advance(seconds(100));
  for (int i = 0; i < 8; ++i) {
    bench.endpoint.expire();
    bench.clock.advance(seconds(40));
  }
  while (bench.wire.take()) {
  }
  bench.device.request(coap::code::kPost, path, {});
  CHECK(bench.observe().message().uintOption(coap::option::kObserve) == 0);
}

TEST_CASE("a device that moves while it is being observed is observed at its new address") {
  ServerBench bench;
  const std::string path = "rd/" + bench.registered();
  bench.observe();
  bench.device.moveTo(ServerBench::at(40007));
  bench.device.request(coap::code::kPost, path, {});
  const testing::Sent again = bench.observe();
  CHECK(again.to == ServerBench::at(40007));
  bench.device.answer(again, coap::code::kContent, "8", 0, 1);
  CHECK(bench.listener.values == Strings{"/3303/0/5700=8"});
}

TEST_CASE("no observation is begun while the listener has no room, and not more at once than is set") {
  ServerBench bench({.tokenSecret = 42, .observesAtOnce = 2});
  bench.listener.observing = false;
  for (int i = 0; i < 5; ++i) {
    testing::ScriptedDevice device(bench.endpoint, bench.wire, ServerBench::at(static_cast<std::uint16_t>(41000 + i)));
    device.registers({"ep=dev" + std::to_string(i), "lwm2m=1.1"});
  }
  bench.server.turn(100);
  CHECK(bench.wire.sent.empty());
  bench.listener.observing = true;
  bench.server.turn(100);
  CHECK(bench.wire.sent.size() == 2);
}

}  // namespace
}  // namespace isthmus::lwm2m
