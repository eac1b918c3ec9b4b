#include "ipe/app/device_scan.h"

#include "ipe/app/device_command.h"
#include "ipe/status/command_views.h"
#include "lwm2m/codec/link_format.h"

#include <rapidjson/document.h>

#include <algorithm>
#include <set>

namespace isthmus::app {
namespace {

using lwm2m::Path;
using rapidjson::Value;

constexpr seconds kPatience{20};
constexpr const char* kDiscoverQuery = "/discover?timeout=5&queue=no";

const Value* memberOf(const Value& object, const char* name) {
  const auto found = object.FindMember(name);
  return found == object.MemberEnd() ? nullptr : &found->value;
}

std::string textOf(const Value& object, const char* name) {
  const Value* value = memberOf(object, name);
  return value != nullptr && value->IsString() ? std::string(value->GetString(), value->GetStringLength()) : "";
}

std::vector<Path> pathsOf(const Value& object, const char* name) {
  std::vector<Path> paths;
  const Value* list = memberOf(object, name);
  if (list == nullptr || !list->IsArray()) return paths;
  for (const Value& item : list->GetArray())
    if (const auto path = Path::parse(item.IsString() ? item.GetString() : "")) paths.push_back(*path);
  return paths;
}

Result<rapidjson::Document> get(const RestClient& client, const std::string& target) {
  const auto answer = client.ask("GET", target, "", "", kPatience);
  if (!answer) return tl::unexpected(answer.error());
  rapidjson::Document document;
  document.Parse(answer->body.data(), answer->body.size());
  if (answer->status == 200 && !document.HasParseError() && document.IsObject()) return document;
  const Errc code = answer->status == 404 ? Errc::notFound : Errc::unavailable;
  return fail(code, problemOf(*answer).detail);
}

void addVersion(DeviceScan& scan, const Path& path, std::string_view text) {
  const auto version = lwm2m::Version::parse(text);
  if (version && !path.isRoot()) scan.versions.push_back({path.object(), *version});
}

// /3303 -> /3303/0/5700 ...; a sleeping or silent device says nothing more about its other objects either.
bool discover(const RestClient& client, std::uint16_t object, DeviceScan& scan) {
  const auto found = get(client, status::deviceAddress(scan.endpoint) + "/" + std::to_string(object) + kDiscoverQuery);
  if (!found) {
    scan.notes.push_back("/" + std::to_string(object) + " is not discovered: " + found.error().message);
    return false;
  }
  const Value* links = memberOf(*found, "links");
  if (links == nullptr || !links->IsArray()) return true;
  for (const Value& link : links->GetArray()) {
    const auto path = Path::parse(textOf(link, "target"));
    if (!path) continue;
    if (path->depth() == 3) scan.resources.push_back(*path);
    const Value* attributes = memberOf(link, "attributes");
    if (attributes != nullptr && attributes->IsObject()) addVersion(scan, *path, textOf(*attributes, "ver"));
  }
  return true;
}

void takeSeen(const Value& detail, DeviceScan& scan) {
  const Value* values = memberOf(detail, "values");
  if (values == nullptr || !values->IsArray()) return;
  for (const Value& value : values->GetArray())
    scan.seen.push_back({textOf(value, "path"), textOf(value, "value"), textOf(value, "time"), textOf(value, "fate")});
}

}  // namespace

Result<DeviceScan> scanDevice(const RestClient& client, const std::string& endpoint) {
  const auto detail = get(client, status::deviceAddress(endpoint));
  if (!detail) return tl::unexpected(detail.error());
  DeviceScan scan;
  scan.endpoint = endpoint;
  if (const auto version = lwm2m::Version::parse(textOf(*detail, "lwm2m_version"))) scan.lwm2m = *version;
  scan.instances = pathsOf(*detail, "objects");
  scan.observed = pathsOf(*detail, "observed");
  takeSeen(*detail, scan);
  std::set<std::uint16_t> objects;
  for (const Path& path : scan.instances)
    if (!path.isRoot()) objects.insert(path.object());
  for (const std::uint16_t object : objects)
    if (!discover(client, object, scan)) break;
  std::ranges::sort(scan.resources);
  return scan;
}

Result<DeviceScan> scanLinks(const std::string& text) {
  DeviceScan scan;
  std::string clean = text;
  std::erase_if(clean, [](char c) { return c == '\n' || c == '\r'; });
  const auto objects = lwm2m::parseObjectList(clean);
  if (!objects) return tl::unexpected(objects.error());
  scan.versions = objects->versions;
  for (const lwm2m::DeclaredInstance& declared : objects->instances)
    scan.instances.push_back(declared.instance ? Path(declared.object, *declared.instance) : Path(declared.object));
  const auto links = lwm2m::parseLinks(clean, lwm2m::LinkSyntax::tolerant);
  if (!links) return tl::unexpected(links.error());
  for (const lwm2m::Link& link : *links) {
    std::string_view target = link.target;
    if (target.starts_with(objects->rootPath)) target.remove_prefix(objects->rootPath.size());
    const auto path = Path::parse(target);
    if (path && path->depth() == 3) scan.resources.push_back(*path);
  }
  if (scan.instances.empty() && scan.resources.empty())
    return fail(Errc::malformed, "there is no object in the links: they are written </3303/0>,</3/0>;ver=1.1",
                "--links");
  std::ranges::sort(scan.resources);
  return scan;
}

}  // namespace isthmus::app
