#pragma once

#include "ipe/base/clock.h"
#include "ipe/base/result.h"
#include "lwm2m/model/path.h"
#include "mapping/engine/converter.h"
#include "mapping/rules/content_template.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What stands in `con`, and what an application's `con` says.
namespace isthmus::mapping {

struct Shaped {
  const lwm2m::Path& path;
  std::string_view endpoint, unit;
  WallTime time;
};

// {"v":21.5,"u":"Cel","t":"2026-..."}
std::string recordOf(const Converted& value, const Shaped& shaped);
// A SenML pack of one record (RFC 8428 5), its names without characters that SenML does not take.
std::string senmlOf(const Converted& value, const Shaped& shaped);

// The value of another resource of the same instance, as its own rule converts it; none if the message has none.
using ResourceValue = std::function<std::optional<Converted>(std::uint16_t resource)>;

// The template with its values; null for what is not there.
std::string fill(const ContentTemplate& contentTemplate, const Shaped& shaped, const ResourceValue& valueOf);
bool speaksOf(const ContentTemplate& contentTemplate, std::uint16_t resource);

// The resources that say where something is: latitude and longitude, and altitude where it is given (objects 6, 3336 in
// both its versions, and others with the same resources).
struct LocationResources {
  std::uint16_t latitude, longitude, altitude;
};
// By what stands at `resource`; none if that is no part of a location.
std::optional<LocationResources> locationAt(std::uint16_t object, std::uint16_t resource);
// {"latitude":48.1,"longitude":11.5,"altitude":520}; none without a latitude and a longitude.
std::optional<std::string> locationOf(const LocationResources& resources, const ResourceValue& valueOf);

// The value within a record or SenML pack of one record; a text that is neither, as it stands.
Result<std::string> valueOfRecord(std::string_view content);
Result<std::string> valueOfSenml(std::string_view content);
// What a JSON text of the template's (or location's) shape says of each resource that stands there by itself. What is
// absent or null is left out. Error: no JSON, or none of them is there.
using ResourceTexts = std::vector<std::pair<std::uint16_t, std::string>>;
Result<ResourceTexts> valuesOfTemplate(const ContentTemplate& contentTemplate, std::string_view content);
Result<ResourceTexts> valuesOfLocation(const LocationResources& resources, std::string_view content);

}  // namespace isthmus::mapping
