#include "ipe/proxy/target.h"

#include "ipe/proxy/proxy.h"
#include "mapping/rules/rule_file.h"
#include "tests/support/fake_clock.h"
#include "tests/support/scripted_device.h"

#include <catch2/catch.hpp>

namespace isthmus::proxy {
namespace {

using lwm2m::Path;
using testing::ScriptedDevice;

mapping::RuleSet parsed(std::string_view rules) {
  auto read = mapping::parseRules("{\"rules\": [" + std::string(rules) + "]}", "r.json");
  for (const Error& fault : read.faults) FAIL(fault.text());
  return std::move(read.set);
}

constexpr std::string_view kTransparent =
    R"({"name": "all", "match": {}, "observe": {"level": "instance"}, "to": [{"form": "transparent"}]})";
constexpr std::string_view kReboot = R"(
  {"name": "reboot", "match": {"object": 3, "resource": 4}, "observe": {"level": "none"},
   "to": [{"form": "mgmtObj", "class": "rbo", "name": "reboot", "attribute": "rbo", "write": true}]},
  {"name": "reset", "match": {"object": 3, "resource": 5}, "observe": {"level": "none"},
   "to": [{"form": "mgmtObj", "class": "rbo", "name": "reboot", "attribute": "far", "write": true}]})";

// The proxy with a real LwM2M server before it, and one device.
struct TargetBench {
  explicit TargetBench(std::string_view rules) : engine(parsed(rules), {}) {
    endpoint.setHandler(server);
    proxy.attach(server);
    proxy.open({.lastRow = 0, .lastCommittedMs = 0, .secret = 42, .run = 1, .runName = "abcd"});
  }
  lwm2m::coap::Token observed(std::string_view value, std::uint16_t format) {
    device.registers({"ep=dev", "lwm2m=1.1"});
    server.turn(8);
    const testing::Sent observe = *wire.take();
    device.answer(observe, lwm2m::coap::code::kContent, value, format, 1);
    return observe.message().token;
  }
  const OutboxRow& row(std::size_t at) { return proxy.batch().rows.at(at); }

  testing::FakeClock clock;
  Log log{[](std::string_view) {}};
  mapping::Engine engine;
  Proxy proxy{{}, engine, clock, log};
  testing::Wire wire;
  lwm2m::coap::Endpoint endpoint{lwm2m::coap::Limits{}, wire, clock, 7};
  lwm2m::ObjectRegistry registry = lwm2m::ObjectRegistry::builtin();
  lwm2m::Server server{{.tokenSecret = 42}, endpoint, proxy, registry, clock};
  ScriptedDevice device{endpoint, wire, lwm2m::coap::Address::ipv4(127, 0, 0, 1, 40000)};
};

}  // namespace

TEST_CASE("a transparent rule passes the message on as it came, once, with its format") {
  TargetBench bench(kTransparent);
  const std::string senml = R"([{"bn":"/3303/0/","n":"5700","v":21.5},{"n":"5701","vs":"Cel"}])";
  bench.observed(senml, 110);
  REQUIRE(bench.proxy.batch().rows.size() == 2);
  CHECK(bench.row(1).form == mapping::Form::transparent);
  CHECK(bench.row(1).target == "3303/0");
  CHECK(bench.row(1).content == senml);
  CHECK(bench.row(1).contentInfo == "application/senml+json:0");
  CHECK(bench.proxy.accounts().total().received == 1);
  CHECK(bench.proxy.accounts().total().of(Fate::pending) == 1);
}

TEST_CASE("who watches sees of each value what became of the message or content that it went with") {
  TargetBench bench(R"({"name": "whole", "match": {"object": 3303}, "observe": {"level": "instance",
                        "report": "on-change"}, "to": [{"form": "transparent"}]},
                       {"name": "here", "match": {"object": 6}, "observe": {"level": "instance"},
                        "to": [{"name": "at", "content": "location"}]})");
  bench.proxy.watch().watchAll(true);
  const auto shown = [&] {
    std::string out;
    for (const WatchedValue& value : bench.proxy.watch().valuesOf(0))
      out += value.path.toString() + "=" + std::to_string(static_cast<int>(value.fate)) + " ";
    return out;
  };
  const auto settle = [&](std::uint64_t row) { bench.proxy.watch().onFate(row, Fate::delivered); };
  SECTION("a message, filtered the second time while another value is on its way") {
    const std::string senml = R"([{"bn":"/3303/0/","n":"5700","v":21.5},{"n":"5701","vs":"Cel"}])";
    const auto token = bench.observed(senml, 110);
    settle(bench.row(1).id);
    CHECK(shown() == "/3303/0/5700=1 /3303/0/5701=1 ");
    bench.device.notifies(token, senml, 110);
    settle(bench.row(1).id);
    CHECK(shown() == "/3303/0/5700=2 /3303/0/5701=2 ");
  }
  SECTION("one content of several values") {
    bench.device.registers({"ep=dev", "lwm2m=1.1"}, "</6/0>");
    bench.server.turn(8);
    bench.device.answer(*bench.wire.take(), lwm2m::coap::code::kContent,
                        R"([{"bn":"/6/0/","n":"0","v":48.5},{"n":"5","v":1},{"n":"1","v":11.5}])", 110, 1);
    const auto rows = bench.proxy.batch().rows.size();
    settle(bench.row(rows - 1).id);
    CHECK(shown() == "/6/0/0=1 /6/0/1=1 /6/0/5=3 ");
  }
}

TEST_CASE("a value that did not change is filtered, whether or not messages of others go on as they come") {
  TargetBench bench(R"({"name": "whole", "match": {"object": 6}, "to": [{"form": "transparent"}]},
                       {"name": "both", "match": {"object": 3303, "resource": 5700}, "observe": {"report": "on-change"},
                        "to": [{}, {"form": "transparent", "name": "messages/{object}"}]},
                       {"name": "one", "match": {"object": 3304, "resource": 5700}, "observe": {"report": "on-change"}})");
  for (const char* const object : {"3303", "3304"}) {
    bench.device.registers({"ep=dev", "lwm2m=1.1"}, std::string("</") + object + "/0>");
    bench.server.turn(8);
    const testing::Sent observe = *bench.wire.take();
    bench.device.answer(observe, lwm2m::coap::code::kContent, "20", 0, 1);
    const std::uint64_t before = bench.proxy.accounts().total().of(Fate::pending);
    bench.device.notifies(observe.message().token, "20");
    bench.device.notifies(observe.message().token, "20");
    CHECK(bench.proxy.accounts().total().of(Fate::pending) == before);
    bench.device.notifies(observe.message().token, "21");
    CHECK(bench.proxy.accounts().total().of(Fate::pending) > before);
  }
}

TEST_CASE("a value whose rule wants whole messages, of which none was taken, counts as unmapped") {
  TargetBench bench(R"({"name": "one", "match": {"object": 3303, "resource": 5700},
                        "observe": {"level": "instance"}, "to": [{"form": "transparent"}]})");
  bench.observed(R"([{"bn":"/3303/0/","n":"5700","v":21.5}])", 110);
  CHECK(bench.proxy.accounts().total().of(Fate::unmapped) == 1);
}

TEST_CASE("a row says how its resource is made") {
  OutboxRow row;
  row.target = "3303/0/tempe";
  row.content = R"({"curT0":21.5})";
  row.source = Path(3303, 0, 5700).packed();
  row.form = mapping::Form::flexContainer;
  row.detail = "ccod:tempe\nw\nlattic";
  const onem2m::DeviceTree::Target target = targetOf(row);
  CHECK(target.type == onem2m::ResourceType::flexContainer);
  CHECK(target.kind == "cod:tempe");
  CHECK(target.writable);
  CHECK(target.labels == std::vector<std::string>{"attic"});
  CHECK(target.attributes == onem2m::Attributes{{"curT0", "21.5"}});
  CHECK(target.object == 3303);
  CHECK(target.objectPath == "/3303/0");
}

TEST_CASE("attributes that wait for one resource go together, and the newest value of each counts") {
  const auto post = [](std::uint32_t target, std::string content) {
    OutboxRow row;
    row.target = "t";
    row.content = std::move(content);
    row.form = mapping::Form::flexContainer;
    row.detail = "ccod:tempe";
    return PostWork::Post{target, 0, "dev", std::move(row)};
  };
  const std::vector<PostWork::Post> posts = {post(1, R"({"curT0":1})"), post(1, R"({"minVe":2})"),
                                             post(1, R"({"curT0":3})"), post(2, R"({"curT0":4})")};
  const Together all = together(posts);
  CHECK(all.target.attributes == onem2m::Attributes{{"curT0", "3"}, {"minVe", "2"}});
  CHECK(all.overtaken == std::vector<bool>{true, false, false});
}

TEST_CASE("attributes that cannot be read are at fault, never overtaken, and hold up none that can") {
  const auto post = [](std::string content) {
    OutboxRow row;
    row.content = std::move(content);
    row.form = mapping::Form::flexContainer;
    row.detail = "ccod:tempe";
    return PostWork::Post{1, 0, "dev", std::move(row)};
  };
  const std::vector<PostWork::Post> posts = {post(R"({"curT0":1})"), post(R"({"curT0":007.5})"), post("{}"),
                                             post(R"({"curT0":3})")};
  const auto from = [&](std::size_t first) { return together(std::span(posts).subspan(first)); };
  CHECK(from(0).overtaken == std::vector<bool>{false});
  CHECK(from(0).fault.empty());
  CHECK(from(1).overtaken == std::vector<bool>{false});
  CHECK(from(1).fault.find("cannot be set") != std::string::npos);
  CHECK(from(2).fault == "its attributes cannot be set: there are none");
  CHECK(from(3).target.attributes == onem2m::Attributes{{"curT0", "3"}});
}

TEST_CASE("actions have their place before any value came, one for all attributes of a resource") {
  const mapping::Engine engine(parsed(kReboot), {});
  const lwm2m::ObjectRegistry registry = lwm2m::ObjectRegistry::builtin();
  const lwm2m::DeviceModel model(registry, {});
  const lwm2m::DeclaredInstance instances[] = {{1, 0}, {3, 0}, {5, std::nullopt}};
  const auto targets = actionsOf(engine, {"dev", {}, {}, model}, instances);
  REQUIRE(targets.size() == 1);
  CHECK(targets[0].type == onem2m::ResourceType::mgmtObj);
  CHECK(targets[0].path == "reboot");
  CHECK(targets[0].kind == "m2m:rbo");
  CHECK(targets[0].objectPath == "/3/0");
  CHECK(actionsOf(mapping::Engine(parsed(kTransparent), {}), {"dev", {}, {}, model}, instances).empty());
}

}  // namespace isthmus::proxy
