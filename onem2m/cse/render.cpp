#include "onem2m/cse/render.h"

#include "onem2m/cse/rules.h"
#include "onem2m/model/timestamp.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <map>
#include <unordered_set>

namespace isthmus::onem2m::cse {
namespace {

class Json {
 public:
  Json& open() {
    writer_.StartObject();
    return *this;
  }
  Json& close() {
    writer_.EndObject();
    return *this;
  }
  Json& openArray() {
    writer_.StartArray();
    return *this;
  }
  Json& closeArray() {
    writer_.EndArray();
    return *this;
  }
  Json& key(std::string_view name) {
    writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    return *this;
  }
  Json& value(std::string_view text) {
    writer_.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
    return *this;
  }
  Json& value(std::uint64_t number) {
    writer_.Uint64(number);
    return *this;
  }
  Json& value(const std::vector<std::string>& texts) {
    openArray();
    for (const std::string& text : texts) value(text);
    return closeArray();
  }
  // Text that was checked when it came in; its type only matters to the writer's own assertions.
  Json& raw(const std::string& json) {
    writer_.RawValue(json.data(), json.size(), rapidjson::kObjectType);
    return *this;
  }
  std::string text() const { return {out_.GetString(), out_.GetSize()}; }

 private:
  rapidjson::StringBuffer out_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_{out_};
};

void writeMeasures(Json& json, const Resource& resource) {
  if (holdsInstances(resource.type)) {
    json.key("cni").value(resource.instances.size());
    json.key("cbs").value(resource.size);
  }
  if (isInstance(resource.type) || resource.type == ResourceType::flexContainer) json.key("cs").value(resource.size);
  if (hasStateTag(resource.type)) json.key("st").value(resource.state);
}

void writeIdentity(Json& json, const Resource& resource) {
  json.key("ri").value(resource.id);
  if (resource.parent != nullptr) json.key("pi").value(resource.parent->id);
  json.key("ty").value(static_cast<std::uint64_t>(resource.type));
  if (resource.type == ResourceType::ae) json.key("aei").value(resource.id);
  json.key("ct").value(toTimestamp(resource.created)).key("lt").value(toTimestamp(resource.modified));
  if (resource.parent != nullptr) json.key("et").value(toTimestamp(resource.expires));
}

void writeAttributes(Json& json, const Resource& resource) {
  json.key("rn").value(resource.name);
  writeIdentity(json, resource);
  if (!resource.labels.empty()) json.key("lbl").value(resource.labels);
  if (!resource.policies.empty()) json.key("acpi").value(resource.policies);
  writeMeasures(json, resource);
  for (const Attribute& attribute : resource.attributes) json.key(attribute.name).raw(attribute.json);
}

void writeReference(Json& json, const Tree& tree, const Resource& resource, const std::string& cseId) {
  json.open().key("nm").value(resource.name).key("typ").value(static_cast<std::uint64_t>(resource.type));
  json.key("val").value(cseId + "/" + tree.pathOf(resource)).close();
}

void writeReferences(Json& json, const Tree& tree, const Listing& found, const std::string& cseId) {
  json.openArray();
  for (const Resource* const each : found) writeReference(json, tree, *each, cseId);
  json.closeArray();
}

using Children = std::unordered_map<const Resource*, std::vector<const Resource*>>;

// Children stand in one array per root name: "m2m:cin":[...].
void writeChildren(Json& json, const Resource& parent, const Children& children) {
  const auto own = children.find(&parent);
  if (own == children.end()) return;
  std::map<std::string_view, std::vector<const Resource*>> byRoot;
  for (const Resource* const child : own->second) byRoot[child->root].push_back(child);
  for (const auto& [root, members] : byRoot) {
    json.key(root).openArray();
    for (const Resource* const child : members) {
      json.open();
      writeAttributes(json, *child);
      writeChildren(json, *child, children);
      json.close();
    }
    json.closeArray();
  }
}

}  // namespace

std::string representation(const Resource& resource) {
  Json json;
  json.open().key(resource.root).open();
  writeAttributes(json, resource);
  return json.close().close().text();
}

std::string uriText(const std::string& uri) { return R"({"m2m:uri":)" + quoted(uri) + "}"; }

std::string withAddress(const Resource& resource, const std::string& uri) {
  Json json;
  json.open().key("m2m:rce").open().key(shortName(resource.root)).open();
  writeAttributes(json, resource);
  return json.close().key("uri").value(uri).close().close().text();
}

std::string assigned(const Resource& resource, bool created) {
  Json json;
  json.open().key(resource.root).open();
  if (created)
    writeIdentity(json, resource);
  else
    json.key("lt").value(toTimestamp(resource.modified));
  writeMeasures(json, resource);
  return json.close().close().text();
}

std::string uriList(const Tree& tree, const Listing& found, const Query& query, const std::string& cseId) {
  Json json;
  json.open().key("m2m:uril").openArray();
  for (const Resource* const each : found) {
    json.value(query.discoveryResult == 2 ? cseId + "/" + each->id : tree.pathOf(*each));
  }
  return json.closeArray().close().text();
}

std::string references(const Tree& tree, const Listing& found, const std::string& cseId) {
  Json json;
  json.open().key("m2m:rrl").open().key("rrf");
  writeReferences(json, tree, found, cseId);
  return json.close().close().text();
}

std::string withReferences(const Tree& tree, const Resource& target, const Listing& found, const std::string& cseId) {
  Json json;
  json.open().key(target.root).open();
  writeAttributes(json, target);
  json.key("ch");
  writeReferences(json, tree, found, cseId);
  return json.close().close().text();
}

std::string withChildren(const Resource& target, OwnAttributes own, const Listing& found) {
  const std::unordered_set<const Resource*> shown(found.begin(), found.end());
  Children children;
  for (const Resource* const each : found) {
    const Resource* above = each->parent;
    while (above != &target && !shown.contains(above)) above = above->parent;
    children[above].push_back(each);
  }
  Json json;
  json.open().key(target.root).open();
  if (own == OwnAttributes::shown) writeAttributes(json, target);
  writeChildren(json, target, children);
  return json.close().close().text();
}

}  // namespace isthmus::onem2m::cse
