// The part of a device's place that holds values in other forms than containers.
#include "onem2m/client/device_place.h"
#include "onem2m/client/proxy_place.h"
#include "onem2m/codec/notification.h"
#include "onem2m/codec/representation.h"
#include "onem2m/model/specialization.h"

#include <algorithm>
#include <utility>

namespace isthmus::onem2m {
namespace {

bool isThere(const Attempt& attempt) {
  return attempt.outcome == Outcome::done || attempt.outcome == Outcome::alreadyThere;
}

// TS-0005 6.2.2: the OMNA name of an object.
std::string objectUrn(std::uint16_t object) {
  constexpr std::uint16_t kFirstExternal = 2048, kFirstVendor = 10241;
  const char* const owner = object < kFirstExternal ? "oma" : object < kFirstVendor ? "ext" : "x";
  return std::string("urn:oma:lwm2m:").append(owner).append(":").append(std::to_string(object));
}

Attributes fitting(const DeviceTree::Target& target, Attributes attributes) {
  const Specialization* const kind = specialization(target.type, target.kind);
  std::erase_if(attributes,
                [&](const auto& each) { return kind == nullptr || kind->attribute(each.first) == nullptr; });
  return attributes;
}

// What has to be given with the first value, and is not known yet.
Attributes completed(const Specialization& kind, Attributes attributes) {
  for (const AttributeDefinition& attribute : kind.attributes) {
    if (attribute.mandatory && find(attributes, attribute.name) == nullptr)
      attributes.emplace_back(attribute.name, placeholder(kind.root, attribute));
  }
  return attributes;
}

}  // namespace

std::string targetPath(const CseSettings& settings, const std::string& device, const DeviceTree::Target& target) {
  const bool below = target.type == ResourceType::mgmtObj;
  return (below ? nodePath(settings, device) : devicePath(settings, device)).append("/").append(target.path);
}

bool isRefused(const CseProfile& profile, ResourceType type) {
  switch (type) {
    case ResourceType::mgmtObj: return profile.refusesMgmtObj;
    case ResourceType::flexContainer: return profile.refusesFlexContainer;
    case ResourceType::timeSeries: return profile.refusesTimeSeries;
    default: return false;
  }
}

// Why the CSE cannot have it at all; "" where it may be asked.
std::string notHere(const CseSettings& settings, const CseProfile& profile, const DeviceTree::Target& target) {
  if (isRefused(profile, target.type)) return "the CSE takes nothing of that type (onem2m.profile)";
  if (target.type != ResourceType::mgmtObj) return {};
  if (settings.layout == Layout::singleAe) return "a mgmtObj stands below a <node>, and single-ae makes none";
  if (settings.nodeOriginator.empty())
    return "a mgmtObj stands below a <node>: onem2m.nodeOriginator names who may make one";
  return profile.refusesNode ? "a mgmtObj stands below a <node>, and the CSE made none" : "";
}

DevicePlace::Creation DevicePlace::targetCreation(const DeviceTree::Target& target) const {
  const std::string whole = targetPath(settings_, device_, target);
  const std::size_t slash = whole.rfind('/');
  // Without policies only who made the <node> may put something below it.
  const bool byNode = target.type == ResourceType::mgmtObj && profile_.refusesAcpi;
  Creation creation{whole.substr(0, slash),
                    whole.substr(slash + 1),
                    byNode ? settings_.nodeOriginator : settings_.originator,
                    target.type,
                    {},
                    target.writable ? kOperatorsPolicy : kReadersPolicy,
                    {}};
  return target.type == ResourceType::timeSeries ? seriesCreation(std::move(creation), target)
                                                 : specializedCreation(std::move(creation), target);
}

DevicePlace::Creation DevicePlace::seriesCreation(Creation creation, const DeviceTree::Target& target) const {
  TimeSeriesResource series{creation.name,     labels("Resource", target.path), {}, settings_.mni, settings_.mia,
                            target.contentInfo};
  series.labels.insert(series.labels.end(), target.labels.begin(), target.labels.end());
  creation.root = "m2m:ts";
  creation.content = [series](std::vector<std::string> policies) mutable {
    series.policies = std::move(policies);
    return toJson(series);
  };
  return creation;
}

DevicePlace::Creation DevicePlace::specializedCreation(Creation creation, const DeviceTree::Target& target) const {
  SpecializedResource resource;
  creation.root = resource.root = target.kind;
  resource.name = creation.name;
  resource.labels = labels("", target.path);
  resource.labels.insert(resource.labels.end(), target.labels.begin(), target.labels.end());
  resource.attributes = target.attributes;
  if (const Specialization* const kind = specialization(target.type, target.kind)) {
    resource.containerDefinition = kind->definition;
    resource.mgmtDefinition = kind->mgmtDefinition;
    resource.attributes = completed(*kind, target.attributes);
  }
  if (target.type == ResourceType::mgmtObj && !target.objectPath.empty()) {
    resource.objectIds = {objectUrn(target.object)};
    resource.objectPaths = {target.objectPath};
  }
  creation.content = [resource](std::vector<std::string> policies) mutable {
    resource.policies = std::move(policies);
    return toJson(resource);
  };
  return creation;
}

Attempt DevicePlace::ensure(const DeviceTree::Target& target) {
  if (const std::string why = notHere(settings_, profile_, target); !why.empty())
    return {Outcome::rejected, 0, target.path + ": " + why};
  if (target.type == ResourceType::container)
    return ensure(DeviceTree::Container{target.path, target.writable, "Resource", target.labels});
  const std::string path = targetPath(settings_, device_, target);
  DeviceTree::Target whole = target;
  whole.attributes = fitting(target, profile_.kept.of(path));
  merge(whole.attributes, target.attributes);
  Attempt made = makeTarget(whole);
  if (isThere(made)) profile_.kept.forget(path);
  return made;
}

Attempt DevicePlace::makeTarget(const DeviceTree::Target& target) {
  const Creation creation = targetCreation(target);
  Attempt leaf = make(creation);
  const std::size_t slash = target.path.rfind('/');
  const bool hasParents = target.type != ResourceType::mgmtObj && slash != std::string::npos;
  if (leaf.outcome != Outcome::noParent || !hasParents) return withSubscription(target, std::move(leaf));
  const std::string parent = target.path.substr(0, slash);
  const Attempt above = ensure(DeviceTree::Container{parent, false, std::string(entityTypeAt(parent)), {}});
  return isThere(above) ? withSubscription(target, make(creation)) : above;
}

// What applications may change is asked of the device first (TS-0004 7.4.8.2.1), whether or not they wait for it: so
// the proxy's own changes are told from theirs.
Attempt DevicePlace::withSubscription(const DeviceTree::Target& target, Attempt made) {
  const bool has = target.type == ResourceType::flexContainer || target.type == ResourceType::mgmtObj;
  if (!isThere(made) || !target.writable || !has || settings_.notifyUrl.empty()) return made;
  const Attempt subscribed = subscribe(targetPath(settings_, device_, target), target.path, net::kBlockingUpdate);
  return isThere(subscribed) ? made : subscribed;
}

Attempt DevicePlace::set(const DeviceTree::Target& target) {
  if (const std::string why = notHere(settings_, profile_, target); !why.empty())
    return {Outcome::rejected, 0, target.path + ": " + why};
  const Creation creation = targetCreation(target);
  const Specialization* const kind = specialization(target.type, target.kind);
  Attributes changes = target.attributes;
  const auto isFixed = [&](const Attributes::value_type& attribute) {
    const AttributeDefinition* const known = kind == nullptr ? nullptr : kind->attribute(attribute.first);
    return known != nullptr && known->createOnly;
  };
  if (std::erase_if(changes, isFixed) > 0) return setFixed(target, creation, changes);
  return change(creation, changes);
}

Attempt DevicePlace::change(const Creation& creation, const Attributes& changes) {
  SpecializedResource resource;
  resource.root = creation.root;
  resource.attributes = changes;
  RequestPrimitive request;
  request.operation = Operation::update;
  request.to = creation.parent + "/" + creation.name;
  request.from = creation.from;
  request.query = {{"rcn", "0"}};
  request.content = toJson(resource);
  Attempt attempt = attemptOf(requester_.ask(std::move(request)));
  if (attempt.outcome == Outcome::alreadyThere) attempt.outcome = Outcome::rejected;  // nothing new was to be made
  return attempt;
}

// Attributes that are only given at CREATE, `man` and `mod` of a deviceInfo: where they have become known later, or are
// others now, the resource is made anew, with all that it said: now, or, where that does not succeed, whenever it is
// made.
Attempt DevicePlace::setFixed(const DeviceTree::Target& target, const Creation& creation, const Attributes& changes) {
  const std::string path = creation.parent + "/" + creation.name;
  const auto answer = requester_.retrieve(path, creation.from);
  const Attempt found = attemptOf(answer);
  if (found.outcome != Outcome::done) return found;
  const auto present = readResourceAttributes(answer->content);
  if (!present) return {Outcome::busy, found.status, present.error().text()};
  const bool same = std::ranges::all_of(target.attributes, [&](const auto& attribute) {
    const std::string* const there = find(*present, attribute.first);
    return find(changes, attribute.first) != nullptr || (there != nullptr && isSameValue(*there, attribute.second));
  });
  if (same) return changes.empty() ? found : change(creation, changes);
  profile_.kept.keep(path, *present);
  const Attempt removed = attemptOf(requester_.remove(path, creation.from));
  return removed.outcome == Outcome::done || removed.outcome == Outcome::noParent ? ensure(target) : removed;
}

}  // namespace isthmus::onem2m
