#pragma once

#include "ipe/base/bytes.h"
#include "ipe/base/clock.h"
#include "lwm2m/model/path.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace isthmus::lwm2m {

// LwM2M Core appendix C, table C.-1.
enum class ResourceType : std::uint8_t {
  none,
  string,
  integer,
  unsignedInteger,
  floating,
  boolean,
  opaque,
  time,
  objectLink,
  coreLink,
};

struct Opaque {
  Bytes bytes;
  bool operator==(const Opaque&) const = default;
};

struct Time {
  std::int64_t seconds = 0;  // since 1970-01-01T00:00:00Z
  bool operator==(const Time&) const = default;
};

struct ObjectLink {
  std::uint16_t object = 65535;  // 65535:65535 links to nothing
  std::uint16_t instance = 65535;

  static std::optional<ObjectLink> parse(std::string_view text);  // "66:0"
  std::string toString() const;
  bool operator==(const ObjectLink&) const = default;
};

struct CoreLink {
  std::string text;  // RFC 6690 links
  bool operator==(const CoreLink&) const = default;
};

// monostate: no value (absent in a composite answer, null in SenML-ETCH).
using Value = std::variant<std::monostate, std::string, std::int64_t, std::uint64_t, double, bool, Opaque, Time,
                           ObjectLink, CoreLink>;

ResourceType typeOf(const Value& value);
std::string_view name(ResourceType type);

// The same value as another type, only if nothing is lost: no wrap, no dropped fraction, no negative unsigned.
// Anything becomes a string by toText and comes back from it; booleans also count as 0 and 1.
// Error: malformed.
Result<Value> convert(const Value& value, ResourceType to);

// As text for people and for oneM2M `con`: shortest exact decimal for floats, "true"/"false", base64 for opaque,
// seconds for time, "66:0" for links.
std::string toText(const Value& value);

// One value that a device reported: a leaf of its tree, and when it was true if the device said so.
struct Record {
  Path path;  // of a resource or a resource instance
  Value value;
  std::optional<WallTime> time;
  bool operator==(const Record&) const = default;
};

}  // namespace isthmus::lwm2m
