#include "onem2m/cse/events.h"

#include "onem2m/cse/render.h"

#include <algorithm>

namespace isthmus::onem2m::cse {
namespace {

// notificationEventType, TS-0004 6.3.4.2.19
constexpr std::uint64_t kUpdated = 1, kDeleted = 2, kChildCreated = 3, kChildDeleted = 4, kBlockingUpdate = 7;

bool asksFor(const Criteria& criteria, std::uint64_t event) {
  return std::find(criteria.events.begin(), criteria.events.end(), event) != criteria.events.end();
}

bool childMatches(const Criteria& criteria, const Resource& child) {
  const auto& types = criteria.childTypes;
  return types.empty() || std::find(types.begin(), types.end(), static_cast<std::uint64_t>(child.type)) != types.end();
}

bool touches(const Criteria& criteria, const std::vector<Attribute>& changes) {
  const auto& names = criteria.attributes;
  return names.empty() || std::any_of(changes.begin(), changes.end(), [&](const Attribute& change) {
           return std::find(names.begin(), names.end(), change.name) != names.end();
         });
}

std::string changesText(const Resource& resource, const std::vector<Attribute>& changes) {
  std::string text = "{" + quoted(resource.root) + ":{";
  for (const Attribute& change : changes) {
    if (&change != &changes.front()) text += ',';
    text += quoted(change.name) + ":" + change.json;
  }
  return text + "}}";
}

}  // namespace

void Events::created(const Resource& child, WallTime now) {
  for (const Resource* const subscription : child.parent->subscriptions) {
    const Criteria& criteria = *subscription->criteria;
    if (subscription != &child && asksFor(criteria, kChildCreated) && childMatches(criteria, child)) {
      notify(*subscription, kChildCreated, child, {}, now);
    }
  }
}

void Events::updated(const Resource& resource, const std::vector<Attribute>& changes, WallTime now) {
  for (const Resource* const subscription : resource.subscriptions) {
    const Criteria& criteria = *subscription->criteria;
    if (asksFor(criteria, kUpdated) && touches(criteria, changes))
      notify(*subscription, kUpdated, resource, changes, now);
  }
}

// It comes from the requester itself, as at ACME.
std::optional<CseNotification> Events::blocking(const Resource& resource, const std::vector<Attribute>& changes,
                                                const std::string& originator, WallTime now) {
  for (const Resource* const subscription : resource.subscriptions) {
    const Criteria& criteria = *subscription->criteria;
    if (!asksFor(criteria, kBlockingUpdate) || !touches(criteria, changes)) continue;
    if (subscription->owner == originator || criteria.targets.empty()) continue;
    return CseNotification{urlsOf(criteria.targets.front(), now), originator, "n" + std::to_string(++sent_),
                           criteria.releaseVersion, contentOf(*subscription, kBlockingUpdate, resource, changes)};
  }
  return std::nullopt;
}

std::vector<CseNotification> Events::verifications(const Criteria& criteria, const std::string& originator,
                                                   const RequestPrimitive& request, WallTime now) {
  std::vector<CseNotification> out;
  for (const std::string& target : criteria.targets) {
    if (tree_.localId(target) == originator) continue;
    const std::string content = R"({"m2m:sgn":{"vrq":true,"sur":)" + quoted(options_.id + "/" + request.to) +
                                R"(,"cr":)" + quoted(originator) + "}}";
    out.push_back({urlsOf(target, now), options_.id, "n" + std::to_string(++sent_), request.releaseVersion, content});
  }
  return out;
}

void Events::removing(const Resource& resource, WallTime now) {
  for (const Resource* const subscription : resource.subscriptions) {
    if (asksFor(*subscription->criteria, kDeleted)) notify(*subscription, kDeleted, resource, {}, now);
  }
  for (const Resource* const subscription : resource.parent->subscriptions) {
    const Criteria& criteria = *subscription->criteria;
    if (subscription != &resource && asksFor(criteria, kChildDeleted) && childMatches(criteria, resource)) {
      notify(*subscription, kChildDeleted, resource, {}, now);
    }
  }
  if (resource.type == ResourceType::subscription) {
    send(resource, R"({"m2m:sgn":{"sud":true,"sur":)" + quoted(options_.id + "/" + resource.id) + "}}", now);
  }
}

void Events::notify(const Resource& subscription, std::uint64_t event, const Resource& subject,
                    const std::vector<Attribute>& changes, WallTime now) {
  if (send_) send(subscription, contentOf(subscription, event, subject, changes), now);
}

std::string Events::contentOf(const Resource& subscription, std::uint64_t event, const Resource& subject,
                              const std::vector<Attribute>& changes) const {
  constexpr std::uint64_t kModifiedAttributes = 2, kResourceId = 3;
  std::string rep;
  const std::uint64_t contentType = subscription.criteria->contentType;
  if (contentType == kResourceId)
    rep = uriText(tree_.pathOf(subject));
  else if (contentType == kModifiedAttributes || event == kBlockingUpdate)
    rep = changesText(subject, changes);
  else
    rep = representation(subject);
  return R"({"m2m:sgn":{"nev":{"net":)" + std::to_string(event) + R"(,"rep":)" + rep + R"(},"sur":)" +
         quoted(options_.id + "/" + subscription.id) + "}}";
}

void Events::send(const Resource& subscription, const std::string& content, WallTime now) {
  if (!send_) return;
  for (const std::string& target : subscription.criteria->targets) {
    std::vector<std::string> urls = urlsOf(target, now);
    if (urls.empty()) continue;
    send_(
        {std::move(urls), options_.id, "n" + std::to_string(++sent_), subscription.criteria->releaseVersion, content});
  }
}

std::vector<std::string> Events::urlsOf(const std::string& target, WallTime now) {
  if (target.find("://") != std::string::npos) return {target};
  const Resource* const ae = tree_.locate(target, now).resource;
  if (ae == nullptr || ae->type != ResourceType::ae) return {};
  const Attribute* const poa = lookup(ae->attributes, "poa");
  std::vector<std::string> urls =
      poa == nullptr ? std::vector<std::string>{} : textsOf(*poa).value_or(std::vector<std::string>{});
  for (std::string& url : urls) url += (url.ends_with('/') ? "" : "/") + ae->id;  // as ACME does
  return urls;
}

}  // namespace isthmus::onem2m::cse
