#include "onem2m/cse/access.h"

#include "onem2m/cse/policy.h"

#include <algorithm>

namespace isthmus::onem2m::cse {
namespace {

// Registered AEs may look at the CSEBase, and anyone may put an ACP below it.
bool allowedAtBase(Tree& tree, std::string_view originator, Permission permission, ResourceType child) {
  if (permission == Permission::retrieve) {
    const Resource* const ae = tree.byId(originator);
    return ae != nullptr && ae->type == ResourceType::ae;
  }
  return permission == Permission::create && child == ResourceType::accessControlPolicy;
}

}  // namespace

bool allowed(Tree& tree, const CseOptions& options, const Resource& target, std::string_view originator,
             Permission permission, ResourceType child) {
  if (originator == options.admin || originator == options.id) return true;
  switch (target.type) {
    case ResourceType::cseBase: return allowedAtBase(tree, originator, permission, child);
    case ResourceType::contentInstance:
    case ResourceType::timeSeriesInstance: return allowed(tree, options, *target.parent, originator, permission);
    case ResourceType::accessControlPolicy:
      return grants(target.policy->selfPrivileges, originator, permission, target.type, child);
    default: break;
  }
  if (target.policies.empty()) return target.owner == originator;
  return std::any_of(target.policies.begin(), target.policies.end(), [&](const std::string& id) {
    const Resource* const acp = tree.byId(id);
    return acp != nullptr && grants(acp->policy->privileges, originator, permission, target.type, child);
  });
}

bool mayChangePolicies(Tree& tree, const CseOptions& options, const Resource& target, std::string_view originator) {
  if (originator == options.admin) return true;
  if (target.policies.empty()) return target.owner == originator;
  return std::any_of(target.policies.begin(), target.policies.end(), [&](const std::string& id) {
    const Resource* const acp = tree.byId(id);
    return acp != nullptr && grants(acp->policy->selfPrivileges, originator, Permission::update, target.type, {});
  });
}

}  // namespace isthmus::onem2m::cse
