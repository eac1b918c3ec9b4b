#include "ipe/proxy/proxy.h"

#include "tests/support/fake_clock.h"
#include "tests/support/scripted_device.h"

#include <catch2/catch.hpp>

#include <set>

namespace isthmus::proxy {
namespace {

using lwm2m::Path;
using testing::ScriptedDevice;

mapping::RuleSet temperatureRules() {
  mapping::Rule rule;
  rule.name = "temperature";
  rule.match.object = 3303;
  rule.match.resource = 5700;
  return {"test", {rule}};
}

// The proxy with a real LwM2M server before it; the test is the device, the journal and the CSE.
struct ProxyBench {
  explicit ProxyBench(ProxySettings settings = {}, mapping::RuleSet rules = temperatureRules())
      : engine(std::move(rules), {}), proxy(settings, engine, clock, log) {
    endpoint.setHandler(server);
    proxy.attach(server);
    proxy.open({.lastRow = 100, .lastCommittedMs = 0, .secret = 42, .run = 3, .runName = "abcd"});
  }

  // Registers, answers the Observe with the value, commits; returns the observation's token.
  lwm2m::coap::Token observed(std::string_view value = "20") {
    device.registers({"ep=dev", "lwm2m=1.1"});
    server.turn(8);
    const testing::Sent observe = *wire.take();
    device.answer(observe, lwm2m::coap::code::kContent, value, 0, 1);
    return observe.message().token;
  }

  std::vector<std::string> contents() const {
    std::vector<std::string> out;
    for (const OutboxRow& row : proxyBatch().rows) out.push_back(row.target + "=" + row.content);
    return out;
  }
  const Batch& proxyBatch() const { return const_cast<Proxy&>(proxy).batch(); }

  testing::FakeClock clock;
  Log log{[](std::string_view) {}};
  mapping::Engine engine;
  Proxy proxy;
  testing::Wire wire;
  lwm2m::coap::Endpoint endpoint{lwm2m::coap::Limits{}, wire, clock, 7};
  lwm2m::ObjectRegistry registry = lwm2m::ObjectRegistry::builtin();
  lwm2m::Server server{{.tokenSecret = 42}, endpoint, proxy, registry, clock};
  ScriptedDevice device{endpoint, wire, lwm2m::coap::Address::ipv4(127, 0, 0, 1, 40000)};
};

using Strings = std::vector<std::string>;

TEST_CASE("a registration and its first value become rows, under ids that go on from the journal's") {
  ProxyBench bench;
  bench.observed("21.5");
  CHECK(bench.contents() == Strings{"online=true registered", "3303/0/5700=21.5"});
  CHECK(bench.proxyBatch().rows[0].id == 101);
  CHECK(bench.proxyBatch().rows[1].id == 102);
  CHECK(bench.proxyBatch().rows[1].run == 3);
  CHECK(bench.proxyBatch().registrations.size() == 1);
  CHECK(bench.proxy.accounts().total().of(Fate::pending) == 1);  // "online" is no reading
  bench.proxy.committed();
  CHECK(bench.proxyBatch().empty());
  CHECK(bench.proxy.delivery().pending() == 2);
}

TEST_CASE("a device that is removed in the turn of its report leaves nothing on its way") {
  ProxyBench bench;
  bench.observed("21.5");
  REQUIRE(bench.proxy.forget("dev"));
  CHECK(bench.proxyBatch().rows.empty());
  bench.proxy.committed();
  CHECK(bench.proxy.delivery().pending() == 0);
  CHECK(bench.proxy.accounts().total().of(Fate::pending) == 0);
  CHECK(bench.proxy.accounts().total().of(Fate::expired) == 1);
}

TEST_CASE("a confirmed notification's key goes into the same batch as its row") {
  ProxyBench bench;
  const auto token = bench.observed();
  bench.proxy.committed();
  bench.device.notifies(token, "22");
  CHECK(bench.contents() == Strings{"3303/0/5700=22"});
  REQUIRE(bench.proxyBatch().answered.size() == 1);
  CHECK(bench.proxyBatch().answered[0].answer == lwm2m::coap::code::kEmpty);
}

TEST_CASE("the time in instance names never goes back, whatever the clock does") {
  ProxyBench bench;
  const auto token = bench.observed();
  const std::int64_t before = bench.proxyBatch().rows.back().committedMs;
  bench.clock.setWall(WallTime(milliseconds(1000)));
  bench.device.notifies(token, "23");
  CHECK(bench.proxyBatch().rows.back().committedMs == before);
}

TEST_CASE("a payload that cannot be decoded counts once, is acknowledged, and is told with its bytes") {
  ProxyBench bench;
  const auto token = bench.observed();
  bench.device.notifies(token, "\xFF", 112);
  CHECK(bench.proxy.accounts().total().of(Fate::decodeError) == 1);
  REQUIRE(bench.proxy.problems().size() == 1);
  CHECK(bench.proxy.problems().front().text.find("bytes ff") != std::string::npos);
}

TEST_CASE("the values of a Send and its 2.04 go into the same batch") {
  ProxyBench bench;
  bench.observed();
  bench.proxy.committed();
  bench.device.request(lwm2m::coap::code::kPost, "dp", {}, R"([{"n":"/3303/0/5700","v":23}])", 110);
  CHECK(bench.contents() == Strings{"3303/0/5700=23"});
  REQUIRE(bench.proxyBatch().answered.size() == 1);
  CHECK(bench.proxyBatch().answered[0].answer == lwm2m::coap::code::kChanged);
}

TEST_CASE("an observation that the device ends is a problem with its path and code") {
  ProxyBench bench;
  const auto token = bench.observed();
  bench.device.notifies(token, "", {}, lwm2m::coap::Type::confirmable, lwm2m::coap::code::kNotFound);
  REQUIRE(bench.proxy.problems().size() == 1);
  CHECK(bench.proxy.problems().front().text == "the device does not observe /3303/0/5700 any more: 4.04");
}

TEST_CASE("of an instance without a rule only what changed goes on; the rest is filtered") {
  ProxyBench bench;
  bench.device.registers({"ep=dev", "lwm2m=1.1"}, "</3304/0>");
  bench.server.turn(8);
  const testing::Sent observe = *bench.wire.take();
  CHECK(observe.message().textOptions(lwm2m::coap::option::kUriPath) == std::vector<std::string_view>{"3304", "0"});
  bench.device.answer(observe, lwm2m::coap::code::kContent,
                      R"([{"bn":"/3304/0/","n":"5700","v":40},{"n":"5701","vs":"%"}])", 110, 1);
  bench.proxy.committed();
  bench.device.notifies(observe.message().token, R"([{"bn":"/3304/0/","n":"5700","v":41},{"n":"5701","vs":"%"}])", 110);
  CHECK(bench.contents() == Strings{"3304/0/5700=41"});
  CHECK(bench.proxy.accounts().total().of(Fate::filtered) == 1);
  CHECK(bench.proxy.accounts().total().received == 4);
}

TEST_CASE("what a deadband holds back is filtered, for all targets of the value alike") {
  mapping::RuleSet rules = temperatureRules();
  rules.rules[0].observe.deadband = 0.5;
  rules.rules[0].to = {{}, {.name = "copy"}, {.name = "log", .content = mapping::Content::record}};
  ProxyBench bench({}, rules);
  const auto token = bench.observed("20");
  CHECK(bench.proxyBatch().rows.size() == 4);  // with "online"
  bench.proxy.committed();
  bench.device.notifies(token, "20.4");
  CHECK(bench.contents().empty());
  CHECK(bench.proxy.accounts().total().of(Fate::filtered) == 3);
  bench.device.notifies(token, "20.5");
  CHECK(bench.proxyBatch().rows.size() == 3);
}

TEST_CASE("composite rules become one observation of a 1.1 device, and single ones of a 1.0 device") {
  mapping::RuleSet rules = temperatureRules();
  rules.rules[0].observe.composite = true;
  for (const auto& [version, expected] : {std::pair("lwm2m=1.1", 1), std::pair("lwm2m=1.0", 2)}) {
    ProxyBench bench({}, rules);
    bench.device.registers({"ep=dev", version}, "</3303/0>,</3303/1>");
    const auto& observations = bench.proxyBatch().registrations.at(0).observations;
    CHECK(observations.size() == static_cast<std::size_t>(expected));
    CHECK(observations[0].isComposite() == (expected == 1));
    CHECK_FALSE(observations[0].isByOperator());
  }
}

TEST_CASE("values that go as one content count as one") {
  mapping::RuleSet rules{"test", {{}}};
  rules.rules[0].match.object = 6;
  rules.rules[0].observe.level = mapping::ObserveLevel::instance;
  rules.rules[0].to = {{.name = "at", .content = mapping::Content::location}};
  ProxyBench bench({}, rules);
  bench.device.registers({"ep=dev", "lwm2m=1.1"}, "</6/0>");
  bench.server.turn(8);
  bench.device.answer(*bench.wire.take(), lwm2m::coap::code::kContent,
                      R"([{"bn":"/6/0/","n":"0","v":48.5},{"n":"1","v":11.5},{"n":"2","v":520}])", 110, 1);
  CHECK(bench.contents() ==
        Strings{"online=true registered", R"(at={"latitude":48.5,"longitude":11.5,"altitude":520})"});
  CHECK(bench.proxy.accounts().total().of(Fate::pending) == 1);
  CHECK(bench.proxy.accounts().total().of(Fate::unmapped) == 0);
}

TEST_CASE("a gateway's Send for which there is no room leaves no row of any of its devices") {
  ProxyBench bench({.outboxMax = 6, .outboxHigh = 6, .outboxLow = 2});
  bench.device.registers({"ep=gw", "lwm2m=1.1"}, "</3/0>,</3303/0>,</25>");
  bench.server.turn(8);
  bench.device.answer(*bench.wire.take(), lwm2m::coap::code::kContent,
                      R"([{"bn":"/25/0/","n":"0","vs":"d"},{"n":"1","vs":"d1"},{"n":"3","vs":"</3303/0>"}])", 110, 1);
  bench.wire.sent.clear();
  const Strings before = bench.contents();
  REQUIRE(before.size() == 5);
  const auto answer = bench.device.request(lwm2m::coap::code::kPost, "dp", {},
                                           R"([{"n":"/d1/3303/0/5700","v":1},{"n":"/3303/0/5700","v":2}])", 110);
  CHECK(answer->message().code == lwm2m::coap::code::kServiceUnavailable);
  CHECK(bench.contents() == before);
}

TEST_CASE(
    "above the high mark no new device is admitted; at the maximum reports are withheld, and observed anew below the "
    "low mark") {
  ProxyBench bench({.outboxMax = 4, .outboxHigh = 3, .outboxLow = 2});
  const auto token = bench.observed();
  bench.device.notifies(token, "21");
  bench.proxy.committed();
  CHECK(bench.proxy.refusing());
  ScriptedDevice other(bench.endpoint, bench.wire, lwm2m::coap::Address::ipv4(127, 0, 0, 1, 40001));
  CHECK(other.registers({"ep=other", "lwm2m=1.1"})->message().code == lwm2m::coap::code::kServiceUnavailable);
  CHECK(bench.device.notifies(token, "22"));
  CHECK_FALSE(bench.device.notifies(token, "23"));
  CHECK(bench.proxy.withheld() == 1);
  bench.proxy.committed();
  bench.proxy.turn();
  CHECK(bench.proxyBatch().registrations.empty());
  // The CSE takes everything.
  for (int i = 0; i < 20; ++i) {
    std::optional<Work> work = bench.proxy.delivery().next();
    if (!work) break;
    const auto* post = std::get_if<PostWork>(&*work);
    std::vector<onem2m::Attempt> attempts(post != nullptr ? post->posts.size() : 1,
                                          onem2m::Attempt{onem2m::Outcome::done, 2001, ""});
    bench.proxy.delivery().finished({std::move(*work), std::move(attempts)});
  }
  CHECK(bench.proxy.delivery().pending() == 0);
  bench.proxy.turn();
  CHECK(bench.proxyBatch().registrations.size() == 1);  // under new tokens
  bench.server.turn(8);
  CHECK(bench.wire.take()->message().uintOption(lwm2m::coap::option::kObserve) == 0);
}

TEST_CASE("the end of a registration says so in online, once") {
  ProxyBench bench;
  const auto answer = bench.device.registers({"ep=dev", "lwm2m=1.1"});
  const std::string path = "rd/" + std::string(answer->message().textOptions(lwm2m::coap::option::kLocationPath).at(1));
  bench.device.registers({"ep=dev", "lwm2m=1.1"});
  const auto second = bench.device.registers({"ep=dev", "lwm2m=1.1"});
  const std::string last = "rd/" + std::string(second->message().textOptions(lwm2m::coap::option::kLocationPath).at(1));
  bench.device.request(lwm2m::coap::code::kDelete, last, {});
  CHECK(bench.contents() == Strings{"online=true registered", "online=false deregistered"});
}

Command readOf(const ProxyBench& bench, const Path& path, seconds life = seconds(300)) {
  lwm2m::DeviceOperation operation;
  operation.paths = {path};
  return {0, operation, bench.clock.wall() + life, "test"};
}

TEST_CASE("a command goes to the device once it is committed, its answer into the next batch") {
  ProxyBench bench;
  bench.observed();
  bench.proxy.committed();
  const CommandId id = bench.proxy.downlink().submit(readOf(bench, Path(3303, 0, 5701))).value();
  bench.proxy.turn();
  CHECK(bench.wire.sent.empty());
  REQUIRE(bench.proxyBatch().commands.size() == 1);
  bench.proxy.committed();
  const testing::Sent request = bench.wire.take().value();
  CHECK(bench.proxyBatch().empty());
  bench.device.answer(request, lwm2m::coap::code::kContent, "Cel", 0);
  REQUIRE(bench.proxyBatch().commandChanges.size() == 1);
  CHECK(bench.proxyBatch().commandChanges[0].id == id);
  CHECK(bench.proxyBatch().commandChanges[0].state == CommandState::succeeded);
  CHECK(bench.proxyBatch().commandChanges[0].result.starts_with(R"({"path":"/3303/0/5701","value":"Cel")"));
}

TEST_CASE("a command for a queue-mode device goes when the device is heard after its sleep") {
  ProxyBench bench;
  bench.device.registers({"ep=dev", "lwm2m=1.1", "Q"}, "</1/0>");
  const std::string location = "rd/" + std::string(bench.device.registers({"ep=dev", "lwm2m=1.1", "Q"}, "</1/0>")
                                                       ->message()
                                                       .textOptions(lwm2m::coap::option::kLocationPath)
                                                       .at(1));
  const auto loop = [&bench] {
    bench.server.turn(8);
    bench.proxy.turn();
    bench.proxy.committed();
  };
  loop();
  bench.wire.sent.clear();
  bench.clock.advance(seconds(100));
  REQUIRE(bench.proxy.downlink().submit(readOf(bench, Path(1, 0, 1))));
  loop();
  CHECK(bench.wire.sent.empty());
  bench.device.request(lwm2m::coap::code::kPost, location, {});
  loop();
  REQUIRE(bench.wire.sent.size() == 1);
  CHECK(bench.wire.sent[0].message().code == lwm2m::coap::code::kGet);
}

TEST_CASE("de-registering ends a device's commands, and after a restart those that stood are there again") {
  ProxyBench bench;
  bench.device.registers({"ep=dev", "lwm2m=1.1", "Q"}, "</1/0>");
  const auto answer = bench.device.registers({"ep=dev", "lwm2m=1.1", "Q"}, "</1/0>");
  const std::string location =
      "rd/" + std::string(answer->message().textOptions(lwm2m::coap::option::kLocationPath).at(1));
  bench.clock.advance(seconds(100));
  const CommandId id = bench.proxy.downlink().submit(readOf(bench, Path(1, 0, 1))).value();
  const CommandStatus stored = bench.proxyBatch().commands.at(0);
  const auto registration = bench.proxyBatch().registrations.back();

  ProxyBench again;
  const Recovery recovery = again.proxy.recovery(again.server);
  recovery.registration(registration);
  recovery.command(stored);
  CHECK(again.proxy.downlink().find(id)->state == CommandState::waiting);

  bench.device.request(lwm2m::coap::code::kDelete, location, {});
  REQUIRE(bench.proxyBatch().commandChanges.size() == 1);
  CHECK(bench.proxyBatch().commandChanges[0].state == CommandState::failed);
  CHECK(bench.proxy.downlink().submit(readOf(bench, Path(1, 0, 1))).error().code == Errc::notFound);
}

TEST_CASE("a payload that cannot be decoded is kept with what is known of it, at most 4 KiB") {
  ProxyBench bench;
  const auto token = bench.observed();
  bench.proxy.committed();
  const std::string broken = "\xC8" + std::string(1000, 'x');  // TLV: a length beyond the end
  bench.device.notifies(token, broken, 11542);
  REQUIRE(bench.proxyBatch().badPayloads.size() == 1);
  const BadPayload& kept = bench.proxyBatch().badPayloads[0];
  CHECK(kept.device == 0);
  CHECK(kept.path == "/3303/0/5700");
  CHECK(kept.contentFormat == 11542);
  CHECK_FALSE(kept.error.empty());
  CHECK(text(kept.payload) == broken);
  CHECK(kept.size == broken.size());
  CHECK(bench.proxy.accounts().total().of(Fate::decodeError) == 1);

  const lwm2m::Registration& registration = bench.server.devices().at(0)->registration;
  const Error error{Errc::malformed, "broken", "byte 0"};
  const Bytes large(5000, 7);
  bench.proxy.onBadReport({registration, Path(), {}, large, error, {}});
  CHECK(bench.proxyBatch().badPayloads[1].payload == Bytes(kBadPayloadBytes, 7));
  CHECK(bench.proxyBatch().badPayloads[1].size == 5000);
  CHECK_FALSE(bench.proxyBatch().badPayloads[1].contentFormat);
}

TEST_CASE("device names: plain where they can be, distinct where they must be") {
  DeviceNames names("isthmus");
  const std::vector<std::string> endpoints = {"bar-1", "Bar-1", "isthmus", "urn:imei:1", "a b", "a_b", "urn:a_b"};
  for (std::uint32_t i = 0; i < endpoints.size(); ++i) names.add(i, endpoints[i]);
  std::set<std::string> given;
  for (std::uint32_t i = 0; i < endpoints.size(); ++i) given.insert(names.nameOf(i, endpoints[i]));
  CHECK(given.size() == endpoints.size());
  CHECK(names.nameOf(0, "bar-1") == "bar-1");
  CHECK(names.nameOf(1, "Bar-1").starts_with("Bar-1-"));
  CHECK(names.nameOf(2, "isthmus").starts_with("isthmus-"));
  CHECK(names.nameOf(3, "urn:imei:1").starts_with("imei_1-"));
  CHECK(names.nameOf(5, "a_b") == "a_b");
}

TEST_CASE("a device that came too late for its plain name keeps its digits after the other has gone") {
  DeviceNames names("isthmus");
  CHECK_FALSE(names.add(0, "Bar"));
  CHECK(names.add(1, "bar"));
  CHECK_FALSE(names.add(1, "bar"));  // is known
  const std::string name = names.nameOf(1, "bar");
  names.forget(0);
  CHECK(names.nameOf(1, "bar") == name);
  CHECK_FALSE(names.add(2, "BAR"));  // free again
  CHECK(names.nameOf(2, "BAR") == "BAR");

  DeviceNames restarted("isthmus");
  restarted.restore(1);
  CHECK_FALSE(restarted.add(1, "bar"));  // now the first to come
  CHECK_FALSE(restarted.add(2, "BAR"));
  CHECK(restarted.nameOf(1, "bar") == name);
  CHECK(restarted.nameOf(2, "BAR") == "BAR");
}

TEST_CASE("what a name depends on is stored with the device and restored") {
  ProxyBench bench;
  bench.device.registers({"ep=dev", "lwm2m=1.1"});
  ScriptedDevice late(bench.endpoint, bench.wire, lwm2m::coap::Address::ipv4(127, 0, 0, 1, 40001));
  late.registers({"ep=Dev", "lwm2m=1.1"});
  CHECK(bench.proxyBatch().distinguished == std::vector<DeviceIndex>{1});
  const std::string name = bench.proxy.resourceName(1);
  const auto registrations = bench.proxyBatch().registrations;

  ProxyBench again;
  const Recovery recovery = again.proxy.recovery(again.server);
  recovery.distinguished(1);
  recovery.registration(registrations.at(1));
  CHECK(again.proxy.resourceName(1) == name);
  CHECK(name.starts_with("Dev-"));
  CHECK(again.proxyBatch().distinguished.empty());
}

TEST_CASE("other rules are in force for the next value, and only what they observe otherwise is asked for anew") {
  ProxyBench bench;
  const auto token = bench.observed("20");
  bench.proxy.committed();
  auto rules = temperatureRules();
  rules.rules[0].value.scale = 2;
  mapping::Rule minimum = rules.rules[0];
  minimum.name = "minimum";
  minimum.match.resource = 5601;
  rules.rules.push_back(minimum);
  const mapping::Engine other(rules, {});
  bench.proxy.use(other, 5);
  CHECK(bench.proxy.hasWork());
  bench.proxy.turn();
  CHECK_FALSE(bench.proxy.hasWork());
  CHECK_FALSE(bench.proxyBatch().plannedRules);
  bench.server.turn(8);
  const testing::Sent observe = *bench.wire.take();
  CHECK(observe.message().textOptions(lwm2m::coap::option::kUriPath).back() == "5601");
  CHECK_FALSE(bench.wire.take());
  bench.device.answer(observe, lwm2m::coap::code::kMethodNotAllowed);
  bench.proxy.turn();
  CHECK(bench.proxyBatch().plannedRules == 5);
  bench.device.notifies(token, "22");
  CHECK(bench.contents() == Strings{"3303/0/5700=44"});
}

TEST_CASE("a value that did not change reaches the place that other rules give it") {
  auto rules = temperatureRules();
  rules.rules[0].observe.report = mapping::Report::onChange;
  ProxyBench bench({}, rules);
  const auto token = bench.observed("20");
  bench.proxy.committed();
  rules.rules[0].to = {{.name = "elsewhere"}};
  const mapping::Engine other(rules, {});
  bench.proxy.use(other, 5);
  bench.device.notifies(token, "20");
  bench.device.notifies(token, "20");
  CHECK(bench.contents() == Strings{"elsewhere=20"});
}

TEST_CASE("other rules that give applications places to act at have the device's tree looked at again") {
  ProxyBench bench;
  bench.proxy.delivery().restore({0, hash64("</3303/0>", bench.engine.placesHash()) | 1});  // made already
  bench.observed("20");
  CHECK(bench.proxy.delivery().treeJobs() == 0);
  const mapping::Engine same(temperatureRules(), {});
  bench.proxy.use(same, 5);
  bench.proxy.turn();
  CHECK(bench.proxy.delivery().treeJobs() == 0);
  auto rules = temperatureRules();
  rules.rules[0].match.resource = 5605;
  rules.rules[0].to[0] = {
      .form = mapping::Form::flexContainer, .className = "cod:tempe", .attribute = "curT0", .write = true};
  const mapping::Engine other(rules, {});
  REQUIRE(other.placesHash() != same.placesHash());
  bench.proxy.use(other, 6);
  bench.proxy.turn();
  CHECK(bench.proxy.delivery().treeJobs() == 1);
}

TEST_CASE("a device that sleeps through a change of rules is planned once more if a restart comes before it wakes") {
  ProxyBench bench;
  bench.device.registers({"ep=dev", "lwm2m=1.1", "b=UQ"});
  bench.server.turn(8);
  const testing::Sent observe = *bench.wire.take();
  bench.device.answer(observe, lwm2m::coap::code::kContent, "20", 0, 1);
  bench.proxy.committed();
  bench.clock.advance(seconds(200));
  auto rules = temperatureRules();
  rules.rules[0].match.resource = 5601;
  const mapping::Engine other(rules, {});
  bench.proxy.use(other, 5);
  bench.proxy.turn();
  bench.server.turn(8);
  CHECK(bench.proxy.toReplan() == 0);
  CHECK(bench.server.replanning() == 1);
  CHECK_FALSE(bench.proxyBatch().plannedRules);

  SECTION("it wakes: nothing is left to do") {
    bench.device.notifies(observe.message().token, "21");
    bench.server.turn(8);
    bench.device.answer(*bench.wire.take(), lwm2m::coap::code::kContent, "22", 0, 1);
    bench.proxy.turn();
    CHECK(bench.proxyBatch().plannedRules == 5);
  }
  SECTION("the restart: what left the plan ends once the device was planned again") {
    ProxyBench again({}, rules);
    again.proxy.recovery(again.server).registration(bench.proxyBatch().registrations.back());
    again.proxy.use(other, 5);
    again.device.request(lwm2m::coap::code::kPost,
                         "rd/" + lwm2m::locationName(0, again.server.devices().at(0)->registration.location), {});
    again.server.turn(8);
    while (const auto request = again.wire.take()) {
      again.device.answer(*request, lwm2m::coap::code::kContent, "22", 0, 1);
      again.server.turn(8);
    }
    again.clock.advance(seconds(1));
    again.proxy.turn();
    CHECK(again.proxyBatch().plannedRules == 5);
    CHECK(again.device.notifies(observe.message().token, "23")->message().type == lwm2m::coap::Type::reset);
  }
}

TEST_CASE("devices that are being observed are planned by the new rules later; until then they are not all planned") {
  ProxyBench bench;
  bench.device.registers({"ep=dev", "lwm2m=1.1"});
  bench.server.turn(8);
  const testing::Sent observe = *bench.wire.take();
  const mapping::Engine other(temperatureRules(), {});
  bench.proxy.use(other, 5);
  bench.proxy.turn();
  CHECK_FALSE(bench.proxyBatch().plannedRules);
  CHECK_FALSE(bench.proxy.hasWork());  // not at once again
  CHECK(bench.proxy.toReplan() == 1);
  bench.device.answer(observe, lwm2m::coap::code::kContent, "20", 0, 1);
  bench.clock.advance(seconds(1));
  bench.proxy.turn();
  CHECK(bench.proxyBatch().plannedRules == 5);
}

}  // namespace
}  // namespace isthmus::proxy
