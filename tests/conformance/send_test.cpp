#include "tests/conformance/bench.h"

using namespace isthmus;
using namespace isthmus::conformance;
using lwm2m::Value;

namespace {

constexpr WallTime kEarlier{milliseconds(1'700'000'000'000)}, kLater{milliseconds(1'700'000'060'500)};

std::vector<Told::Report> sent(Bench& bench, std::size_t count) {
  REQUIRE(bench.server.await([&](const Told& told) { return told.sends().size() >= count; }));
  return bench.server.told().sends();
}

}  // namespace

TEST_CASE("can_send_resources: in each format that Send has", "[leshan:SendTest.can_send_resources][oma:306]") {
  Bench bench(fullClient({1, 2}));
  std::size_t count = 0;
  for (const auto format : {Format::senmlJson, Format::senmlCbor, Format::lwm2mCbor}) {
    INFO(lwm2m::name(format));
    const std::vector<lwm2m::Record> records{record("/3303/0/5700", Value(21.5)), record("/3/0/15", "x")};
    CHECK(*bench.device().send(records, format) == 0x44);
    auto report = sent(bench, ++count).back();
    CHECK(report.endpoint == kDevice);
    std::ranges::sort(report.records, {}, &lwm2m::Record::path);
    CHECK(std::ranges::count(report.records, records[0]) == 1);
    CHECK(std::ranges::count(report.records, records[1]) == 1);
  }
}

TEST_CASE("can_send_resources_asynchronously: several at once, each with its answer",
          "[leshan:SendTest.can_send_resources_asynchronously]") {
  Bench bench;
  std::vector<std::future<Result<lwm2m::DeviceControl::Code>>> answers;
  for (int i = 0; i < 5; ++i)
    answers.push_back(
        std::async(std::launch::async, [&] { return bench.device().send({at("/3/0/0"), at("/1/0/1")}); }));
  for (auto& answer : answers) CHECK(*answer.get() == 0x44);
  for (const auto& report : sent(bench, 5)) CHECK(report.records.size() == 2);
}

TEST_CASE("server_handle_multiple_timestamped_node: every value keeps its time",
          "[leshan:SendTimestampedTest.server_handle_multiple_timestamped_node]") {
  Bench bench;
  const std::vector<lwm2m::Record> history{{at("/3303/0/5700"), 21.5, kEarlier}, {at("/3303/0/5700"), 22.5, kLater}};
  for (const auto format : {Format::senmlJson, Format::senmlCbor}) CHECK(*bench.device().send(history, format) == 0x44);
  for (const auto& report : sent(bench, 2)) CHECK(report.records == history);
}

TEST_CASE("register_send_with_invalid_payload: refused, and told with its bytes",
          "[leshan:LockStepSendTest.register_send_with_invalid_payload]") {
  Bench bench;
  CHECK(*bench.device().sayAtSend({0x45, Format::senmlJson, {'[', '{'}}) == 0x80);
  CHECK(bench.server.told().bad.size() == 1);
  CHECK(*bench.device().sayAtSend({0x45, static_cast<Format>(9999), {1}}) == 0x80);
  CHECK(bench.server.told().sends().empty());
}

TEST_CASE("Send of an object that is not registered is not found") {
  Bench bench;
  CHECK(*bench.device().send({record("/9999/0/1", 5)}, Format::senmlCbor) == 0x84);
  CHECK(*bench.device().send({record("/3303/7/5700", Value(1.0))}, Format::senmlCbor) == 0x84);
}

TEST_CASE("can_not_send_if_client_ip_changes: without credentials it may be anybody",
          "[leshan:DynamicIPSendTest.can_not_send_if_client_ip_changes]") {
  Bench bench;
  REQUIRE(bench.device().move());
  CHECK(*bench.device().send({at("/3/0/0")}) == 0x80);
  CHECK(bench.server.told().sends().empty());
  CHECK(*bench.device().update() == 0x44);
  CHECK(*bench.device().send({at("/3/0/0")}) == 0x44);
}

TEST_CASE("Mute Send silences a device, until it is taken back", "[oma:307]") {
  Bench bench;
  REQUIRE(bench.codeOf(writeOne("/1/0/23", Value(true))) == "2.04");
  CHECK(bench.device().send({at("/3/0/0")}).error().code == Errc::refused);
  CHECK(bench.codeOf(execute("/3442/0/5")) == "2.04");
  bench.settle();
  CHECK(bench.server.told().sends().empty());
  REQUIRE(bench.codeOf(writeOne("/1/0/23", Value(false))) == "2.04");
  CHECK(*bench.device().send({at("/3/0/0")}) == 0x44);
  CHECK(sent(bench, 1).size() == 1);
}

TEST_CASE("A device that is told to sends what it was told to", "[oma:311]") {
  Bench bench;
  REQUIRE(bench.codeOf(write("/3442/0/6", {record("/3442/0/6/0", "/3442/0/110"), record("/3442/0/6/1", "/3/0/15")})) ==
          "2.04");
  CHECK(bench.codeOf(execute("/3442/0/5")) == "2.04");
  const auto report = sent(bench, 1)[0];
  REQUIRE(report.records.size() == 2);
  CHECK(std::ranges::count(report.records, record("/3442/0/110", "initial value")) == 1);
}

TEST_CASE("A Send in several blocks is put together") {
  Bench bench;
  const std::string large(5000, 'x');
  CHECK(*bench.device().send({record("/3/0/15", large.c_str())}, Format::senmlCbor) == 0x44);
  CHECK(sent(bench, 1)[0].records[0].value == Value(large));
}

TEST_CASE("The devices behind a gateway are read, written, observed and send under names of their own") {
  auto traits = fullClient();
  traits.prefixes = {"dev1", "dev2"};
  Bench bench(traits);
  const std::string end = std::string(kDevice) + "/dev-0-dev2";
  REQUIRE(bench.server.await([&](const Told& told) {
    return std::ranges::any_of(told.changes, [&](const auto& change) { return change.registration.endpoint == end; });
  }));
  REQUIRE(bench.device().behind("dev2").set(at("/3303/0/5700"), 12.5));
  CHECK(bench.server.ask(end, read("/3303/0/5700"))->records[0].value == Value(12.5));
  CHECK(bench.server.ask(end, writeOne("/3342/0/5750", "door"))->code == lwm2m::coap::code::kChanged);
  CHECK(bench.device().behind("dev2").value(at("/3342/0/5750")) == Value(std::string("door")));
  REQUIRE(bench.server.ask(end, observe("/3303/0/5700")));
  REQUIRE(bench.device().behind("dev2").set(at("/3303/0/5700"), 13.5));
  CHECK(bench.notifications("/3303/0/5700", 1)[0].endpoint == end);
  CHECK(*bench.device().behind("dev2").send({at("/3303/0/5700")}) == 0x44);
  CHECK(sent(bench, 1)[0].endpoint == end);
}
