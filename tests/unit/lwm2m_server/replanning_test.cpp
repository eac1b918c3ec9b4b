#include "server_bench.h"

#include <catch2/catch.hpp>

namespace isthmus::lwm2m {
namespace {

using Strings = std::vector<std::string>;

// A device that is observed at /3303/0/5700 and /3304/0/5700.
struct Observed : ServerBench {
  explicit Observed(std::vector<Observation> plan = {{Path(3303, 0, 5700), ""}, {Path(3304, 0, 5700), ""}}) {
    listener.planned = std::move(plan);
    registered();
    server.turn(16);
    while (const auto request = wire.take()) {
      if (request->message().code == coap::code::kPut) {
        device.answer(*request, coap::code::kChanged);
        continue;
      }
      tokens.push_back(request->message().token);
      device.answer(*request, coap::code::kContent, "1", 0, 1);
    }
  }
  // What is sent after the plan is another one: "GET /3303/0/5700", "PUT /3303/0/5700 pmin=1"; all of it is answered.
  Strings replanned(std::vector<Observation> plan) {
    listener.planned = std::move(plan);
    REQUIRE(server.replan(0));
    server.turn(16);
    Strings sent;
    while (const auto request = wire.take()) {
      const auto message = request->message();
      const bool write = message.code == coap::code::kPut;
      std::string line = write ? "PUT" : "GET ";
      if (write) line += " ";
      for (const auto segment : message.textOptions(coap::option::kUriPath)) line += "/" + std::string(segment);
      for (const auto query : message.textOptions(coap::option::kUriQuery)) line += " " + std::string(query);
      sent.push_back(line);
      if (!write) newTokens.push_back(message.token);
      device.answer(*request, write ? coap::code::kChanged : coap::code::kContent, write ? "" : "2", 0, write ? 0 : 1);
    }
    return sent;
  }
  bool hears(const coap::Token& token, std::string_view value = "3") {
    return device.notifies(token, value)->message().type == coap::Type::acknowledgement;
  }

  std::vector<coap::Token> tokens, newTokens;
};

TEST_CASE("a plan that is the same asks the device nothing and writes nothing") {
  Observed bench;
  const std::size_t changes = bench.listener.changes.size();
  CHECK(bench.replanned(bench.listener.planned).empty());
  CHECK(bench.listener.changes.size() == changes);
  CHECK(bench.hears(bench.tokens[0]));
}

TEST_CASE("only a path that is new in the plan is observed; the others keep their tokens") {
  Observed bench;
  CHECK(bench.replanned({{Path(3303, 0, 5700), ""}, {Path(3304, 0, 5700), ""}, {Path(3303, 0, 5601), ""}}) ==
        Strings{"GET /3303/0/5601"});
  CHECK(bench.hears(bench.tokens[0]));
  CHECK(bench.hears(bench.tokens[1]));
  CHECK(bench.hears(bench.newTokens[0]));
  CHECK_FALSE(bench.listener.changes.back().observing);
}

TEST_CASE("a path that left the plan is reset at its next notification") {
  Observed bench;
  CHECK(bench.replanned({{Path(3304, 0, 5700), ""}}).empty());
  CHECK_FALSE(bench.hears(bench.tokens[0]));
  CHECK(bench.hears(bench.tokens[1]));
}

TEST_CASE("what a path is replaced by is set up before the path is given up, so that no value is lost between") {
  Observed bench({{Path(3303, 0, 5700), ""}});
  bench.listener.planned = {{Path(3303, 0), ""}};
  REQUIRE(bench.server.replan(0));
  bench.server.turn(16);
  const testing::Sent observe = *bench.wire.take();
  CHECK(bench.hears(bench.tokens[0], "7"));
  CHECK(bench.listener.values.back() == "/3303/0/5700=7");
  bench.device.answer(observe, coap::code::kContent, R"([{"bn":"/3303/0/","n":"5700","v":8}])", 110, 1);
  CHECK(bench.listener.values.back() == "/3303/0/5700=8");
  CHECK_FALSE(bench.hears(bench.tokens[0], "9"));
}

TEST_CASE("other attributes are written, those that are gone taken away, and the path is observed under its token") {
  Observed bench({{Path(3303, 0, 5700), "pmin=1&pmax=300"}, {Path(3304, 0, 5700), ""}});
  CHECK(bench.replanned({{Path(3303, 0, 5700), "pmin=5"}, {Path(3304, 0, 5700), ""}}) ==
        Strings{"PUT /3303/0/5700 pmin=5 pmax", "GET /3303/0/5700"});
  CHECK(bench.newTokens[0] == bench.tokens[0]);
  CHECK(bench.replanned({{Path(3303, 0, 5700), ""}, {Path(3304, 0, 5700), ""}}) ==
        Strings{"PUT /3303/0/5700 pmin", "GET /3303/0/5700"});
}

TEST_CASE("an operator's observation stays whatever the plan is") {
  Observed bench({{Path(3303, 0, 5700), ""}});
  const testing::Sent observe =
      bench.asks({.kind = OperationKind::observe, .paths = {Path(3303, 0, 5601)}, .attributes = {.pmin = 3}});
  bench.device.answer(observe, coap::code::kContent, "1", 0, 1);
  CHECK(bench.replanned({}).empty());
  CHECK(bench.hears(observe.message().token));
  CHECK_FALSE(bench.hears(bench.tokens[0]));
}

TEST_CASE("a device that is being observed is to be planned later") {
  ServerBench bench;
  bench.registered();
  const testing::Sent first = bench.observe();
  bench.listener.planned = {{Path(3304, 0, 5700), ""}};
  CHECK_FALSE(bench.server.replan(0));
  bench.device.answer(first, coap::code::kContent, "1", 0, 1);
  CHECK(bench.server.replan(0));
}

TEST_CASE("a sleeping device learns of the plan when it wakes, and is heard by the one before until then") {
  ServerBench bench;
  const std::string path = "rd/" + bench.registered({"ep=dev", "lwm2m=1.1", "b=UQ"});
  const testing::Sent first = bench.observe();
  bench.device.answer(first, coap::code::kContent, "1", 0, 1);
  bench.clock.advance(seconds(200));
  bench.listener.planned = {{Path(3303, 0), ""}};
  CHECK(bench.server.replan(0));
  bench.server.turn(16);
  CHECK_FALSE(bench.wire.take());
  CHECK(bench.device.notifies(first.message().token, "5")->message().type == coap::Type::acknowledgement);
  CHECK(bench.listener.values.back() == "/3303/0/5700=5");
  const testing::Sent second = bench.observe();
  CHECK(second.message().textOptions(coap::option::kUriPath) == std::vector<std::string_view>{"3303", "0"});
}

TEST_CASE("a restart amid a change of plan loses neither the old nor the new paths") {
  Observed first({{Path(3303, 0, 5700), ""}});
  first.listener.planned = {{Path(3303, 0), ""}};
  REQUIRE(first.server.replan(0));
  ServerBench second;
  second.listener.planned = {{Path(3303, 0), ""}};
  second.server.restore(first.listener.changes.back());
  CHECK(second.device.notifies(first.tokens[0], "3")->message().type == coap::Type::acknowledgement);
  CHECK_FALSE(second.server.replan(0));
  second.server.turn(16);
  while (const auto request = second.wire.take()) second.device.answer(*request, coap::code::kContent, "4", 0, 1);
  REQUIRE(second.server.replan(0));
  CHECK(second.device.notifies(first.tokens[0], "5")->message().type == coap::Type::reset);
}

TEST_CASE("an Observe-Composite that is refused amid a change of plan leaves no path out, and is not tried again") {
  Observed bench({{Path(3, 0, 9), ""}});
  const std::vector<Observation> plan = {{Path(3, 0, 9), ""},
                                         Observation::together({Path(3303, 0, 5700), Path(3304, 0, 5700)})};
  bench.listener.planned = plan;
  REQUIRE(bench.server.replan(0));
  bench.server.turn(16);
  bench.device.answer(*bench.wire.take(), coap::code::kMethodNotAllowed);
  Strings asked;
  while (const auto request = bench.wire.take()) {
    asked.emplace_back(request->message().textOptions(coap::option::kUriPath).front());
    bench.tokens.push_back(request->message().token);
    bench.device.answer(*request, coap::code::kContent, "2", 0, 1);
  }
  CHECK(asked == Strings{"3303", "3304"});
  for (const coap::Token& token : bench.tokens) CHECK(bench.hears(token));
  CHECK(bench.replanned(plan).empty());
  for (const coap::Token& token : bench.tokens) CHECK(bench.hears(token));
}

TEST_CASE("a plan with more paths than a device has slots is observed anew") {
  Observed bench;
  std::vector<Observation> many;
  for (std::uint16_t resource = 0; resource < 255; ++resource) many.emplace_back(Path(3305, 0, resource), "");
  CHECK(bench.replanned(std::move(many)).size() == 255);
  CHECK(bench.listener.changes.back().observations.size() <= kMostObservations);
  CHECK_FALSE(bench.hears(bench.tokens[0]));
}

}  // namespace
}  // namespace isthmus::lwm2m
