#include "codec_vectors.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace isthmus;
using namespace isthmus::lwm2m;
using namespace isthmus::lwm2m::testing;

namespace {

using Text = std::string;

constexpr std::string_view kDevice =
    "C800144F70656E204D6F62696C6520416C6C69616E6365C801164C69676874776569676874204D324D20436C69656E74C80209333435303030"
    "313233C303312E30860641000141010588070842000ED842011388870841007D42010384C10964C10A0F830B410000C40D5182428FC60E2B30"
    "323A3030";

std::vector<Record> device(bool timezoneU) {
  auto records = deviceRecords();
  if (timezoneU) records.back().path = Path(3, 0, 15);
  return records;
}

Value integer(std::int64_t value) { return value; }

const std::string kDeviceHex(kDevice);

const std::vector<Vector> kVectors{
    {"device object instance 0 from resources", Path(3, 0), device(false), hex(kDeviceHex + "C11055")},
    {"device object, as the decoder test has it", Path(3, 0), device(true), hex(kDeviceHex + "C10F55")},
    {"device object with its instance", Path(3), device(false), hex("080079" + kDeviceHex + "C11055")},
    {"device instance wrapped in itself", Path(3, 0), device(false), hex("080079" + kDeviceHex + "C11055"),
     Form::accepted},
    {"single object without an instance", Path(3), device(false), hex(kDeviceHex + "C11055"), Form::accepted},
    {"manufacturer",
     Path(3, 0, 0),
     {{Path(3, 0, 0), Text("Open Mobile Alliance"), {}}},
     hex("C800144F70656E204D6F62696C6520416C6C69616E6365")},
    {"access control object",
     Path(2),
     {{Path(2, 0, 0), integer(1), {}},
      {Path(2, 0, 1), integer(0), {}},
      {Path(2, 0, 2, 127), integer(7), {}},
      {Path(2, 0, 3), integer(127), {}},
      {Path(2, 2, 0), integer(3), {}},
      {Path(2, 2, 1), integer(0), {}},
      {Path(2, 2, 2, 127), integer(7), {}},
      {Path(2, 2, 2, 310), integer(1), {}},
      {Path(2, 2, 3), integer(127), {}}},
     hex("08000EC10001C101008302417F07C1037F080212C10003C101008702417F0761013601C1037F")},
    {"server object with one instance",
     Path(1),
     {{Path(1, 0, 0), integer(1), {}},
      {Path(1, 0, 1), integer(86400), {}},
      {Path(1, 0, 6), true, {}},
      {Path(1, 0, 7), Text("U"), {}}},
     hex("08000FC10001C40100015180C10601C10755")},
    {"object links of one instance",
     Path(65, 0),
     {{Path(65, 0, 0, 0), ObjectLink{66, 0}, {}},
      {Path(65, 0, 0, 1), ObjectLink{66, 1}, {}},
      {Path(65, 0, 1), Text("8613800755500"), {}},
      {Path(65, 0, 2), integer(0x12345678), {}}},
     hex("88000C440000420000440100420001C8010D38363133383030373535353030C40212345678")},
    {"object links of several instances, one to nothing",
     Path(66),
     {{Path(66, 0, 0), Text("myService 1"), {}},
      {Path(66, 0, 1), Text("Internet.15.234"), {}},
      {Path(66, 0, 2), ObjectLink{67, 0}, {}},
      {Path(66, 1, 0), Text("myService 2"), {}},
      {Path(66, 1, 1), Text("Internet.15.235"), {}},
      {Path(66, 1, 2), ObjectLink{}, {}}},
     hex("080026C8000B6D79536572766963652031C8010F496E7465726E65742E31352E323334C40200430000080126C8000B6D79536572766"
         "96365"
         "2032C8010F496E7465726E65742E31352E323335C402FFFFFFFF")},
    {"core links",
     Path(3442),
     {{Path(3442, 0, 180),
       CoreLink{R"(</>;rt="oma.lwm2m";ct="60 110 112 1542 1543 11542 11543",</1>;ver=1.1,</1/0>,</2>,</3>;ver=1.1,)"
                "</3/0>,</3442/0>"},
       {}}},
     hex("080072c8b46f3c2f3e3b72743d226f6d612e6c776d326d223b63743d223630203131302031313220313534322031353433203131353"
         "43220"
         "3131353433222c3c2f313e3b7665723d312e312c3c2f312f303e2c3c2f323e2c3c2f333e3b7665723d312e312c3c2f332f303e2c3c2"
         "f333434"
         "322f303e")},
    {"power sources as bare resource instances",
     Path(3, 0, 6),
     {{Path(3, 0, 6, 0), integer(1), {}}, {Path(3, 0, 6, 1), integer(5), {}}},
     hex("410001410105"),
     Form::accepted},
    {"power sources as a multiple resource",
     Path(3, 0, 6),
     {{Path(3, 0, 6, 0), integer(1), {}}, {Path(3, 0, 6, 1), integer(5), {}}},
     hex("8606410001410105")},
    {"a multiple resource wrapped in its instance",
     Path(3, 0, 6),
     {{Path(3, 0, 6, 0), integer(1), {}}, {Path(3, 0, 6, 1), integer(5), {}}},
     hex("0800088606410001410105"),
     Form::accepted},
    {"floats of four bytes",
     Path(3303),
     {{Path(3303, 0, 5700), 31.0, {}}, {Path(3303, 0, 5701), Text("c"), {}}},
     hex("08000be4164441f80000e1164563")},
    {"a float of eight bytes",
     Path(3303, 0, 5700),
     {{Path(3303, 0, 5700), 21.7, {}}},
     hex("e816440840 35b33333333333")},
    {"a float of eight bytes that four hold",
     Path(3303, 0, 5700),
     {{Path(3303, 0, 5700), 21.5, {}}},
     hex("e816440840 35800000000000"),
     Form::accepted},
    {"server settings of an instance write",
     Path(1, 0),
     {{Path(1, 0, 2), integer(101), {}},
      {Path(1, 0, 3), integer(1010), {}},
      {Path(1, 0, 5), integer(2000), {}},
      {Path(1, 0, 6), true, {}},
      {Path(1, 0, 7), Text("U"), {}}},
     hex("C10265 C20303F2 C20507D0 C10601 C10755")},
    {"time, offset and time zone",
     Path(3, 0),
     {{Path(3, 0, 13), Time{1367491215}, {}},
      {Path(3, 0, 14), Text("+02:00"), {}},
      {Path(3, 0, 15), Text("Europe/Paris"), {}}},
     hex("C40D5182428F C60E2B30323A3030 C80F0C4575726F70652F5061726973")},
    {"one resource instance", Path(3, 0, 7, 1), {{Path(3, 0, 7, 1), integer(5000), {}}}, hex("42011388")},
    {"one resource instance within its resource",
     Path(3, 0, 7, 1),
     {{Path(3, 0, 7, 1), integer(5000), {}}},
     hex("840742011388"),
     Form::accepted},
    {"a single resource wrapped in its instance",
     Path(3, 0, 9),
     {{Path(3, 0, 9), integer(100), {}}},
     hex("03 00 C10964"),
     Form::accepted},
    {"the largest unsigned integer",
     Path(3442, 0, 125),
     {{Path(3442, 0, 125), std::numeric_limits<std::uint64_t>::max(), {}}},
     hex("C87D08FFFFFFFFFFFFFFFF")},
    {"an unsigned integer with its highest bit set",
     Path(3442, 0, 125),
     {{Path(3442, 0, 125), std::uint64_t{200}, {}}},
     hex("C17DC8"),
     Form::accepted},
    {"a resource that nobody knows",
     Path(3303, 0, 9999),
     {{Path(3303, 0, 9999), Opaque{{1, 2}}, {}}},
     hex("E2270F0102")},
    {"an object that nobody knows, without an instance",
     Path(60000),
     {{Path(60000, 0, 1), Opaque{{7}}, {}}},
     hex("C10107"),
     Form::accepted},
    {"ids that do not ascend",
     Path(1, 0),
     {{Path(1, 0, 7), Text("U"), {}}, {Path(1, 0, 0), integer(1), {}}, {Path(1, 0, 6), true, {}}},
     hex("C10755 C10001 C10601")},
    {"an empty object", Path(66), {}, {}},
    {"an empty instance", Path(3, 0), {}, {}},
    {"an empty multiple resource", Path(3, 0, 6), {}, {}},
    {"an empty wrapper", Path(3, 0), {}, hex("0000"), Form::accepted},
    {"an empty string", Path(3, 0, 0), {{Path(3, 0, 0), Text(), {}}}, hex("C000")},
    {"empty opaque bytes", Path(3442, 0, 150), {{Path(3442, 0, 150), Opaque{}, {}}}, hex("C096")},
};

std::vector<Broken> brokenPayloads() {
  return {
      {"a broken TLV", Path(3, 0), hex("0011223344556677889900")},
      {"two instances with the same id", Path(2), hex("080003C10001 080003C10001")},
      {"two resources with the same id", Path(3, 0), hex("C10964 C10964")},
      {"two resources with the same id apart", Path(3, 0), hex("C10964 C10A0F C10964")},
      {"a value and a multiple resource with the same id", Path(3, 0), hex("C10601 8306410001")},
      {"two resource instances with the same id", Path(3, 0, 6), hex("8606410001410005")},
      {"nothing for a single resource", Path(3, 0, 9), {}},
      {"a wrapper with nothing for a single resource", Path(3, 0, 9), hex("0000")},
      {"nothing for a resource instance", Path(3, 0, 7, 1), {}},
      {"a length past the end", Path(3, 0, 0), hex("C80014")},
      {"an id that is cut", Path(3, 0, 0), hex("E116")},
      {"a length that is cut", Path(3, 0, 0), hex("D80001")},
      {"another resource than asked for", Path(3, 0, 9), hex("C10A64")},
      {"one resource more than asked for", Path(3, 0, 9), hex("C10964 C10A0F")},
      {"another instance than asked for", Path(3, 0), hex("080103C10964")},
      {"several instances where one was asked for", Path(1, 0), hex("080003C10001 080103C10002")},
      {"resources of an object with several instances", Path(1), hex("C10001")},
      {"resource instances without a resource", Path(3, 0), hex("410001")},
      {"an instance within an instance", Path(3, 0), hex("080003 080000")},
      {"kinds mixed on one level", Path(3, 0), hex("C10964 0000")},
      {"the root", Path(), hex("C10964")},
      {"an id that is none", Path(3, 0), hex("E1FFFF00")},
      {"an integer of three bytes", Path(3, 0, 9), hex("C309000001")},
      {"an integer of no bytes", Path(3, 0, 9), hex("C009")},
      {"a boolean that is neither", Path(1, 0, 6), hex("C10602")},
      {"a boolean of two bytes", Path(1, 0, 6), hex("C2060001")},
      {"a float of two bytes", Path(3303, 0, 5700), hex("E216444040")},
      {"an object link of three bytes", Path(3442, 0, 170), hex("C3AA000042")},
      {"text that is not UTF-8", Path(3, 0, 0), hex("C100FF")},
      {"a value in place of a resource instance", Path(3, 0, 7, 1), hex("C10701")},
  };
}

}  // namespace

TEST_CASE(
    "TLV vectors decode, encode, and hold at every truncation",
    "[decode_device_object][decode_object_link][tlv_manufacturer_resource]"
    "[tlv_device_object_instance0_from_resources_tlv]"
    "[tlv_device_object_instance0_from_resources_tlv__instance_expected]"
    "[tlv_device_object_instance0_from_instance_tlv]"
    "[tlv_server_object_multi_instance_with_only_1_instance][tlv_acl_object_multi_instance]"
    "[tlv_single_instance_with_obj_link][tlv_multi_instance_with_obj_link]"
    "[tlv_power_source__array_values][tlv_power_source__multiple_resource][tlv_instance_without_id_tlv]"
    "[tlv_unknown_object__missing_instance_tlv][tlv_resource_with_undesired_object_instance]"
    "[tlv_empty_object][tlv_empty_instance][tlv_empty_multi_resource][tlv_instance_with_core_link_value]"
    "[tlv_encode_device_object_instance_as_resources_array]"
    "[tlv_encode_device_object_instance_as_instance][tlv_encode_device_object][encode_resource][encode_boolean]") {
  checkVectors(ContentFormat::tlv, kVectors, Truncated::prefix);
}

TEST_CASE("The number of TLV from before LwM2M 1.0 means the same") {
  checkVectors(ContentFormat::tlvPreRelease, {kVectors[0]}, Truncated::prefix);
}

TEST_CASE("Malformed TLV is refused, with its place",
          "[decode_broken_tlv][tlv_invalid_object_2_instances_with_the_same_id]"
          "[tlv_invalid_object__instance_2_resources_with_the_same_id]"
          "[tlv_resource_with_undesired_invalid_object_instance][tlv_empty_single_resource]"
          "[tlv_invalid_multi_resource_2_instance_with_the_same_id]") {
  checkBroken(ContentFormat::tlv, brokenPayloads());
}

TEST_CASE("TLV writes times and integers in the fewest bytes that hold them",
          "[encode_short][encode_integer][encode_long][encode_date_byte][encode_date_short][encode_date_int]"
          "[encode_date_long]") {
  struct Row {
    std::int64_t value;
    std::size_t length;
  };
  const auto [value, length] = GENERATE(values<Row>({{0, 1},
                                                     {127, 1},
                                                     {128, 2},
                                                     {-128, 1},
                                                     {-129, 2},
                                                     {32767, 2},
                                                     {32768, 4},
                                                     {-32768, 2},
                                                     {-32769, 4},
                                                     {2147483647, 4},
                                                     {2147483648, 8},
                                                     {-2147483648, 4},
                                                     {-2147483649, 8},
                                                     {std::numeric_limits<std::int64_t>::max(), 8},
                                                     {std::numeric_limits<std::int64_t>::min(), 8}}));
  CAPTURE(value);
  for (const std::uint16_t resource : {std::uint16_t{120}, std::uint16_t{160}}) {
    const Path path(3442, 0, resource);
    const std::vector<Record> records{{path, resource == 120 ? Value(value) : Value(Time{value}), {}}};
    const auto written = encodeAt(ContentFormat::tlv, records, path);
    REQUIRE(written);
    CHECK(written->size() == (length == 8 ? 3 : 2) + length);
    CHECK(describe(decodeAt(ContentFormat::tlv, *written, path).value()) == describe(records));
  }
}

TEST_CASE("TLV lengths of every width hold") {
  const std::size_t length = GENERATE(7U, 8U, 255U, 256U, 65535U, 65536U);
  const Path path(3442, 0, 150);
  const std::vector<Record> records{{path, Opaque{Bytes(length, 0xAB)}, {}}};
  const auto written = encodeAt(ContentFormat::tlv, records, path);
  REQUIRE(written);
  CHECK(decodeAt(ContentFormat::tlv, *written, path).value() == records);
}

TEST_CASE("TLV gathers what belongs to one resource, wherever it stands among the records") {
  const std::vector<Record> records{
      {Path(3, 0, 6, 0), integer(1), {}}, {Path(3, 0, 9), integer(100), {}}, {Path(3, 0, 6, 1), integer(5), {}}};
  CHECK(toHex(encodeAt(ContentFormat::tlv, records, Path(3, 0)).value()) == "8606410001410105c10964");
}

TEST_CASE("What TLV cannot hold is not written", "[validate_unsupported_node_is_detected]") {
  const Record reading{Path(3, 0, 9), integer(100), {}};
  Record timed = reading;
  timed.time = kNow;
  const Record nothing{Path(3, 0, 9), {}, {}};
  const Record instance{Path(3, 0, 9, 0), integer(1), {}};
  const Record elsewhere{Path(4, 0, 0), integer(1), {}};
  const Record wrong{Path(3, 0, 9), std::string("full"), {}};
  const std::vector<std::vector<Record>> sets{
      {timed}, {nothing}, {reading, reading}, {reading, instance}, {instance, reading}, {elsewhere}, {wrong}};
  for (const auto& records : sets) {
    CAPTURE(describe(records));
    const auto written = encodeAt(ContentFormat::tlv, records, Path(3, 0));
    REQUIRE_FALSE(written);
    CHECK(written.error().code == Errc::unsupported);
    CHECK_FALSE(written.error().where.empty());
  }
  CHECK(encodeAt(ContentFormat::tlv, {reading}, Path()).error().code == Errc::unsupported);
}

TEST_CASE("Values are written in the type that the device expects", "[validate_supported_node_is_detected]") {
  const Path path(3303, 0, 5700);
  CHECK(encodeAt(ContentFormat::tlv, {{path, integer(21), {}}}, path) ==
        encodeAt(ContentFormat::tlv, {{path, 21.0, {}}}, path));
  CHECK(encodeAt(ContentFormat::text, {{path, std::string("21.5"), {}}}, path).value() == bytes("21.5"));
}
