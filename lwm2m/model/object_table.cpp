#include "lwm2m/model/object_table.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

namespace isthmus::lwm2m {
namespace {

constexpr std::size_t kMaxFields = 8;
constexpr std::string_view kSpace = " \t\r";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

struct Fields {
  std::array<std::string_view, kMaxFields> text;
  std::size_t count = 0;
};

Fields split(std::string_view line) {
  Fields fields;
  while (fields.count < kMaxFields) {
    const auto bar = line.find('|');
    fields.text.at(fields.count++) = trimmed(line.substr(0, bar));
    if (bar == std::string_view::npos) break;
    line.remove_prefix(bar + 1);
  }
  return fields;
}

bool parseId(std::string_view text, std::uint16_t& id) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), id);
  return failure == std::errc{} && end == text.data() + text.size() && !text.empty() && id != 65535;
}

// "MS": mandatory or optional, then single or multiple.
bool parseFlags(std::string_view text, bool& mandatory, bool& multiple) {
  if (text.size() != 2) return false;
  mandatory = text[0] == 'M';
  multiple = text[1] == 'M';
  return (mandatory || text[0] == 'O') && (multiple || text[1] == 'S');
}

bool parseOperations(std::string_view text, Operations& operations) {
  for (const char letter : text) {
    if (letter == 'R')
      operations.read = true;
    else if (letter == 'W')
      operations.write = true;
    else if (letter == 'E')
      operations.execute = true;
    else if (letter != '-')
      return false;
  }
  return !text.empty();
}

bool parseType(std::string_view text, ResourceType& type) {
  for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(ResourceType::coreLink); ++i) {
    type = static_cast<ResourceType>(i);
    if (name(type) == text) return true;
  }
  return false;
}

bool parseVersion(std::string_view text, Version& version) {
  const auto parsed = Version::parse(text);
  if (parsed) version = *parsed;
  return parsed.has_value();
}

// object ID | name | flags | version | LwM2M version | URN
bool parseObject(const Fields& fields, ObjectDefinition& object) {
  const auto& [text, count] = fields;
  if (count != 6) return false;
  object.name = text[1];
  object.urn = text[5];
  return parseId(trimmed(text[0].substr(std::string_view("object").size())), object.id) &&
         parseFlags(text[2], object.mandatory, object.multiple) && parseVersion(text[3], object.version) &&
         parseVersion(text[4], object.lwm2mVersion);
}

// ID | name | operations | flags | type [| range [| unit]]
bool parseResource(const Fields& fields, ResourceDefinition& resource) {
  const auto& [text, count] = fields;
  if (count < 5 || count > 7) return false;
  resource.name = text[1];
  resource.range = text[5];
  resource.unit = text[6];
  return parseId(text[0], resource.id) && parseOperations(text[2], resource.operations) &&
         parseFlags(text[3], resource.mandatory, resource.multiple) && parseType(text[4], resource.type);
}

bool parseLine(std::string_view line, std::vector<ObjectDefinition>& objects) {
  const Fields fields = split(line);
  if (line.starts_with("object")) return parseObject(fields, objects.emplace_back());
  if (objects.empty()) return false;
  auto& resources = objects.back().resources;
  ResourceDefinition resource;
  if (!parseResource(fields, resource)) return false;
  if (!resources.empty() && resources.back().id >= resource.id) return false;
  resources.push_back(std::move(resource));
  return true;
}

}  // namespace

Result<std::vector<ObjectDefinition>> parseObjectTable(std::string_view table) {
  std::vector<ObjectDefinition> objects;
  for (std::size_t number = 1; !table.empty(); ++number) {
    const auto end = table.find('\n');
    const std::string_view line = trimmed(table.substr(0, end));
    if (!line.empty() && line.front() != '#' && !parseLine(line, objects))
      return fail(Errc::malformed, "not a line of an object table", "line " + std::to_string(number));
    if (end == std::string_view::npos) break;
    table.remove_prefix(end + 1);
  }
  return objects;
}

}  // namespace isthmus::lwm2m
