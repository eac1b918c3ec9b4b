#include "mapping/engine/attribute_content.h"

#include "ipe/base/located_json.h"
#include "mapping/engine/time_form.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

namespace isthmus::mapping {
namespace {

using lwm2m::Path;
using onem2m::AttributeDefinition;
using onem2m::AttributeType;

constexpr std::array<std::string_view, 3> kColours = {"red", "green", "blue"};

tl::unexpected<Error> refused(std::string_view attribute, std::string_view wanted, std::string_view given) {
  return fail(Errc::malformed, "attribute " + std::string(attribute) + " takes " + std::string(wanted) + ", not " +
                                   std::string(given.substr(0, 40)));
}

Result<std::string> booleanOf(std::string_view name, const Converted& value) {
  const auto& text = value.text;
  if (text == "true" || text == "1") return "true";
  if (text == "false" || text == "0") return "false";
  return refused(name, "true or false", text);
}

// Event Log: LogClass and LogStatus count in bits and from "generic" what m2m:logTypeId and m2m:logStatus count from 1.
std::optional<std::int64_t> logNumber(std::uint16_t resource, std::int64_t number) {
  constexpr std::uint16_t kClass = 4010, kStatus = 4013;
  constexpr std::int64_t kSystem = 1, kPanic = 5, kStarted = 1, kStopped = 2, kError = 5;
  constexpr std::int64_t kStoppedBit = 1, kErrorBit = 4;
  if (resource == kClass) return number >= kSystem && number <= kPanic ? number : kSystem;
  if (resource != kStatus) return {};
  if ((number & kErrorBit) != 0) return kError;
  return (number & kStoppedBit) != 0 ? kStopped : kStarted;
}

Result<std::string> numberOf(const AttributeDefinition& attribute, const Converted& value, const Path& path) {
  constexpr std::uint16_t kEventLog = 20;
  auto number = Decimal::parse(value.text);
  if (const auto own = number && path.object() == kEventLog ? number->toSigned() : std::nullopt) {
    if (const auto counted = logNumber(path.resource(), *own)) number = Decimal::of(*counted);
  }
  if (attribute.type == AttributeType::real) {
    return number ? Result<std::string>(number->toText()) : refused(attribute.name, "numbers", value.text);
  }
  const bool natural = attribute.type == AttributeType::nonNegInteger;
  if (number && natural && number->toUnsigned()) return std::to_string(*number->toUnsigned());
  if (number && !natural && number->toSigned()) return std::to_string(*number->toSigned());
  return refused(attribute.name,
                 natural ? "whole numbers from 0 (value.precision: 0)" : "whole numbers (value.precision: 0)",
                 value.text);
}

// m2m:timestamp (TS-0004 6.3.3): 20260101T000000, perhaps with a fraction behind a comma.
bool isTimestamp(std::string_view text) {
  constexpr std::size_t kLength = 15;
  if (!parseTime(TimeForm::oneM2mBasic, text.substr(0, kLength))) return false;
  const auto fraction = text.substr(kLength);
  return fraction.empty() || (fraction.starts_with(',') && fraction.size() > 1 &&
                              fraction.find_first_not_of("0123456789", 1) == std::string_view::npos);
}

Result<std::string> timestampOf(std::string_view name, const Converted& value, const lwm2m::Record& record) {
  auto text = std::optional(value.text);
  if (const auto* time = std::get_if<lwm2m::Time>(&record.value);
      time != nullptr && value.kind == Converted::Kind::number) {
    text = toText(TimeForm::oneM2mBasic, time->seconds);
  }
  if (!text || !isTimestamp(*text))
    return refused(name, "a time of the years 1000 to 9999 (value.type: time)", value.text);
  std::string json;
  json::appendQuoted(json, *text);
  return json;
}

std::optional<std::int64_t> numberAt(const Path& path, std::span<const lwm2m::Record> records) {
  const auto found = std::ranges::find(records, path, &lwm2m::Record::path);
  if (found == records.end()) return {};
  const auto number = lwm2m::convert(found->value, lwm2m::ResourceType::integer);
  return number ? std::optional(std::get<std::int64_t>(*number)) : std::nullopt;
}

std::string actionStatus(std::string_view action, int status) {
  return R"({"acn":")" + std::string(action) + R"(","sus":)" + std::to_string(status) + "}";
}

// m2m:status of an action
constexpr int kUninitialized = 0, kSuccessful = 1, kFailure = 2, kInProcess = 3;

// Firmware Update: State and Update Result say it together; one alone as well as it can.
std::string firmwareStatus(const Path& path, std::int64_t own, std::span<const lwm2m::Record> siblings) {
  constexpr std::uint16_t kState = 3, kResult = 5;
  const Path instance = path.prefix(2);
  const auto at = [&](std::uint16_t resource) {
    return path.resource() == resource ? own : numberAt(instance.child(resource), siblings).value_or(0);
  };
  if (at(kState) > 0) return actionStatus("update", kInProcess);
  if (at(kResult) == 0) return actionStatus("", kUninitialized);
  return actionStatus("update", at(kResult) == 1 ? kSuccessful : kFailure);
}

// Software Management: Update State and Update Result.
std::string softwareStatus(const Path& path, std::int64_t own, std::span<const lwm2m::Record> siblings) {
  constexpr std::uint16_t kState = 7, kResult = 9;
  constexpr std::int64_t kInstalled = 4, kFirstFailure = 50;
  const Path instance = path.prefix(2);
  const auto at = [&](std::uint16_t resource) {
    return path.resource() == resource ? own : numberAt(instance.child(resource), siblings).value_or(0);
  };
  if (at(kResult) >= kFirstFailure) return actionStatus("install", kFailure);
  if (at(kState) == kInstalled) return actionStatus("install", kSuccessful);
  return at(kState) > 0 ? actionStatus("install", kInProcess) : actionStatus("", kUninitialized);
}

Result<std::string> statusOf(std::string_view name, const Converted& value, const lwm2m::Record& record,
                             std::span<const lwm2m::Record> siblings) {
  constexpr std::uint16_t kFirmware = 5, kSoftware = 9, kActivation = 12;
  const auto& path = record.path;
  if (path.object() == kSoftware && path.resource() == kActivation) {
    return actionStatus(value.text == "true" || value.text == "1" ? "activate" : "deactivate", kSuccessful);
  }
  const auto number = Decimal::parse(value.text);
  const auto own = number ? number->toSigned() : std::nullopt;
  if (own && path.object() == kFirmware) return firmwareStatus(path, *own, siblings);
  if (own && path.object() == kSoftware) return softwareStatus(path, *own, siblings);
  return refused(name, "the state or result of objects 5 and 9", value.text);
}

// Connectivity Monitoring: the bearers below this are cellular, and m2m:cellularNetworkBearerType counts them alike.
bool isCellular(const Path& path, const Converted& value, std::span<const lwm2m::Record> siblings) {
  constexpr std::uint16_t kBearer = 0;
  constexpr std::int64_t kFirstOther = 21;
  const auto own = path.resource() == kBearer ? Decimal::parse(value.text) : std::nullopt;
  const auto bearer = own ? own->toSigned() : numberAt(path.prefix(2).child(kBearer), siblings);
  return bearer.value_or(0) < kFirstOther;
}

// All resource instances of one message make the list.
std::string listOf(const Converted& value, const Path& path, std::span<const lwm2m::Record> siblings) {
  std::string json = "[";
  for (const auto& record : siblings) {
    if (path.depth() != 4 || record.path.depth() != 4 || record.path.prefix(3) != path.prefix(3)) continue;
    if (json.size() > 1) json += ',';
    json::appendQuoted(json, lwm2m::toText(record.value));
  }
  if (json.size() == 1) json::appendQuoted(json, value.text);
  return json + "]";
}

Result<std::string> jsonOf(const AttributeDefinition& attribute, const Converted& value, const lwm2m::Record& record,
                           std::span<const lwm2m::Record> siblings) {
  switch (attribute.type) {
    case AttributeType::boolean: return booleanOf(attribute.name, value);
    case AttributeType::integer:
    case AttributeType::nonNegInteger:
    case AttributeType::real: return numberOf(attribute, value, record.path);
    case AttributeType::timestamp: return timestampOf(attribute.name, value, record);
    case AttributeType::actionStatus: return statusOf(attribute.name, value, record, siblings);
    case AttributeType::list: return listOf(value, record.path, siblings);
    case AttributeType::string:
    case AttributeType::uri: break;
  }
  std::string json;
  json::appendQuoted(json, value.text);
  return json;
}

// "#ff8000", "ff8000" or "255,128,0"
std::optional<std::array<int, 3>> colourOf(std::string_view text) {
  std::array<int, 3> colour{};
  if (text.starts_with('#')) text.remove_prefix(1);
  const bool hex = text.size() == 6 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
  for (int& part : colour) {
    const auto digits = hex ? text.substr(0, 2) : text.substr(0, text.find(','));
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), part, hex ? 16 : 10);
    if (fault != std::errc() || end != digits.data() + digits.size() || part < 0 || part > 255) return {};
    text.remove_prefix(std::min(text.size(), digits.size() + (hex ? 0 : 1)));
  }
  return text.empty() ? std::optional(colour) : std::nullopt;
}

// A number alone is a colour temperature, which these attributes cannot say.
Result<std::string> colourContent(const Converted& value) {
  if (Decimal::parse(value.text)) return std::string();
  const auto colour = colourOf(value.text);
  if (!colour) return refused(kColour, "a colour such as #ff8000", value.text);
  std::string text = "{";
  for (std::size_t i = 0; i < kColours.size(); ++i) {
    if (i > 0) text += ',';
    text.append("\"").append(kColours[i]).append("\":").append(std::to_string((*colour)[i]));
  }
  return text + "}";
}

// A JSON value as the text that stands for it.
Result<std::string> textOf(const AttributeValue& attribute) {
  const json::Document document(attribute.json, std::string(attribute.name));
  const auto root = document.root();
  if (!document.faults().empty() || root.is(json::Kind::object) || root.is(json::Kind::array) ||
      root.is(json::Kind::null)) {
    return refused(attribute.name, "a single value", attribute.json);
  }
  return std::string(root.text());
}

Result<std::optional<std::string>> colourText(std::span<const AttributeValue> changed) {
  std::string text = "#";
  std::size_t found = 0;
  for (const auto name : kColours) {
    const auto part = applicationText(name, changed);
    if (!part) return tl::unexpected(part.error());
    if (!*part) continue;
    const auto number = Decimal::parse(**part);
    const auto level = number ? number->toSigned() : std::nullopt;
    if (!level || *level < 0 || *level > 255) return refused(name, "0 to 255", **part);
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned>(*level));
    text += digits;
    ++found;
  }
  if (found == 0) return std::optional<std::string>();
  if (found < kColours.size()) return fail(Errc::malformed, "red, green and blue are set together");
  return std::optional(text);
}

}  // namespace

Result<std::string> attributeContent(const onem2m::Specialization& kind, std::string_view attribute,
                                     const Converted& value, const lwm2m::Record& record,
                                     std::span<const lwm2m::Record> siblings) {
  if (attribute == kColour && kind.root == "cod:color") return colourContent(value);
  const auto* definition = kind.attribute(attribute);
  if (definition == nullptr) {
    return fail(Errc::notFound, std::string(kind.root) + " has no attribute " + std::string(attribute));
  }
  if (kind.root == "dcfg:mnwk" && !isCellular(record.path, value, siblings)) return std::string();
  auto json = jsonOf(*definition, value, record, siblings);
  if (!json) return json;
  return R"({")" + std::string(attribute) + R"(":)" + *json + "}";
}

Result<std::optional<std::string>> applicationText(std::string_view attribute,
                                                   std::span<const AttributeValue> changed) {
  if (attribute == kColour) return colourText(changed);
  const auto found = std::ranges::find(changed, attribute, &AttributeValue::name);
  if (found == changed.end()) return std::optional<std::string>();
  auto text = textOf(*found);
  if (!text) return tl::unexpected(std::move(text.error()));
  return std::optional(*std::move(text));
}

}  // namespace isthmus::mapping
