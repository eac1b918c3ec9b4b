#pragma once

#include "lwm2m/model/notification_attributes.h"
#include "lwm2m/model/path.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace isthmus::lwm2m {

// The notification attributes that the server has attached to a device's objects, instances, resources and resource
// instances (LwM2M Core 7.3.2).
class AttributeStore {
 public:
  // All of the parameters or none. `type` is that of the resource, if the path is of one. Error: malformed.
  Result<void> write(const Path& path, std::span<const std::string> parameters, ResourceType type);
  // Those at the path and, of the others, what the levels above it say.
  NotificationAttributes effective(const Path& path) const;
  // ";pmin=1;pmax=60" for a link: those attached to this very level.
  std::string linkText(const Path& path) const;
  void forget(const Path& below);

 private:
  const NotificationAttributes* at(const Path& path) const;

  std::map<std::uint64_t, NotificationAttributes> attached_;
};

std::string linkText(const NotificationAttributes& attributes);

}  // namespace isthmus::lwm2m
