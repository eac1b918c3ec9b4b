#include "mapping/engine/target_place.h"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace isthmus::mapping {
namespace {

using lwm2m::Path;

void appendId(std::string& out, std::uint16_t id) {
  char text[8];
  out.append(std::begin(text), std::to_chars(std::begin(text), std::end(text), id).ptr);
}

// An endpoint name as part of a resource name: without a leading "urn:", other characters than 0-9 A-Z a-z _ - as _.
void appendEndpoint(std::string& out, std::string_view endpoint) {
  if (endpoint.starts_with("urn:")) endpoint.remove_prefix(4);
  for (const char c : endpoint) {
    const bool legal =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
    out += legal ? c : '_';
  }
}

void appendPart(std::string& out, const NamePart& part, const Path& path, std::string_view endpoint) {
  switch (part.placeholder) {
    case Placeholder::none: out += part.text; return;
    case Placeholder::object: return appendId(out, path.object());
    case Placeholder::instance: return appendId(out, path.instance());
    case Placeholder::resource: return appendId(out, path.resource());
    case Placeholder::resourceInstance: return appendId(out, path.resourceInstance());
    case Placeholder::endpoint: return appendEndpoint(out, endpoint);
  }
}

// How many levels of the path a placeholder speaks of.
std::size_t depthOf(Placeholder placeholder) {
  switch (placeholder) {
    case Placeholder::object: return 1;
    case Placeholder::instance: return 2;
    case Placeholder::resource: return 3;
    case Placeholder::resourceInstance: return 4;
    case Placeholder::none:
    case Placeholder::endpoint: break;
  }
  return 0;
}

std::size_t depthOf(const NameSegment& segment) {
  std::size_t depth = 0;
  for (const auto& part : segment) depth = std::max(depth, depthOf(part.placeholder));
  return depth;
}

void appendBelow(std::string& place, std::uint16_t id) {
  if (!place.empty()) place += '/';
  appendId(place, id);
}

// One attribute's resource is not told apart by its resource instances; a container gets one below it for each.
bool splits(Form form) { return form != Form::flexContainer && form != Form::mgmtObj; }

}  // namespace

std::string placeOf(const CompiledTarget& target, const Match& match, const Path& path, std::string_view endpoint) {
  std::string place;
  for (const auto& segment : target.name) {
    if (path.depth() < depthOf(segment)) continue;
    if (!place.empty()) place += '/';
    for (const auto& part : segment) appendPart(place, part, path, endpoint);
  }
  // What was sent of one resource is not to be taken for the whole instance.
  if (target.target->form == Form::transparent && path.depth() >= 3 && !target.namesResource && !match.resource)
    appendBelow(place, path.resource());
  if (path.depth() == 4 && splits(target.target->form) && !target.namesResourceInstance && !match.resourceInstance)
    appendBelow(place, path.resourceInstance());
  return place;
}

std::string defaultPlace(const Path& path) {
  std::string place;
  for (std::size_t level = 0; level < path.depth(); ++level) appendBelow(place, path.id(level));
  return place;
}

}  // namespace isthmus::mapping
