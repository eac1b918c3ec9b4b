#pragma once

#include "ipe/base/clock.h"
#include "lwm2m/model/notification_attributes.h"
#include "lwm2m/model/object_registry.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace isthmus::mapping {

// Which values a rule is for; what is not named matches all.
struct Match {
  std::string endpoint = "*";                             // glob: * and ?
  std::string manufacturer = {}, model = {}, label = {};  // globs, "" matches all
  std::optional<std::uint16_t> object = {}, instance = {}, resource = {}, resourceInstance = {};
  std::optional<lwm2m::Version> versionMin = {}, versionMax = {};  // inclusive
  bool operator==(const Match&) const = default;
};

// At which level a matching value is observed.
enum class ObserveLevel : std::uint8_t { none, object, instance, resource };

enum class ObserveWhen : std::uint8_t {
  always,
  onDemand,  // only while an application subscribes to where the value goes
};

// Which reports of a value go on to the CSE.
enum class Report : std::uint8_t {
  every,
  onChange,   // a value equal to the last one is `filtered`
  heartbeat,  // as onChange, but at least one in each `heartbeat`
};

struct Observe {
  ObserveLevel level = ObserveLevel::resource;
  bool composite = false;  // in one Observe-Composite with the device's others, where the device is 1.1 or newer
  ObserveWhen when = ObserveWhen::always;
  Report report = Report::every;
  seconds heartbeat{0};
  double deadband = 0;                            // a number nearer to the last one that went on is `filtered`
  seconds minInterval{0};                         // a report sooner after the last one that went on is `filtered`
  lwm2m::NotificationAttributes attributes = {};  // written to the device before it is observed
  bool operator==(const Observe&) const = default;
};

// How a boolean is written for applications.
struct BooleanWords {
  std::string yes = {}, no = {};
  bool operator==(const BooleanWords&) const = default;
};

// In the application's unit, both ends included.
struct Range {
  double min = 0, max = 0;
  bool operator==(const Range&) const = default;
};

enum class TimeForm : std::uint8_t {
  epoch,       // 1767225600, as without a form
  epochMs,     // 1767225600000
  iso,         // 2026-01-01T00:00:00Z
  oneM2mBasic  // 20260101T000000, m2m:timestamp
};

// How the device's value becomes the application's, in the order of the members; and back in exactly the reverse order.
// One kind of the last ones at most: numbers (base to unit, precision, range), an enumeration, a boolean, or a time.
struct Conversion {
  std::optional<lwm2m::ResourceType> type = {};  // absent: as the object definition says, or as the payload says
  std::uint8_t base = 0;  // 2..36: the device's text is a whole number in this base; 0: it is not
  double scale = 1;
  double offset = 0;
  std::string deviceUnit =
      {};                 // of what scale and offset give; "": as the object definition or the table of units says
  std::string unit = {};  // of the result: SenML name; "": as the device's
  std::vector<std::pair<std::string, std::string>> enumeration = {};  // device's text -> application's text
  std::optional<std::string> otherwise = {};                          // for what the enumeration lacks; has no way back
  std::optional<BooleanWords> boolean = {};
  std::optional<int> precision = {};  // digits after the point
  std::optional<Range> range = {};    // what lies outside is refused
  std::optional<TimeForm> time = {};
  bool operator==(const Conversion&) const = default;
};

enum class Form : std::uint8_t { container, flexContainer, mgmtObj, timeSeries, transparent };

// What stands in `con`.
enum class Content : std::uint8_t {
  value,         // 21.5
  record,        // {"v":21.5,"u":"Cel","t":"..."}
  senml,         // [{"bn":"ep/","n":"3303/0/5700","u":"Cel","t":1767225600,"v":21.5}]
  fromTemplate,  // the rule's own JSON, with values of the instance
  location,      // {"latitude":..,"longitude":..,"altitude":..} of the instance
};

struct Target {
  Form form = Form::container;
  std::string name = "{object}/{instance}/{resource}";  // template; also {resourceInstance}, {endpoint}
  std::string className = {}, attribute = {};           // "cod:tempe" and "curT0"; of a mgmtObj "bat" and "btl"
  std::optional<Content> content = {};                  // absent: `mapping.form`
  std::string jsonTemplate = {};                        // of `fromTemplate`: canonical JSON (content_template.h)
  bool write = false;                                   // an application may change it
  bool blocking = false;                                // and is answered when the device has answered
  bool command = false;                                 // a container for commands to the resource stands beside it
  std::vector<std::string> labels = {};                 // besides those that every resource gets
  bool operator==(const Target&) const = default;
};

// One record for both directions.
struct Rule {
  std::string name;
  Match match;
  Observe observe;
  Conversion value;
  std::vector<Target> to = {Target{}};
  std::string where;  // "file:line:column /pointer", for people; two rules that differ only in this are the same rule
  bool operator==(const Rule& other) const {
    return name == other.name && match == other.match && observe == other.observe && value == other.value &&
           to == other.to;
  }
};

struct RuleSet {
  std::string name;
  std::vector<Rule> rules;  // in the order of the files
  bool operator==(const RuleSet&) const = default;
};

}  // namespace isthmus::mapping
