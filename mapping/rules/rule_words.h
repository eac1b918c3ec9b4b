#pragma once

#include <array>
#include <string_view>

// The words of a rule file. Where they name an enumeration, they stand in the order of its enumerators.
namespace isthmus::mapping::words {

inline constexpr std::array<std::string_view, 3> kFileKeys = {"$schema", "set", "rules"};
inline constexpr std::array<std::string_view, 6> kRuleKeys = {"name", "override", "match", "observe", "value", "to"};
inline constexpr std::array<std::string_view, 9> kMatchKeys = {
    "object", "version", "instance", "resource", "resourceInstance", "endpoint", "manufacturer", "model", "label"};
inline constexpr std::array<std::string_view, 17> kObserveKeys = {
    "level", "composite", "when", "report", "heartbeat", "deadband", "minInterval", "pmin", "pmax",
    "gt",    "lt",        "st",   "epmin",  "epmax",     "edge",     "con",         "hqmax"};
inline constexpr std::array<std::string_view, 12> kValueKeys = {"type",       "base",      "scale",       "offset",
                                                                "deviceUnit", "unit",      "enumeration", "otherwise",
                                                                "boolean",    "precision", "range",       "time"};
inline constexpr std::array<std::string_view, 10> kTargetKeys = {
    "form", "name", "class", "attribute", "content", "template", "write", "blocking", "command", "labels"};

// The notification attributes among them.
inline constexpr std::array<std::string_view, 5> kCounts = {"pmin", "pmax", "epmin", "epmax",
                                                            "hqmax"};               // whole numbers
inline constexpr std::array<std::string_view, 3> kThresholds = {"gt", "lt", "st"};  // decimals
inline constexpr std::array<std::string_view, 2> kFlags = {"edge", "con"};          // 0 or 1

inline constexpr std::array<std::string_view, 4> kLevels = {"none", "object", "instance", "resource"};
inline constexpr std::array<std::string_view, 2> kWhens = {"always", "on-demand"};
inline constexpr std::array<std::string_view, 3> kReports = {"every", "on-change", "heartbeat"};
inline constexpr std::array<std::string_view, 5> kForms = {"container", "flexContainer", "mgmtObj", "timeSeries",
                                                           "transparent"};
inline constexpr std::array<std::string_view, 5> kContents = {"value", "record", "senml", "template", "location"};
inline constexpr std::array<std::string_view, 4> kTimeForms = {"epoch", "epoch-ms", "iso", "onem2m"};
// lwm2m::ResourceType from `string` on.
inline constexpr std::array<std::string_view, 9> kTypes = {"string", "integer", "unsigned",   "float",   "boolean",
                                                           "opaque", "time",    "objectLink", "coreLink"};

}  // namespace isthmus::mapping::words
