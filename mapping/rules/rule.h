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
  std::string endpoint = "*";              // glob: * and ?
  std::string manufacturer, model, label;  // globs, "" matches all
  std::optional<std::uint16_t> object, instance, resource, resourceInstance;
  std::optional<lwm2m::Version> versionMin, versionMax;  // inclusive
  bool operator==(const Match&) const = default;
};

// At which level a matching value is observed.
enum class ObserveLevel : std::uint8_t { none, object, instance, resource };

// Which reports of a value go on to the CSE.
enum class Report : std::uint8_t {
  every,
  onChange,   // a value equal to the last one is `filtered`
  heartbeat,  // as onChange, but at least one in each `heartbeat`
};

struct Observe {
  ObserveLevel level = ObserveLevel::resource;
  Report report = Report::every;
  seconds heartbeat{0};
  lwm2m::NotificationAttributes attributes;  // written to the device before it is observed
  bool operator==(const Observe&) const = default;
};

// How the device's value becomes the application's, in this order: type, scale, offset, unit, enumeration, precision;
// and back in exactly the reverse order.
struct Conversion {
  std::optional<lwm2m::ResourceType> type;  // absent: as the object definition says, or as the payload says
  double scale = 1;
  double offset = 0;
  std::string unit;  // of the result: SenML name; "": as the definition says
  std::vector<std::pair<std::string, std::string>> enumeration;  // device's text -> application's text
  std::optional<int> precision;                                  // digits after the point
  bool operator==(const Conversion&) const = default;
};

enum class Form : std::uint8_t { container, flexContainer, mgmtObj, timeSeries, transparent };
enum class Content : std::uint8_t { value, record };  // "21.5" or {"v":21.5,"u":"Cel","t":"..."}

struct Target {
  Form form = Form::container;
  std::string name = "{object}/{instance}/{resource}";  // template; also {resourceInstance}, {endpoint}
  std::string flexClass, attribute;                     // of a flexContainer or mgmtObj
  std::optional<Content> content;                       // absent: `mapping.form`
  bool write = false;                                   // an application may change it
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
