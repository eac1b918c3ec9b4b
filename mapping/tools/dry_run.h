#pragma once

#include "ipe/base/located_json.h"
#include "lwm2m/model/object_registry.h"
#include "mapping/engine/engine.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::mapping {

// A value as somebody recorded it.
struct RecordedReading {
  std::string endpoint = "urn:dev:one";
  std::string manufacturer = {}, model = {};
  std::vector<std::string> labels = {};
  lwm2m::Path path = {};
  std::string value = {};                        // as text
  json::Kind kind = json::Kind::string;          // what it stood as: a number, a boolean or a text
  std::optional<lwm2m::ResourceType> type = {};  // absent: as the object definition says
  std::optional<WallTime> time = {};
};

// {"endpoint","path","value"} and, if it is known, "type", "time" (ISO 8601, or ms since 1970), "manufacturer",
// "model", "labels".
std::optional<RecordedReading> readReading(const json::Node& node, json::Faults& faults);
// One such object a line, as a capture file has them; empty lines are passed over.
std::vector<RecordedReading> readCapture(std::string_view text, std::string_view fileName, json::Faults& faults);

// What becomes of a reading.
struct DryOutcome {
  std::string endpoint, path, value;
  std::string rule;  // "" for the default rule
  std::string report;
  std::vector<Mapped> targets;
  bool encapsulated = false;  // the message that it comes in goes on as it stands (transparent)
  std::string error;          // why it goes nowhere; "" with no target: unmapped
};

// Pure: nothing is filtered, since that depends on what came before. `received`: where the reading has no time.
DryOutcome dryRun(const Engine& engine, const lwm2m::ObjectRegistry& registry, const RecordedReading& reading,
                  WallTime received);

// For people: the reading, the rule, and a line for each resource it becomes.
std::string toText(const DryOutcome& outcome);
std::string toJson(const DryOutcome& outcome);
bool isSame(const DryOutcome& a, const DryOutcome& b);  // in what becomes of it, whatever the rules are called

}  // namespace isthmus::mapping
