#include "server_bench.h"

#include <catch2/catch.hpp>

namespace isthmus::lwm2m {
namespace {

using Kind = OperationKind;
using Strings = std::vector<std::string>;

const Path kSensor(3303, 0, 5700);

struct QueueBench : ServerBench {
  explicit QueueBench(ServerSettings given = {.tokenSecret = 42}) : ServerBench(given) {}
  void registers(std::initializer_list<std::string_view> query = {"ep=dev", "lwm2m=1.1", "Q"}) {
    path = "rd/" + registered(query);
    server.turn(16);
  }
  void update(std::initializer_list<std::string_view> query = {}) {
    device.request(coap::code::kPost, path, query);
    server.turn(16);
  }
  std::string path;
};

TEST_CASE("every form of queue mode is one: UQ of 1.0, Q, Q= and a trailing Q of 1.1") {
  const std::vector<std::string_view> query = GENERATE(
      std::vector<std::string_view>{"lwm2m=1.0", "b=UQ"}, std::vector<std::string_view>{"lwm2m=1.1", "b=U", "Q"},
      std::vector<std::string_view>{"lwm2m=1.1", "Q="}, std::vector<std::string_view>{"lwm2m=1.1", "b=UQ"});
  QueueBench bench;
  bench.device.registers({"ep=dev", query[0], query.back()});
  CHECK(bench.server.awake(0));
  bench.clock.advance(seconds(93));
  CHECK_FALSE(bench.server.awake(0));
}

TEST_CASE("a device without queue mode can be reached as long as it is registered") {
  ServerBench bench;
  const std::string path = "rd/" + bench.registered();
  bench.clock.advance(seconds(3600));
  CHECK(bench.server.awake(0));
  CHECK_FALSE(bench.server.awakeUntil(0));
  bench.device.request(coap::code::kDelete, path, {});
  CHECK_FALSE(bench.server.awake(0));
  CHECK_FALSE(bench.server.awake(7));
}

TEST_CASE("awake_sleeping_awake_sleeping: 93 s after what was heard last") {
  QueueBench bench;
  bench.listener.planned = {};
  bench.registers();
  CHECK(bench.listener.awoken == Strings{"dev"});
  CHECK(bench.server.awakeUntil(0) == bench.clock.now() + seconds(93));
  bench.clock.advance(seconds(92));
  CHECK(bench.server.awake(0));
  bench.clock.advance(seconds(1));
  CHECK_FALSE(bench.server.awake(0));
  bench.update();
  CHECK(bench.server.awake(0));
  CHECK(bench.listener.awoken == Strings{"dev", "dev"});
  bench.clock.advance(seconds(93));
  CHECK_FALSE(bench.server.awake(0));
}

TEST_CASE("one_awake_notification: an Update of a device that is awake makes nobody wake") {
  QueueBench bench;
  bench.listener.planned = {};
  bench.registers();
  bench.clock.advance(seconds(60));
  bench.update();
  CHECK(bench.listener.awoken.size() == 1);
  bench.clock.advance(seconds(60));
  CHECK(bench.server.awake(0));
}

TEST_CASE("the listener hears that a device is awake after the answer to it has left") {
  QueueBench bench;
  bench.listener.planned = {};
  bench.registered({"ep=dev", "lwm2m=1.1", "Q"});
  CHECK(bench.listener.awoken.empty());
  CHECK(bench.server.hasWork());
  bench.server.turn(0);
  CHECK(bench.listener.awoken.size() == 1);
  CHECK_FALSE(bench.server.hasWork());
}

TEST_CASE("a notification, a Send and a response wake, too") {
  QueueBench bench;
  bench.registers();
  const testing::Sent observe = *bench.wire.take();
  bench.clock.advance(seconds(50));
  bench.device.answer(observe, coap::code::kContent, "1", 0, 1);
  bench.clock.advance(seconds(92));
  CHECK(bench.server.awake(0));
  bench.clock.advance(seconds(1));
  CHECK_FALSE(bench.server.awake(0));
  bench.device.notifies(observe.message().token, "2");
  CHECK(bench.server.awake(0));
  bench.clock.advance(seconds(93));
  bench.device.request(coap::code::kPost, "dp", {}, R"([{"n":"/3303/0/5700","v":1}])", 110);
  CHECK(bench.server.awake(0));
  bench.server.turn(0);
  CHECK(bench.listener.awoken.size() == 2);
}

TEST_CASE("sleeping_if_timeout: what waits behind the unanswered request is not sent") {
  QueueBench bench;
  bench.listener.planned = {};
  bench.registers();
  bench.asks({.paths = {kSensor}});
  bench.server.operate(0, {.paths = {Path(3, 0)}}, bench.outcomes.keep());
  bench.clock.advance(seconds(1));
  bench.server.setAwakeTime(0, seconds(0));
  bench.update();  // for ever, so that it is the timeout that ends it
  bench.silence();
  CHECK_FALSE(bench.server.awake(0));
  REQUIRE(bench.outcomes.all.size() == 2);
  CHECK(bench.outcomes.all[0].error().code == Errc::timeout);
  CHECK(bench.outcomes.all[1].error().code == Errc::unavailable);
  CHECK(bench.wire.sent.empty());
}

TEST_CASE("what is asked in answer to a timeout is not sent: the device sleeps by then") {
  QueueBench bench;
  bench.listener.planned = {{kSensor, "pmin=1"}};
  bench.registers();
  CHECK(bench.wire.take()->message().code == coap::code::kPut);  // its Observe would follow
  bench.server.operate(0, {.paths = {Path(3, 0)}}, [&](const Result<OperationOutcome>&) {
    bench.server.operate(0, {.paths = {Path(3, 0)}}, bench.outcomes.keep());
  });
  bench.server.setAwakeTime(0, seconds(0));
  bench.update();
  for (int i = 0; i < 8; ++i) {
    bench.clock.advance(seconds(40));
    bench.endpoint.expire();
  }
  for (const testing::Sent& sent : bench.wire.sent) {
    if (sent.message().code.isRequest()) CHECK(sent.message().code == coap::code::kPut);  // the same, once more
  }
  CHECK(bench.outcomes.last().error().message == "the device sleeps");
}

TEST_CASE("nothing is sent to a device that sleeps") {
  QueueBench bench;
  bench.listener.planned = {};
  bench.registers();
  bench.clock.advance(seconds(93));
  bench.server.operate(0, {.paths = {kSensor}}, bench.outcomes.keep());
  bench.server.operate(0, {.kind = Kind::observe, .paths = {kSensor}}, bench.outcomes.keep());
  bench.server.reobserve(0);
  bench.server.turn(16);
  CHECK(bench.wire.sent.empty());
  REQUIRE(bench.outcomes.all.size() == 2);
  for (const auto& outcome : bench.outcomes.all) CHECK(outcome.error().code == Errc::unavailable);
}

TEST_CASE("the observations of a device that fell asleep over them are made when it wakes, that one first") {
  QueueBench bench;
  bench.listener.planned = {{kSensor, ""}, {Path(3304, 0, 5700), ""}, {Path(3, 0, 9), ""}};
  bench.registers();
  bench.device.answer(*bench.wire.take(), coap::code::kContent, "1", 0, 1);
  CHECK(bench.wire.sent.front().message().textOptions(coap::option::kUriPath).front() == "3304");
  bench.silence();
  bench.server.turn(16);
  CHECK(bench.wire.sent.empty());
  bench.update();
  const testing::Sent again = *bench.wire.take();
  CHECK(again.message().textOptions(coap::option::kUriPath).front() == "3304");
  // Unanswered a second time: the others have their turn first.
  bench.silence();
  bench.update();
  const testing::Sent next = *bench.wire.take();
  CHECK(next.message().textOptions(coap::option::kUriPath).front() == "3");
  bench.device.answer(next, coap::code::kContent, "80", 0, 1);
  bench.clock.advance(seconds(100));
  bench.update();
  CHECK(bench.wire.take()->message().textOptions(coap::option::kUriPath).front() == "3304");
}

TEST_CASE("attributes that go unanswered twice do not keep the other observations waiting") {
  QueueBench bench;
  bench.listener.planned = {{kSensor, "pmin=1"}, {Path(3, 0, 9), ""}};
  bench.registers();
  bench.silence();
  bench.update();
  CHECK(bench.wire.take()->message().code == coap::code::kPut);
  bench.silence();
  bench.update();
  CHECK(bench.wire.take()->message().textOptions(coap::option::kUriPath).front() == "3");
}

TEST_CASE("a restored device in queue mode sleeps until it is heard") {
  QueueBench first;
  first.registers();
  QueueBench second;
  second.server.restore(first.listener.changes.back());
  CHECK_FALSE(second.server.awake(0));
  second.path = first.path;
  second.update();
  CHECK(second.server.awake(0));
  CHECK(second.listener.awoken == Strings{"dev"});
}

TEST_CASE("a device with an awake time of its own keeps it") {
  QueueBench bench({.tokenSecret = 42, .awakeTime = seconds(20)});
  bench.listener.planned = {};
  bench.registers();
  CHECK(bench.server.awakeUntil(0) == bench.clock.now() + seconds(20));
  bench.server.setAwakeTime(0, seconds(5));
  bench.registers();
  CHECK(bench.server.awakeUntil(0) == bench.clock.now() + seconds(5));
}

TEST_CASE("a device that was told to disable itself is away until it comes back, and is said to return") {
  ServerBench bench;
  bench.listener.planned = {};
  const std::string path = "rd/" + bench.registered();
  bench.server.turn(0);
  bench.device.answer(bench.asks({.kind = Kind::execute, .paths = {Path(1, 0, 4)}}), coap::code::kChanged);
  CHECK_FALSE(bench.server.awake(0));
  CHECK(bench.server.willReturn(0));
  bench.device.request(coap::code::kDelete, path, {});
  CHECK(bench.server.willReturn(0));
  bench.registered();
  bench.server.turn(0);
  CHECK(bench.server.awake(0));
  CHECK_FALSE(bench.server.willReturn(0));
  CHECK(bench.listener.awoken.size() == 2);
}

TEST_CASE("that a device was told to leave, and that it is back, is told so that it can be stored") {
  ServerBench bench;
  bench.listener.planned = {};
  const std::string path = "rd/" + bench.registered();
  bench.server.turn(0);
  bench.device.answer(bench.asks({.kind = Kind::execute, .paths = {Path(1, 0, 4)}}), coap::code::kChanged);
  CHECK(bench.listener.changes.back().leave == Leave::disabled);
  const Registration stored = bench.listener.changes.back();
  bench.device.request(coap::code::kPost, path, {});
  CHECK(bench.listener.changes.back().leave == Leave::none);

  ServerBench restarted;
  restarted.listener.planned = {};
  restarted.server.restore(stored);
  CHECK_FALSE(restarted.server.awake(0));
  CHECK(restarted.server.willReturn(0));
  restarted.device.request(coap::code::kDelete, path, {});
  CHECK(restarted.listener.changes.back().leave == Leave::disabled);
  ServerBench again;
  again.server.restore(restarted.listener.changes.back());
  CHECK(again.server.willReturn(0));
  again.registered();
  CHECK_FALSE(again.server.willReturn(0));
}

TEST_CASE("a disable that was refused changes nothing; a reboot only says that it will return") {
  ServerBench bench;
  bench.ready();
  bench.device.answer(bench.asks({.kind = Kind::execute, .paths = {Path(1, 0, 4)}}), coap::code::kMethodNotAllowed);
  CHECK_FALSE(bench.server.willReturn(0));
  bench.device.answer(bench.asks({.kind = Kind::execute, .paths = {Path(3, 0, 4)}}), coap::code::kChanged);
  CHECK(bench.server.willReturn(0));
  CHECK(bench.server.awake(0));
}

TEST_CASE("a device that moved is told of as reachable, and what was dropped goes to its new address") {
  ServerBench bench;
  bench.listener.planned = {};
  const std::string path = "rd/" + bench.registered();
  bench.server.turn(0);
  bench.server.operate(0, {.paths = {kSensor}}, [&](const Result<OperationOutcome>& first) {
    REQUIRE_FALSE(first);
    bench.server.operate(0, {.paths = {kSensor}}, bench.outcomes.keep());
  });
  bench.wire.take();
  bench.device.moveTo(ServerBench::at(40001));
  const auto answer = bench.device.request(coap::code::kPost, path, {});
  CHECK(answer->message().code == coap::code::kChanged);
  CHECK(bench.wire.take()->to == ServerBench::at(40001));
  bench.server.turn(0);
  CHECK(bench.listener.awoken.size() == 2);
}

}  // namespace
}  // namespace isthmus::lwm2m
