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
  // Both must outlive the model.
  DeviceModel(const ObjectRegistry& registry, std::span<const ObjectVersion> versions)
      : registry_(&registry), versions_(versions) {}

  const ObjectDefinition* object(std::uint16_t id) const;
  const ResourceDefinition* resource(std::uint16_t object, std::uint16_t id) const;
  // Of the object, as the device states it; 1.0 where it states none (LwM2M Core 6.2).
  Version version(std::uint16_t object) const {
    for (const auto& stated : versions_) {
      if (stated.object == object) return stated.version;
    }
    return {};
  }

 private:
  const ObjectRegistry* registry_;
  std::span<const ObjectVersion> versions_;
};

}  // namespace isthmus::lwm2m
