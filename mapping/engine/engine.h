#pragma once

#include "lwm2m/model/object_registry.h"
#include "lwm2m/model/value.h"
#include "mapping/engine/converter.h"
#include "mapping/engine/device_change.h"
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
  std::string path;         // below the device's place, of a mgmtObj below its <node>: "3303/0/5700"
  std::string content;      // `con`; of a flexContainer or mgmtObj its attributes: {"curT0":21.5}
  std::string contentInfo;  // `cnf`
  std::string detail = {};  // TargetDetail as text
};

struct Mapping {
  std::vector<Mapped> targets;  // empty and neither encapsulated nor mergedWith: unmapped
  Report report = Report::every;
  seconds heartbeat{0};
  double deadband = 0;
  seconds minInterval{0};
  // Of a value that may be filtered: a hash of what it is to applications, and the number where a deadband asks for it.
  std::uint64_t fingerprint = 0;
  std::optional<double> number = {};
  std::string_view rule;      // name of the rule that won; "" for the default rule, and where no rule was found
  bool encapsulated = false;  // the whole message goes somewhere: see Engine::encapsulate
  std::optional<lwm2m::Path> mergedWith = {};  // the value of the message with which it goes as one content

  bool filters() const { return report != Report::every || deadband > 0 || minInterval > seconds(0); }
};

// A place that an application may change, or leave commands at.
struct Place {
  Form form = Form::container;
  std::string path;                                       // as in Mapped
  std::string detail;                                     // TargetDetail as text
  std::string attribute;                                  // of a flexContainer or mgmtObj
  lwm2m::Path source;                                     // the resource that it stands for
  bool write = false, blocking = false, command = false;  // as in Target
  bool action = false;                                    // the resource is executed, so no value ever comes from it
  std::string_view rule;
};

struct PlannedObservation {
  lwm2m::Path path;             // object, instance or resource
  std::string attributes = {};  // "pmin=1&pmax=300", "" for none
  bool composite = false;  // with all others that say so, in one Observe-Composite where the device is 1.1 or newer
  ObserveWhen when = ObserveWhen::always;
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
  // `siblings`: all that came in the same message; some contents and attributes are told by several resources together.
  Result<Mapping> toOneM2m(const DeviceFacts& device, const lwm2m::Record& record, WallTime received,
                           std::span<const lwm2m::Record> siblings = {}) const;

  // The targets of form `transparent` (TS-0014 7.2) for a whole message: `observed` is what it is of, the root where it
  // is of several objects. The rule for `observed` decides, as for a value there. No target: nothing is encapsulated.
  Mapping encapsulate(const DeviceFacts& device, const lwm2m::Path& observed, std::uint16_t contentFormat,
                      ByteView payload) const;

  // What to observe on a device that declares these instances, each path once, nothing below another; objects 0, 1, 21
  // and /3/0/13 only where a rule names them. An object without a rule is observed per instance.
  std::vector<PlannedObservation> plan(const DeviceFacts& device, std::span<const lwm2m::Path> instances) const;

  // The inverse of toOneM2m for one rule's value: an application's text (or record) to the device's value. Refuses what
  // cannot be inverted. Whether an application may write at all is not asked here.
  Result<lwm2m::Value> toLwm2m(const DeviceFacts& device, const lwm2m::Path& path, std::string_view content) const;

  // The same for all resources of the instance that the content speaks of, where a rule combines several (template,
  // location): what is to be written to the device, all or nothing. For other rules the value at `path` alone.
  Result<std::vector<lwm2m::Record>> toRecords(const DeviceFacts& device, const lwm2m::Path& path,
                                               std::string_view content) const;

  // Where applications may act on a device that declares these instances, one for each resource and target.
  std::vector<Place> places(const DeviceFacts& device, std::span<const lwm2m::Path> instances) const;

  // What an application's change of a flexContainer or mgmtObj asks of the device: `target` is its path as in Mapped,
  // `changed` what the UPDATE set. Writes come before executions. Attributes that no rule speaks of are left out, an
  // action that is set to false as well, so that nothing may be left. Error: notFound (no rule leads there), refused
  // (the rule does not let applications write), malformed (no such value of the device's; actions that exclude each
  // other): of the first such attribute, and nothing is to be done then.
  Result<std::vector<DeviceChange>> changesFor(const DeviceFacts& device, std::span<const lwm2m::Path> instances,
                                               Form form, std::string_view target,
                                               std::span<const AttributeValue> changed) const;

  // The name of the rule that a value there goes by; "" for the default rule.
  std::string_view ruleOf(const DeviceFacts& device, const lwm2m::Path& path) const;

  // Differs where places that are made before any value comes may differ; 0: there are none.
  std::uint64_t placesHash() const;

  // What the device's value at a resource is to an application: the conversion alone, wherever it is needed (an answer
  // to a command). Error: as above.
  Result<Converted> toApplication(const DeviceFacts& device, const lwm2m::Path& path, const lwm2m::Value& value) const;

  const RuleSet& rules() const;

 private:
  struct Index;
  std::unique_ptr<Index> index_;
};

}  // namespace isthmus::mapping
