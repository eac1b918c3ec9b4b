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

constexpr std::string_view kDeviceJson =
    R"([{"bn":"/3/0/","n":"0","vs":"Open Mobile Alliance"},{"n":"1","vs":"Lightweight M2M Client"},)"
    R"({"n":"2","vs":"345000123"},{"n":"3","vs":"1.0"},{"n":"6/0","v":1},{"n":"6/1","v":5},{"n":"7/0","v":3800},)"
    R"({"n":"7/1","v":5000},{"n":"8/0","v":125},{"n":"8/1","v":900},{"n":"9","v":100},{"n":"10","v":15},)"
    R"({"n":"11/0","v":0},{"n":"13","v":1367491215},{"n":"14","vs":"+02:00"},{"n":"16","vs":"U"}])";

constexpr std::string_view kDeviceCbor =
    "90a321652f332f302f00613003744f70656e204d6f62696c6520416c6c69616e6365a200613103764c69676874776569676874204d324d2043"
    "6c"
    "69656e74a20061320369333435303030313233a20061330363312e30a20063362f300201a20063362f310205a20063372f3002190ed8a20063"
    "37"
    "2f3102191388a20063382f3002187da20063382f3102190384a2006139021864a200623130020fa2006431312f300200a200623133021a5182"
    "42"
    "8fa20062313403662b30323a3030a200623136036155";

// Every type, as both codecs write it.
std::vector<Record> everyType() {
  return {{Path(3442, 0, 110), Text("a \"b\" \\ \xC3\xA4\n"), {}},
          {Path(3442, 0, 120), integer(std::numeric_limits<std::int64_t>::min()), {}},
          {Path(3442, 0, 125), std::numeric_limits<std::uint64_t>::max(), {}},
          {Path(3442, 0, 130), 0.1, {}},
          {Path(3442, 0, 140), false, {}},
          {Path(3442, 0, 150), Opaque{{0xFB, 0xFF}}, {}},
          {Path(3442, 0, 160), Time{-5}, {}},
          {Path(3442, 0, 170), ObjectLink{66, 0}, {}},
          {Path(3442, 0, 180), CoreLink{"</3/0>"}, {}},
          {Path(3442, 0, 1130, 7), 1e30, {}}};
}

const Path kBattery(3, 0, 9);
const Path kTemperature(3303, 0, 5700);

const std::vector<Vector> kJsonVectors{
    {"device object instance", Path(3, 0), deviceRecords(), bytes(kDeviceJson), Form::canonical, ""},
    {"access control object",
     Path(2),
     {{Path(2, 0, 0), integer(1), {}}, {Path(2, 0, 2, 127), integer(7), {}}, {Path(2, 2, 3), integer(127), {}}},
     bytes(R"([{"bn":"/2/","n":"0/0","v":1},{"n":"0/2/127","v":7},{"n":"2/3","v":127}])"),
     Form::canonical,
     ""},
    {"every type", Path(3442, 0), everyType(),
     bytes(R"([{"bn":"/3442/0/","n":"110","vs":"a \"b\" \\ )"
           "\xC3\xA4"
           R"(\n"},{"n":"120","v":-9223372036854775808},)"
           R"({"n":"125","v":18446744073709551615},{"n":"130","v":0.1},{"n":"140","vb":false},{"n":"150","vd":"-_8"},)"
           R"({"n":"160","v":-5},{"n":"170","vlo":"66:0"},{"n":"180","vs":"</3/0>"},{"n":"1130/7","v":1e+30}])"),
     Form::canonical, ""},
    {"a single resource by its base name",
     kBattery,
     {{kBattery, integer(100), {}}},
     bytes(R"([{"bn":"/3/0/9","v":100}])"),
     Form::canonical,
     ""},
    {"a single resource by its name",
     kBattery,
     {{kBattery, integer(100), {}}},
     bytes(R"([{"n":"/3/0/9","v":100}])"),
     Form::accepted,
     ""},
    {"a whole float keeps its point",
     kTemperature,
     {{kTemperature, 21.0, {}}},
     bytes(R"([{"bn":"/3303/0/5700","v":21.0}])"),
     Form::canonical,
     ""},
    {"a whole number for a float",
     kTemperature,
     {{kTemperature, 21.0, {}}},
     bytes(R"([{"bn":"/3303/0/5700","v":21}])"),
     Form::accepted,
     ""},
    {"a time in exponential notation",
     Path(3, 0, 13),
     {{Path(3, 0, 13), Time{1367491215}, {}}},
     bytes(R"([{"bn":"/3/0/13","v":1.367491215E9}])"),
     Form::accepted,
     ""},
    {"an integer in exponential notation",
     kBattery,
     {{kBattery, integer(1600000000), {}}},
     bytes(R"([{"bn":"/3/0/9","v":1.6E9}])"),
     Form::accepted,
     ""},
    {"an exact integer that no double holds",
     Path(3442, 0, 120),
     {{Path(3442, 0, 120), integer(9007199254740993), {}}},
     bytes(R"([{"bn":"/3442/0/120","v":9.007199254740993E15}])"),
     Form::accepted,
     ""},
    {"a multiple resource",
     Path(3, 0, 7),
     {{Path(3, 0, 7, 0), integer(3800), {}}, {Path(3, 0, 7, 1), integer(5000), {}}},
     bytes(R"([{"bn":"/3/0/7/","n":"0","v":3800},{"n":"1","v":5000}])"),
     Form::canonical,
     ""},
    {"a resource instance",
     Path(3, 0, 7, 1),
     {{Path(3, 0, 7, 1), integer(5000), {}}},
     bytes(R"([{"bn":"/3/0/7/1","v":5000}])"),
     Form::canonical,
     ""},
    {"resources of several objects",
     Path(),
     {{Path(3, 0, 9), integer(1), {}}, {Path(3303, 0, 5700), 2.5, {}}, {Path(3, 0, 7, 0), integer(3), {}}},
     bytes(R"([{"bn":"/","n":"3/0/9","v":1},{"n":"3303/0/5700","v":2.5},{"n":"3/0/7/0","v":3}])"),
     Form::canonical,
     ""},
    {"several base names",
     Path(),
     {{Path(3, 0, 9), integer(1), {}}, {Path(3303, 0, 5700), 2.5, {}}, {Path(3303, 0, 5601), 3.5, {}}},
     bytes(R"([{"bn":"/3/0/","n":"9","v":1},{"n":"5700","v":2.5,"bn":"/3303/0/"},{"n":"5601","v":3.5}])"),
     Form::accepted,
     ""},
    {"a base name cut in the middle of an id",
     Path(3303, 0),
     {{Path(3303, 0, 5700), 2.5, {}}},
     bytes(R"([{"bn":"/3303/0/57"},{"n":"00","v":2.5}])"),
     Form::accepted,
     ""},
    {"opaque data",
     Path(0, 0, 3),
     {{Path(0, 0, 3), Opaque{{0xAB, 0xCD, 0xEF}}, {}}},
     bytes(R"([{"bn":"/0/0/3","vd":"q83v"}])"),
     Form::canonical,
     ""},
    {"opaque data in the standard alphabet",
     Path(0, 0, 3),
     {{Path(0, 0, 3), Opaque{{0xFB, 0xFF}}, {}}},
     bytes(R"([{"bn":"/0/0/3","vd":"+/8="}])"),
     Form::accepted,
     ""},
    {"an object link as text",
     Path(3442, 0, 170),
     {{Path(3442, 0, 170), ObjectLink{66, 0}, {}}},
     bytes(R"([{"bn":"/3442/0/170","vs":"66:0"}])"),
     Form::accepted,
     ""},
    {"one time for all",
     Path(3303, 0),
     {{Path(3303, 0, 5700), 1.5, at(1'699'877'805'766)}, {Path(3303, 0, 5601), 2.5, at(1'699'877'805'766)}},
     bytes(R"([{"bn":"/3303/0/","bt":1699877805.766,"n":"5700","v":1.5},{"n":"5601","v":2.5}])"),
     Form::canonical,
     ""},
    {"a time for each, and none",
     kTemperature,
     {{kTemperature, 1.5, at(1'699'877'805'000)}, {kTemperature, 2.5, at(1'699'877'806'001)}, {kTemperature, 3.5, {}}},
     bytes(R"([{"bn":"/3303/0/5700","t":1699877805,"v":1.5},{"t":1699877806.001,"v":2.5},{"v":3.5}])"),
     Form::canonical,
     ""},
    {"base time and time are added",
     kTemperature,
     {{kTemperature, 1.5, at(1'699'877'805'867)}, {kTemperature, 2.5, at(1'699'877'805'766)}},
     bytes(R"([{"bn":"/3303/0/5700","n":"","bt":1699877805.766,"t":0.101,"v":1.5},{"n":"","v":2.5}])"),
     Form::accepted,
     ""},
    {"several base names, each with times added to the base time",
     Path(3303, 0),
     {{Path(3303, 0, 5700), 1.5, at(1'699'877'805'766)}, {Path(3303, 0, 5601), 2.5, at(1'699'877'805'867)}},
     bytes(R"([{"bn":"/3303/0/5700","bt":1699877805.766,"v":1.5},{"bn":"/3303/0/5601","t":0.101,"v":2.5}])"),
     Form::accepted,
     ""},
    {"several resources, each at several times",
     Path(),
     {{Path(3303, 0, 5700), 1.5, at(1'699'877'805'000)},
      {Path(3, 0, 9), integer(90), at(1'699'877'805'000)},
      {Path(3303, 0, 5700), 2.5, at(1'699'877'806'000)},
      {Path(3, 0, 9), integer(89), {}}},
     bytes(R"([{"bn":"/","n":"3303/0/5700","t":1699877805,"v":1.5},{"n":"3/0/9","t":1699877805,"v":90},)"
           R"({"n":"3303/0/5700","t":1699877806,"v":2.5},{"n":"3/0/9","v":89}])"),
     Form::canonical,
     ""},
    {"times relative to now",
     kTemperature,
     {{kTemperature, 1.5, kNow - seconds(5)}, {kTemperature, 2.5, kNow - milliseconds(30500)}, {kTemperature, 3.5, {}}},
     bytes(R"([{"bn":"/3303/0/5700","n":"","t":-5,"v":1.5},{"n":"","t":-30.5,"v":2.5},{"n":"","t":0,"v":3.5}])"),
     Form::accepted,
     ""},
    {"a value added to a base value",
     Path(3, 0, 9),
     {{Path(3, 0, 9), integer(7), {}}},
     bytes(R"([{"bn":"/3/0/9","bv":5,"v":2}])"),
     Form::accepted,
     ""},
    {"fields that say nothing here",
     kBattery,
     {{kBattery, integer(100), {}}},
     bytes(R"([{"bn":"/3/0/9","bu":"%","bver":10,"u":"%","ut":5,"s":1,"x":{"y":[1,{"z":null}]},"v":100}])"),
     Form::accepted,
     ""},
    {"an alternate root",
     Path(3, 0),
     {{Path(3, 0, 9), integer(1), {}}, {Path(3, 0, 7, 0), integer(2), {}}},
     bytes(R"([{"bn":"/lwm2m/3/0/","n":"9","v":1},{"n":"7/0","v":2}])"),
     Form::canonical,
     "/lwm2m"},
    {"an alternate root of two segments, all of it",
     Path(),
     {{Path(3, 0, 9), integer(1), {}}},
     bytes(R"([{"bn":"/lwm2m/rootpath/","n":"3/0/9","v":1}])"),
     Form::canonical,
     "/lwm2m/rootpath"},
    {"an integer of a resource that nobody knows",
     Path(60000, 0),
     {{Path(60000, 0, 1), integer(5), {}}},
     bytes(R"([{"bn":"/60000/0/","n":"1","v":5}])"),
     Form::canonical,
     ""},
    {"every type of what nobody knows",
     Path(60000, 0),
     {{Path(60000, 0, 1), 5.0, {}},
      {Path(60000, 0, 2), Text("x"), {}},
      {Path(60000, 0, 3), true, {}},
      {Path(60000, 0, 4), Opaque{{1}}, {}},
      {Path(60000, 0, 5), ObjectLink{1, 2}, {}},
      {Path(60000, 0, 6), std::uint64_t{9223372036854775808U}, {}}},
     bytes(R"([{"bn":"/60000/0/","n":"1","v":5.0},{"n":"2","vs":"x"},{"n":"3","vb":true},{"n":"4","vd":"AQ"},)"
           R"({"n":"5","vlo":"1:2"},{"n":"6","v":9223372036854775808}])"),
     Form::canonical,
     ""},
    {"a resource without a value",
     Path(),
     {{Path(3, 0, 9), {}, {}}, {Path(3, 0, 10), integer(1), {}}, {Path(3, 0, 13), {}, {}}},
     bytes(R"([{"bn":"/","n":"3/0/9"},{"n":"3/0/10","v":1},{"n":"3/0/13"}])"),
     Form::canonical,
     ""},
    {"the resource asked for, without a value",
     Path(3, 0, 9),
     {{Path(3, 0, 9), {}, {}}},
     bytes(R"([{"bn":"/3/0/9","n":""}])"),
     Form::canonical,
     ""},
    {"an object without a value is nothing",
     Path(),
     {},
     bytes(R"([{"n":"/4"},{"n":"/1/0"},{"n":"/"},{"bn":"/3/"}])"),
     Form::accepted,
     ""},
    {"an empty object", Path(3), {}, bytes("[]"), Form::canonical, ""},
    {"nothing at all", Path(3), {}, {}, Form::accepted, ""},
};

std::vector<Broken> brokenJson() {
  const Path root;
  return {
      {"no array", root, bytes(R"({"n":"/3/0/9","v":1})")},
      {"an array of arrays", root, bytes("[[]]")},
      {"an array of numbers", root, bytes("[1]")},
      {"something after the array", root, bytes("[]x")},
      {"a zero byte after the array", root, Bytes{'[', ']', 0, 'x'}},
      {"a field that must be understood", root, bytes(R"([{"n":"/3/0/9","v":1,"new_":1}])")},
      {"two values", root, bytes(R"([{"n":"/3/0/9","v":1,"vs":"x"}])")},
      {"a field twice", root, bytes(R"([{"n":"/3/0/9","v":1,"v":2}])")},
      {"no name", root, bytes(R"([{"v":1}])")},
      {"a name that is no path", root, bytes(R"([{"n":"/3/x/9","v":1}])")},
      {"a name without a slash", root, bytes(R"([{"n":"3/0/9","v":1}])")},
      {"a name that is a number", root, bytes(R"([{"n":3,"v":1}])")},
      {"a path of five levels", root, bytes(R"([{"n":"/3/0/7/0/1","v":1}])")},
      {"a value of an instance", root, bytes(R"([{"n":"/3/0","v":1}])")},
      {"another resource than asked for", kBattery, bytes(R"([{"n":"/3/0/10","v":1}])")},
      {"text for an integer", root, bytes(R"([{"n":"/3/0/9","vs":"1"}])")},
      {"a fraction for an integer", root, bytes(R"([{"n":"/3/0/9","v":1.5}])")},
      {"a negative unsigned integer", root, bytes(R"([{"n":"/3442/0/125","v":-1}])")},
      {"an unsigned integer above 64 bits", root, bytes(R"([{"n":"/3442/0/125","v":18446744073709551616}])")},
      {"an integer that no double holds, for a float", root, bytes(R"([{"n":"/3442/0/130","v":9007199254740993}])")},
      {"a number beyond the range", root, bytes(R"([{"n":"/3442/0/130","v":1e400}])")},
      {"a number for a boolean", root, bytes(R"([{"n":"/1/0/6","v":1}])")},
      {"a boolean for text", root, bytes(R"([{"n":"/3/0/0","vb":true}])")},
      {"a boolean that is text", root, bytes(R"([{"n":"/1/0/6","vb":"true"}])")},
      {"a number that is text", root, bytes(R"([{"n":"/3/0/9","v":"1"}])")},
      {"an object link that is none", root, bytes(R"([{"n":"/3442/0/170","vlo":"66"}])")},
      {"data that is no base64", root, bytes(R"([{"n":"/0/0/3","vd":"***"}])")},
      {"a time that is text", root, bytes(R"([{"n":"/3/0/9","v":1,"t":"now"}])")},
      {"a time beyond every calendar", root, bytes(R"([{"n":"/3/0/9","v":1,"t":1e18}])")},
      {"a value that is an array", root, bytes(R"([{"n":"/3/0/9","v":[1]}])")},
      {"nested too deep", root, bytes(R"([{"x":)" + std::string(100, '[') + std::string(100, ']') + "}]")},
      {"text that is not UTF-8", root, bytes("[{\"n\":\"/3/0/0\",\"vs\":\"\xFF\"}]")},
      {"a surrogate alone", root, bytes(R"([{"n":"/3/0/0","vs":"\ud800"}])")},
      {"a name that goes on and on", root, bytes(R"([{"n":")" + std::string(5000, '/') + R"(","v":1}])")},
  };
}

const std::vector<Vector> kCborVectors{
    {"device object instance", Path(3, 0), deviceRecords(), hex(kDeviceCbor), Form::canonical, ""},
    {"opaque data",
     Path(0, 0, 3),
     {{Path(0, 0, 3), Opaque{{0xAB, 0xCD, 0xEF}}, {}}},
     hex("81a221662f302f302f330843abcdef"),
     Form::canonical,
     ""},
    {"a half float, before its name",
     Path(3442, 0, 130),
     {{Path(3442, 0, 130), 300.0, {}}},
     hex("81a202f95cb0216b2f333434322f302f313330"),
     Form::accepted,
     ""},
    {"times as decimal fractions",
     Path(),
     {{Path(0, 0, 0), Text("SampleString"), at(500'000'004'000)},
      {Path(0, 0, 1), false, at(500'000'005'000)},
      {Path(0, 0, 2), integer(456), at(500'000'006'000)}},
     hex("83a321662f302f302f3022c482001a1dcd6504036c53616d706c65537472696e67a321662f302f302f3122c482001a1dcd650504f4a"
         "32166"
         "2f302f302f3222c482001a1dcd6506021901c8"),
     Form::accepted,
     ""},
    {"a composite write",
     Path(),
     {{Path(1, 0, 2), integer(101), {}}, {Path(1, 0, 6), true, {}}, {Path(3, 0, 13), Time{0}, {}}},
     hex("83A321612F0065312F302F32021865A20065312F302F3604F5A20066332F302F31330200"),
     Form::canonical,
     ""},
    {"a notification with its time as a double",
     kTemperature,
     {{kTemperature, 21.5, at(1'699'877'805'500)}},
     hex("81a3 216c2f333330332f302f35373030 22fb41d95484eb600000 02fa41ac0000"),
     Form::canonical,
     ""},
    {"indefinite lengths everywhere",
     Path(),
     {{Path(3, 0, 9), integer(100), {}}, {Path(3, 0, 0), Text("abc"), {}}, {Path(3442, 0, 150), Opaque{{1, 2}}, {}}},
     hex("9f bf 21 7f 62 2f33 63 2f302f ff 00 61 39 02 18 64 ff bf 00 61 30 03 7f 61 61 62 6263 ff ff"
         "bf 21 69 2f333434322f302f31 00 62 3530 08 5f 41 01 41 02 ff ff ff"),
     Form::accepted,
     ""},
    {"a value as a decimal fraction",
     Path(3442, 0, 130),
     {{Path(3442, 0, 130), 4.5, {}}},
     hex("81a2 216b2f333434322f302f313330 02 c48220182d"),
     Form::accepted,
     ""},
    {"a float that is an integer",
     kBattery,
     {{kBattery, integer(100), {}}},
     hex("81a2 21662f332f302f39 02 fb4059000000000000"),
     Form::accepted,
     ""},
    {"a decimal fraction that is an integer",
     kBattery,
     {{kBattery, integer(1200), {}}},
     hex("81a2 21662f332f302f39 02 c482020c"),
     Form::accepted,
     ""},
    {"fields that say nothing here",
     kBattery,
     {{kBattery, integer(100), {}}},
     hex("81a6 21662f332f302f39 01 6125 20 0a 18 64 82 a1 01 9f c1 00 ff f6 61 78 f7 02 1864"),
     Form::accepted,
     ""},
    {"an object link",
     Path(3442, 0, 170),
     {{Path(3442, 0, 170), ObjectLink{66, 0}, {}}},
     hex("81a2 216b2f333434322f302f313730 63766c6f 6436363a30"),
     Form::canonical,
     ""},
    {"an object link as text",
     Path(3442, 0, 170),
     {{Path(3442, 0, 170), ObjectLink{66, 0}, {}}},
     hex("81a2 216b2f333434322f302f313730 03 6436363a30"),
     Form::accepted,
     ""},
    {"the smallest integer and the largest unsigned one",
     Path(3442, 0),
     {{Path(3442, 0, 120), integer(std::numeric_limits<std::int64_t>::min()), {}},
      {Path(3442, 0, 125), std::numeric_limits<std::uint64_t>::max(), {}}},
     hex("82a3 21682f333434322f302f 0063313230 023b7fffffffffffffff a20063313235021bffffffffffffffff"),
     Form::canonical,
     ""},
    {"an alternate root",
     Path(3, 0, 9),
     {{Path(3, 0, 9), integer(1), {}}},
     hex("81a2 216c2f6c776d326d2f332f302f39 0201"),
     Form::canonical,
     "/lwm2m"},
    {"a resource without a value",
     Path(),
     {{Path(3, 0, 9), {}, {}}},
     hex("81a2 21612f 0065332f302f39"),
     Form::canonical,
     ""},
    {"an empty multiple resource", Path(3, 0, 6), {}, hex("80"), Form::canonical, ""},
    {"nothing at all", Path(3), {}, {}, Form::accepted, ""},
};

std::vector<Broken> brokenCbor() {
  const Path root;
  const std::string name = "21662f332f302f39";  // base name /3/0/9
  return {
      {"no array", root, hex("a2" + name + "0201")},
      {"an array of numbers", root, hex("8101")},
      {"something after the array", root, hex("8000")},
      {"an array of more than can be there", root, hex("9bffffffffffffffff")},
      {"a map of more than can be there", root, hex("81bbffffffffffffffff")},
      {"text of more than can be there", root, hex("81a1217bffffffffffffffff2f")},
      {"bytes of more than can be there", root, hex("81a2" + name + "085bffffffffffffffff2f")},
      {"a field that must be understood", root, hex("81a2" + name + "62785f01")},
      {"two values", root, hex("81a3" + name + "02010361 78")},
      {"a field twice", root, hex("81a3" + name + "02010201")},
      {"a label that is an array", root, hex("81a2" + name + "8001")},
      {"a value that is an array", root, hex("81a2" + name + "0280")},
      {"a value that is a break", root, hex("81a2" + name + "02ff")},
      {"an unknown field that is a break", root, hex("81a2" + name + "07ff")},
      {"a break in a map of fixed size", root, hex("81a2" + name + "ff")},
      {"a map that ends after a label", root, hex("81bf" + name + "07ff")},
      {"a text made of bytes", root, hex("81a1217f4101ff")},
      {"a text in a text", root, hex("81a1217f7f6161ffff")},
      {"an unknown map that ends after a key", root, hex("81a2" + name + "07bf01ff")},
      {"nested too deep", root, hex("81a2" + name + "07" + "8181818181818181818181818181818181818101")},
      {"nested arrays of more than can be there", root, hex("81a2" + name + "079bffffffffffffffff")},
      {"a tag that no value has", root, hex("81a2" + name + "02c101")},
      {"a decimal fraction of three", root, hex("81a2" + name + "02c483000101")},
      {"a decimal fraction of a text", root, hex("81a2" + name + "02c48200 6131")},
      {"a decimal fraction beyond the range", root, hex("81a2" + name + "02c4821b7fffffffffffffff01")},
      {"an integer below 64 bits", root, hex("81a2" + name + "023bffffffffffffffff")},
      {"an endless number for an integer", root, hex("81a2" + name + "02f97c00")},
      {"an endless time", root, hex("81a3" + name + "020106f97c00")},
      {"no number for a time", root, hex("81a3" + name + "020106f97e00")},
      {"text that is not UTF-8", root, hex("81a2 21662f332f302f30 0361ff")},
      {"a reserved length", root, hex("9c")},
      {"a simple value that means nothing", root, hex("81a2" + name + "02e0")},
      {"no name", root, hex("81a10201")},
  };
}

}  // namespace

TEST_CASE("SenML JSON vectors decode, encode, and hold at every truncation",
          "[serialize_then_deserialize_device_object][deserialize_device_object][serialize_device_object]"
          "[deserialize_opaque_object_][serialize_opaque_object_][senml_json_decode_acl_object]"
          "[senml_json_decode_device_object_instance][decode_null_object][decode_null_object_instance]"
          "[decode_null_multi_resource][senml_json_decode_single_resource]"
          "[senml_json_decode_single_resource_using_exponantial_notation][senml_json_decode_multiple_resource]"
          "[senml_json_decode_ulong][senml_json_decode_long][senml_json_empty_multi_resource]"
          "[senml_timestamped_resources][senml_timestamped_resources_with_several_bn]"
          "[senml_timestamped_instances][senml_timestamped_Object]"
          "[senml_json_decode_mixed_resource_without_given_path][senml_json_decode_opaque_resource]"
          "[senml_multiple_timestamped_nodes][senml_json_encode_device_object_instance]"
          "[senml_json_encode_single_resource][senml_json_encode_multiple_resource]"
          "[senml_encode_timestamped_resources][senml_json_encode_timestamped_nodes]"
          "[senml_json_encode_resources][senml_json_encode_mixed_resource_and_instance]"
          "[senml_json_encode_opaque_resource]") {
  checkVectors(ContentFormat::senmlJson, kJsonVectors, Truncated::malformed);
}

TEST_CASE("Malformed SenML JSON is refused, with its place") { checkBroken(ContentFormat::senmlJson, brokenJson()); }

TEST_CASE("Faults in SenML JSON are located by a JSON pointer") {
  const auto fault =
      decodeAt(ContentFormat::senmlJson, bytes(R"([{"n":"/3/0/9","v":1},{"n":"/3/0/10","v":true}])"), Path());
  CHECK(fault.error().where == "/1/v");
}

TEST_CASE("SenML CBOR vectors decode, encode, and hold at every truncation",
          "[deserialize_device_object_][deserialize_opaque_resource][serialize_opaque_resource_]"
          "[deserialize_float_resource][senml_cbor_decode_opaque_resource][senml_cbor_empty_multi_resource]"
          "[senml_cbor_encode_timestamped_nodes][senml_cbor_encode_opaque_resource]"
          "[encode_decode_timestamped_value]") {
  checkVectors(ContentFormat::senmlCbor, kCborVectors, Truncated::malformed);
}

TEST_CASE("Malformed SenML CBOR is refused, with its place") { checkBroken(ContentFormat::senmlCbor, brokenCbor()); }

TEST_CASE("SenML ETCH says null where there is no value") {
  const std::vector<Record> records{{Path(3, 0, 7, 1), {}, {}}};
  checkVectors(ContentFormat::senmlEtchJson,
               {{"JSON", Path(3, 0, 7, 1), records, bytes(R"([{"bn":"/3/0/7/1","v":null}])"), Form::canonical, ""}},
               Truncated::malformed);
  checkVectors(ContentFormat::senmlEtchCbor,
               {{"CBOR", Path(3, 0, 7, 1), records, hex("81a221682f332f302f372f3102f6"), Form::canonical, ""}},
               Truncated::malformed);
}

TEST_CASE("Every type comes back from both SenML formats") {
  for (const auto format : {ContentFormat::senmlJson, ContentFormat::senmlCbor}) {
    const auto written = encodeAt(format, everyType(), Path(3442, 0));
    REQUIRE(written);
    CHECK(decodeAt(format, *written, Path(3442, 0)).value() == everyType());
  }
}

TEST_CASE("Times that a reader would take for relative ones are not written") {
  const Path path(3, 0, 9);
  for (const auto format : {ContentFormat::senmlJson, ContentFormat::senmlCbor}) {
    CHECK(encodeAt(format, {{path, integer(1), at(268'435'455'999)}}, path).error().code == Errc::unsupported);
    CHECK(encodeAt(format, {{path, integer(1), at(268'435'456'000)}}, path).has_value());
  }
}

TEST_CASE("Numbers that JSON does not have are not written in it, but in CBOR") {
  const Path path(3442, 0, 130);
  const std::vector<Record> records{{path, std::numeric_limits<double>::infinity(), {}}};
  CHECK(encodeAt(ContentFormat::senmlJson, records, path).error().code == Errc::unsupported);
  CHECK(decodeAt(ContentFormat::senmlCbor, encodeAt(ContentFormat::senmlCbor, records, path).value(), path).value() ==
        records);
}

TEST_CASE("SenML names must lie below the device's root path") {
  const auto payload = bytes(R"([{"n":"/3/0/9","v":1}])");
  CHECK_FALSE(decodeAt(ContentFormat::senmlJson, payload, Path(), "/lwm2m"));
  CHECK_FALSE(decodeAt(ContentFormat::senmlJson, bytes(R"([{"n":"/lwm2m2/3/0/9","v":1}])"), Path(), "/lwm2m"));
}
