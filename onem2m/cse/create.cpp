#include "onem2m/cse/access.h"
#include "onem2m/cse/changes.h"
#include "onem2m/cse/operations.h"
#include "onem2m/cse/policy.h"
#include "onem2m/cse/rules.h"

#include <algorithm>
#include <chrono>

namespace isthmus::onem2m::cse {
namespace {

constexpr std::size_t kMaxDepth = 64;                  // of the tree: it is walked recursively
constexpr std::chrono::hours kLifetime{24 * 365 * 5};  // expirationTime when none is given

Answer<Resource*> parentOf(Store& store, const Request& request) {
  const RequestPrimitive& primitive = request.primitive;
  if (!primitive.type) return refuse(rsc::kBadRequest, "a CREATE needs a resource type (ty)");
  if (!isKnownType(*primitive.type)) return refuse(rsc::kBadRequest, "no such resource type (ty)");
  const Target target = store.tree.locate(primitive.to, request.now);
  if (target.isVirtual) return refuse(rsc::kOperationNotAllowed, "nothing can be created at " + primitive.to);
  if (target.resource == nullptr) return refuse(rsc::kNotFound, "no such resource: " + primitive.to);
  return target.resource;
}

Answer<> checkPrivileges(Store& store, const Request& request, const Resource& parent) {
  const ResourceType type = *request.primitive.type;
  if (type == ResourceType::ae) return {};  // registration has rules of its own
  const auto may = [&](Permission permission) {
    return allowed(store.tree, store.options, parent, request.originator, permission, type);
  };
  // Who subscribes learns what is there: TS-0001 10.2.11.2 wants RETRIEVE too.
  if (may(Permission::create) && (type != ResourceType::subscription || may(Permission::retrieve))) return {};
  return refuse(rsc::kOriginatorHasNoPrivilege,
                request.originator + " may not create below " + store.tree.pathOf(parent));
}

// The AE-ID that a registration asks for: TS-0001 10.2.2.2.
Answer<std::string> aeIdOf(Store& store, const Request& request) {
  const std::string& stem = request.originator;
  if (stem.empty() || stem == "C" || stem == "S") return store.tree.newId(stem.empty() ? "C" : stem);
  if (stem == store.options.admin) return refuse(rsc::kOriginatorHasAlreadyRegistered, "the administrator is no AE");
  if (stem.front() != 'C' && stem.front() != 'S') {
    return refuse(rsc::kSecurityAssociationRequired, "an AE-ID starts with C or S: " + stem);
  }
  if (!isValidName(stem)) return refuse(rsc::kBadRequest, "an AE-ID has only unreserved characters: " + stem);
  if (store.tree.byId(stem) != nullptr)
    return refuse(rsc::kOriginatorHasAlreadyRegistered, stem + " is registered already");
  return stem;
}

Answer<> checkType(const Store& store, const Request& request, const Resource& parent) {
  const ResourceType type = *request.primitive.type;
  if (!isSupportedType(type)) return refuse(rsc::kNotImplemented, "this resource type is not supported (ty)");
  if (!rootMatches(type, request.content.root)) {
    return refuse(rsc::kBadRequest, "ty and content do not go together (/" + request.content.root + ")");
  }
  if (!mayHaveChild(parent.type, type)) return refuse(rsc::kInvalidChildResourceType, "not below " + parent.root);
  if (parent.depth >= kMaxDepth) return refuse(rsc::kNotAcceptable, "the tree is too deep there");
  if (store.tree.size() >= store.options.resources) return refuse(rsc::kNotAcceptable, "this CSE is full");
  return checkCreate(type, request.content, request.now);
}

Answer<std::string> nameOf(Store& store, const Request& request, const Resource& parent, const std::string& id) {
  const Attribute* const rn = lookup(request.content.attributes, "rn");
  if (rn == nullptr) {
    std::string name = id;
    while (parent.names.contains(name)) name = store.tree.newId(shortName(request.content.root));
    return name;
  }
  std::string name = *textOf(*rn);
  if (!isValidName(name)) return refuse(rsc::kBadRequest, "a resource name has only unreserved characters (rn)");
  if (name == "la" || name == "ol")
    return refuse(rsc::kOperationNotAllowed, "this name is taken by a virtual resource (rn)");
  if (parent.names.contains(name)) return refuse(rsc::kConflict, "there is a resource of that name: " + name);
  return name;
}

// rcn of a CREATE: nothing, attributes, address, both, or what the CSE assigned.
Answer<std::string> answerTo(Store& store, const Request& request, const Resource& created) {
  switch (request.query.resultContent.value_or(1)) {
    case 0: return std::string();
    case 1: return representation(created);
    case 2: return uriText(store.tree.pathOf(created));
    case 3: return withAddress(created, store.tree.pathOf(created));
    case 9: return assigned(created, true);
    default: return refuse(rsc::kBadRequest, "not a result content of a CREATE (rcn)");
  }
}

void countInstance(Resource& instance) {
  Resource& container = *instance.parent;
  if (!hasStateTag(instance.type)) return;
  instance.state = ++container.state;
}

void tellInstance(Store& store, const Resource& instance) {
  ++store.counters.instances;
  if (!store.accepted || instance.type != ResourceType::contentInstance) return;
  const Attribute* const con = lookup(instance.attributes, "con");
  store.accepted({store.tree.pathOf(*instance.parent), instance.name, con == nullptr ? std::string() : con->json});
}

Answer<std::unique_ptr<Resource>> build(Store& store, Request& request, const Resource& parent, std::string id) {
  auto resource = std::make_unique<Resource>();
  auto name = nameOf(store, request, parent, id);
  if (!name) return tl::unexpected(name.error());
  resource->type = *request.primitive.type;
  resource->root = request.content.root;
  resource->name = std::move(*name);
  resource->owner = resource->type == ResourceType::ae ? id : request.originator;
  resource->id = std::move(id);
  resource->created = resource->modified = request.now;
  resource->expires = request.now + kLifetime;
  if (lookup(request.content.attributes, "cr") != nullptr) {  // given as null: the creator is to be shown
    setAttribute(request.content.attributes, {"cr", JsonType::text, quoted(resource->owner), 0});
  }
  eraseAttribute(request.content.attributes, "rn");
  if (const auto applied = apply(store, request, *resource); !applied) return tl::unexpected(applied.error());
  return resource;
}

// Of one time there is one instance (TS-0004 7.4.39.2.1).
Answer<> checkTime(const Resource& parent, const Resource& instance) {
  const Attribute* const dgt = lookup(instance.attributes, "dgt");
  if (instance.type != ResourceType::timeSeriesInstance || dgt == nullptr) return {};
  for (const auto& [sequence, other] : parent.instances) {
    const Attribute* const its = lookup(other->attributes, "dgt");
    if (its != nullptr && its->json == dgt->json)
      return refuse(rsc::kConflict, "there is an instance of that time: " + dgt->json);
  }
  return {};
}

Answer<> checkSize(const Resource& parent, const Resource& instance) {
  const Attribute* const mbs = lookup(parent.attributes, "mbs");
  if (mbs == nullptr || instance.size <= countOf(*mbs).value_or(0)) return {};
  return refuse(rsc::kNotAcceptable, "larger than the container's maxByteSize (mbs)");
}

}  // namespace

std::vector<CseNotification> verifications(Store& store, const Request& request) {
  if (request.primitive.type != ResourceType::subscription) return {};
  const auto parent = parentOf(store, request);
  if (!parent || !checkPrivileges(store, request, **parent) || !checkType(store, request, **parent)) return {};
  const auto criteria = criteriaOf(request.content.attributes);
  if (!criteria) return {};
  return store.events.verifications(*criteria, request.originator, request.primitive, request.now);
}

Answer<Reply> create(Store& store, Request request) {
  const auto found = parentOf(store, request);
  if (!found) return tl::unexpected(found.error());
  Resource& parent = **found;
  const bool isAe = *request.primitive.type == ResourceType::ae;
  if (const auto may = checkPrivileges(store, request, parent); !may) return tl::unexpected(may.error());
  auto id = isAe ? aeIdOf(store, request) : store.tree.newId(shortName(request.content.root));
  if (!id) return tl::unexpected(id.error());
  if (const auto type = checkType(store, request, parent); !type) return tl::unexpected(type.error());
  auto built = build(store, request, parent, std::move(*id));
  if (!built) return tl::unexpected(built.error());
  const bool isInstance = cse::isInstance((*built)->type);
  if (const auto fits = isInstance ? checkSize(parent, **built) : Answer<>{}; !fits)
    return tl::unexpected(fits.error());
  if (const auto apart = checkTime(parent, **built); !apart) return tl::unexpected(apart.error());
  if (const auto rcn = request.query.resultContent.value_or(1); rcn > 3 && rcn != 9) {
    return refuse(rsc::kBadRequest, "not a result content of a CREATE (rcn)");
  }

  Resource& created = store.tree.add(parent, std::move(*built));
  if (isInstance) countInstance(created);
  auto content = answerTo(store, request, created);
  store.events.created(created, request.now);
  if (isInstance) {
    tellInstance(store, created);
    store.tree.evict(parent, request.now);
  }
  return Reply{rsc::kCreated, std::move(*content)};
}

}  // namespace isthmus::onem2m::cse
