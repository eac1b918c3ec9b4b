#include "server_bench.h"

#include <catch2/catch.hpp>

namespace isthmus::lwm2m {
namespace {

using Strings = std::vector<std::string>;

constexpr std::string_view kPack = R"([{"n":"/3303/0/5700","v":21.5},{"n":"/3/0/9","v":80}])";

struct SendBench : ServerBench {
  SendBench() { ready(); }
  std::optional<testing::Sent> sends(std::string_view payload = kPack, std::optional<std::uint32_t> format = 110) {
    return device.request(coap::code::kPost, "dp", {}, payload, format);
  }
};

TEST_CASE("can_send_resources: the values are reported and the answer is 2.04, kept with the batch") {
  SendBench bench;
  const auto answer = bench.sends();
  CHECK(answer->message().code == coap::code::kChanged);
  CHECK(bench.listener.values == Strings{"/3303/0/5700=21.5", "/3/0/9=80"});
  REQUIRE(bench.listener.answered.size() == 2);  // after the Register
  CHECK(bench.listener.answered.back().answer == coap::code::kChanged);
  CHECK(bench.server.counters().sends == 1);
}

TEST_CASE("a retransmitted Send is answered again and reported once, also after a restart") {
  SendBench bench;
  bench.sends();
  CHECK(bench.device.repeats()->message().code == coap::code::kChanged);
  CHECK(bench.listener.values.size() == 2);
  SendBench restarted;
  restarted.endpoint.restore(bench.listener.answered.back(), milliseconds(1000));
  Bytes same;
  coap::OptionList options;
  options.addPath(coap::option::kUriPath, "dp").addUint(coap::option::kContentFormat, 110);
  coap::serialize(coap::Type::confirmable, coap::code::kPost, bench.listener.answered.back().key.messageId,
                  coap::Token(view("tk")), options, view(kPack), same);
  restarted.endpoint.receive(ServerBench::at(40000), same);
  CHECK(restarted.wire.take()->message().code == coap::code::kChanged);
  CHECK(restarted.listener.values.empty());
}

TEST_CASE("server_handle_multiple_timestamped_node: every record keeps its time") {
  SendBench bench;
  bench.sends(R"([{"bn":"/3303/0/5700","bt":1700000000,"v":1},{"t":10,"v":2},{"t":20,"v":3}])");
  CHECK(bench.listener.values == Strings{"/3303/0/5700=1", "/3303/0/5700=2", "/3303/0/5700=3"});
  REQUIRE(bench.listener.times.size() == 3);
  CHECK(bench.listener.times[2] == WallTime(seconds(1'700'000'020)));
}

TEST_CASE("register_send_with_invalid_payload: 4.00, told as a bad report") {
  SendBench bench;
  CHECK(bench.sends("{", 110)->message().code == coap::code::kBadRequest);
  CHECK(bench.sends("[]", 99)->message().code == coap::code::kBadRequest);
  CHECK(bench.listener.bad.size() == 2);
  CHECK(bench.server.counters().sendsRefused == 2);
  CHECK(bench.sends()->message().code == coap::code::kChanged);
}

TEST_CASE("a Send without a registration is 4.00, of an instance that is not registered 4.04") {
  ServerBench bench;
  CHECK(bench.device.request(coap::code::kPost, "dp", {}, kPack, 110)->message().code == coap::code::kBadRequest);
  bench.ready({"ep=dev", "lwm2m=1.1"}, "</3/0>,</3303>");
  CHECK(bench.device.request(coap::code::kPost, "dp", {}, kPack, 110)->message().code == coap::code::kNotFound);
  CHECK(bench.listener.values.empty());
  CHECK(bench.device.request(coap::code::kGet, "dp", {})->message().code == coap::code::kMethodNotAllowed);
}

TEST_CASE("can_not_send_if_client_ip_changes: without security another address is nobody") {
  SendBench bench;
  testing::ScriptedDevice stranger(bench.endpoint, bench.wire, ServerBench::at(50000));
  CHECK(stranger.request(coap::code::kPost, "dp", {}, kPack, 110)->message().code == coap::code::kBadRequest);
}

TEST_CASE("a Send counts for the device that came to the address last, and follows an Update to a new one") {
  ServerBench bench;
  const std::string path = "rd/" + bench.registered();
  bench.device.registers({"ep=other", "lwm2m=1.1"}, "</3/0>,</3303/0>");
  bench.device.request(coap::code::kPost, "dp", {}, kPack, 110);
  CHECK(bench.listener.reporters == Strings{"other", "other"});
  bench.device.moveTo(ServerBench::at(40009));
  bench.device.request(coap::code::kPost, path, {}, "</3/0>,</3303/0>", 40);
  bench.device.request(coap::code::kPost, "dp", {}, kPack, 110);
  CHECK(bench.listener.reporters.back() == "dev");
}

TEST_CASE("while the outbox is full a Send gets 5.03 with Max-Age and is taken when it comes again") {
  SendBench bench;
  const bool byVerdict = GENERATE(false, true);
  bench.listener.admission = {byVerdict, seconds(60)};
  if (byVerdict) bench.listener.verdict = coap::Verdict::withhold;
  const auto refused = bench.sends();
  CHECK(refused->message().code == coap::code::kServiceUnavailable);
  CHECK(refused->message().uintOption(coap::option::kMaxAge) == 60);
  bench.listener.admission = {};
  bench.listener.verdict = coap::Verdict::acknowledge;
  CHECK(bench.sends()->message().code == coap::code::kChanged);
  CHECK(bench.listener.values.size() == 2);
}

TEST_CASE("a Send in blocks is one Send") {
  SendBench bench;
  std::string pack = "[";
  for (int i = 0; i < 40; ++i)
    pack += (i ? "," : "") + std::string(R"({"n":"/3303/0/5700","t":-)") + std::to_string(40 - i) + R"(,"v":1})";
  pack += "]";
  REQUIRE(pack.size() > 1024);
  const auto block = [&](std::uint32_t number, bool more) {
    coap::OptionList options;
    options.addPath(coap::option::kUriPath, "dp").addUint(coap::option::kContentFormat, 110);
    options.addUint(coap::option::kBlock1, number << 4 | (more ? 8U : 0U) | 6U);
    return bench.device.requestWith(coap::code::kPost, options, std::string_view(pack).substr(number * 1024, 1024));
  };
  CHECK(block(0, true)->message().code == coap::code::kContinue);
  CHECK(block(1, false)->message().code == coap::code::kChanged);
  CHECK(bench.listener.values.size() == 40);
}

}  // namespace
}  // namespace isthmus::lwm2m
