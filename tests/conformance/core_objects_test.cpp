// The OMA's procedures for the objects that have some of their own.
#include "tests/conformance/bench.h"

using namespace isthmus;
using namespace isthmus::conformance;
using lwm2m::Value;

namespace {

std::map<lwm2m::Path, Value> valuesAt(Bench& bench, std::string_view path) {
  const auto outcome = bench.ask(read(path));
  REQUIRE(outcome);
  REQUIRE(outcome->code == lwm2m::coap::code::kContent);
  std::map<lwm2m::Path, Value> values;
  for (const auto& one : outcome->records) values.emplace(one.path, one.value);
  return values;
}

std::int64_t whole(Bench& bench, std::string_view path) {
  const auto value = bench.valueOf(read(path));
  REQUIRE(std::holds_alternative<std::int64_t>(value));
  return std::get<std::int64_t>(value);
}

// LwM2M Core E.6
std::int64_t state(Bench& bench) { return whole(bench, "/5/0/3"); }
std::int64_t result(Bench& bench) { return whole(bench, "/5/0/5"); }

// Pushes a package in blocks; the device finds it wanting for that reason.
void pushFails(std::int64_t reason) {
  Bench bench;
  auto package = "result=" + std::to_string(reason) + "\n";
  package.resize(3000, '.');
  CHECK(bench.codeOf(writeOne("/5/0/0", Value(lwm2m::Opaque{{package.begin(), package.end()}}), Format::opaque)) ==
        "2.04");
  CHECK(state(bench) == 0);
  CHECK(result(bench) == reason);
}

}  // namespace

TEST_CASE("Connectivity Monitoring is queried", "[oma:701]") {
  Bench bench;
  const auto values = valuesAt(bench, "/4/0");
  for (const auto* path : {"/4/0/0", "/4/0/1/0", "/4/0/2", "/4/0/3", "/4/0/4/0", "/4/0/5/0", "/4/0/6"}) {
    INFO(path);
    CHECK(values.contains(at(path)));
  }
}

TEST_CASE("Firmware Update is queried", "[oma:751]") {
  Bench bench;
  const auto values = valuesAt(bench, "/5/0");
  CHECK(values.at(at("/5/0/3")) == Value(std::int64_t{0}));
  CHECK(values.at(at("/5/0/5")) == Value(std::int64_t{0}));
  CHECK(values.contains(at("/5/0/6")));
  CHECK(values.contains(at("/5/0/7")));
  CHECK(values.contains(at("/5/0/9")));
  CHECK(!values.contains(at("/5/0/0")));
}

TEST_CASE("A firmware package is set", "[oma:755]") {
  Bench bench;
  CHECK(bench.codeOf(writeOne("/5/0/0", Value(lwm2m::Opaque{Bytes(3000, 7)}), Format::opaque)) == "2.04");
  CHECK(state(bench) == 2);
  CHECK(bench.codeOf(writeOne("/5/0/0", Value(lwm2m::Opaque{{0}}), Format::opaque)) == "2.04");
  CHECK(state(bench) == 0);
}

TEST_CASE("A firmware package's address is set", "[oma:756]") {
  Bench bench;
  CHECK(bench.codeOf(writeOne("/5/0/1", "coap://127.0.0.1/firmware")) == "2.04");
  CHECK(bench.valueOf(read("/5/0/1")) == Value(std::string("coap://127.0.0.1/firmware")));
  CHECK(state(bench) == 2);
}

TEST_CASE("Firmware is pushed and installed; the device comes back with it", "[oma:770]") {
  Bench bench;
  CHECK(bench.codeOf(writeOne("/5/0/0", Value(lwm2m::Opaque{Bytes(20000, 7)}), Format::opaque)) == "2.04");
  CHECK(state(bench) == 2);
  CHECK(bench.codeOf(execute("/5/0/2")) == "2.04");
  bench.devices.advance(seconds(1));
  REQUIRE(bench.server.await([](const Told& told) { return told.changes.size() >= 2; }));
  CHECK(state(bench) == 0);
  CHECK(result(bench) == 1);
  CHECK(bench.valueOf(read("/3/0/3")) == Value(std::string("1.0.1")));
}

TEST_CASE("Firmware is pulled and installed", "[oma:771]") {
  Bench bench;
  CHECK(bench.codeOf(writeOne("/5/0/1", "https://127.0.0.1/firmware")) == "2.04");
  CHECK(state(bench) == 2);
  CHECK(bench.codeOf(execute("/5/0/2")) == "2.04");
  bench.devices.advance(seconds(1));
  REQUIRE(bench.server.await([](const Told& told) { return told.changes.size() >= 2; }));
  CHECK(result(bench) == 1);
}

TEST_CASE("Firmware that is not downloaded cannot be installed", "[oma:772]") {
  Bench bench;
  CHECK(bench.codeOf(execute("/5/0/2")) == "4.05");
  CHECK(state(bench) == 0);
}

TEST_CASE("A package for which there is no storage", "[oma:773]") { pushFails(2); }
TEST_CASE("A package for which there is no memory", "[oma:774]") { pushFails(3); }
TEST_CASE("A package whose download broke off", "[oma:775]") { pushFails(4); }
TEST_CASE("A package with a wrong checksum", "[oma:776]") { pushFails(5); }
TEST_CASE("A package of an unsupported type", "[oma:777]") { pushFails(6); }

TEST_CASE("A package address that is none", "[oma:778]") {
  Bench bench;
  CHECK(bench.codeOf(writeOne("/5/0/1", "nowhere")) == "2.04");
  CHECK(state(bench) == 0);
  CHECK(result(bench) == 7);
}

TEST_CASE("A package that cannot be installed", "[oma:779]") {
  Bench bench;
  const std::string package = "result=8";
  REQUIRE(bench.codeOf(writeOne("/5/0/0", Value(lwm2m::Opaque{{package.begin(), package.end()}}), Format::opaque)) ==
          "2.04");
  CHECK(state(bench) == 2);
  CHECK(bench.codeOf(execute("/5/0/2")) == "2.04");
  CHECK(state(bench) == 0);
  CHECK(result(bench) == 8);
}

TEST_CASE("A package address with a protocol that the device has not") {
  Bench bench;
  CHECK(bench.codeOf(writeOne("/5/0/1", "gopher://127.0.0.1/firmware")) == "2.04");
  CHECK(result(bench) == 9);
}

TEST_CASE("Location is queried", "[oma:801]") {
  Bench bench;
  const auto values = valuesAt(bench, "/6/0");
  for (const auto* path : {"/6/0/0", "/6/0/1", "/6/0/2", "/6/0/3", "/6/0/5", "/6/0/6"})
    CHECK(values.contains(at(path)));
}

TEST_CASE("Connectivity statistics are collected: started, queried, stopped", "[oma:901][oma:905]") {
  Bench bench;
  CHECK(bench.codeOf(writeOne("/7/0/8", 20)) == "2.04");
  CHECK(bench.valueOf(read("/7/0/8")) == Value(std::int64_t{20}));
  CHECK(bench.codeOf(execute("/7/0/6")) == "2.04");
  REQUIRE(bench.device().set(at("/7/0/2"), Value(std::int64_t{12})));
  const auto values = valuesAt(bench, "/7/0");
  CHECK(values.at(at("/7/0/2")) == Value(std::int64_t{12}));
  for (const auto* path : {"/7/0/0", "/7/0/1", "/7/0/3", "/7/0/4", "/7/0/5"}) CHECK(values.contains(at(path)));
  CHECK(bench.codeOf(execute("/7/0/7")) == "2.04");
}

TEST_CASE("Cellular Connectivity is queried and set", "[oma:1200][oma:1201]") {
  Bench bench;
  const auto values = valuesAt(bench, "/10/0");
  CHECK(values.at(at("/10/0/11/0")) == Value(lwm2m::ObjectLink{11, 0}));
  CHECK(bench.codeOf(update("/10/0", {record("/10/0/1", 120), record("/10/0/4", 3600)})) == "2.04");
  CHECK(bench.valueOf(read("/10/0/1")) == Value(std::int64_t{120}));
  CHECK(bench.valueOf(read("/10/0/4")) == Value(std::int64_t{3600}));
}

TEST_CASE("An APN profile is created and the server account linked to it", "[oma:1250]") {
  Bench bench;
  CHECK(bench.codeOf(create("/11/1", {record("/11/1/0", "backup"), record("/11/1/1", "m2m"), record("/11/1/4", 0)})) ==
        "2.01");
  CHECK(bench.valueOf(read("/11/1/1")) == Value(std::string("m2m")));
  CHECK(bench.codeOf(writeOne("/1/0/10", Value(lwm2m::ObjectLink{11, 1}))) == "2.04");
  CHECK(bench.valueOf(read("/1/0/10")) == Value(lwm2m::ObjectLink{11, 1}));
}

TEST_CASE("The preferred bearers are set", "[oma:1350]") {
  Bench bench;
  const std::vector<lwm2m::Record> bearers{record("/13/0/0/0", 6), record("/13/0/0/1", 7)};
  CHECK(bench.codeOf(write("/13/0/0", bearers)) == "2.04");
  CHECK(bench.ask(read("/13/0/0"))->records == bearers);
  CHECK(bench.codeOf(writeOne("/13/0/1", -90)) == "2.04");
  CHECK(bench.valueOf(read("/13/0/1")) == Value(std::int64_t{-90}));
}

TEST_CASE("Binary application data goes both ways", "[oma:1900][oma:1901]") {
  Bench bench;
  const Value up(lwm2m::Opaque{*fromHex("00010203")}), down(lwm2m::Opaque{{9, 8, 7}});
  CHECK(bench.valueOf(read("/19/0/0/0")) == up);
  CHECK(bench.codeOf(write("/19/1/0", {record("/19/1/0/0", down)})) == "2.04");
  CHECK(bench.valueOf(read("/19/1/0/0")) == down);
  CHECK(bench.device().value(at("/19/1/0/0")) == down);
}

TEST_CASE("An event log is started, read and stopped", "[oma:2000][oma:2001]") {
  Bench bench;
  CHECK(bench.codeOf(writeOne("/20/0/4010", 255)) == "2.04");
  CHECK(bench.codeOf(execute("/20/0/4011")) == "2.04");
  CHECK(bench.valueOf(read("/20/0/4014")) == Value(lwm2m::Opaque{{'l', 'o', 'g'}}));
  CHECK(bench.codeOf(execute("/20/0/4012")) == "2.04");
}
