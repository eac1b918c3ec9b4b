#include "lwm2m/model/object_registry.h"

#include "ipe/base/embedded_file.h"
#include "lwm2m/model/object_table.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace isthmus {
std::span<const EmbeddedFile> builtinObjectFiles();  // config/objects, see module.cmake
}

namespace isthmus::lwm2m {
namespace {

constexpr std::uint16_t kMaxVersionPart = 32767;

std::optional<std::uint16_t> versionPart(std::string_view text) {
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  std::uint16_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size() || value > kMaxVersionPart) return std::nullopt;
  return value;
}

// The objects that the standard itself defines; their versions go with its own (LwM2M Core appendix E).
bool isCore(std::uint16_t object) { return object <= 7 || object == 21; }

// What LwM2M 1.1 has of them.
Version coreVersion11(std::uint16_t object) {
  switch (object) {
    case 0:
    case 1:
    case 3: return {1, 1};
    case 4: return {1, 2};
    default: return {1, 0};
  }
}

}  // namespace

Result<Version> Version::parse(std::string_view text) {
  const auto point = text.find('.');
  if (point != std::string_view::npos) {
    const auto major = versionPart(text.substr(0, point));
    const auto minor = versionPart(text.substr(point + 1));
    if (major && minor) return Version{*major, *minor};
  }
  return fail(Errc::malformed, "a version is two numbers with a point between, such as 1.1",
              std::string(text.substr(0, 32)));
}

std::string Version::toString() const { return std::to_string(major) + '.' + std::to_string(minor); }

const ResourceDefinition* ObjectDefinition::resource(std::uint16_t wanted) const {
  const auto found = std::ranges::lower_bound(resources, wanted, {}, &ResourceDefinition::id);
  return found == resources.end() || found->id != wanted ? nullptr : &*found;
}

ObjectRegistry ObjectRegistry::builtin() {
  ObjectRegistry registry;
  for (const EmbeddedFile& file : builtinObjectFiles()) {
    auto objects = parseObjectTable(file.text);
    if (!objects) throw std::logic_error(std::string(file.name) + ": " + objects.error().text());
    for (ObjectDefinition& object : *objects) registry.add(std::move(object));
  }
  return registry;
}

void ObjectRegistry::add(ObjectDefinition definition) {
  std::ranges::sort(definition.resources, {}, &ResourceDefinition::id);
  objects_[definition.id].insert_or_assign(definition.version, std::move(definition));
}

const ObjectDefinition* ObjectRegistry::find(std::uint16_t object, std::optional<Version> version) const {
  const auto found = objects_.find(object);
  if (found == objects_.end()) return nullptr;
  const auto& versions = found->second;
  const ObjectDefinition* newest = &versions.rbegin()->second;
  if (!version || *version == newest->version) return newest;
  if (const auto exact = versions.find(*version); exact != versions.end()) return &exact->second;
  const auto next = versions.upper_bound(Version{version->major, kMaxVersionPart});
  if (next == versions.begin()) return newest;
  const ObjectDefinition& below = std::prev(next)->second;
  return below.version.major == version->major ? &below : newest;
}

const ObjectDefinition* ObjectRegistry::newestFor(std::uint16_t object, Version lwm2m) const {
  const auto found = objects_.find(object);
  if (found == objects_.end()) return nullptr;
  const ObjectDefinition* newest = nullptr;
  for (const auto& [version, definition] : found->second)
    if (definition.lwm2mVersion <= lwm2m) newest = &definition;
  return newest;
}

std::size_t ObjectRegistry::size() const {
  std::size_t count = 0;
  for (const auto& [id, versions] : objects_) count += versions.size();
  return count;
}

std::vector<const ObjectDefinition*> ObjectRegistry::all() const {
  std::vector<const ObjectDefinition*> list;
  for (const auto& [id, versions] : objects_)
    for (const auto& [version, definition] : versions) list.push_back(&definition);
  return list;
}

const Version* DeviceModel::stated(std::uint16_t object) const {
  const auto found = std::ranges::find(versions_, object, &ObjectVersion::object);
  return found == versions_.end() ? nullptr : &found->version;
}

Version DeviceModel::version(std::uint16_t object) const {
  if (const Version* said = stated(object)) return *said;
  if (!lwm2m_ || *lwm2m_ < Version{1, 1} || !isCore(object)) return {};
  if (*lwm2m_ == Version{1, 1}) return coreVersion11(object);
  const ObjectDefinition* newest = registry_->newestFor(object, *lwm2m_);
  return newest == nullptr ? Version{} : newest->version;
}

const ObjectDefinition* DeviceModel::object(std::uint16_t id) const {
  if (!lwm2m_ && stated(id) == nullptr) return registry_->find(id);
  return registry_->find(id, version(id));
}

const ResourceDefinition* DeviceModel::resource(std::uint16_t object, std::uint16_t id) const {
  const ObjectDefinition* definition = this->object(object);
  if (definition == nullptr) return nullptr;
  const ResourceDefinition* found = definition->resource(id);
  if (found != nullptr || stated(object) != nullptr) return found;
  return registry_->find(object, Version{definition->version.major, kMaxVersionPart})->resource(id);
}

}  // namespace isthmus::lwm2m
