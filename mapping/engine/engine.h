#pragma once

#include "lwm2m/model/object_registry.h"
#include "lwm2m/model/value.h"
#include "mapping/rules/rule.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::mapping {

// What rules may ask about a device. Borrowed for the call.
struct DeviceFacts {
  std::string_view endpoint;
  std::string_view manufacturer, model;  // "" while nobody knows: matches no rule that names one
  const lwm2m::DeviceModel& definitions;
  std::span<const std::string> labels = {};  // what an operator has put on the device
};

// One place in oneM2M that a reading goes to.
struct Mapped {
  Form form = Form::container;
  std::string path;         // below the device's place: "3303/0/5700"
  std::string content;      // `con`
  std::string contentInfo;  // `cnf`
};

struct Mapping {
  // Empty: unmapped. Of a rule's targets only those of form `container` are made so far; the others are left out.
  std::vector<Mapped> targets;
  Report report = Report::every;
  seconds heartbeat{0};
  std::string_view rule;  // name of the rule that won; "" for the default rule, and where no rule was found
};

struct PlannedObservation {
  lwm2m::Path path;        // object, instance or resource
  std::string attributes;  // "pmin=1&pmax=300", "" for none
  bool operator==(const PlannedObservation&) const = default;
};

struct EngineSettings {
  bool defaultRule = true;        // mapping.default
  Content form = Content::value;  // mapping.form
};

// A compiled rule set; both directions. Immutable, so thread-safe. Pure: same rules and reading, same result.
class Engine {
 public:
  Engine(RuleSet set, EngineSettings settings);
  ~Engine();

  // The most specific rule wins, in the order endpoint, resource, instance, object, then the later one in the set.
  // A value of a resource instance gets a container of its own also where the rule's name does not say so.
  // Error: a value that the rule cannot convert (range, enumeration), with the rule's name in `where`.
  Result<Mapping> toOneM2m(const DeviceFacts& device, const lwm2m::Record& record, WallTime received) const;

  // What to observe on a device that declares these instances, each path once, nothing below another; objects 0, 1, 21
  // and /3/0/13 only where a rule names them. An object without a rule is observed per instance.
  std::vector<PlannedObservation> plan(const DeviceFacts& device, std::span<const lwm2m::Path> instances) const;

  // The inverse of toOneM2m for one rule's value: an application's text (or record) to the device's value. Refuses what
  // cannot be inverted. Whether an application may write at all is not asked here.
  Result<lwm2m::Value> toLwm2m(const DeviceFacts& device, const lwm2m::Path& path, std::string_view content) const;

  const RuleSet& rules() const;

 private:
  struct Index;
  std::unique_ptr<Index> index_;
};

}  // namespace isthmus::mapping
