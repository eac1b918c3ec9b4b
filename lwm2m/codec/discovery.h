#pragma once

#include "lwm2m/model/link.h"
#include "lwm2m/model/notification_attributes.h"
#include "lwm2m/model/object_registry.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::lwm2m {

// One path of a Discover answer with what is attached to it (LwM2M Core 6.3.2, 7.3.1).
struct DiscoveredPath {
  Path path;
  std::optional<std::uint8_t> dim = {};      // of a resource with instances: how many
  std::optional<std::uint16_t> ssid = {};    // of /0, /1 and /21 instances: which server
  std::optional<std::string> uri = {};       // of a /0 instance
  std::optional<Version> version = {};       // of an object
  std::optional<Version> lwm2mVersion = {};  // of the root, in a Bootstrap-Discover
  NotificationAttributes attributes = {};    // attached here; inherited ones only at the path that was asked for
  bool operator==(const DiscoveredPath&) const = default;
};

// Absent: the link lies outside the root path, or its target is no LwM2M path. Attributes that are not LwM2M's are
// passed over. Error: malformed (a value that the attribute cannot have), `where` is target and attribute.
Result<std::optional<DiscoveredPath>> discoveredPath(const Link& link, std::string_view rootPath = {});

// All paths of a Discover answer, in its order. Takes the syntax that devices use. Error: malformed.
Result<std::vector<DiscoveredPath>> parseDiscovery(std::string_view payload, std::string_view rootPath = {});

}  // namespace isthmus::lwm2m
