#include "onem2m/cse/operations.h"

#include "onem2m/cse/access.h"
#include "onem2m/cse/changes.h"
#include "onem2m/cse/rules.h"

#include <algorithm>

namespace isthmus::onem2m::cse {
namespace {

constexpr std::uint64_t kNothing = 0, kAttributes = 1, kAttributesAndChildren = 4, kAttributesAndReferences = 5,
                        kReferences = 6, kChildren = 8, kModified = 9, kDiscoveryResult = 11;

tl::unexpected<Refusal> notFound(const Request& request) {
  return refuse(rsc::kNotFound, "no such resource: " + request.primitive.to);
}

tl::unexpected<Refusal> noPrivilege(const Request& request, std::string_view what) {
  return refuse(rsc::kOriginatorHasNoPrivilege,
                request.originator + " may not " + std::string(what) + " " + request.primitive.to);
}

// What is below `target`, in tree order, as far as the filter and the originator's rights let it be seen.
class Collector {
 public:
  Collector(Store& store, const Request& request, Permission permission)
      : store_(store), request_(request), permission_(permission) {
    const Query& query = request.query;
    skip_ = query.offset.value_or(1) > 0 ? query.offset.value_or(1) - 1 : 0;  // the first is number 1, as at ACME
    room_ = std::min<std::uint64_t>(query.limit.value_or(store.options.results), store.options.results);
  }

  Listing below(const Resource& target) {
    descend(target, 1);
    return std::move(found_);
  }

 private:
  void descend(const Resource& parent, std::uint64_t level) {
    if (level > request_.query.level.value_or(UINT64_MAX)) return;
    for (const auto* const siblings : {&parent.children, &parent.instances}) {
      for (const auto& [sequence, child] : *siblings) {
        if (found_.size() >= room_) return;
        if (child->expires <= request_.now) continue;
        take(*child);
        descend(*child, level + 1);
      }
    }
  }

  void take(const Resource& resource) {
    if (!request_.query.matches(resource)) return;
    if (!allowed(store_.tree, store_.options, resource, request_.originator, permission_)) return;
    if (skip_ > 0)
      --skip_;
    else
      found_.push_back(&resource);
  }

  Store& store_;
  const Request& request_;
  Permission permission_;
  std::uint64_t skip_ = 0, room_ = 0;
  Listing found_;
};

// The result contents that show a resource together with what is below it.
Answer<std::string> show(Store& store, const Request& request, const Resource& resource, std::uint64_t rcn,
                         Permission permission) {
  if (rcn == kAttributes) return representation(resource);
  const std::string& cse = store.options.id;
  const auto below = [&] { return Collector(store, request, permission).below(resource); };
  switch (rcn) {
    case kAttributesAndChildren: return withChildren(resource, OwnAttributes::shown, below());
    case kAttributesAndReferences: return withReferences(store.tree, resource, below(), cse);
    case kReferences: return references(store.tree, below(), cse);
    case kChildren: return withChildren(resource, OwnAttributes::left, below());
    default: return refuse(rsc::kBadRequest, "not a result content of this operation (rcn)");
  }
}

Answer<Reply> discover(Store& store, const Request& request, const Resource& resource) {
  const std::uint64_t rcn = request.query.resultContent.value_or(kDiscoveryResult);
  if (rcn == kAttributes) return refuse(rsc::kBadRequest, "not a result content of a discovery (rcn)");
  if (rcn == kDiscoveryResult) {
    const Listing found = Collector(store, request, Permission::discovery).below(resource);
    return Reply{rsc::kOk, uriList(store.tree, found, request.query, store.options.id)};
  }
  auto content = show(store, request, resource, rcn, Permission::discovery);
  if (!content) return tl::unexpected(content.error());
  return Reply{rsc::kOk, std::move(*content)};
}

// acpi has a rule of its own (TS-0004 7.4.2.2.3): alone in the request, and allowed by the policies it replaces.
Answer<> checkUpdateRight(Store& store, const Request& request, const Resource& resource) {
  const auto& changes = request.content.attributes;
  if (lookup(changes, "acpi") == nullptr) {
    if (allowed(store.tree, store.options, resource, request.originator, Permission::update)) return {};
    return noPrivilege(request, "update");
  }
  if (changes.size() > 1) return refuse(rsc::kBadRequest, "acpi must be the only attribute of an UPDATE (acpi)");
  if (mayChangePolicies(store.tree, store.options, resource, request.originator)) return {};
  return noPrivilege(request, "change the policies of");
}

Answer<> checkUpdateRequest(Store& store, const Request& request, const Resource& resource) {
  if (const auto may = checkUpdateRight(store, request, resource); !may) return may;
  if (request.content.root != resource.root) {
    return refuse(rsc::kContentsUnacceptable, "this is a " + resource.root + " (/" + request.content.root + ")");
  }
  const std::uint64_t rcn = request.query.resultContent.value_or(kAttributes);
  if (rcn != kNothing && rcn != kAttributes && rcn != kModified) {
    return refuse(rsc::kBadRequest, "not a result content of an UPDATE (rcn)");
  }
  return checkUpdate(resource, request.content, request.now);
}

}  // namespace

Answer<Reply> retrieve(Store& store, const Request& request) {
  const Target target = store.tree.locate(request.primitive.to, request.now);
  if (target.resource == nullptr) return notFound(request);
  const Resource& resource = *target.resource;
  if (request.query.discovers()) return discover(store, request, resource);
  if (!allowed(store.tree, store.options, resource, request.originator, Permission::retrieve))
    return noPrivilege(request, "retrieve");
  auto content =
      show(store, request, resource, request.query.resultContent.value_or(kAttributes), Permission::retrieve);
  if (!content) return tl::unexpected(content.error());
  return Reply{rsc::kOk, std::move(*content)};
}

Answer<Reply> update(Store& store, Request request) {
  const Target target = store.tree.locate(request.primitive.to, request.now);
  if (target.isVirtual) return refuse(rsc::kOperationNotAllowed, "an instance never changes");
  if (target.resource == nullptr) return notFound(request);
  Resource& resource = *target.resource;
  if (isInstance(resource.type)) return refuse(rsc::kOperationNotAllowed, "an instance never changes");
  if (const auto checked = checkUpdateRequest(store, request, resource); !checked)
    return tl::unexpected(checked.error());
  if (const auto applied = apply(store, request, resource); !applied) return tl::unexpected(applied.error());

  resource.modified = request.now;
  if (hasStateTag(resource.type)) ++resource.state;
  if (holdsInstances(resource.type)) store.tree.evict(resource, request.now);
  store.events.updated(resource, request.content.attributes, request.now);
  const std::uint64_t rcn = request.query.resultContent.value_or(kAttributes);
  if (rcn == kNothing) return Reply{rsc::kUpdated, {}};
  return Reply{rsc::kUpdated, rcn == kModified ? assigned(resource, false) : representation(resource)};
}

std::optional<CseNotification> blockingUpdate(Store& store, const Request& request) {
  const Target target = store.tree.locate(request.primitive.to, request.now);
  if (target.isVirtual || target.resource == nullptr || target.resource->subscriptions.empty()) return std::nullopt;
  if (!checkUpdateRequest(store, request, *target.resource)) return std::nullopt;
  return store.events.blocking(*target.resource, request.content.attributes, request.originator, request.now);
}

Answer<Reply> remove(Store& store, const Request& request) {
  const Target target = store.tree.locate(request.primitive.to, request.now);
  if (target.resource == nullptr) return notFound(request);
  Resource& resource = *target.resource;
  if (resource.type == ResourceType::cseBase) return refuse(rsc::kOperationNotAllowed, "the CSEBase stays");
  if (!allowed(store.tree, store.options, resource, request.originator, Permission::remove))
    return noPrivilege(request, "delete");
  // A contentInstance deleted by way of `la` or `ol` comes back, as at ACME: who deletes it could not name it.
  const std::uint64_t rcn = request.query.resultContent.value_or(target.isVirtual ? kAttributes : kNothing);
  auto content =
      rcn == kNothing ? Answer<std::string>(std::string()) : show(store, request, resource, rcn, Permission::retrieve);
  if (!content) return tl::unexpected(content.error());
  store.events.removing(resource, request.now);
  store.tree.remove(resource);
  return Reply{rsc::kDeleted, std::move(*content)};
}

}  // namespace isthmus::onem2m::cse
