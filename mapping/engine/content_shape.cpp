#include "mapping/engine/content_shape.h"

#include "ipe/base/bytes.h"
#include "ipe/base/located_json.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace isthmus::mapping {
namespace {

using json::Kind;
using json::Node;

void appendValue(std::string& text, const Converted& value) {
  if (value.kind == Converted::Kind::number || value.kind == Converted::Kind::boolean) {
    text += value.text;
  } else {
    json::appendQuoted(text, value.text);
  }
}

// RFC 8428 4.5.1: 0-9 A-Z a-z - : . / _
std::string senmlName(std::string_view text) {
  std::string name(text);
  std::ranges::replace_if(
      name,
      [](char c) {
        const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        return !letter && std::string_view("-:./_").find(c) == std::string_view::npos;
      },
      '_');
  return name;
}

// RFC 8428 4.3: base64 with the URL alphabet, without padding.
std::string toBase64Url(std::string text) {
  std::erase(text, '=');
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

std::string fromBase64Url(std::string_view url) {
  std::string text(url);
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  while (text.size() % 4 != 0) text += '=';
  return text;
}

std::string_view senmlKey(const Converted& value) {
  switch (value.kind) {
    case Converted::Kind::number: return "v";
    case Converted::Kind::boolean: return "vb";
    case Converted::Kind::binary: return "vd";
    case Converted::Kind::text: return "vs";
  }
  return "vs";
}

// In seconds, with milliseconds where there are some.
std::string senmlTime(WallTime time) {
  const auto whole = std::chrono::floor<seconds>(time);
  auto text = std::to_string(whole.time_since_epoch().count());
  const auto rest = (time - whole).count();
  if (rest == 0) return text;
  auto fraction = std::to_string(1000 + rest).substr(1);
  while (fraction.back() == '0') fraction.pop_back();
  return text + "." + fraction;
}

std::string pathText(const lwm2m::Path& path) { return path.toString().substr(1); }

std::string fieldText(const TemplatePart& part, const Shaped& shaped) {
  switch (part.field) {
    case TemplateField::time: return toIso8601(shaped.time);
    case TemplateField::object: return std::to_string(shaped.path.object());
    case TemplateField::instance: return std::to_string(shaped.path.instance());
    case TemplateField::endpoint: return std::string(shaped.endpoint);
    case TemplateField::resource:
    case TemplateField::none: break;
  }
  return {};
}

Converted fieldValue(const TemplatePart& part, const Shaped& shaped) {
  const bool number = part.field == TemplateField::object || part.field == TemplateField::instance;
  return {fieldText(part, shaped), number ? Converted::Kind::number : Converted::Kind::text};
}

bool isScalar(const Node& node) { return !node.is(Kind::object) && !node.is(Kind::array) && !node.is(Kind::null); }

std::optional<Node> step(const Node& node, const std::string& name) {
  if (node.is(Kind::object)) return node.member(name);
  std::size_t position = 0;
  std::from_chars(name.data(), name.data() + name.size(), position);
  const auto children = node.children();
  return node.is(Kind::array) && position < children.size() ? std::optional(children[position]) : std::nullopt;
}

Result<ResourceTexts> valuesAt(std::span<const TemplatePlace> places, std::string_view content) {
  const json::Document document(content, "content");
  if (!document.faults().empty()) return fail(Errc::malformed, "it is no JSON: " + document.faults().front().message);
  ResourceTexts values;
  for (const auto& place : places) {
    auto node = std::optional(document.root());
    for (const auto& name : place.steps) node = node ? step(*node, name) : std::nullopt;
    if (node && isScalar(*node)) values.emplace_back(place.resource, node->text());
  }
  if (values.empty()) return fail(Errc::malformed, "none of the rule's values stands where the rule has it");
  return values;
}

constexpr std::uint16_t kLocationObject = 6;
constexpr auto kLocations = std::to_array<LocationResources>({
    {6051, 6052, 6039},  // as numbers
    {5514, 5515, 5516},  // as decimal strings
});

}  // namespace

std::string recordOf(const Converted& value, const Shaped& shaped) {
  std::string text = "{\"v\":";
  appendValue(text, value);
  if (!shaped.unit.empty()) {
    text += ",\"u\":";
    json::appendQuoted(text, shaped.unit);
  }
  return text + ",\"t\":\"" + toIso8601(shaped.time) + "\"}";
}

std::string senmlOf(const Converted& value, const Shaped& shaped) {
  std::string text = "[{\"bn\":\"" + senmlName(shaped.endpoint) + "/\",\"n\":\"" + pathText(shaped.path) + "\"";
  if (!shaped.unit.empty()) {
    text += ",\"u\":";
    json::appendQuoted(text, shaped.unit);
  }
  text += ",\"t\":" + senmlTime(shaped.time) + ",\"" + std::string(senmlKey(value)) + "\":";
  if (value.kind == Converted::Kind::binary) {
    json::appendQuoted(text, toBase64Url(value.text));
  } else {
    appendValue(text, value);
  }
  return text + "}]";
}

std::string fill(const ContentTemplate& contentTemplate, const Shaped& shaped, const ResourceValue& valueOf) {
  std::string text;
  for (const auto& part : contentTemplate.parts) {
    if (part.field == TemplateField::none) {
      text += part.text;
      continue;
    }
    const auto value = part.field == TemplateField::resource ? valueOf(part.resource) : fieldValue(part, shaped);
    if (part.inText) {
      std::string quoted;
      json::appendQuoted(quoted, value ? value->text : "");
      text.append(quoted, 1, quoted.size() - 2);
    } else if (value) {
      appendValue(text, *value);
    } else {
      text += "null";
    }
  }
  return text;
}

bool speaksOf(const ContentTemplate& contentTemplate, std::uint16_t resource) {
  return std::ranges::any_of(contentTemplate.parts, [&](const TemplatePart& part) {
    return part.field == TemplateField::resource && part.resource == resource;
  });
}

std::optional<LocationResources> locationAt(std::uint16_t object, std::uint16_t resource) {
  if (object == kLocationObject) return resource <= 2 ? std::optional(LocationResources{0, 1, 2}) : std::nullopt;
  const auto has = [&](const LocationResources& one) {
    return resource == one.latitude || resource == one.longitude || resource == one.altitude;
  };
  const auto found = std::ranges::find_if(kLocations, has);
  return found == kLocations.end() ? std::nullopt : std::optional(*found);
}

std::optional<std::string> locationOf(const LocationResources& resources, const ResourceValue& valueOf) {
  // Decimal strings are numbers here.
  const auto number = [&](std::uint16_t resource) -> std::optional<std::string> {
    const auto value = valueOf(resource);
    const auto parsed = value ? Decimal::parse(value->text) : std::nullopt;
    return parsed ? std::optional(parsed->toText()) : std::nullopt;
  };
  const auto latitude = number(resources.latitude), longitude = number(resources.longitude);
  if (!latitude || !longitude) return {};
  auto text = "{\"latitude\":" + *latitude + ",\"longitude\":" + *longitude;
  if (const auto altitude = number(resources.altitude)) text += ",\"altitude\":" + *altitude;
  return text + "}";
}

Result<std::string> valueOfRecord(std::string_view content) {
  if (!content.starts_with('{')) return std::string(content);
  const json::Document document(content, "content");
  const auto value = document.root().member("v");
  if (document.faults().empty() && value && isScalar(*value)) return std::string(value->text());
  return fail(Errc::malformed, R"(a record is written {"v": the value})");
}

Result<std::string> valueOfSenml(std::string_view content) {
  if (!content.starts_with('[')) return std::string(content);
  const json::Document document(content, "content");
  const auto records = document.root().children();
  if (document.faults().empty() && records.size() == 1) {
    for (const auto key : {"v", "vs", "vb"}) {
      if (const auto value = records[0].member(key); value && isScalar(*value)) return std::string(value->text());
    }
    if (const auto bytes = records[0].member("vd")) return fromBase64Url(bytes->text());
  }
  return fail(Errc::malformed, R"(a SenML pack of one record is written [{"v": the value}])");
}

Result<ResourceTexts> valuesOfTemplate(const ContentTemplate& contentTemplate, std::string_view content) {
  return valuesAt(contentTemplate.places, content);
}

Result<ResourceTexts> valuesOfLocation(const LocationResources& resources, std::string_view content) {
  const std::array<TemplatePlace, 3> places = {TemplatePlace{resources.latitude, {"latitude"}},
                                               TemplatePlace{resources.longitude, {"longitude"}},
                                               TemplatePlace{resources.altitude, {"altitude"}}};
  return valuesAt(places, content);
}

}  // namespace isthmus::mapping
