#include "lwm2m/model/object_registry.h"

#include "lwm2m/model/object_table.h"

#include <catch2/catch.hpp>

using namespace isthmus;
using namespace isthmus::lwm2m;

namespace {

ObjectDefinition object(std::uint16_t id, Version version) {
  ObjectDefinition definition;
  definition.id = id;
  definition.version = version;
  return definition;
}

Version versionFound(const ObjectRegistry& registry, std::optional<Version> wanted) {
  const ObjectDefinition* found = registry.find(7000, wanted);
  REQUIRE(found != nullptr);
  return found->version;
}

}  // namespace

TEST_CASE("Versions are two numbers", "[illegal_argument_tests]") {
  CHECK(Version::parse("1.1").value() == Version{1, 1});
  CHECK(Version::parse("0.0").value() == Version{0, 0});
  CHECK(Version::parse("32767.32767").value().toString() == "32767.32767");
  CHECK(Version{1, 2} < Version{1, 10});
  CHECK(Version{1, 9} < Version{2, 0});
  const auto text =
      GENERATE(as<std::string>(), "", "1", "1.", ".1", "1.1.1", "01.0", "1.00", "32768.0", "-1.0", "1.x", "1. 0");
  CAPTURE(text);
  CHECK(Version::parse(text).error().code == Errc::malformed);
}

TEST_CASE("Versions are older and newer by their numbers, not by their text",
          "[compare_to_tests][older_than_tests][newer_than_tests]") {
  const std::vector<Version> ascending{{0, 9}, {1, 0}, {1, 1}, {1, 2}, {1, 10}, {2, 0}, {10, 0}};
  for (std::size_t a = 0; a < ascending.size(); ++a)
    for (std::size_t b = 0; b < ascending.size(); ++b) {
      CHECK((ascending[a] == ascending[b]) == (a == b));
      CHECK((ascending[a] < ascending[b]) == (a < b));
      CHECK((ascending[a] > ascending[b]) == (a > b));
    }
}

TEST_CASE("The registry finds the version, or the nearest that it has",
          "[validate_get_specific_version][validate_get_last_version]") {
  ObjectRegistry registry;
  for (const Version version : {Version{1, 2}, Version{1, 0}, Version{2, 1}, Version{3, 0}})
    registry.add(object(7000, version));
  CHECK(versionFound(registry, {}) == Version{3, 0});
  CHECK(versionFound(registry, Version{1, 0}) == Version{1, 0});
  CHECK(versionFound(registry, Version{1, 1}) == Version{1, 2});
  CHECK(versionFound(registry, Version{1, 9}) == Version{1, 2});
  CHECK(versionFound(registry, Version{2, 0}) == Version{2, 1});
  CHECK(versionFound(registry, Version{3, 0}) == Version{3, 0});
  CHECK(versionFound(registry, Version{4, 0}) == Version{3, 0});
  CHECK(versionFound(registry, Version{0, 9}) == Version{3, 0});
  CHECK(registry.find(7001) == nullptr);
  CHECK(registry.size() == 4);
}

TEST_CASE("A definition replaces the one of its id and version") {
  ObjectRegistry registry;
  registry.add(object(7000, {1, 0}));
  ObjectDefinition named = object(7000, {1, 0});
  named.name = "second";
  named.resources = {{9, "nine", {}, false, false, ResourceType::none, "", ""},
                     {2, "two", {}, false, false, ResourceType::none, "", ""}};
  registry.add(named);
  CHECK(registry.size() == 1);
  CHECK(registry.find(7000)->name == "second");
  CHECK(registry.find(7000)->resource(2)->name == "two");
  CHECK(registry.find(7000)->resource(3) == nullptr);
}

TEST_CASE("A device's own versions decide what its objects mean") {
  ObjectRegistry registry;
  registry.add(object(7000, {1, 0}));
  registry.add(object(7000, {2, 0}));
  registry.add(object(7001, {1, 0}));
  const std::vector<ObjectVersion> versions{{7000, {1, 0}}};
  CHECK(DeviceModel(registry, versions).object(7000)->version == Version{1, 0});
  CHECK(DeviceModel(registry, versions).object(7001)->version == Version{1, 0});
  CHECK(DeviceModel(registry, {}).object(7000)->version == Version{2, 0});
  CHECK(DeviceModel(registry, {}).resource(7000, 1) == nullptr);
  CHECK(DeviceModel(registry, {}).resource(9999, 1) == nullptr);
}

TEST_CASE("Objects without a stated version have the one of the device's LwM2M version") {
  const ObjectRegistry registry = ObjectRegistry::builtin();
  struct Row {
    std::uint16_t object;
    Version v10, v11, v12;
  };
  for (const Row& row : std::vector<Row>{{0, {1, 0}, {1, 1}, {1, 2}},
                                         {1, {1, 0}, {1, 1}, {1, 2}},
                                         {2, {1, 0}, {1, 0}, {1, 1}},
                                         {3, {1, 0}, {1, 1}, {1, 2}},
                                         {4, {1, 0}, {1, 2}, {1, 3}},
                                         {5, {1, 0}, {1, 0}, {1, 2}},
                                         {6, {1, 0}, {1, 0}, {1, 0}},
                                         {7, {1, 0}, {1, 0}, {1, 0}},
                                         {21, {1, 0}, {1, 0}, {2, 0}},
                                         {10, {1, 0}, {1, 0}, {1, 0}},
                                         {3303, {1, 0}, {1, 0}, {1, 0}},
                                         {60000, {1, 0}, {1, 0}, {1, 0}}}) {
    CAPTURE(row.object);
    CHECK(DeviceModel(registry, {}, Version{1, 0}).version(row.object) == row.v10);
    CHECK(DeviceModel(registry, {}, Version{1, 1}).version(row.object) == row.v11);
    CHECK(DeviceModel(registry, {}, Version{1, 2}).version(row.object) == row.v12);
  }
  const std::vector<ObjectVersion> stated{{3, {1, 1}}, {60000, {3, 7}}};
  const DeviceModel device(registry, stated, Version{1, 2});
  CHECK(device.version(3) == Version{1, 1});
  CHECK(device.object(3)->version == Version{1, 1});
  CHECK(device.version(60000) == Version{3, 7});
  CHECK(device.object(60000) == nullptr);
  CHECK(DeviceModel(registry, {}, Version{1, 0}).object(3)->version == Version{1, 0});
  CHECK(DeviceModel(registry, {}).object(3)->version == Version{1, 2});
}

TEST_CASE("Two devices may mean different versions of one object at once") {
  ObjectRegistry registry;
  for (const std::uint16_t major : {std::uint16_t{1}, std::uint16_t{2}}) {
    ObjectDefinition definition = object(7000, {major, 0});
    definition.resources = {
        {1, "one", {}, false, false, major == 1 ? ResourceType::integer : ResourceType::string, "", ""}};
    registry.add(std::move(definition));
  }
  const std::vector<ObjectVersion> second{{7000, {2, 0}}};
  CHECK(DeviceModel(registry, {}, Version{1, 1}).resource(7000, 1)->type == ResourceType::integer);
  CHECK(DeviceModel(registry, second, Version{1, 1}).resource(7000, 1)->type == ResourceType::string);
}

TEST_CASE("A resource of a later version is known where the device states no version, and only there") {
  const ObjectRegistry registry = ObjectRegistry::builtin();
  const std::vector<ObjectVersion> stated{{1, {1, 0}}};
  CHECK(registry.find(1, Version{1, 0})->resource(22) == nullptr);
  CHECK(DeviceModel(registry, {}, Version{1, 0}).resource(1, 22)->type == ResourceType::string);
  CHECK(DeviceModel(registry, stated, Version{1, 0}).resource(1, 22) == nullptr);
}

TEST_CASE("The built-in facts cover the core and IPSO objects") {
  const ObjectRegistry registry = ObjectRegistry::builtin();
  for (const int id : {0,  1,  2,  3,  4,    5,    6,    7,    8,    9,    10,   11,   12,   13,  16,
                       19, 20, 21, 25, 3200, 3201, 3202, 3203, 3300, 3303, 3311, 3342, 3350, 3442}) {
    CAPTURE(id);
    CHECK(registry.find(static_cast<std::uint16_t>(id)) != nullptr);
  }
  const ResourceDefinition* temperature = registry.find(3303)->resource(5700);
  REQUIRE(temperature != nullptr);
  CHECK(*temperature ==
        ResourceDefinition{5700, "Sensor Value", {true, false, false}, false, true, ResourceType::floating, "", ""});
  const ResourceDefinition* battery = registry.find(3)->resource(9);
  CHECK(battery->range == "0..100");
  CHECK(battery->unit == "/100");
  CHECK(registry.find(3)->resource(4)->operations == Operations{false, false, true});
  CHECK(registry.find(1)->multiple);
  CHECK(registry.find(1, Version{1, 0})->resource(22) == nullptr);
  CHECK(registry.find(1, Version{1, 1})->resource(22) != nullptr);
}

TEST_CASE("The built-in facts are in order and complete", "[validate_embedded_models]") {
  const ObjectRegistry registry = ObjectRegistry::builtin();
  for (const ObjectDefinition* definition : registry.all()) {
    CAPTURE(definition->id);
    CHECK_FALSE(definition->name.empty());
    CHECK(definition->urn.starts_with("urn:oma:"));
    CHECK_FALSE(definition->resources.empty());
    for (const ResourceDefinition& resource : definition->resources) {
      CHECK_FALSE(resource.name.empty());
      CHECK((resource.type == ResourceType::none) == resource.operations.execute);
    }
  }
}

TEST_CASE("Faults in an object table are said, with their line") {
  const std::string head =
      "# facts\nobject 7 | Seven | MM | 1.0 | 1.0 | urn:x\n1 | One | R | OS | Integer | 0..1 | s\n";
  CHECK(parseObjectTable(head).value().at(0).resources.at(0).unit == "s");
  const auto line = GENERATE(as<std::string>(), "1 | One again | R | OS | Integer", "2 | Two | X | OS | Integer",
                             "2 | Two | R | XS | Integer", "2 | Two | R | OS | Number", "x | Two | R | OS | Integer",
                             "2 | Two | R | OS", "2 | Two | R | OS | Integer | 1 | s | more",
                             "65535 | Two | R | OS | Integer", "object 8 | Eight | MM | 1 | 1.0 | urn:x",
                             "object | Eight | MM | 1.0 | 1.0 | urn:x", "object 8 | Eight | MM | 1.0 | 1.0");
  CAPTURE(line);
  const auto objects = parseObjectTable(head + line + "\n");
  REQUIRE_FALSE(objects);
  CHECK(objects.error().where == "line 4");
  CHECK_FALSE(parseObjectTable("1 | One | R | OS | Integer"));
}
