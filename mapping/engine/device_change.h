#pragma once

#include "lwm2m/model/value.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace isthmus::mapping {

// What an application set: an attribute by its short name and the new value as JSON text (`21.5`, `"on"`, `true`).
struct AttributeValue {
  std::string_view name, json;
};

// One thing that the device is to be asked for, so that an application's change comes true.
struct DeviceChange {
  enum class Kind : std::uint8_t { write, execute };
  struct Awaited {
    lwm2m::Path path;
    lwm2m::Value value;
    bool operator==(const Awaited&) const = default;
  };

  Kind kind = Kind::write;
  lwm2m::Path path;             // of a resource
  lwm2m::Value value;           // of a write
  std::optional<Awaited> once;  // not before the device says this: an update of firmware needs it to be downloaded
  std::string attribute;        // that asked for it
  std::string rule;             // name of the rule
  bool operator==(const DeviceChange&) const = default;
};

}  // namespace isthmus::mapping
