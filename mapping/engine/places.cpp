#include "mapping/engine/places.h"

#include "mapping/engine/attribute_content.h"
#include "mapping/engine/device_unit.h"
#include "mapping/engine/target_place.h"

#include <algorithm>
#include <set>
#include <utility>

namespace isthmus::mapping {
namespace {

using lwm2m::Path;

constexpr Path kFirmwareObject{5};
constexpr std::uint16_t kFirmwareUpdate = 2, kFirmwareState = 3;
constexpr std::int64_t kDownloaded = 2;

std::set<std::uint16_t> resourcesOf(const RuleIndex& index, const DeviceFacts& device, const Path& instance) {
  std::set<std::uint16_t> resources;
  if (const auto* object = device.definitions.object(instance.object())) {
    for (const auto& resource : object->resources) resources.insert(resource.id);
  }
  index.eachWithResource(device, instance, [&](const CompiledRule& rule) {
    if (rule.rule->match.object) resources.insert(*rule.rule->match.resource);
  });
  return resources;
}

bool isExecutable(const DeviceFacts& device, const Path& path) {
  const auto* definition = device.definitions.resource(path.object(), path.resource());
  return definition != nullptr && definition->operations.execute;
}

// What one changed attribute asks of one resource. Nothing: an action that is not to be done (false).
Result<std::optional<DeviceChange>> changeOf(const DeviceFacts& device, const Path& path, const CompiledRule& rule,
                                             const std::string& text) {
  DeviceChange change;
  change.path = path;
  change.rule = rule.rule->name;
  const auto located = [&](Error error) {
    error.where = "rule " + change.rule + ", " + path.toString();
    return tl::unexpected(std::move(error));
  };
  if (isExecutable(device, path)) {
    if (text == "false") return std::optional<DeviceChange>();
    if (text != "true") return located({Errc::malformed, "an action is set to true", {}});
    change.kind = DeviceChange::Kind::execute;
    if (path.prefix(1) == kFirmwareObject && path.resource() == kFirmwareUpdate)
      change.once = {path.prefix(2).child(kFirmwareState), kDownloaded};
    return std::optional(std::move(change));
  }
  const auto* definition = device.definitions.resource(path.object(), path.resource());
  const auto type = definition == nullptr ? lwm2m::ResourceType::none : definition->type;
  auto value = rule.converter.toDevice(text, type, deviceUnitOf(device, path));
  if (!value) return located(std::move(value.error()));
  change.value = *std::move(value);
  return std::optional(std::move(change));
}

bool isTrue(std::string_view attribute, std::span<const AttributeValue> changed) {
  return std::ranges::any_of(changed, [&](const auto& one) { return one.name == attribute && one.json == "true"; });
}

// TS-0004 D.3.2.2, D.10.2.2: both at once is a bad request.
Result<void> checkOpposites(const CompiledTarget& target, std::span<const AttributeValue> changed) {
  const auto& attribute = target.target->attribute;
  const auto other = target.kind == nullptr ? std::string_view() : onem2m::opposite(target.kind->root, attribute);
  if (other.empty() || !isTrue(attribute, changed) || !isTrue(other, changed)) return {};
  return fail(Errc::malformed, attribute + " and " + std::string(other) + " exclude each other");
}

// One application's change of one target, gathered over the rules that lead there.
class Changing {
 public:
  Changing(const DeviceFacts& device, std::span<const AttributeValue> changed) : device_(device), changed_(changed) {}

  void add(const Path& path, const CompiledRule& rule, const CompiledTarget& target) {
    known_ = true;
    const auto& attribute = target.target->attribute;
    auto text = applicationText(attribute, changed_);
    if (!text) return refuse(std::move(text.error()));
    if (!*text) return;
    if (!target.target->write) {
      return refuse({Errc::refused, "applications may not change " + attribute,
                     "rule " + rule.rule->name + ", " + path.toString()});
    }
    if (auto sound = checkOpposites(target, changed_); !sound) return refuse(std::move(sound.error()));
    auto change = changeOf(device_, path, rule, **text);
    if (!change) return refuse(std::move(change.error()));
    if (!*change) return;
    (*change)->attribute = attribute;
    changes_.push_back(**std::move(change));
  }

  // "It shall perform the execution after the update of normal attributes" (TS-0004 7.4.15.2.4).
  Result<std::vector<DeviceChange>> take(std::string_view target) {
    if (refusal_) return tl::unexpected(*std::move(refusal_));
    if (!known_) return fail(Errc::notFound, "no rule leads there", std::string(target));
    std::ranges::stable_sort(changes_, {}, &DeviceChange::kind);
    return std::move(changes_);
  }

 private:
  void refuse(Error error) {
    if (!refusal_) refusal_ = std::move(error);
  }

  const DeviceFacts& device_;
  std::span<const AttributeValue> changed_;
  std::vector<DeviceChange> changes_;
  std::optional<Error> refusal_;
  bool known_ = false;
};

}  // namespace

void eachTarget(const RuleIndex& index, const DeviceFacts& device, std::span<const Path> instances,
                const std::function<void(const Path&, const CompiledRule&, const CompiledTarget&)>& visit) {
  for (const auto& instance : instances) {
    if (instance.depth() != 2) continue;
    for (const auto resource : resourcesOf(index, device, instance)) {
      const Path path = instance.child(resource);
      const auto* rule = index.find(device, path);
      if (rule == nullptr) continue;
      for (const auto& target : rule->targets) visit(path, *rule, target);
    }
  }
}

std::vector<Place> placesOf(const RuleIndex& index, const DeviceFacts& device, std::span<const Path> instances) {
  std::vector<Place> places;
  eachTarget(index, device, instances, [&](const Path& path, const CompiledRule& rule, const CompiledTarget& compiled) {
    const auto& target = *compiled.target;
    if (!target.write && !target.command) return;
    places.push_back({target.form, placeOf(compiled, rule.rule->match, path, device.endpoint), compiled.detail,
                      target.attribute, path, target.write, target.blocking, target.command, isExecutable(device, path),
                      rule.rule->name});
  });
  return places;
}

Result<std::vector<DeviceChange>> changesFor(const RuleIndex& index, const DeviceFacts& device,
                                             std::span<const Path> instances, Form form, std::string_view target,
                                             std::span<const AttributeValue> changed) {
  Changing changing(device, changed);
  eachTarget(index, device, instances, [&](const Path& path, const CompiledRule& rule, const CompiledTarget& compiled) {
    if (compiled.target->form != form || compiled.target->attribute.empty()) return;
    if (placeOf(compiled, rule.rule->match, path, device.endpoint) == target) changing.add(path, rule, compiled);
  });
  return changing.take(target);
}

}  // namespace isthmus::mapping
