#include "tests/conformance/bench.h"

using namespace isthmus;
using namespace isthmus::conformance;
using lwm2m::Value;

namespace {

// A multi-value read: its records by path.
std::map<lwm2m::Path, Value> valuesOf(const Outcome& outcome) {
  REQUIRE(outcome);
  INFO(outcome->diagnostic);
  REQUIRE(outcome->code == lwm2m::coap::code::kContent);
  std::map<lwm2m::Path, Value> values;
  for (const auto& one : outcome->records) values.emplace(one.path, one.value);
  return values;
}

const std::vector<Format> kStructured{Format::tlv, Format::json, Format::senmlJson, Format::senmlCbor};

// Device, as the OMA's procedures for querying it look at it.
void checkDevice(const std::map<lwm2m::Path, Value>& values) {
  CHECK(values.at(at("/3/0/0")) == Value(std::string("Isthmus")));
  CHECK(values.at(at("/3/0/1")) == Value(std::string("Simulated device")));
  CHECK(values.at(at("/3/0/2")) == Value(std::string("SIM100000")));
  CHECK(values.at(at("/3/0/3")) == Value(std::string("1.0.0")));
  CHECK(values.at(at("/3/0/6/1")) == Value(std::int64_t{5}));
  CHECK(values.at(at("/3/0/7/0")) == Value(std::int64_t{3800}));
  CHECK(values.at(at("/3/0/11/0")) == Value(std::int64_t{0}));
  CHECK(values.at(at("/3/0/16")) == Value(std::string("U")));
}

}  // namespace

TEST_CASE("Without Accept the device chooses the format", "[oma:237]") {
  Bench bench;
  auto expected = bench.valuesOf(read("/3", Format::senmlJson));
  const auto outcome = bench.ask(read("/3", lwm2m::kAnyFormat));
  REQUIRE(outcome);
  CHECK(outcome->code == lwm2m::coap::code::kContent);
  CHECK(outcome->format == Format::tlv);
  CHECK(!bench.device().asked()->back().accept);
  std::map<lwm2m::Path, Value> values;
  for (const auto& one : outcome->records) values.emplace(one.path, one.value);
  for (auto* map : {&expected, &values}) map->erase(at("/3/0/13"));  // the clock runs on
  CHECK(values == expected);
}

TEST_CASE("Basic information of Device is read in plain text, one resource after the other", "[oma:201][oma:652]") {
  Bench bench;
  CHECK(bench.valueOf(read("/3/0/0", Format::text)) == Value(std::string("Isthmus")));
  CHECK(bench.valueOf(read("/3/0/1", Format::text)) == Value(std::string("Simulated device")));
  CHECK(bench.valueOf(read("/3/0/2", Format::text)) == Value(std::string("SIM100000")));
  CHECK(bench.valueOf(read("/3/0/3", Format::text)) == Value(std::string("1.0.0")));
  const auto asked = bench.device().asked();
  REQUIRE(asked);
  for (const auto& request : *asked) CHECK(request.accept == 0u);
}

TEST_CASE("Device is read whole in TLV", "[oma:203]") {
  Bench bench;
  const auto outcome = bench.ask(read("/3/0", Format::tlv));
  checkDevice(valuesOf(outcome));
  CHECK(outcome->format == Format::tlv);
}

TEST_CASE("Device is read whole in JSON", "[oma:204]") {
  Bench bench;
  const auto outcome = bench.ask(read("/3/0", Format::json));
  checkDevice(valuesOf(outcome));
  CHECK(outcome->format == Format::json);
}

TEST_CASE("Resources of Device are read in CBOR", "[oma:211]") {
  Bench bench;
  CHECK(bench.valueOf(read("/3/0/0", Format::cbor)) == Value(std::string("Isthmus")));
  CHECK(bench.valueOf(read("/3/0/9", Format::cbor)).index() == Value(std::int64_t{}).index());
  CHECK(bench.valueOf(read("/3/0/16", Format::cbor)) == Value(std::string("U")));
}

TEST_CASE("Device is read whole in SenML JSON", "[oma:231]") {
  Bench bench;
  const auto outcome = bench.ask(read("/3/0", Format::senmlJson));
  checkDevice(valuesOf(outcome));
  CHECK(outcome->format == Format::senmlJson);
}

TEST_CASE("Device is read whole in SenML CBOR", "[oma:232]") {
  Bench bench;
  const auto outcome = bench.ask(read("/3/0", Format::senmlCbor));
  checkDevice(valuesOf(outcome));
  CHECK(outcome->format == Format::senmlCbor);
}

TEST_CASE("Device is queried with every resource that it has", "[oma:651]") {
  Bench bench;
  const auto values = valuesOf(bench.ask(read("/3/0")));
  checkDevice(values);
  for (const auto* path :
       {"/3/0/9", "/3/0/10", "/3/0/13", "/3/0/14", "/3/0/15", "/3/0/17", "/3/0/18", "/3/0/19", "/3/0/20", "/3/0/21"})
    CHECK(values.contains(at(path)));
}

TEST_CASE("can_read_object: an object is read with all of its instances, in each format",
          "[leshan:ReadMultiValueTest.can_read_object][oma:222]") {
  Bench bench;
  for (const auto format : kStructured) {
    INFO(lwm2m::name(format));
    checkDevice(valuesOf(bench.ask(read("/3", format))));
    CHECK(valuesOf(bench.ask(read("/1", format))).at(at("/1/0/0")) == Value(std::int64_t{1}));
  }
}

TEST_CASE("can_read_object_instance: an instance is read, in each format",
          "[leshan:ReadMultiValueTest.can_read_object_instance][oma:223]") {
  Bench bench;
  for (const auto format : kStructured) {
    INFO(lwm2m::name(format));
    checkDevice(valuesOf(bench.ask(read("/3/0", format))));
    const auto all = valuesOf(bench.ask(read("/3442/0", format)));
    CHECK(all.at(at("/3442/0/125")) == Value(std::uint64_t{9223372036854775808U}));
    CHECK(all.at(at("/3442/0/130")) == Value(3.14159));
    CHECK(all.at(at("/3442/0/140")) == Value(true));
    CHECK(all.at(at("/3442/0/160")) == Value(lwm2m::Time{946684800}));
    CHECK(all.at(at("/3442/0/170")) == Value(lwm2m::ObjectLink{3, 0}));
    CHECK(all.at(at("/3442/0/180")) == Value(lwm2m::CoreLink{"</3442>"}));
    CHECK(all.at(at("/3442/0/1150/1")) == Value(lwm2m::Opaque{*fromHex("fedcba9876543210")}));
  }
}

TEST_CASE("can_read_empty_object: an object without instances is read as nothing",
          "[leshan:ReadMultiValueTest.can_read_empty_object]") {
  Bench bench;
  for (const auto format : kStructured) {
    INFO(lwm2m::name(format));
    CHECK(valuesOf(bench.ask(read("/16", format))).empty());
  }
}

TEST_CASE("can_read_resource: a resource is read, in each format",
          "[leshan:ReadSingleValueTest.can_read_resource][oma:224]") {
  Bench bench;
  for (const auto format :
       {Format::text, Format::cbor, Format::tlv, Format::json, Format::senmlJson, Format::senmlCbor}) {
    INFO(lwm2m::name(format));
    CHECK(bench.valueOf(read("/3/0/1", format)) == Value(std::string("Simulated device")));
    CHECK(bench.valueOf(read("/3442/0/130", format)) == Value(3.14159));
    CHECK(bench.valueOf(read("/3442/0/140", format)) == Value(true));
  }
}

TEST_CASE("can_read_resource_instance: a resource instance is read, in each format",
          "[leshan:ReadSingleValueTest.can_read_resource_instance][oma:225]") {
  Bench bench;
  for (const auto format : {Format::text, Format::cbor, Format::tlv, Format::senmlJson, Format::senmlCbor}) {
    INFO(lwm2m::name(format));
    CHECK(bench.valueOf(read("/3442/0/1110/1", format)) == Value(std::string("initial value 2")));
    CHECK(bench.valueOf(read("/3/0/11/0", format)) == Value(std::int64_t{0}));
  }
}

TEST_CASE("cannot_read_non_multiple_resource_instance: there is nothing below a single resource",
          "[leshan:ReadSingleValueTest.cannot_read_non_multiple_resource_instance]") {
  Bench bench;
  CHECK(bench.codeOf(read("/3442/0/110/0")) == "4.04");
}

TEST_CASE("can_read_empty_opaque_resource: no bytes are a value too",
          "[leshan:ReadOpaqueValueTest.can_read_empty_opaque_resource]") {
  Bench bench;
  REQUIRE(bench.device().set(at("/3442/0/150"), lwm2m::Opaque{}));
  for (const auto format : {Format::opaque, Format::cbor, Format::tlv, Format::senmlJson, Format::senmlCbor}) {
    INFO(lwm2m::name(format));
    CHECK(bench.valueOf(read("/3442/0/150", format)) == Value(lwm2m::Opaque{}));
  }
}

TEST_CASE("cannot_read_non_readable_resource: an executable has no value",
          "[leshan:ReadFailedTest.cannot_read_non_readable_resource]") {
  Bench bench;
  CHECK(bench.codeOf(read("/3/0/4")) == "4.05");
}

TEST_CASE("cannot_read_non_existent_object: not found", "[leshan:ReadFailedTest.cannot_read_non_existent_object]") {
  Bench bench;
  CHECK(bench.codeOf(read("/50")) == "4.04");
}

TEST_CASE("cannot_read_non_existent_instance: not found", "[leshan:ReadFailedTest.cannot_read_non_existent_instance]") {
  Bench bench;
  CHECK(bench.codeOf(read("/3/1")) == "4.04");
}

TEST_CASE("cannot_read_non_existent_resource: not found", "[leshan:ReadFailedTest.cannot_read_non_existent_resource]") {
  Bench bench;
  CHECK(bench.codeOf(read("/3/0/50")) == "4.04");
}

TEST_CASE("cannot_read_security_resource: Security is the bootstrap server's alone",
          "[leshan:ReadFailedTest.cannot_read_security_resource]") {
  Bench bench;
  CHECK(bench.codeOf(read("/0/0/0")) == "4.01");
}

TEST_CASE("Every operation on Security is refused as unauthorized", "[oma:221]") {
  Bench bench;
  CHECK(bench.codeOf(read("/0/0")) == "4.01");
  CHECK(bench.codeOf(discover("/0/0")) == "4.01");
  CHECK(bench.codeOf(writeOne("/0/0/0", "coap://x", Format::text)) == "4.01");
  CHECK(bench.codeOf(attributes("/0/0", "pmin=1")) == "4.01");
  CHECK(bench.codeOf(execute("/0/0/0")) == "4.01");
  CHECK(bench.codeOf(create("/0", {record("/0/5/0", "coap://x")}, Format::senmlJson)) == "4.01");
  CHECK(bench.codeOf(deleteAt("/0/0")) == "4.01");
}

TEST_CASE("A format that a device refuses is followed by the next one that it offers") {
  auto traits = fullClient();
  traits.formats = {Format::text, Format::tlv};
  ServerOptions options;
  options.settings.accept = Format::senmlCbor;
  Bench bench(traits, std::move(options));
  const auto outcome = bench.ask(read("/3/0"));
  checkDevice(valuesOf(outcome));
  CHECK(outcome->format == Format::tlv);
}

TEST_CASE("Below an alternate root path everything is read as elsewhere") {
  auto traits = fullClient();
  traits.rootPath = "/lwm2m";
  Bench bench(traits);
  for (const auto format : kStructured) {
    INFO(lwm2m::name(format));
    checkDevice(valuesOf(bench.ask(read("/3/0", format))));
  }
  CHECK(bench.device().asked()->front().path == "/lwm2m/3/0");
}

TEST_CASE("A body of several blocks is read and written whole") {
  Bench bench;
  const std::string large(5000, 'x');
  REQUIRE(bench.codeOf(writeOne("/3442/0/110", large.c_str(), Format::text)) == "2.04");
  for (const auto format : {Format::text, Format::senmlCbor, Format::tlv})
    CHECK(bench.valueOf(read("/3442/0/110", format)) == Value(large));
}
