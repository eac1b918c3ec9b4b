#include "lwm2m/client/simulated_device.h"

#include "lwm2m/client/device_request.h"
#include "lwm2m/client/simulated_objects.h"
#include "lwm2m/codec/codec.h"
#include "lwm2m/codec/link_format.h"

#include <catch2/catch.hpp>

using namespace isthmus;
using namespace isthmus::lwm2m;

namespace {

constexpr WallTime kNow{milliseconds(1'763'812'345'000)};

const ObjectRegistry& registry() {
  static const auto objects = ObjectRegistry::builtin();
  return objects;
}

SimulatedDevice makeDevice(std::uint32_t number = 7) {
  return {registry(), "sim-" + std::to_string(number), number, seconds(300)};
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
  for (const auto object : kSimulatedObjects) {
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
      {"Create", with(Method::post, "/3303", "x", ContentFormat::tlv), 0x85},
      {"Delete", {Method::remove, "/3303/0", {}, {}, {}, {}}, 0x85},
      {"Read-Composite", with(Method::fetch, "/", "[]", ContentFormat::senmlJson), 0x85},
      {"Write-Composite", with(Method::iPatch, "/", "[]", ContentFormat::senmlJson), 0x85},
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
        "</3342/0>,</3342/0/5500>;pmax=60;pmin=10,</3342/0/5501>,</3342/0/5750>,</3342/0/5852>,</3342/0/5854>");
  REQUIRE(device.writeAttributes(Path(3342, 0, 5500), none));
  CHECK(*device.discover(Path(3342, 0, 5500)) == "</3342/0/5500>;pmax=60");
  CHECK(device.discover(Path(3342))->starts_with("</3342>,</3342/0>,</3342/0/5500>;pmax=60,</3342/0/5501>"));
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
