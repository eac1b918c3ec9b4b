#include "onem2m/client/device_place.h"

#include "onem2m/client/notified_place.h"
#include "onem2m/client/proxy_place.h"
#include "onem2m/codec/answer.h"
#include "onem2m/codec/notification.h"
#include "onem2m/codec/representation.h"

#include <algorithm>
#include <array>

namespace isthmus::onem2m {
namespace {

bool isThere(const Attempt& attempt) {
  return attempt.outcome == Outcome::done || attempt.outcome == Outcome::alreadyThere;
}

// The CSE did not decide anything.
bool isForLater(const Attempt& attempt) {
  return attempt.outcome == Outcome::unavailable || attempt.outcome == Outcome::inDoubt ||
         attempt.outcome == Outcome::busy;
}

Attempt settled(Attempt attempt) {
  if (attempt.outcome == Outcome::alreadyThere) attempt = {Outcome::done, attempt.status, {}};
  return attempt;
}

// A label is one token (TS-0004 6.3.3 m2m:labels): blanks would end it for a CSE that keeps lists as text.
std::string labelText(std::string_view value) {
  std::string out(value);
  std::ranges::replace_if(out, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; }, '_');
  return out;
}

std::string_view withoutUrn(std::string_view endpoint) {
  return endpoint.starts_with("urn:") ? endpoint.substr(4) : endpoint;
}

}  // namespace

std::string_view entityTypeAt(std::string_view path) {
  constexpr std::array<std::string_view, 4> kByDepth = {"Object", "ObjectInstance", "Resource", "ResourceInstance"};
  const auto depth = static_cast<std::size_t>(std::ranges::count(path, '/'));
  return kByDepth[std::min(depth, kByDepth.size() - 1)];
}

std::string devicePath(const CseSettings& settings, const std::string& device) {
  std::string path = settings.layout == Layout::singleAe ? proxyPath(settings) : settings.base;
  return path.append("/").append(device);
}

std::string nodePath(const CseSettings& settings, const std::string& device) {
  return settings.base + "/" + device + ".node";
}

Attempt DevicePlace::sync(const DeviceTree& tree) {
  Attempt top = makeTop();
  if (top.outcome == Outcome::noParent && settings_.layout == Layout::ts0014) return withoutBase(settings_, top);
  if (!isThere(top)) return top;
  topIsNew_ = top.outcome == Outcome::done;
  const bool wantsNode = settings_.layout == Layout::ts0014 && !settings_.nodeOriginator.empty();
  if (wantsNode && !profile_.refusesNode) {
    const Attempt node = syncNode();
    if (!isThere(node)) return node;
  }
  const Attempt online = make(containerCreation("online", labels("", "online"), kReadersPolicy));
  if (!isThere(online)) return online;
  for (const DeviceTree::Container& container : tree.containers) {
    const Attempt attempt = ensure(container);
    if (!isThere(attempt)) return attempt;
  }
  Attempt targets = makeTargets(tree.targets);
  if (!isThere(targets)) return targets;
  top = settled(top);
  top.reason = std::move(targets.reason);
  return top;
}

// Values must not wait for a resource that the CSE fails on again and again, so that it is busy with one of them is a
// refusal of that one.
Attempt DevicePlace::makeTargets(const std::vector<DeviceTree::Target>& targets) {
  Attempt all;
  for (const DeviceTree::Target& target : targets) {
    const Attempt attempt = ensure(target);
    if (attempt.outcome == Outcome::unavailable || attempt.outcome == Outcome::inDoubt) return attempt;
    if (!isThere(attempt)) all.reason.append(all.reason.empty() ? "" : "; ").append(attempt.reason);
  }
  return all;
}

Attempt DevicePlace::ensure(const DeviceTree::Container& container) {
  const Attempt leaf = makeContainer(container);
  const std::size_t slash = container.path.rfind('/');
  if (leaf.outcome != Outcome::noParent || slash == std::string::npos) return settled(leaf);
  const std::string parent = container.path.substr(0, slash);
  const Attempt above = ensure(DeviceTree::Container{parent, false, std::string(entityTypeAt(parent))});
  return isThere(above) ? settled(makeContainer(container)) : above;
}

std::vector<std::string> DevicePlace::labels(std::string_view entityType, std::string_view path) const {
  std::string id = endpoint_.empty() ? device_ : endpoint_;
  if (!path.empty()) id.append("/").append(path);
  const LabelWords& words = settings_.labels;
  std::vector<std::string> out;
  if (!words.technology.empty()) out.push_back(words.technology);
  if (!entityType.empty() && !words.entityType.empty()) out.push_back(words.entityType + ":" + std::string(entityType));
  if (!words.entityId.empty()) out.push_back(words.entityId + ":" + labelText(id));
  return out;
}

// TS-0014 6.2.2.2: an <AE> for the endpoint; with single-ae a container below the proxy's.
Attempt DevicePlace::makeTop() {
  if (settings_.layout == Layout::ts0014) return make(aeCreation());
  return make(containerCreation("", labels("Endpoint", ""), kReadersPolicy));
}

DevicePlace::Creation DevicePlace::aeCreation() const {
  AeResource ae;
  ae.name = device_;
  ae.appId = "Nisthmus.lwm2m";
  ae.appName = endpoint_;
  ae.releases = supportedReleases(settings_.release);
  ae.labels = labels("Endpoint", "");
  setReachability(ae, settings_);
  return {settings_.base,
          device_,
          "C" + device_,
          ResourceType::ae,
          "m2m:ae",
          kReadersPolicy,
          [ae](std::vector<std::string> policies) mutable {
            ae.policies = std::move(policies);
            return toJson(ae);
          }};
}

// `path` is below the device's place; "" is that place itself.
DevicePlace::Creation DevicePlace::containerCreation(std::string path, std::vector<std::string> labels,
                                                     std::string_view policy) const {
  const std::string whole = devicePath(settings_, device_).append(path.empty() ? "" : "/").append(path);
  const std::size_t slash = whole.rfind('/');
  ContainerResource container{whole.substr(slash + 1), std::move(labels), {}, settings_.mni, settings_.mia};
  return {whole.substr(0, slash),
          container.name,
          settings_.originator,
          ResourceType::container,
          "m2m:cnt",
          policy,
          [container](std::vector<std::string> policies) mutable {
            container.policies = std::move(policies);
            return toJson(container);
          }};
}

Attempt DevicePlace::makeContainer(const DeviceTree::Container& container) {
  std::vector<std::string> all = labels(container.entityType, container.path);
  all.insert(all.end(), container.labels.begin(), container.labels.end());
  const Attempt made =
      make(containerCreation(container.path, std::move(all), container.writable ? kOperatorsPolicy : kReadersPolicy));
  if (!isThere(made) || !container.subscribed) return made;
  const Attempt subscribed =
      subscribe(devicePath(settings_, device_) + "/" + container.path, container.path, net::kChildCreated);
  return isThere(subscribed) ? made : subscribed;
}

// Its target is its creator, so that no CSE has to verify it, and nobody else needs to see it. A CSE that takes none is
// noted, and served without.
Attempt DevicePlace::subscribe(const std::string& resource, const std::string& path, int event) {
  const bool blocking = event == net::kBlockingUpdate;
  std::atomic<bool>& refuses = blocking ? profile_.refusesBlockingUpdate : profile_.refusesSubscription;
  if (refuses) return {};
  SubscriptionResource subscription;
  subscription.name = settings_.name;
  // ACME asks whether the requester of a blocking update may notify the AE, but not where the AE-ID is SP-relative.
  subscription.notificationUris = {blocking ? settings_.cseId + "/" + settings_.originator : settings_.originator};
  subscription.events = {event};
  subscription.contentType = blocking ? 0 : 1;  // as TS-0001 9.6.8 has it; all attributes
  subscription.labels = {placeLabel({device_, path})};
  const Attempt made = makeOnce({resource,
                                 subscription.name,
                                 settings_.originator,
                                 ResourceType::subscription,
                                 {},
                                 {},
                                 [&](const std::vector<std::string>&) { return toJson(subscription); }},
                                false);
  if (made.outcome != Outcome::rejected && made.status != rsc::kTargetNotSubscribable) return made;
  refuses = true;
  return {Outcome::done, made.status, made.reason};
}

Attempt DevicePlace::makeOnce(const Creation& creation, bool withPolicy) {
  std::vector<std::string> policies;
  if (withPolicy) policies.push_back(policyPath(settings_, creation.policy));
  Attempt attempt = attemptOf(
      requester_.create(creation.parent, creation.from, creation.type, creation.content(std::move(policies))));
  if (creation.type == ResourceType::ae &&
      (attempt.status == rsc::kOriginatorHasAlreadyRegistered || attempt.status == rsc::kOriginatorHasNotRegistered)) {
    attempt.outcome = Outcome::alreadyThere;  // the AE-ID is known: 4117, and 4106 at Mobius
  }
  if (!isThere(attempt)) attempt.reason = creation.parent + "/" + creation.name + ": " + attempt.reason;
  return attempt;
}

Attempt DevicePlace::make(const Creation& creation) {
  const bool withPolicy = !profile_.refusesAcpi;
  const Attempt attempt = makeOnce(creation, withPolicy);
  if (attempt.outcome == Outcome::rejected && withPolicy) return withoutPolicy(creation, attempt);
  if (attempt.outcome == Outcome::notAllowed) return afterRepair(creation, attempt);
  if (attempt.outcome == Outcome::alreadyThere && policiesLost_) {
    const Attempt linked = linkPolicy(creation);
    if (isForLater(linked)) return linked;  // anything else: it stays as it is (tinyIoT lets nobody set it later)
  }
  return attempt;
}

// A CSE refuses what carries `acpi` for two reasons: the policy is not there (any more), or it takes none.
Attempt DevicePlace::withoutPolicy(const Creation& creation, const Attempt& refusal) {
  const Attempt policy = attemptOf(requester_.retrieve(policyPath(settings_, creation.policy), settings_.originator));
  if (policy.outcome == Outcome::noParent || policy.outcome == Outcome::notAllowed) {
    return afterRepair(creation, refusal);
  }
  if (policy.outcome != Outcome::done) return policy;
  const Attempt bare = makeOnce(creation, false);
  if (!isThere(bare)) return bare.outcome == Outcome::rejected ? refusal : bare;
  profile_.refusesAcpi = true;
  return bare;
}

// A CSE that lost its memory knows neither the proxy nor its policies: they are made again, then this once more. Where
// somebody deleted the policies, the CSE took them out of every `acpi`, and the device's AE now lets in only itself.
Attempt DevicePlace::afterRepair(const Creation& creation, const Attempt& refusal) {
  if (repaired_) return refusal;
  repaired_ = true;
  ProxyPlace place(requester_, settings_, profile_);
  Attempt proxy = place.sync();
  if (proxy.outcome != Outcome::done) return proxy;
  const bool mayBeLost = settings_.layout == Layout::ts0014 && !topIsNew_ && creation.type != ResourceType::ae;
  if (mayBeLost && !profile_.refusesAcpi) {
    policiesLost_ = linkPolicy(aeCreation()).outcome == Outcome::done || place.madePolicies();
  }
  return make(creation);
}

// `acpi` has to be updated alone (TS-0004 7.2.2.2).
Attempt DevicePlace::linkPolicy(const Creation& creation) {
  std::string content = policiesJson(creation.root, {policyPath(settings_, creation.policy)});
  return attemptOf(requester_.update(creation.parent + "/" + creation.name, creation.from, std::move(content)));
}

// TS-0014 6.2.2.2: a <node> for the device, linked both ways with the endpoint's <AE>. Where the CSE's operator lets
// nobody make one, the device is served without.
Attempt DevicePlace::syncNode() {
  NodeResource node;
  node.name = device_ + ".node";
  node.nodeId = withoutUrn(endpoint_);
  node.hostedAes = {"C" + device_};
  node.labels = labels("Device", "");
  if (!profile_.refusesAcpi) node.policies = {policyPath(settings_, kReadersPolicy)};
  const auto created = requester_.create(settings_.base, settings_.nodeOriginator, ResourceType::node, toJson(node));
  const Attempt attempt = attemptOf(created);
  switch (attempt.outcome) {
    case Outcome::done: return linkNode(created);
    case Outcome::alreadyThere:
      if (!topIsNew_) return attempt;
      return linkNode(requester_.retrieve(nodePath(settings_, device_), settings_.nodeOriginator));
    case Outcome::notAllowed:
    case Outcome::rejected: profile_.refusesNode = true; return {Outcome::done, attempt.status, attempt.reason};
    default: return attempt;
  }
}

// The link is a convenience for applications: a CSE that refuses it loses nothing else.
Attempt DevicePlace::linkNode(const Result<ResponsePrimitive>& created) {
  const Attempt found = attemptOf(created);
  if (found.outcome != Outcome::done) return found;
  const auto id = readResourceId(created->content);
  if (!id || id->empty()) return found;
  AeResource link;
  link.nodeLink = *id;
  const Attempt linked =
      attemptOf(requester_.update(devicePath(settings_, device_), settings_.originator, toJson(link)));
  return isForLater(linked) ? linked : found;
}

}  // namespace isthmus::onem2m
