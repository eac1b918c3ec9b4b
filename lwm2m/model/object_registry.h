#pragma once

#include "ipe/base/result.h"
#include "lwm2m/model/value.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::lwm2m {

// "1.1"; each part 0..32767, no leading zeros.
struct Version {
  std::uint16_t major = 1;
  std::uint16_t minor = 0;
  static Result<Version> parse(std::string_view text);
  std::string toString() const;
  constexpr auto operator<=>(const Version&) const = default;
};

struct Operations {
  bool read = false, write = false, execute = false;
  bool operator==(const Operations&) const = default;
};

struct ResourceDefinition {
  std::uint16_t id = 0;
  std::string name;
  Operations operations;
  bool multiple = false;
  bool mandatory = false;
  ResourceType type = ResourceType::none;
  std::string range;  // as the definition writes it, e.g. "0..100"
  std::string unit;   // as the definition writes it
  bool operator==(const ResourceDefinition&) const = default;
};

struct ObjectDefinition {
  std::uint16_t id = 0;
  std::string name;
  std::string urn;
  Version version;
  Version lwm2mVersion;
  bool multiple = false;
  bool mandatory = false;
  std::vector<ResourceDefinition> resources;  // ascending by id

  const ResourceDefinition* resource(std::uint16_t id) const;  // null if it has none of that id
  bool operator==(const ObjectDefinition&) const = default;
};

// What is known about objects: several versions of each side by side. Filled at start, then only read: thread-safe
// then.
class ObjectRegistry {
 public:
  ObjectRegistry() = default;
  // The facts shipped inside the program (config/objects).
  static ObjectRegistry builtin();

  void add(ObjectDefinition definition);  // replaces one of the same id and version

  // The exact version; else the newest of the same major version; else the newest. Null for an unknown object.
  const ObjectDefinition* find(std::uint16_t object, std::optional<Version> version = {}) const;
  // The newest version that this version of LwM2M has, null if it has none.
  const ObjectDefinition* newestFor(std::uint16_t object, Version lwm2m) const;
  std::size_t size() const;                          // definitions, versions counted apart
  std::vector<const ObjectDefinition*> all() const;  // ascending by id, then version

 private:
  std::map<std::uint16_t, std::map<Version, ObjectDefinition>> objects_;
};

// The registry as one device means it: its object list may state versions of its own.
struct ObjectVersion {
  std::uint16_t object = 0;
  Version version;
  bool operator==(const ObjectVersion&) const = default;
};

class DeviceModel {
 public:
  // Registry and versions must outlive the model. `lwm2m` is the version of LwM2M that the device registered with; if
  // it is absent, objects whose version the device does not state are taken to be the newest known.
  DeviceModel(const ObjectRegistry& registry, std::span<const ObjectVersion> versions,
              std::optional<Version> lwm2m = {})
      : registry_(&registry), versions_(versions), lwm2m_(lwm2m) {}

  const ObjectDefinition* object(std::uint16_t id) const;
  // A resource that the object has only in a later version (of the same major) is known too, if the device stated no
  // version: many leave it out though they mean the newest. Null for what nobody knows.
  const ResourceDefinition* resource(std::uint16_t object, std::uint16_t id) const;
  // Of the object: as the device states it, else what its version of LwM2M has (LwM2M Core 6.2.1, 7.2): the core
  // objects each their own, all others 1.0.
  Version version(std::uint16_t object) const;

 private:
  const Version* stated(std::uint16_t object) const;

  const ObjectRegistry* registry_;
  std::span<const ObjectVersion> versions_;
  std::optional<Version> lwm2m_;
};

}  // namespace isthmus::lwm2m
