#include "tests/conformance/bench.h"

using namespace isthmus;
using namespace isthmus::conformance;
using lwm2m::Value;

namespace {

const std::vector<Format> kSingle{Format::text, Format::cbor,      Format::tlv,
                                  Format::json, Format::senmlJson, Format::senmlCbor};
const std::vector<Format> kStructured{Format::tlv, Format::json, Format::senmlJson, Format::senmlCbor};

// Writes the value in each format that can carry it and reads it back.
void writesEverywhere(std::string_view path, const std::vector<Value>& values, std::vector<Format> formats = kSingle) {
  Bench bench;
  std::size_t turn = 0;
  for (const auto format : formats) {
    const auto& value = values[turn++ % values.size()];
    INFO(lwm2m::name(format) << " " << lwm2m::toText(value));
    CHECK(bench.codeOf(writeOne(path, value, format)) == "2.04");
    CHECK(bench.device().value(at(path)) == value);
    CHECK(bench.valueOf(read(path, format)) == value);
  }
}

// The OMA's values for LwM2M Server, in one format: resource by resource, or the instance at once.
void setsServer(Format format, bool atOnce) {
  Bench bench;
  const std::vector<lwm2m::Record> wanted{record("/1/0/2", 101), record("/1/0/3", 1010), record("/1/0/5", 2000),
                                          record("/1/0/6", Value(true)), record("/1/0/7", "U")};
  if (atOnce) {
    CHECK(bench.codeOf(update("/1/0", wanted, format)) == "2.04");
  } else {
    for (const auto& one : wanted) CHECK(bench.codeOf(write(one.path.toString(), {one}, format)) == "2.04");
  }
  for (const auto& one : wanted) {
    INFO(one.path.toString());
    CHECK(bench.valueOf(read(one.path.toString(), format)) == one.value);
  }
}

}  // namespace

TEST_CASE("LwM2M Server is set in plain text", "[oma:205]") { setsServer(Format::text, false); }
TEST_CASE("LwM2M Server is set in CBOR", "[oma:212]") { setsServer(Format::cbor, false); }
TEST_CASE("LwM2M Server is set in TLV", "[oma:215]") { setsServer(Format::tlv, true); }
TEST_CASE("LwM2M Server is set in JSON", "[oma:220]") { setsServer(Format::json, true); }
TEST_CASE("LwM2M Server is set in SenML CBOR", "[oma:233]") { setsServer(Format::senmlCbor, true); }
TEST_CASE("LwM2M Server is set in SenML JSON", "[oma:234]") { setsServer(Format::senmlJson, true); }

TEST_CASE("write_string_resource: in each format", "[leshan:WriteSingleValueTest.write_string_resource]") {
  writesEverywhere("/3442/0/110", {Value(std::string("grüße")), Value(std::string("")), Value(std::string("a b"))});
}

TEST_CASE("write_boolean_resource: in each format", "[leshan:WriteSingleValueTest.write_boolean_resource]") {
  writesEverywhere("/3442/0/140", {Value(false), Value(true)});
}

TEST_CASE("write_integer_resource: in each format", "[leshan:WriteSingleValueTest.write_integer_resource]") {
  writesEverywhere("/3442/0/120", {Value(std::int64_t{-12}), Value(std::int64_t{0}), Value(std::int64_t{4294967296})});
}

TEST_CASE("write_float_resource: in each format", "[leshan:WriteSingleValueTest.write_float_resource]") {
  writesEverywhere("/3442/0/130", {Value(-2.5), Value(0.1), Value(1e30)});
}

TEST_CASE("write_time_resource: in each format", "[leshan:WriteSingleValueTest.write_time_resource]") {
  writesEverywhere("/3442/0/160", {Value(lwm2m::Time{1367491215}), Value(lwm2m::Time{-1})});
}

TEST_CASE("write_corelnk_resource: in each format", "[leshan:WriteSingleValueTest.write_corelnk_resource]") {
  writesEverywhere("/3442/0/180", {Value(lwm2m::CoreLink{"</3/0>;pmin=1,</4>"})});
}

TEST_CASE("write_unsigned_integer_resource: in each format",
          "[leshan:WriteSingleValueTest.write_unsigned_integer_resource]") {
  writesEverywhere("/3442/0/125", {Value(std::uint64_t{18446744073709551615U}), Value(std::uint64_t{7})});
}

TEST_CASE("write_objlnk_resource: in each format", "[leshan:WriteSingleValueTest.write_objlnk_resource]") {
  writesEverywhere("/3442/0/170", {Value(lwm2m::ObjectLink{10245, 1}), Value(lwm2m::ObjectLink{})});
}

TEST_CASE("can_write_string_resource_instance: in each format",
          "[leshan:WriteSingleValueTest.can_write_string_resource_instance][oma:228]") {
  writesEverywhere("/3442/0/1110/0", {Value(std::string("one")), Value(std::string("two"))},
                   {Format::text, Format::cbor, Format::tlv, Format::senmlJson, Format::senmlCbor});
}

TEST_CASE("can_write_single_instance_objlnk_resource: in each format",
          "[leshan:WriteSingleValueTest.can_write_single_instance_objlnk_resource]") {
  writesEverywhere("/3442/0/1170/0", {Value(lwm2m::ObjectLink{3, 0}), Value(lwm2m::ObjectLink{65, 7})},
                   {Format::text, Format::cbor, Format::senmlJson, Format::senmlCbor});
}

TEST_CASE("write_opaque_resource: in each format", "[leshan:WriteOpaqueValueTest.write_opaque_resource]") {
  writesEverywhere(
      "/3442/0/150", {Value(lwm2m::Opaque{{1, 2, 3}}), Value(lwm2m::Opaque{{0xFF, 0xFE, 0, 10}})},
      {Format::opaque, Format::text, Format::cbor, Format::tlv, Format::json, Format::senmlJson, Format::senmlCbor});
}

TEST_CASE("write_opaque_resource_instance: in each format",
          "[leshan:WriteOpaqueValueTest.write_opaque_resource_instance]") {
  writesEverywhere("/3442/0/1150/0", {Value(lwm2m::Opaque{{1, 2, 3}}), Value(lwm2m::Opaque{{0xFF, 0xFE, 0, 10}})},
                   {Format::opaque, Format::cbor, Format::senmlJson, Format::senmlCbor});
}

TEST_CASE(
    "send_writerequest_synchronously_with_bad_payload_raises_codeexception: a value that does not fit is not sent",
    "[leshan:WriteSingleValueTest.send_writerequest_synchronously_with_bad_payload_raises_codeexception]"
    "[leshan:WriteSingleValueTest.send_writerequest_asynchronously_with_bad_payload_raises_codeexception]") {
  Bench bench;
  const auto outcome = bench.ask(writeOne("/3/0/13", Value(std::string("no time")), Format::text));
  REQUIRE(!outcome);
  CHECK(outcome.error().code == Errc::unsupported);
  CHECK(bench.device().asked()->empty());
}

TEST_CASE("can_write_object_instance: its resources are written at once",
          "[leshan:WriteMultiValueTest.can_write_object_instance]") {
  Bench bench;
  for (const auto format : kStructured) {
    INFO(lwm2m::name(format));
    CHECK(bench.codeOf(write("/3442/0", {record("/3442/0/110", "new"), record("/3442/0/120", 5)}, format)) == "2.04");
    CHECK(bench.valueOf(read("/3442/0/110")) == Value(std::string("new")));
    CHECK(bench.valueOf(read("/3442/0/120")) == Value(std::int64_t{5}));
  }
}

TEST_CASE("can_write_replacing_object_instance: what is not written is no more",
          "[leshan:WriteMultiValueTest.can_write_replacing_object_instance]") {
  Bench bench;
  const std::vector<lwm2m::Record> whole{record("/1/0/1", 600), record("/1/0/6", Value(true)), record("/1/0/7", "U"),
                                         record("/1/0/2", 5)};
  CHECK(bench.codeOf(write("/1/0", whole, Format::senmlJson)) == "2.04");
  CHECK(bench.valueOf(read("/1/0/2")) == Value(std::int64_t{5}));
  CHECK(bench.codeOf(read("/1/0/3")) == "4.04");
  CHECK(bench.device().asked()->front().method == "PUT");
}

TEST_CASE("can_write_updating_object_instance: what is not written stays",
          "[leshan:WriteMultiValueTest.can_write_updating_object_instance][oma:226]") {
  Bench bench;
  for (const auto format : kStructured) {
    INFO(lwm2m::name(format));
    CHECK(bench.codeOf(update("/1/0", {record("/1/0/2", 101), record("/1/0/5", 2000)}, format)) == "2.04");
    CHECK(bench.valueOf(read("/1/0/2")) == Value(std::int64_t{101}));
    CHECK(bench.valueOf(read("/1/0/5")) == Value(std::int64_t{2000}));
    CHECK(bench.valueOf(read("/1/0/1")) == Value(std::int64_t{86400}));
  }
  CHECK(bench.device().asked()->front().method == "POST");
}

TEST_CASE("A replaced array holds only what was written, an updated one also what it had", "[oma:227]") {
  Bench bench;
  const auto elements = [&] { return bench.ask(read("/3442/0/1110", Format::senmlCbor))->records; };
  for (const auto format : {Format::tlv, Format::senmlJson, Format::senmlCbor}) {
    INFO(lwm2m::name(format));
    CHECK(bench.codeOf(write("/3442/0/1110", {record("/3442/0/1110/5", "five")}, format)) == "2.04");
    CHECK(elements().size() == 1);
    CHECK(bench.codeOf(update("/3442/0/1110", {record("/3442/0/1110/6", "six")}, format)) == "2.04");
    CHECK(elements().size() == 2);
  }
  CHECK(bench.codeOf(writeOne("/1/0/2", 7, Format::text)) == "2.04");
  CHECK(bench.valueOf(read("/1/0/2")) == Value(std::int64_t{7}));
}

TEST_CASE("can_write_multi_instance_objlnk_resource: an array of links",
          "[leshan:WriteMultiValueTest.can_write_multi_instance_objlnk_resource]") {
  Bench bench;
  const std::vector<lwm2m::Record> links{record("/3442/0/1170/0", Value(lwm2m::ObjectLink{10245, 1})),
                                         record("/3442/0/1170/1", Value(lwm2m::ObjectLink{10242, 2})),
                                         record("/3442/0/1170/2", Value(lwm2m::ObjectLink{}))};
  for (const auto format : kStructured) {
    INFO(lwm2m::name(format));
    CHECK(bench.codeOf(write("/3442/0/1170", links, format)) == "2.04");
    CHECK(bench.ask(read("/3442/0/1170", format))->records == links);
  }
}

TEST_CASE("can_write_object_instance_with_empty_multi_resource: an array of nothing",
          "[leshan:WriteMultiValueTest.can_write_object_instance_with_empty_multi_resource]") {
  Bench bench;
  CHECK(bench.codeOf(write("/3442/0/1110", {}, Format::senmlJson)) == "2.04");
  const auto outcome = bench.ask(read("/3442/0/1110"));
  REQUIRE(outcome);
  CHECK(outcome->code == lwm2m::coap::code::kContent);
  CHECK(outcome->records.empty());
}

TEST_CASE("can_write_object_resource_instance: one element of an array",
          "[leshan:WriteMultiValueTest.can_write_object_resource_instance]") {
  Bench bench;
  CHECK(bench.codeOf(writeOne("/3442/0/1120/1", 77)) == "2.04");
  CHECK(bench.valueOf(read("/3442/0/1120/1")) == Value(std::int64_t{77}));
  CHECK(bench.valueOf(read("/3442/0/1120/0")) == Value(std::int64_t{2048}));
  CHECK(bench.codeOf(writeOne("/3442/0/1120/9", 1)) == "4.04");
}

TEST_CASE("cannot_write_non_writable_resource: not allowed",
          "[leshan:WriteFailedTest.cannot_write_non_writable_resource][oma:256]") {
  Bench bench;
  CHECK(bench.codeOf(writeOne("/3/0/0", "other", Format::text)) == "4.05");
  CHECK(bench.valueOf(read("/3/0/0")) == Value(std::string("Isthmus")));
}

TEST_CASE("cannot_write_security_resource: unauthorized", "[leshan:WriteFailedTest.cannot_write_security_resource]") {
  Bench bench;
  CHECK(bench.codeOf(writeOne("/0/0/0", "coap://x", Format::text)) == "4.01");
}

TEST_CASE("cannot_write_replacing_incomplete_object_instance: without what is mandatory it would be none",
          "[leshan:WriteFailedTest.cannot_write_replacing_incomplete_object_instance]") {
  Bench bench;
  CHECK(bench.codeOf(write("/1/0", {record("/1/0/1", 60)}, Format::senmlJson)) == "4.00");
  CHECK(bench.valueOf(read("/1/0/1")) == Value(std::int64_t{86400}));
}
