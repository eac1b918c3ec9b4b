#include "mapping/tools/draft.h"

#include "ipe/base/located_json.h"

#include <map>
#include <set>

namespace isthmus::mapping {
namespace {

using lwm2m::Path;
using lwm2m::ResourceDefinition;
using lwm2m::ResourceType;

constexpr std::uint16_t kDeviceObject = 3, kCurrentTime = 13;

bool isPrivate(std::uint16_t object) { return object == 0 || object == 1 || object == 21 || object == 23; }

// "Temperature Sensor (5)" -> "temperature-sensor-5"
std::string slug(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (upper || plain) {
      out += static_cast<char>(upper ? c + ('a' - 'A') : c);
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
  }
  while (out.ends_with('-')) out.pop_back();
  return out;
}

// Of what changes, each report is wanted; texts rarely change, and are passed on when somebody reads them.
bool isWorthObserving(std::uint16_t object, const ResourceDefinition& resource) {
  if (object == kDeviceObject && resource.id == kCurrentTime) return false;  // it changes every second
  switch (resource.type) {
    case ResourceType::integer:
    case ResourceType::unsignedInteger:
    case ResourceType::floating:
    case ResourceType::boolean:
    case ResourceType::time: return true;
    default: return resource.mandatory && !resource.operations.write && resource.type != ResourceType::opaque;
  }
}

class DraftWriter {
 public:
  explicit DraftWriter(const DraftRequest& request) : request_(request) {}

  Draft write() {
    std::map<std::uint16_t, std::set<std::uint16_t>> objects;
    for (const Path& path : request_.paths) {
      if (path.isRoot() || isPrivate(path.object())) continue;
      auto& resources = objects[path.object()];
      if (path.depth() >= 3) resources.insert(path.resource());
    }
    for (const auto& [object, resources] : objects) addObject(object, resources);
    return {whole(), rules_, leftOut_};
  }

 private:
  void addObject(std::uint16_t object, const std::set<std::uint16_t>& found) {
    const auto* definition = request_.definitions.object(object);
    const std::size_t before = rules_;
    std::string head = "\n    // Object " + std::to_string(object);
    head += definition == nullptr
                ? ": no definition is known; with its XML file in lwm2m.objects the draft says more\n"
                : ", " + definition->name + ", version " + request_.definitions.version(object).toString() + "\n";
    const std::string kept = std::exchange(body_, {});
    for (const std::uint16_t resource : found) {
      if (!isNamed(object, resource)) addResource(object, resource, definition, true);
    }
    if (found.empty() && definition != nullptr) addByDefinition(*definition);
    if (found.empty() && definition == nullptr && !isNamed(object, std::nullopt)) addWhole(object);
    const bool any = rules_ > before || !body_.empty();
    body_ = kept + (any ? head + body_ : std::string());
  }

  bool isNamed(std::uint16_t object, std::optional<std::uint16_t> resource) {
    if (request_.inForce == nullptr) return false;
    for (const Rule& rule : request_.inForce->rules().rules) {
      if (rule.match.object != object || rule.match.resource != resource) continue;
      if (rule.match.endpoint != "*" && rule.match.endpoint != request_.endpoint) continue;
      ++leftOut_;
      return true;
    }
    return false;
  }

  // Discover has not told what is there: what every device must have, the rest as comments.
  void addByDefinition(const lwm2m::ObjectDefinition& definition) {
    for (const ResourceDefinition& resource : definition.resources)
      if (!isNamed(definition.id, resource.id))
        addResource(definition.id, resource.id, &definition, resource.mandatory);
  }

  void addWhole(std::uint16_t object) {
    addRule("object-" + std::to_string(object), "\"object\": " + std::to_string(object), {}, {}, true);
  }

  void addResource(std::uint16_t object, std::uint16_t id, const lwm2m::ObjectDefinition* definition, bool present) {
    const auto* resource = request_.definitions.resource(object, id);
    const std::string match = "\"object\": " + std::to_string(object) + ", \"resource\": " + std::to_string(id);
    const std::string whose = definition == nullptr ? "object-" + std::to_string(object) : slug(definition->name);
    if (resource == nullptr) {
      body_ += "    // Resource " + std::to_string(id) + ": no definition is known\n";
      return addRule(whose + "-" + std::to_string(id), match, {}, {}, present);
    }
    if (!resource->operations.read && !resource->operations.write && !resource->operations.execute) return;
    body_ += "    // " + remarks(*resource, present) + "\n";
    addRule(whose + "-" + slug(resource->name), match, observing(object, *resource), targets(*resource), present);
  }

  static std::string remarks(const ResourceDefinition& resource, bool present) {
    std::string text = resource.name + ": ";
    if (resource.operations.execute) return text + "executed" + (present ? "" : "; optional");
    text += std::string(lwm2m::name(resource.type)) + (resource.multiple ? ", several instances" : "");
    text += !resource.operations.write ? ", read only" : resource.operations.read ? ", read and write" : ", write only";
    if (!resource.unit.empty()) text += ", " + resource.unit;
    if (!resource.range.empty()) text += ", " + resource.range;
    if (!present) text += "; optional: take the slashes away if the device has it";
    return text;
  }

  static std::string observing(std::uint16_t object, const ResourceDefinition& resource) {
    if (!resource.operations.read || !isWorthObserving(object, resource)) return R"({ "level": "none" })";
    return resource.type == ResourceType::floating ? R"({ "pmin": 1, "pmax": 300 })" : R"({ "pmax": 3600 })";
  }

  static std::string targets(const ResourceDefinition& resource) {
    if (resource.operations.execute) return R"([ { "command": true } ])";
    return resource.operations.write ? R"([ { "write": true } ])" : "";
  }

  void addRule(const std::string& wanted, const std::string& match, const std::string& observe, const std::string& to,
               bool present) {
    std::string name = wanted;
    for (int copy = 2; !names_.insert(name).second; ++copy) name = wanted + "-" + std::to_string(copy);
    body_ += std::string(present ? "    " : "    // ") + "{ \"name\": \"" + name + "\", \"match\": { " + match;
    if (request_.forThisDevice) {
      body_ += ", \"endpoint\": ";
      json::appendQuoted(body_, request_.endpoint);
    }
    body_ += " }";
    if (!observe.empty()) body_ += ", \"observe\": " + observe;
    if (!to.empty()) body_ += ", \"to\": " + to;
    body_ += " },\n";
    if (present) ++rules_;
  }

  std::string whole() const {
    std::string set;
    json::appendQuoted(set, "draft-" + std::string(request_.endpoint.empty() ? "device" : request_.endpoint));
    return "// A draft from what the device has and the object definitions say: edit it, then\n"
           "//   isthmus mapping lint FILE\n"
           "//   isthmus mapping apply --add FILE       beside the rules in force; without --add in their place\n"
           "// Of an object whose resources rules name, only those are observed. Values that are not observed\n"
           "// (\"level\": \"none\") go on when somebody reads them. \"write\" and \"command\" let applications act.\n"
           "{\n  \"$schema\": \"mapping.schema.json\",\n  \"set\": " +
           set + ",\n  \"rules\": [" + (body_.empty() ? "" : body_ + "  ") + "]\n}\n";
  }

  const DraftRequest& request_;
  std::string body_;
  std::set<std::string> names_;
  std::size_t rules_ = 0, leftOut_ = 0;
};

}  // namespace

Draft draftRules(const DraftRequest& request) { return DraftWriter(request).write(); }

}  // namespace isthmus::mapping
