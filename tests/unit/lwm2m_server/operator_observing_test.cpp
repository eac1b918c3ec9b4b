#include "server_bench.h"

#include <catch2/catch.hpp>

namespace isthmus::lwm2m {
namespace {

using Kind = OperationKind;
using Strings = std::vector<std::string>;

const Path kSensor(3303, 0, 5700);
const std::vector<Path> kTwo = {Path(3, 0, 9), Path(3303, 0)};

// Has the device observed, answered with "1"; the token.
coap::Token observed(ServerBench& bench, DeviceOperation operation = {.kind = Kind::observe, .paths = {kSensor}}) {
  const testing::Sent sent = bench.asks(std::move(operation));
  bench.device.answer(sent, coap::code::kContent, "1", 0, 1);
  return sent.message().token;
}

DeviceOperation compositeOf(Kind kind, std::vector<Path> paths = kTwo) {
  return {.kind = kind, .paths = std::move(paths)};
}

coap::Token compositeObserved(ServerBench& bench) {
  const testing::Sent sent = bench.asks(compositeOf(Kind::observeComposite));
  bench.device.answer(sent, coap::code::kContent, R"([{"n":"/3/0/9","v":80},{"n":"/3303/0/5700","v":21.5}])", 110, 1);
  return sent.message().token;
}

TEST_CASE("can_observe_resource: the first value is the outcome, and it and the next ones are reported") {
  ServerBench bench;
  bench.ready();
  const coap::Token token = observed(bench);
  CHECK(bench.outcomes.last()->records.at(0).value == Value(1.0));
  bench.device.notifies(token, "2");
  CHECK(bench.listener.values == Strings{"/3303/0/5700=1", "/3303/0/5700=2"});
  REQUIRE(bench.listener.changes.back().observations.size() == 1);
  CHECK(bench.listener.changes.back().observations[0].isByOperator());
}

TEST_CASE("an operator's observation of one device is not that of another one with the same plan") {
  ServerBench bench;
  testing::ScriptedDevice other{bench.endpoint, bench.wire, ServerBench::at(40001)};
  bench.device.registers({"ep=a", "lwm2m=1.1"});
  other.registers({"ep=b", "lwm2m=1.1"});
  const auto observationsOf = [&](std::uint32_t device) {
    return bench.server.devices().at(device)->registration.observations;
  };
  REQUIRE(observationsOf(0).sharesWith(observationsOf(1)));
  bench.server.operate(0, {.kind = Kind::observe, .paths = {Path(3, 0, 9)}}, bench.outcomes.keep());
  CHECK(observationsOf(0).size() == 2);
  CHECK(observationsOf(1).size() == 1);
}

TEST_CASE("an observation is kept before its token leaves") {
  ServerBench bench;
  bench.ready();
  bench.asks({.kind = Kind::observe, .paths = {kSensor}});
  CHECK(bench.listener.changes.back().observations.size() == 1);
}

TEST_CASE("an observation that the device refuses, answers without Observe or leaves unanswered is not kept") {
  ServerBench bench;
  bench.ready();
  const testing::Sent sent = bench.asks({.kind = Kind::observe, .paths = {kSensor}});
  const int how = GENERATE(0, 1, 2);
  if (how == 0) bench.device.answer(sent, coap::code::kMethodNotAllowed);
  if (how == 1) bench.device.answer(sent, coap::code::kContent, "1", 0);
  if (how == 2) bench.silence();
  CHECK(bench.outcomes.all.size() == 1);
  CHECK(bench.listener.changes.back().observations[0].isFree());
  CHECK(bench.device.notifies(sent.message().token, "2")->message().type == coap::Type::reset);
}

TEST_CASE("what is observed already is observed under the same token, with the newer attributes") {
  ServerBench bench;
  bench.ready();
  const coap::Token token = observed(bench);
  const testing::Sent again = bench.asks({.kind = Kind::observe, .paths = {kSensor}, .attributes = {.pmin = 5}});
  CHECK(again.message().token == token);
  CHECK(again.message().textOptions(coap::option::kUriQuery) == std::vector<std::string_view>{"pmin=5"});
  bench.device.answer(again, coap::code::kContent, "2", 0, 2);
  CHECK(bench.listener.changes.back().observations.size() == 1);
  CHECK(bench.listener.changes.back().observations[0].attributes() == "pmin=5");
}

TEST_CASE("what is observed already stays observed when the device says no to an operator's Observe") {
  const bool planned = GENERATE(true, false);
  const int how = GENERATE(0, 1, 2);
  ServerBench bench;
  coap::Token token;
  if (planned) {
    bench.registered();
    const testing::Sent sent = bench.observe();
    bench.device.answer(sent, coap::code::kContent, "1", 0, 1);
    token = sent.message().token;
  } else {
    bench.ready();
    token = observed(bench);
  }
  const testing::Sent again = bench.asks({.kind = Kind::observe, .paths = {kSensor}, .attributes = {.pmin = 5}});
  CHECK(again.message().token == token);
  if (how == 0) bench.device.answer(again, coap::code::kBadRequest);
  if (how == 1) bench.device.answer(again, coap::code::kContent, "1", 0);
  if (how == 2) bench.silence();
  CHECK(bench.server.counters().observesFailed == 1);
  CHECK(bench.device.notifies(token, "2")->message().type == coap::Type::acknowledgement);
  CHECK(bench.listener.values.back() == "/3303/0/5700=2");
  const Observation& kept = bench.server.devices().at(0)->registration.observations[0];
  CHECK(kept.isByOperator() != planned);
  CHECK(kept.attributes().empty());
}

TEST_CASE("can_observe_resource_then_passive_cancel: RST on the next notification, nothing is sent") {
  ServerBench bench;
  bench.ready();
  const coap::Token token = observed(bench);
  bench.server.operate(0, {.kind = Kind::cancelObservation, .paths = {kSensor}, .cancelMode = CancelMode::passive},
                       bench.outcomes.keep());
  CHECK(bench.outcomes.last()->code == coap::code::kContent);
  CHECK(bench.wire.sent.empty());
  CHECK(bench.device.notifies(token, "2")->message().type == coap::Type::reset);
  CHECK(bench.listener.values.size() == 1);
}

TEST_CASE("can_observe_resource_then_active_cancel: Observe 1 under the observation's token") {
  ServerBench bench;
  bench.ready();
  const coap::Token token = observed(bench);
  const testing::Sent cancel = bench.asks({.kind = Kind::cancelObservation, .paths = {kSensor}});
  CHECK(cancel.message().uintOption(coap::option::kObserve) == 1);
  CHECK(cancel.message().token == token);
  bench.device.answer(cancel, coap::code::kContent, "3", 0);
  CHECK(bench.outcomes.last()->code == coap::code::kContent);
  CHECK(bench.device.notifies(token, "4")->message().type == coap::Type::reset);
  bench.server.operate(0, {.kind = Kind::cancelObservation, .paths = {kSensor}}, bench.outcomes.keep());
  CHECK(bench.outcomes.last().error().code == Errc::notFound);
}

TEST_CASE("a planned observation can be cancelled too, and its slot is not given to another") {
  ServerBench bench;
  bench.registered();
  const testing::Sent planned = bench.observe();
  bench.device.answer(planned, coap::code::kContent, "1", 0, 1);
  bench.server.operate(0, {.kind = Kind::cancelObservation, .paths = {kSensor}, .cancelMode = CancelMode::passive},
                       bench.outcomes.keep());
  const coap::Token other = observed(bench, {.kind = Kind::observe, .paths = {Path(3, 0, 9)}});
  CHECK_FALSE(other == planned.message().token);
  CHECK(bench.device.notifies(planned.message().token, "2")->message().type == coap::Type::reset);
}

TEST_CASE("can_handle_error_on_notification: it ends an operator's observation") {
  ServerBench bench;
  bench.ready();
  const coap::Token token = observed(bench);
  const auto answer = bench.device.notifies(token, "", {}, coap::Type::confirmable, coap::code::kNotFound);
  CHECK(answer->message().type == coap::Type::acknowledgement);
  CHECK(bench.listener.ended == Strings{"4.04 /3303/0/5700"});
  CHECK(bench.listener.changes.back().observations[0].isFree());
  CHECK(bench.device.notifies(token, "2")->message().type == coap::Type::reset);
}

TEST_CASE("register_deregister_observe: a new registration takes operators' observations over, under new tokens") {
  ServerBench bench;
  const std::string path = "rd/" + bench.registered();
  bench.device.answer(bench.observe(), coap::code::kContent, "1", 0, 1);
  const coap::Token old = observed(bench, {.kind = Kind::observe, .paths = {Path(3, 0, 9)}, .attributes = {.pmin = 2}});
  const bool deregisters = GENERATE(false, true);
  if (deregisters) bench.device.request(coap::code::kDelete, path, {});
  bench.device.registers({"ep=dev", "lwm2m=1.1"});
  const testing::Sent planned = bench.observe();
  CHECK(planned.message().textOptions(coap::option::kUriPath).front() == "3303");
  bench.device.answer(planned, coap::code::kContent, "1", 0, 1);
  const testing::Sent again = *bench.wire.take();
  CHECK(again.message().textOptions(coap::option::kUriPath).front() == "3");
  CHECK(again.message().textOptions(coap::option::kUriQuery) == std::vector<std::string_view>{"pmin=2"});
  CHECK_FALSE(again.message().token == old);
  CHECK(bench.device.notifies(old, "9")->message().type == coap::Type::reset);
  bench.device.answer(again, coap::code::kNotFound);
  CHECK(bench.listener.ended == Strings{"4.04 /3/0/9"});
}

TEST_CASE("observations and composite ones outlive a restart with their tokens") {
  ServerBench first;
  first.ready();
  const coap::Token single = observed(first);
  const coap::Token composite = compositeObserved(first);
  ServerBench second;
  second.server.restore(first.listener.changes.back());
  CHECK(second.device.notifies(single, "3")->message().type == coap::Type::acknowledgement);
  second.device.notifies(composite, R"([{"n":"/3/0/9","v":79}])", 110);
  CHECK(second.listener.values == Strings{"/3303/0/5700=3", "/3/0/9=79"});
}

TEST_CASE("can_composite_observe_on_multiple_resources: one request, every notification with all its values") {
  ServerBench bench;
  bench.ready();
  const testing::Sent sent = bench.asks(compositeOf(Kind::observeComposite));
  CHECK(sent.message().code == coap::code::kFetch);
  CHECK(sent.message().uintOption(coap::option::kObserve) == 0);
  CHECK(sent.message().textOptions(coap::option::kUriPath).empty());
  CHECK(sent.message().textOptions(coap::option::kUriQuery).empty());
  bench.device.answer(sent, coap::code::kContent, R"([{"n":"/3/0/9","v":80},{"n":"/3303/0/5700","v":21.5}])", 110, 1);
  CHECK(bench.outcomes.last()->records.size() == 2);
  bench.device.notifies(sent.message().token, R"([{"bt":1700000000,"n":"/3/0/9","v":79},{"n":"/3303/0/5700","v":22}])",
                        110);
  CHECK(bench.listener.values == Strings{"/3/0/9=80", "/3303/0/5700=21.5", "/3/0/9=79", "/3303/0/5700=22"});
}

TEST_CASE("reject_observecomposite_response_for_unexpected_resource_path") {
  ServerBench bench;
  bench.ready();
  const coap::Token token = compositeObserved(bench);
  bench.device.notifies(token, R"([{"n":"/3/0/10","v":1}])", 110);
  CHECK(bench.listener.bad.size() == 1);
  CHECK(bench.listener.values.size() == 2);
}

TEST_CASE("can_active_cancel_composite_observation: the same paths, in any order, under the same token") {
  ServerBench bench;
  bench.ready();
  const coap::Token token = compositeObserved(bench);
  const testing::Sent cancel = bench.asks(compositeOf(Kind::cancelCompositeObservation, {kTwo[1], kTwo[0]}));
  CHECK(cancel.message().code == coap::code::kFetch);
  CHECK(cancel.message().uintOption(coap::option::kObserve) == 1);
  CHECK(cancel.message().token == token);
  bench.device.answer(cancel, coap::code::kContent, "[]", 110);
  CHECK(bench.outcomes.last()->code == coap::code::kContent);
  CHECK(bench.device.notifies(token, "[]", 110)->message().type == coap::Type::reset);
}

TEST_CASE("can_passive_cancel_composite_observation") {
  ServerBench bench;
  bench.ready();
  const coap::Token token = compositeObserved(bench);
  DeviceOperation cancel = compositeOf(Kind::cancelCompositeObservation);
  cancel.cancelMode = CancelMode::passive;
  bench.server.operate(0, cancel, bench.outcomes.keep());
  CHECK(bench.device.notifies(token, "[]", 110)->message().type == coap::Type::reset);
}

TEST_CASE("an observation of one path and a composite one of the same path are two") {
  ServerBench bench;
  bench.ready();
  const coap::Token single = observed(bench);
  const testing::Sent composite = bench.asks(compositeOf(Kind::observeComposite, {kSensor}));
  CHECK_FALSE(composite.message().token == single);
}

TEST_CASE("when all 256 slots were used, the free ones are dropped and the device is observed anew") {
  ServerBench bench;
  bench.ready();
  const coap::Token kept = observed(bench);
  for (std::uint16_t i = 1; i < kMostObservations; ++i) {
    const DeviceOperation operation{.kind = Kind::observe, .paths = {Path(3304, i, 5700)}};
    bench.device.answer(bench.asks(operation), coap::code::kNotFound);
  }
  const coap::Token last = observed(bench, {.kind = Kind::observe, .paths = {Path(3, 0, 9)}});
  CHECK(bench.listener.changes.back().observations.size() == 2);
  CHECK(bench.device.notifies(kept, "2")->message().type == coap::Type::reset);
  CHECK(bench.device.notifies(last, "3")->message().type == coap::Type::acknowledgement);
  CHECK(bench.observe().message().textOptions(coap::option::kUriPath).front() == "3303");
}

TEST_CASE("can_read_resources, can_write_resources: composite operations name all in one request") {
  ServerBench bench;
  bench.ready({"ep=dev", "lwm2m=1.1"}, "</>;rt=\"oma.lwm2m\";ct=110,</1/0>,</3/0>,</3303/0>");
  const testing::Sent read = bench.asks(compositeOf(Kind::readComposite));
  CHECK(read.message().code == coap::code::kFetch);
  CHECK(read.message().uintOption(coap::option::kAccept) == 110);
  CHECK(text(read.message().payload) == R"([{"n":"/3/0/9"},{"n":"/3303/0"}])");
  bench.device.answer(read, coap::code::kContent, R"([{"n":"/3303/0/5700","v":21.5}])", 110);  // best effort
  CHECK(bench.outcomes.last()->records.size() == 1);
  const DeviceOperation write{
      .kind = Kind::writeComposite,
      .records = {{Path(3, 0, 14), std::string("+02"), {}}, {Path(1, 0, 2), std::int64_t{5}, {}}}};
  const testing::Sent patch = bench.asks(write);
  CHECK(patch.message().code == coap::code::kIPatch);
  CHECK(patch.message().uintOption(coap::option::kContentFormat) == 110);
  CHECK(text(patch.message().payload).find("+02") != std::string_view::npos);
  bench.device.answer(patch, coap::code::kChanged);
  CHECK(bench.outcomes.last()->code == coap::code::kChanged);
}

}  // namespace
}  // namespace isthmus::lwm2m
