#include "lwm2m/client/simulated_device.h"

#include "lwm2m/client/device_request.h"
#include "lwm2m/client/simulated_objects.h"
#include "lwm2m/codec/codec.h"
#include "lwm2m/codec/link_format.h"

#include <catch2/catch.hpp>

#include <deque>

using namespace isthmus;
using namespace isthmus::lwm2m;

namespace {

constexpr WallTime kNow{milliseconds(1'763'812'345'000)};
constexpr std::string_view kPaths = R"([{"n":"/3/0/0"},{"n":"/9/9"},{"n":"/3342/0/5500"}])";

const ObjectRegistry& registry() {
  static const auto objects = ObjectRegistry::builtin();
  return objects;
}

SimulatedDevice makeDevice(std::uint32_t number = 7, const DeviceTraits& traits = {}) {
  static std::deque<DeviceProfile> profiles;
  profiles.emplace_back(registry(), traits);
  return {profiles.back(), "sim-" + std::to_string(number), number};
}

DeviceRequest get(std::string path, std::optional<ContentFormat> accept = {}) {
  return {Method::get, std::move(path), accept, std::nullopt, {}, {}};
}

DeviceRequest with(Method method, std::string path, std::string_view payload,
                   std::optional<ContentFormat> format = {}) {
  return {method, std::move(path), std::nullopt, format, {}, view(payload)};
}

std::string textOf(SimulatedDevice& device, const std::string& path) {
  const auto answered = answer(device, get(path, ContentFormat::text), kNow);
  CHECK(answered.code == 0x45);
  return std::string(text(answered.payload));
}

}  // namespace

TEST_CASE("A simulated device declares each object with an instance and the version it implements") {
  const auto device = makeDevice();
  const auto list = parseObjectList(device.objectList());
  REQUIRE(list);
  CHECK(list->rootPath.empty());
  REQUIRE(list->instances.size() == 9);
  for (const auto& declared : list->instances) CHECK(declared.instance == 0);
  for (const auto& [object, version] : list->versions) CHECK(registry().find(object, version)->version == version);
}

TEST_CASE("Every value of a simulated device has the type that its object's definition asks for") {
  const auto device = makeDevice();
  for (const auto object : DeviceTraits{}.objects) {
    const auto records = device.read(Path(object), kNow);
    REQUIRE(records);
    CHECK(!records->empty());
    const auto* definition = registry().find(object);
    for (const auto& record : *records) {
      INFO(record.path.toString());
      const auto* resource = definition->resource(record.path.resource());
      REQUIRE(resource);
      CHECK(typeOf(record.value) == resource->type);
      CHECK(resource->multiple == (record.path.depth() == 4));
    }
    for (const auto& resource : definition->resources)
      if (resource.mandatory && resource.operations.read && !resource.multiple)
        CHECK(device.read(Path(object, 0, resource.id), kNow).has_value());
  }
}

TEST_CASE("A Read is answered in the format that Accept asks for, on object, instance and resource") {
  auto device = makeDevice();
  for (const std::string path : {"/3", "/3/0", "/3/0/9", "/3/0/7", "/3303", "/3303/0", "/3303/0/5700"}) {
    for (const auto format : {ContentFormat::tlv, ContentFormat::senmlJson, ContentFormat::senmlCbor}) {
      INFO(path << " as " << name(format));
      const auto answered = answer(device, get(path, format), kNow);
      REQUIRE(answered.code == 0x45);
      CHECK(answered.format == format);
      const auto model = device.model();
      const auto records = decode(format, answered.payload, {model, *Path::parse(path), kNow, {}});
      REQUIRE(records);
      CHECK(*records == *device.read(*Path::parse(path), kNow));
    }
  }
  CHECK(answer(device, get("/3303/0/5700"), kNow).format == ContentFormat::tlv);
  CHECK(textOf(device, "/3/0/0") == "Isthmus");
}

TEST_CASE("A request that cannot be served gets the code that LwM2M Transport 6.4.2 gives it") {
  struct Row {
    const char* what;
    DeviceRequest request;
    int code;
  };
  const Row rows[] = {
      {"no such object", get("/3399"), 0x84},
      {"no such instance", get("/3303/1"), 0x84},
      {"no such resource", get("/3303/0/1"), 0x84},
      {"Read of an executable resource", get("/3/0/4"), 0x85},
      {"Read of a resource that is only written", get("/5/0/0"), 0x85},
      {"Read of an instance as text", get("/3/0", ContentFormat::text), 0x86},
      {"Read in a format without codec", get("/3/0", static_cast<ContentFormat>(9999)), 0x86},
      {"no LwM2M path", get("/hello"), 0x80},
      {"Read of a format that is not offered", get("/3/0", ContentFormat::cbor), 0x86},
      {"Read of Security", get("/0/0"), 0x81},
      {"Write to Security", with(Method::put, "/0/0/0", "x", ContentFormat::text), 0x81},
      {"Delete of Security", {Method::remove, "/0/0", {}, {}, {}, {}}, 0x81},
      {"Discover of OSCORE", get("/21", ContentFormat::link), 0x81},
      {"Create of a broken payload", with(Method::post, "/3303", "x", ContentFormat::tlv), 0x80},
      {"Create of an absent object", with(Method::post, "/3999", "", ContentFormat::tlv), 0x84},
      {"Create of a second Device", with(Method::post, "/3", "", ContentFormat::tlv), 0x85},
      {"Create", with(Method::post, "/3303", "", ContentFormat::tlv), 0x41},
      {"Delete", {Method::remove, "/3303/0", {}, {}, {}, {}}, 0x42},
      {"Delete of nothing", {Method::remove, "/3303/7", {}, {}, {}, {}}, 0x84},
      {"Delete of Device", {Method::remove, "/3/0", {}, {}, {}, {}}, 0x85},
      {"Delete of Server", {Method::remove, "/1/0", {}, {}, {}, {}}, 0x85},
      {"Delete of a resource", {Method::remove, "/3303/0/5700", {}, {}, {}, {}}, 0x80},
      {"Delete of a resource instance, which is new in 1.2", {Method::remove, "/3/0/6/0", {}, {}, {}, {}}, 0x85},
      {"Read-Composite", with(Method::fetch, "/", kPaths, ContentFormat::senmlJson), 0x45},
      {"Read-Composite of nothing", with(Method::fetch, "/", "[]", ContentFormat::senmlJson), 0x80},
      {"Read-Composite elsewhere", with(Method::fetch, "/3", kPaths, ContentFormat::senmlJson), 0x80},
      {"Read-Composite in TLV", with(Method::fetch, "/", "", ContentFormat::tlv), 0x8F},
      {"Write-Composite", with(Method::iPatch, "/", "[]", ContentFormat::senmlJson), 0x44},
      {"Write-Composite in TLV", with(Method::iPatch, "/", "", ContentFormat::tlv), 0x8F},
      {"Execute with arguments", with(Method::post, "/3303/0/5605", "0='a'"), 0x44},
      {"Execute with what are no arguments", with(Method::post, "/3303/0/5605", "hello"), 0x80},
      {"Execute of firmware that is not there", with(Method::post, "/5/0/2", ""), 0x85},
      {"Write to a read-only resource", with(Method::put, "/3303/0/5700", "1", ContentFormat::text), 0x85},
      {"Write of a text that is no number", with(Method::put, "/3311/0/5851", "x", ContentFormat::text), 0x80},
      {"Write to nothing", with(Method::put, "/3311/0/1", "x", ContentFormat::text), 0x84},
      {"Write in a format without codec", with(Method::put, "/3311/0", "x", static_cast<ContentFormat>(9999)), 0x8F},
      {"Execute of a resource with a value", with(Method::post, "/3303/0/5700", ""), 0x85},
      {"Write", with(Method::put, "/3311/0/5851", "30", ContentFormat::text), 0x44},
      {"Execute", with(Method::post, "/3303/0/5605", ""), 0x44},
      {"Discover", get("/3303/0", ContentFormat::link), 0x45},
      {"Write-Attributes", {Method::put, "/3303/0/5700", {}, {}, {"pmin=1", "gt=2.5"}, {}}, 0x44},
      {"an attribute that is none", {Method::put, "/3303/0/5700", {}, {}, {"often=1"}, {}}, 0x80},
      {"gt for an instance", {Method::put, "/3303/0", {}, {}, {"gt=1"}, {}}, 0x80},
      {"lt above gt", {Method::put, "/3303/0/5700", {}, {}, {"gt=1", "lt=2"}, {}}, 0x80},
      {"an attribute that is no number", {Method::put, "/3303/0/5700", {}, {}, {"pmin=x"}, {}}, 0x80},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    auto device = makeDevice();
    CHECK(static_cast<int>(answer(device, row.request, kNow).code) == row.code);
  }
}

TEST_CASE("A Write is kept, all of it or nothing") {
  auto device = makeDevice();
  const auto on = R"([{"bn":"/3311/0/","n":"5850","vb":true},{"n":"5851","v":12}])";
  CHECK(answer(device, with(Method::post, "/3311/0", on, ContentFormat::senmlJson), kNow).code == 0x44);
  CHECK(textOf(device, "/3311/0/5850") == "1");
  CHECK(textOf(device, "/3311/0/5851") == "12");
  const auto bad = R"([{"bn":"/3311/0/","n":"5851","v":99},{"n":"5805","v":1}])";  // 5805 is read-only
  CHECK(answer(device, with(Method::post, "/3311/0", bad, ContentFormat::senmlJson), kNow).code == 0x85);
  CHECK(textOf(device, "/3311/0/5851") == "12");
}

TEST_CASE("A written lifetime, the Update trigger and Reboot have their effects") {
  auto device = makeDevice();
  CHECK(answer(device, with(Method::put, "/1/0/1", "60", ContentFormat::text), kNow).effect == Effect::update);
  CHECK(device.lifetime() == seconds(60));
  CHECK(answer(device, with(Method::post, "/1/0/8", ""), kNow).effect == Effect::update);
  CHECK(answer(device, with(Method::post, "/3/0/4", ""), kNow).effect == Effect::reboot);
}

TEST_CASE("Discover lists what is below, with the attributes that were written, and lets them be taken away") {
  auto device = makeDevice();
  const std::vector<std::string> some{"pmin=10", "pmax=60"}, none{"pmin"};
  REQUIRE(device.writeAttributes(Path(3342, 0, 5500), some));
  CHECK(*device.discover(Path(3342, 0)) ==
        "</3342/0>,</3342/0/5500>;pmin=10;pmax=60,</3342/0/5501>,</3342/0/5750>,</3342/0/5852>,</3342/0/5854>");
  REQUIRE(device.writeAttributes(Path(3342, 0, 5500), none));
  CHECK(*device.discover(Path(3342, 0, 5500)) == "</3342/0/5500>;pmax=60");
  CHECK(device.discover(Path(3342))->starts_with("</3342>;ver=1.1,</3342/0>,</3342/0/5500>;pmax=60,</3342/0/5501>"));
}

TEST_CASE("A measured value wanders within its bounds, never stands still and takes its extremes along") {
  auto device = makeDevice();
  auto last = textOf(device, "/3303/0/5700");
  double least = 1000, most = -1000;
  for (int i = 0; i < 200; ++i) {
    device.step(Path(3303));
    const auto now = textOf(device, "/3303/0/5700");
    CHECK(now != last);
    last = now;
    least = std::min(least, std::stod(textOf(device, "/3303/0/5601")));
    most = std::max(most, std::stod(textOf(device, "/3303/0/5602")));
    CHECK(std::stod(now) >= least);
    CHECK(std::stod(now) <= most);
  }
  CHECK(least >= -10);
  CHECK(most <= 45);
  CHECK(SimulatedDevice::changes(Path(3303, 0)));
  CHECK(!SimulatedDevice::changes(Path(3303, 0, 5701)));
}

TEST_CASE("Two simulated devices do not show the same values") {
  auto one = makeDevice(1), other = makeDevice(2);
  CHECK(textOf(one, "/3303/0/5700") != textOf(other, "/3303/0/5700"));
  CHECK(textOf(one, "/3/0/2") != textOf(other, "/3/0/2"));
}

TEST_CASE("Every value of the further objects has the type that its definition asks for") {
  DeviceTraits traits;
  traits.objects = {7, 9, 10, 11, 13, 16, 19, 20, 3442};
  const auto device = makeDevice(7, traits);
  for (const auto object : traits.objects) {
    const auto records = device.read(Path(object), kNow);
    REQUIRE(records);
    for (const auto& record : *records) {
      INFO(record.path.toString());
      const auto* resource = registry().find(object)->resource(record.path.resource());
      REQUIRE(resource);
      CHECK(typeOf(record.value) == resource->type);
      CHECK(resource->multiple == (record.path.depth() == 4));
    }
  }
  CHECK(device.read(Path(16), kNow)->empty());
  CHECK(device.objectList().find("</16>") != std::string::npos);
}

TEST_CASE("An instance is created under the id that was asked for or under the next free one, and deleted again") {
  DeviceTraits traits;
  traits.objects = {1, 3, 16, 3442};
  auto device = makeDevice(7, traits);
  const auto unnamed = answer(device, with(Method::post, "/3442", "\xC8\x6E\x02hi", ContentFormat::tlv), kNow);
  CHECK(unnamed.code == 0x41);
  CHECK(unnamed.effect == Effect::objectsChanged);
  REQUIRE(unnamed.created);
  CHECK(*unnamed.created == Path(3442, 1));
  CHECK(textOf(device, "/3442/1/110") == "hi");
  CHECK(device.objectList().find("</3442/1>") != std::string::npos);
  const auto named = R"([{"bn":"/3442/5/","n":"120","v":7}])";
  const auto second = answer(device, with(Method::post, "/3442", named, ContentFormat::senmlJson), kNow);
  CHECK(second.code == 0x41);
  CHECK(!second.created);
  CHECK(answer(device, with(Method::post, "/3442", named, ContentFormat::senmlJson), kNow).code == 0x80);
  const auto incomplete = R"([{"bn":"/16/0/","n":"1","v":7}])";
  CHECK(answer(device, with(Method::post, "/16", incomplete, ContentFormat::senmlJson), kNow).code == 0x80);
  CHECK(answer(device, {Method::remove, "/3442/0", {}, {}, {}, {}}, kNow).code == 0x42);
  CHECK(answer(device, get("/3442/0"), kNow).code == 0x84);
  CHECK(answer(device, get("/3442/5"), kNow).code == 0x45);
}

TEST_CASE("Replace takes away what is not written, a partial update does not") {
  DeviceTraits traits;
  traits.objects = {1, 3, 3442};
  auto device = makeDevice(7, traits);
  const auto one = R"([{"bn":"/3442/0/","n":"1110/5","vs":"five"},{"n":"120","v":1}])";
  CHECK(answer(device, with(Method::post, "/3442/0", one, ContentFormat::senmlJson), kNow).code == 0x44);
  CHECK(textOf(device, "/3442/0/110") == "initial value");
  CHECK(device.read(Path(3442, 0, 1110), kNow)->size() == 3);
  CHECK(answer(device, with(Method::put, "/3442/0", one, ContentFormat::senmlJson), kNow).code == 0x44);
  CHECK(answer(device, get("/3442/0/110"), kNow).code == 0x84);
  CHECK(device.read(Path(3442, 0, 1110), kNow)->size() == 1);
  CHECK(answer(device, with(Method::put, "/3442/0/1110", "[]", ContentFormat::senmlJson), kNow).code == 0x44);
  CHECK(device.read(Path(3442, 0, 1110), kNow)->empty());
  CHECK(answer(device, with(Method::put, "/3442/0/110", "back", ContentFormat::text), kNow).code == 0x44);
  CHECK(textOf(device, "/3442/0/110") == "back");
  const auto missing = R"([{"bn":"/1/0/","n":"1","v":300}])";
  CHECK(answer(device, with(Method::put, "/1/0", missing, ContentFormat::senmlJson), kNow).code == 0x80);
}

TEST_CASE("The test object keeps the arguments it was executed with, and can be cleared and reset") {
  DeviceTraits traits;
  traits.objects = {1, 3, 3442};
  auto device = makeDevice(7, traits);
  CHECK(answer(device, with(Method::post, "/3442/0/3", "0='a=b',4"), kNow).code == 0x44);
  const auto list = device.read(Path(3442, 0, 4), kNow);
  REQUIRE(list);
  CHECK(*list ==
        std::vector<Record>{{Path(3442, 0, 4, 0), std::string("a=b"), {}}, {Path(3442, 0, 4, 4), std::string(), {}}});
  CHECK(answer(device, with(Method::post, "/3442/0/2", ""), kNow).code == 0x44);
  CHECK(textOf(device, "/3442/0/110").empty());
  CHECK(answer(device, with(Method::post, "/3442/0/0", ""), kNow).code == 0x44);
  CHECK(textOf(device, "/3442/0/110") == "initial value");
  CHECK(answer(device, with(Method::post, "/3442/0/5", ""), kNow).effect == Effect::send);
  CHECK(device.pathsToSend() == std::vector<Path>{Path(3442, 0, 120)});
}

TEST_CASE("Discover goes as deep as it is asked to, since 1.2, and says how many instances an array has") {
  DeviceTraits traits;
  traits.enabler = {1, 2};
  auto device = makeDevice(7, traits);
  const auto linksOf = [&](const std::string& path, std::vector<std::string> queries) {
    const auto answered = answer(device, {Method::get, path, ContentFormat::link, {}, std::move(queries), {}}, kNow);
    CHECK(answered.code == 0x45);
    return std::string(text(answered.payload));
  };
  CHECK(linksOf("/3342", {"depth=0"}) == "</3342>;ver=1.1");
  CHECK(linksOf("/3342", {"depth=1"}) == "</3342>;ver=1.1,</3342/0>");
  CHECK(linksOf("/3/0/6", {}) == "</3/0/6>;dim=2,</3/0/6/0>,</3/0/6/1>");
  CHECK(linksOf("/3/0/6", {"depth=0"}) == "</3/0/6>;dim=2");
  CHECK(linksOf("/3", {"depth=3"}).find("</3/0/6>;dim=2,</3/0/6/0>,</3/0/6/1>") != std::string::npos);
  CHECK(linksOf("/3", {}).find("</3/0/6/0>") == std::string::npos);
  CHECK(answer(device, {Method::get, "/3", ContentFormat::link, {}, {"depth=4"}, {}}, kNow).code == 0x80);
}

TEST_CASE("Below an alternate root path everything else is not found") {
  DeviceTraits traits;
  traits.rootPath = "/lwm2m";
  auto device = makeDevice(7, traits);
  CHECK(parseObjectList(device.objectList())->rootPath == "/lwm2m");
  CHECK(answer(device, get("/3/0/0"), kNow).code == 0x84);
  const auto answered = answer(device, get("/lwm2m/3/0/0", ContentFormat::senmlJson), kNow);
  CHECK(answered.code == 0x45);
  CHECK(text(answered.payload) == R"([{"bn":"/lwm2m/3/0/0","vs":"Isthmus"}])");
}

TEST_CASE("Composite operations read what there is, and write all or nothing") {
  auto device = makeDevice();
  const auto read = answer(device, with(Method::fetch, "/", kPaths, ContentFormat::senmlJson), kNow);
  CHECK(text(read.payload) == R"([{"bn":"/","n":"3/0/0","vs":"Isthmus"},{"n":"3342/0/5500","vb":false}])");
  CHECK(read.read.size() == 3);
  const auto bad = R"([{"n":"/1/0/2","v":7},{"n":"/3/0/0","vs":"x"}])";
  CHECK(answer(device, with(Method::iPatch, "/", bad, ContentFormat::senmlJson), kNow).code == 0x85);
  CHECK(textOf(device, "/1/0/2") == "0");
  const auto good = R"([{"n":"/1/0/2","v":7},{"n":"/3/0/14","vs":"+01:00"}])";
  CHECK(answer(device, with(Method::iPatch, "/", good, ContentFormat::senmlJson), kNow).code == 0x44);
  CHECK(textOf(device, "/1/0/2") == "7");
  const auto security = R"([{"n":"/0/0/0","vs":"x"}])";
  CHECK(answer(device, with(Method::iPatch, "/", security, ContentFormat::senmlJson), kNow).code == 0x81);
}

TEST_CASE("A null in SenML-ETCH takes a resource instance away") {
  DeviceTraits traits;
  traits.enabler = {1, 2};
  traits.objects = {1, 3, 3442};
  traits.formats = {};
  auto device = makeDevice(7, traits);
  const auto patch = R"([{"n":"/3442/0/1110/0","v":null},{"n":"/3442/0/1110/7","vs":"seven"}])";
  CHECK(answer(device, with(Method::iPatch, "/", patch, ContentFormat::senmlEtchJson), kNow).code == 0x44);
  const auto left = device.read(Path(3442, 0, 1110), kNow);
  REQUIRE(left->size() == 2);
  CHECK(left->front().path == Path(3442, 0, 1110, 1));
  CHECK(left->back().value == Value(std::string("seven")));
}

TEST_CASE("A written clock runs on from there") {
  auto device = makeDevice();
  CHECK(answer(device, with(Method::put, "/3/0/13", "1000", ContentFormat::text), kNow).code == 0x44);
  CHECK(device.read(Path(3, 0, 13), kNow + seconds(5))->front().value == Value(Time{1005}));
}

TEST_CASE("Firmware that was written can be installed, and one that fails says why") {
  auto device = makeDevice();
  const auto write = [&](std::string_view package) {
    return answer(device, with(Method::put, "/5/0/0", package, ContentFormat::opaque), kNow).code;
  };
  CHECK(write("image") == 0x44);
  CHECK(textOf(device, "/5/0/3") == "2");
  CHECK(answer(device, with(Method::post, "/5/0/2", ""), kNow).effect == Effect::reboot);
  CHECK(textOf(device, "/5/0/5") == "1");
  CHECK(textOf(device, "/3/0/3") == "1.0.1");
  CHECK(write("result=5") == 0x44);
  CHECK(textOf(device, "/5/0/3") == "0");
  CHECK(textOf(device, "/5/0/5") == "5");
  CHECK(answer(device, with(Method::put, "/5/0/1", "gopher://x/y", ContentFormat::text), kNow).code == 0x44);
  CHECK(textOf(device, "/5/0/5") == "9");
  CHECK(answer(device, with(Method::put, "/5/0/1", "", ContentFormat::text), kNow).code == 0x44);
  CHECK(textOf(device, "/5/0/5") == "0");
}

TEST_CASE("A client of enabler 1.0 declares that enabler's objects and knows no composites") {
  DeviceTraits traits;
  traits.enabler = {1, 0};
  traits.formats = {};
  auto device = makeDevice(7, traits);
  const auto list = parseObjectList(device.objectList());
  REQUIRE(list);
  for (const auto& [object, version] : list->versions)
    CHECK(registry().find(object, version)->lwm2mVersion == Version{1, 0});
  CHECK(answer(device, get("/3/0", ContentFormat::senmlJson), kNow).code == 0x86);
  CHECK(answer(device, with(Method::fetch, "/", kPaths, ContentFormat::senmlJson), kNow).code == 0x85);
}
