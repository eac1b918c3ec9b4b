#include "codec_vectors.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace isthmus;
using namespace isthmus::lwm2m;
using namespace isthmus::lwm2m::testing;

namespace {

using Text = std::string;

Value integer(std::int64_t value) { return value; }
WallTime at(std::int64_t ms) { return WallTime(milliseconds(ms)); }

const Path kBattery(3, 0, 9);
const Path kTemperature(3303, 0, 5700);

constexpr std::string_view kDeviceEntries =
    R"("e":[{"n":"0","sv":"Open Mobile Alliance"},{"n":"1","sv":"Lightweight M2M Client"},{"n":"2","sv":"345000123"},)"
    R"({"n":"3","sv":"1.0"},{"n":"6/0","v":1},{"n":"6/1","v":5},{"n":"7/0","v":3800},{"n":"7/1","v":5000},)"
    R"({"n":"8/0","v":125},{"n":"8/1","v":900},{"n":"9","v":100},{"n":"10","v":15},{"n":"11/0","v":0},)"
    R"({"n":"13","v":1367491215},{"n":"14","sv":"+02:00"},{"n":"16","sv":"U"}])";

Bytes device(std::string_view before) { return bytes("{" + Text(before) + Text(kDeviceEntries) + "}"); }

// The object of many of the examples; nobody knows it, so the payload says the types.
std::vector<Record> custom(std::optional<WallTime> a, std::optional<WallTime> b, std::optional<WallTime> c) {
  return {{Path(1024, 0, 1), 22.9, a}, {Path(1024, 0, 1), 22.4, b}, {Path(1024, 0, 1), 24.1, c}};
}

std::vector<Vector> vectors() {
  return {
      {"device object instance", Path(3, 0), deviceRecords(), device(R"("bn":"/3/0/",)")},
      {"device object instance with an empty root basename", Path(3, 0), deviceRecords(),
       bytes(R"({"bn":"/","e":[{"n":"3/0/0","sv":"Open Mobile Alliance"},{"n":"3/0/1","sv":"Lightweight M2M Client"},)"
             R"({"n":"3/0/2","sv":"345000123"},{"n":"3/0/3","sv":"1.0"},{"n":"3/0/6/0","v":1},{"n":"3/0/6/1","v":5},)"
             R"({"n":"3/0/7/0","v":3800},{"n":"3/0/7/1","v":5000},{"n":"3/0/8/0","v":125},{"n":"3/0/8/1","v":900},)"
             R"({"n":"3/0/9","v":100},{"n":"3/0/10","v":15},{"n":"3/0/11/0","v":0},{"n":"3/0/13","v":1367491215},)"
             R"({"n":"3/0/14","sv":"+02:00"},{"n":"3/0/16","sv":"U"}]})"),
       Form::accepted},
      {"device object instance without a basename", Path(3, 0), deviceRecords(), device(""), Form::accepted},
      {"custom object instance, without the first slash",
       Path(1024, 0),
       {{Path(1024, 0, 0, 0), Text("a string"), {}}, {Path(1024, 0, 1), integer(10), {}}, {Path(1024, 0, 2), true, {}}},
       bytes(R"({"bn":"1024/0/","e":[{"n":"0/0","sv":"a string"},{"n":"1","v":10},{"n":"2","bv":true}]})"),
       Form::accepted},
      {"a basename and names cut in the middle of an id",
       Path(3, 0),
       {{Path(3, 0, 13), Time{5}, {}}, {Path(3, 0, 14), Text("+02:00"), {}}, {Path(3, 0, 10), integer(15), {}}},
       bytes(R"({"bn":"/3/0/1","e":[{"n":"3","v":5},{"n":"4","sv":"+02:00"},{"n":"0","v":15}]})"),
       Form::accepted},
      {"timestamped resources", Path(1024, 0, 1), custom(at(25462629000), at(25462604000), at(25462584000)),
       bytes(R"({"bn":"/1024/0/1","e":[{"n":"","v":22.9,"t":-5},{"n":"","v":22.4,"t":-30},{"n":"","v":24.1,"t":-50}],)"
             R"("bt":25462634})"),
       Form::accepted},
      {"timestamped instances", Path(1024, 0), custom(at(25462639000), at(25462664000), {}),
       bytes(R"({"e":[{"n":"1","v":22.9,"t":25462639},{"n":"1","v":22.4,"t":25462664},{"n":"1","v":24.1}]})"),
       Form::accepted},
      {"timestamped object, encoded", Path(1024), custom(at(500000), at(510500), at(520001)),
       bytes(R"({"bn":"/1024/","e":[{"n":"0/1","v":22.9,"t":500},{"n":"0/1","v":22.4,"t":510.5},)"
             R"({"n":"0/1","v":24.1,"t":520.001}]})")},
      {"one time for all",
       Path(3303, 0),
       {{Path(3303, 0, 5700), 1.5, at(25462634500)}, {Path(3303, 0, 5601), 2.5, at(25462634500)}},
       bytes(R"({"bn":"/3303/0/","e":[{"n":"5700","v":1.5},{"n":"5601","v":2.5}],"bt":25462634.5})")},
      {"times counted from now",
       kTemperature,
       {{kTemperature, 1.5, kNow - seconds(5)}, {kTemperature, 2.5, {}}},
       bytes(R"({"bn":"/3303/0/5700","e":[{"v":1.5,"t":-5},{"v":2.5,"t":0}]})"),
       Form::accepted},
      {"every type",
       Path(3442, 0),
       {{Path(3442, 0, 110), Text("a \"b\""), {}},
        {Path(3442, 0, 120), integer(std::numeric_limits<std::int64_t>::min()), {}},
        {Path(3442, 0, 125), std::numeric_limits<std::uint64_t>::max(), {}},
        {Path(3442, 0, 130), 21.0, {}},
        {Path(3442, 0, 140), true, {}},
        {Path(3442, 0, 150), Opaque{{0xAB, 0xCD, 0xEF, 0xFF}}, {}},
        {Path(3442, 0, 160), Time{25462634}, {}},
        {Path(3442, 0, 170), ObjectLink{66, 0}, {}},
        {Path(3442, 0, 180), CoreLink{"</3/0>"}, {}},
        {Path(3442, 0, 1110, 7), Text("x"), {}}},
       bytes(
           R"({"bn":"/3442/0/","e":[{"n":"110","sv":"a \"b\""},{"n":"120","v":-9223372036854775808},)"
           R"({"n":"125","v":18446744073709551615},{"n":"130","v":21.0},{"n":"140","bv":true},)"
           R"({"n":"150","sv":"q83v/w=="},{"n":"160","v":25462634},{"n":"170","ov":"66:0"},{"n":"180","sv":"</3/0>"},)"
           R"({"n":"1110/7","sv":"x"}]})")},
      {"every type of what nobody knows",
       Path(60000, 0),
       {{Path(60000, 0, 1), 5.0, {}},
        {Path(60000, 0, 2), Text("x"), {}},
        {Path(60000, 0, 3), false, {}},
        {Path(60000, 0, 4), ObjectLink{1, 2}, {}},
        {Path(60000, 0, 5), integer(5), {}}},
       bytes(R"({"bn":"/60000/0/","e":[{"n":"1","v":5.0},{"n":"2","sv":"x"},{"n":"3","bv":false},{"n":"4","ov":"1:2"},)"
             R"({"n":"5","v":5}]})")},
      {"a single resource by its base name",
       kBattery,
       {{kBattery, integer(100), {}}},
       bytes(R"({"bn":"/3/0/9","e":[{"v":100}]})")},
      {"a single resource with a slash behind it",
       kBattery,
       {{kBattery, integer(100), {}}},
       bytes(R"({"bn":"/3/0/9/","e":[{"n":"","v":100}]})"),
       Form::accepted},
      {"a single resource without a name",
       kBattery,
       {{kBattery, integer(100), {}}},
       bytes(R"({"e":[{"v":100}]})"),
       Form::accepted},
      {"a single resource by its whole name",
       kBattery,
       {{kBattery, integer(100), {}}},
       bytes(R"({"e":[{"n":"/3/0/9","v":1.0E2}]})"),
       Form::accepted},
      {"a multiple resource",
       Path(3, 0, 7),
       {{Path(3, 0, 7, 0), integer(3800), {}}, {Path(3, 0, 7, 1), integer(5000), {}}},
       bytes(R"({"bn":"/3/0/7/","e":[{"n":"0","v":3800},{"n":"1","v":5000}]})")},
      {"an object link as a string, data in the URL alphabet, and fields that say nothing",
       Path(3442, 0),
       {{Path(3442, 0, 170), ObjectLink{66, 0}, {}}, {Path(3442, 0, 150), Opaque{{0xFB, 0xFF}}, {}}},
       bytes(R"({"x":{"y":[1,{"z":null}]},"bn":"/3442/0/","e":[{"n":"170","sv":"66:0","u":[{"q":[]}]},)"
             R"({"n":"150","sv":"-_8","w":1}],"ver":1})"),
       Form::accepted},
      {"an alternate root",
       Path(3, 0),
       {{kBattery, integer(1), {}}, {Path(3, 0, 10), integer(2), {}}},
       bytes(R"({"bn":"/lwm2m/3/0/","e":[{"n":"9","v":1},{"n":"10","v":2}]})"),
       Form::canonical,
       "/lwm2m"},
      {"an alternate root, names that go on from the request",
       Path(3, 0),
       {{kBattery, integer(1), {}}},
       bytes(R"({"e":[{"n":"9","v":1}]})"),
       Form::accepted,
       "/lwm2m"},
      {"an empty object", Path(3), {}, bytes(R"({"bn":"/3/","e":[]})")},
      {"an empty instance", Path(3, 0), {}, bytes(R"({"e":[]})"), Form::accepted},
      {"an empty multiple resource", Path(3, 0, 6), {}, bytes(R"({"bn":"/3/0/6/","e":[]})")},
      {"nothing at all", Path(3), {}, {}, Form::accepted},
  };
}

std::vector<Broken> broken() {
  const auto entry = [](std::string_view text) { return bytes(R"({"bn":"/3/0/","e":[{)" + Text(text) + "}]}"); };
  return {
      {"an empty object", Path(3), bytes("{}")},
      {"no entries", Path(3), bytes(R"({"bn":"/3/0/"})")},
      {"an array", Path(3), bytes("[]")},
      {"a number", Path(3), bytes("1")},
      {"entries that are no array", Path(3), bytes(R"({"e":{}})")},
      {"entries that are a number", Path(3), bytes(R"({"e":1})")},
      {"entries that are numbers", Path(3), bytes(R"({"e":[1]})")},
      {"entries that are arrays", Path(3), bytes(R"({"e":[[]]})")},
      {"entries twice", Path(3), bytes(R"({"e":[],"e":[]})")},
      {"something after the object", Path(3), bytes(R"({"e":[]}x)")},
      {"an empty single resource", kBattery, bytes(R"({"bn":"/3/0/9","e":[]})")},
      {"nothing for a single resource", kBattery, {}},
      {"an empty resource instance", Path(3, 0, 7, 1), bytes(R"({"e":[]})")},
      {"a missing value", Path(3, 0), entry(R"("n":"9")")},
      {"a missing value among others", Path(3, 0), bytes(R"({"e":[{"n":"9","v":1},{"n":"10"}]})")},
      {"a value that is null", Path(3, 0), entry(R"("n":"9","v":null)")},
      {"two resources with the same id", Path(3, 0), bytes(R"({"e":[{"n":"9","v":1},{"n":"9","v":2}]})")},
      {"two resource instances with the same id", Path(3, 0, 6), bytes(R"({"e":[{"n":"0","v":1},{"n":"0","v":2}]})")},
      {"two resources with the same id and time", Path(3, 0),
       bytes(R"({"e":[{"n":"9","v":1,"t":5},{"n":"10","v":2},{"n":"9","v":2,"t":5}]})")},
      {"two values", Path(3, 0), entry(R"("n":"9","v":1,"sv":"x")")},
      {"a field twice", Path(3, 0), entry(R"("n":"9","v":1,"v":2)")},
      {"a name that is a number", Path(3, 0), entry(R"("n":9,"v":1)")},
      {"a base name that is a number", Path(3, 0), bytes(R"({"bn":3,"e":[]})")},
      {"a name that is no path", Path(3, 0), entry(R"("n":"x","v":1)")},
      {"a path of five levels", Path(3, 0), entry(R"("n":"7/0/1","v":1)")},
      {"a value of an instance", Path(3), bytes(R"({"e":[{"n":"0","v":1}]})")},
      {"another resource than asked for", kBattery, entry(R"("n":"10","v":1)")},
      {"another object than asked for", Path(4), entry(R"("n":"9","v":1)")},
      {"text for an integer", Path(3, 0), entry(R"("n":"9","sv":"1")")},
      {"a fraction for an integer", Path(3, 0), entry(R"("n":"9","v":1.5)")},
      {"a number that is text", Path(3, 0), entry(R"("n":"9","v":"1")")},
      {"a number for text", Path(3, 0), entry(R"("n":"0","v":1)")},
      {"text that is a number", Path(3, 0), entry(R"("n":"0","sv":1)")},
      {"a boolean that is a number", Path(1, 0), bytes(R"({"e":[{"n":"6","bv":1}]})")},
      {"a number for a boolean", Path(1, 0), bytes(R"({"e":[{"n":"6","v":1}]})")},
      {"an object link that is none", Path(3442, 0), bytes(R"({"e":[{"n":"170","ov":"66"}]})")},
      {"an object link for text", Path(3, 0), entry(R"("n":"0","ov":"66:0")")},
      {"data that is no base64", Path(3442, 0), bytes(R"({"e":[{"n":"150","sv":"***"}]})")},
      {"a time that is text", Path(3, 0), entry(R"("n":"9","v":1,"t":"now")")},
      {"a time beyond every calendar", Path(3, 0), entry(R"("n":"9","v":1,"t":1e18)")},
      {"a value that is an array", Path(3, 0), entry(R"("n":"9","v":[1])")},
      {"nested too deep", Path(3), bytes(R"({"x":)" + Text(100, '[') + Text(100, ']') + R"(,"e":[]})")},
      {"text that is not UTF-8", Path(3, 0), entry("\"n\":\"0\",\"sv\":\"\xFF\"")},
      {"a zero byte after the object", Path(3), Bytes{'{', '"', 'e', '"', ':', '[', ']', '}', 0, 'x'}},
  };
}

}  // namespace

TEST_CASE("JSON vectors decode, encode, and hold at every truncation",
          "[deserialize_device_object][deserialize_temperature_resource][deserialize_baseNameSpecified_object]"
          "[serialize_device_object][json_device_object_instance0]"
          "[json_device_object_instance0_with_empty_root_basename]"
          "[json_device_object_instance0_without_basename][json_custom_object_instance]"
          "[json_timestamped_resources][json_timestamped_instances][json_timestamped_Object][json_empty_object]"
          "[json_empty_instance][json_empty_multi_resource][json_cut_basename_name_in_the_middle_of_an_id]"
          "[json_encode_device_object_instance][json_encode_timestamped_instances]"
          "[json_encode_timestamped_Object]") {
  checkVectors(ContentFormat::json, vectors(), Truncated::malformed);
  checkVectors(ContentFormat::jsonPreRelease, {vectors().front()}, Truncated::malformed);
}

TEST_CASE("Malformed JSON is refused, with its place",
          "[json_empty_single_resource][json_missing_value_for_resource]"
          "[json_invalid_instance_2_resources_with_the_same_id]"
          "[json_invalid_multi_resource_2_instances_with_the_same_id]") {
  checkBroken(ContentFormat::json, broken());
}

TEST_CASE("Faults in JSON are located by a JSON pointer") {
  const auto fault =
      decodeAt(ContentFormat::json, bytes(R"({"e":[{"n":"9","v":1},{"n":"10","bv":true}]})"), Path(3, 0));
  CHECK(fault.error().where == "/e/1");
}

TEST_CASE("What JSON cannot hold is not written") {
  const Path path(3442, 0, 130);
  const auto refused = [&](Record record) {
    const auto written = encodeAt(ContentFormat::json, {std::move(record)}, path);
    return !written && written.error().code == Errc::unsupported;
  };
  CHECK(refused({path, Value(), {}}));
  CHECK(refused({path, std::numeric_limits<double>::infinity(), {}}));
  CHECK(refused({path, 1.5, at(0)}));
  CHECK(refused({path, 1.5, at(-1000)}));
  const Record reading{path, 1.5, at(5)};
  CHECK(encodeAt(ContentFormat::json, {reading, reading}, path).error().code == Errc::unsupported);
}

TEST_CASE("JSON keeps all values of one resource with their times",
          "[json_encode_timestamped_resources][json_timestamped_resource_instances]") {
  const auto records = custom(at(500000), at(510000), {});
  const auto written = encodeAt(ContentFormat::json, records, Path(1024, 0, 1));
  REQUIRE(written);
  CHECK(std::string(text(*written)) == R"({"bn":"/1024/0/1","e":[{"v":22.9,"t":500},{"v":22.4,"t":510},{"v":24.1}]})");
  CHECK(decodeAt(ContentFormat::json, *written, Path(1024, 0, 1)).value() == records);
}
