#pragma once

#include "ipe/base/result.h"
#include "lwm2m/model/link.h"
#include "lwm2m/model/value.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace isthmus::lwm2m {

// What a notification waits for (LwM2M Core 7.3.2). An attribute that is absent is inherited from the level above, or
// takes the server account's default.
struct NotificationAttributes {
  // In seconds.
  std::optional<std::uint32_t> pmin = {}, pmax = {}, epmin = {}, epmax = {};
  // Numeric resources only.
  std::optional<double> gt = {}, lt = {}, st = {};
  // 1.2, Boolean resources only: true rising, false falling.
  std::optional<bool> edge = {};
  // 1.2: true asks for confirmable notifications.
  std::optional<bool> con = {};
  // 1.2: historical values kept while the server is away.
  std::optional<std::uint32_t> hqmax = {};

  bool empty() const { return *this == NotificationAttributes{}; }
  bool operator==(const NotificationAttributes&) const = default;
};

// What a Write-Attributes request changes (LwM2M Core 6.3.4).
struct AttributeChange {
  NotificationAttributes set;
  std::vector<std::string> unset;  // names to be taken away, so that the level above holds again
  bool operator==(const AttributeChange&) const = default;
};

// Gives the attribute of that name the value that the text says: "10", "-30.55", "1". Error: malformed, `where` is the
// name; an unknown name is malformed too.
Result<void> assign(NotificationAttributes& attributes, std::string_view name, std::string_view value);

// "pmin=10&gt=25.5&lt": a name alone takes the attribute away. The parts may also come one by one, as CoAP has them.
// Error: malformed (an unknown name, one that comes twice, a value it cannot have), `where` is the name.
Result<AttributeChange> parseAttributes(std::string_view query);
Result<AttributeChange> parseAttributes(std::span<const std::string_view> parameters);
// Those that a link of a Discover answer carries; attributes of other kinds are passed over. Error: as above.
Result<NotificationAttributes> notificationAttributes(const Link& link);

// Name and value of those present, in the order of the members; decimals without an exponent (LwM2M Core 7.3.2).
std::vector<std::pair<std::string_view, std::string>> toPairs(const NotificationAttributes& attributes);
// Each a Uri-Query option of its own: "pmin=10", and "lt" for what is taken away.
std::vector<std::string> toParameters(const NotificationAttributes& attributes,
                                      std::span<const std::string> unset = {});
std::string toQuery(const NotificationAttributes& attributes, std::span<const std::string> unset = {});

// The lower level's attributes, and of the upper one what the lower does not say.
NotificationAttributes inherited(const NotificationAttributes& upper, const NotificationAttributes& lower);

// What a device would refuse, all of it: each malformed, with the attribute's name as `where`; none if all is well.
// Values that stand against each other: of one level, or of all levels merged by inherited().
std::vector<Error> checkValues(const NotificationAttributes& attributes);
// Attributes that cannot be attached to this path, or to a resource of this type; none: the type is not known, any is
// taken. The root stands for a composite observation.
std::vector<Error> checkTarget(const NotificationAttributes& attributes, const Path& target, ResourceType type);

}  // namespace isthmus::lwm2m
