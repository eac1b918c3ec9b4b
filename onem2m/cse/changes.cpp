#include "onem2m/cse/changes.h"

#include "onem2m/cse/policy.h"
#include "onem2m/cse/rules.h"
#include "onem2m/model/timestamp.h"

#include <algorithm>
#include <array>

namespace isthmus::onem2m::cse {
namespace {

// References to ACPs are kept as their resource ids.
Answer<std::vector<std::string>> policyIds(Store& store, const Attribute& acpi, WallTime now) {
  std::vector<std::string> ids;
  for (const std::string& reference : textsOf(acpi).value_or(std::vector<std::string>{})) {
    const Resource* const acp = store.tree.locate(reference, now).resource;
    if (acp == nullptr || acp->type != ResourceType::accessControlPolicy) {
      return refuse(rsc::kBadRequest, "no such accessControlPolicy: " + reference + " (acpi)");
    }
    ids.push_back(acp->id);
  }
  return ids;
}

// A target that leads nowhere would never have passed verification (TS-0004 7.4.8.2.1); the originator itself needs
// none.
Answer<> checkTargets(Store& store, const Request& request, const Criteria& criteria) {
  for (const std::string& target : criteria.targets) {
    if (store.tree.localId(target) == request.originator) continue;
    if (store.events.urlsOf(target, request.now).empty()) {
      return refuse(rsc::kSubscriptionVerificationInitiationFailed, "nobody to notify at " + target + " (nu)");
    }
  }
  return {};
}

std::size_t contentSize(const Resource& resource, const std::vector<Attribute>& attributes) {
  if (isInstance(resource.type)) {
    const Attribute* const con = lookup(attributes, "con");
    return con == nullptr ? 0 : con->size;
  }
  constexpr std::array<std::string_view, 4> kNotContent = {"cnd", "cr", "nl", "or"};
  std::size_t size = 0;
  for (const Attribute& attribute : attributes) {
    if (std::find(kNotContent.begin(), kNotContent.end(), attribute.name) == kNotContent.end()) size += attribute.size;
  }
  return size;
}

bool hasMember(std::string_view name) { return name == "lbl" || name == "acpi" || name == "et"; }

std::vector<Attribute> merged(const Resource& resource, const std::vector<Attribute>& changes) {
  std::vector<Attribute> attributes = resource.attributes;
  for (const Attribute& change : changes) {
    if (hasMember(change.name)) continue;
    if (change.type == JsonType::null)
      eraseAttribute(attributes, change.name);
    else
      setAttribute(attributes, change);
  }
  return attributes;
}

// Attributes that the CSE itself keeps at a value, as ACME does: an action that was asked for is not a state.
void settle(const Resource& resource, std::vector<Attribute>& attributes) {
  struct Kept {
    std::string_view root, name, json;
    bool always;  // otherwise only where the client gave none
  };
  constexpr std::string_view kIdle = R"({"acn":"","sus":0})";
  static constexpr std::array<Kept, 9> kAll = {{{"m2m:rbo", "rbo", "false", true},
                                                {"m2m:rbo", "far", "false", true},
                                                {"m2m:dvc", "ena", "true", true},
                                                {"m2m:dvc", "dis", "true", true},
                                                {"m2m:evl", "lga", "true", true},
                                                {"m2m:evl", "lgo", "true", true},
                                                {"m2m:fwr", "uds", kIdle, false},
                                                {"m2m:swr", "ins", kIdle, false},
                                                {"m2m:swr", "acts", kIdle, false}}};
  for (const auto& [root, name, json, always] : kAll) {
    if (resource.root != root || (!always && lookup(attributes, name) != nullptr)) continue;
    setAttribute(attributes,
                 {std::string(name), always ? JsonType::boolean : JsonType::object, std::string(json), json.size()});
  }
}

Answer<> derive(Store& store, const Request& request, const std::vector<Attribute>& attributes, Resource& resource) {
  if (resource.type == ResourceType::accessControlPolicy) {
    auto policy = policyOf(attributes);
    if (!policy) return tl::unexpected(policy.error());
    resource.policy = std::make_unique<Policy>(std::move(*policy));
  }
  if (resource.type == ResourceType::subscription) {
    auto criteria = criteriaOf(attributes);
    if (!criteria) return tl::unexpected(criteria.error());
    if (const auto targets = checkTargets(store, request, *criteria); !targets) return targets;
    criteria->releaseVersion = request.primitive.releaseVersion;
    resource.criteria = std::make_unique<Criteria>(std::move(*criteria));
  }
  return {};
}

}  // namespace

Answer<> apply(Store& store, Request& request, Resource& resource) {
  const std::vector<Attribute>& changes = request.content.attributes;
  const Attribute* const acpi = lookup(changes, "acpi");
  auto policies =
      acpi == nullptr ? Answer<std::vector<std::string>>(resource.policies) : policyIds(store, *acpi, request.now);
  if (!policies) return tl::unexpected(policies.error());
  std::vector<Attribute> attributes = merged(resource, changes);
  if (const auto derived = derive(store, request, attributes, resource); !derived) return derived;

  settle(resource, attributes);
  resource.policies = std::move(*policies);
  resource.attributes = std::move(attributes);
  if (const Attribute* const lbl = lookup(changes, "lbl"))
    resource.labels = textsOf(*lbl).value_or(std::vector<std::string>{});
  if (const Attribute* const et = lookup(changes, "et"); et != nullptr && et->type == JsonType::text) {
    resource.expires = fromTimestamp(*textOf(*et)).value_or(resource.expires);
  }
  const bool sized = isInstance(resource.type) || resource.type == ResourceType::flexContainer;
  if (sized) resource.size = contentSize(resource, resource.attributes);
  return {};
}

}  // namespace isthmus::onem2m::cse
