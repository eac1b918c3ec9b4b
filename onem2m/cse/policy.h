#pragma once

#include "onem2m/cse/content.h"
#include "onem2m/cse/resource.h"

#include <string_view>
#include <vector>

namespace isthmus::onem2m::cse {

// pv and pvs of an ACP (TS-0001 9.6.2).
Answer<Policy> policyOf(const std::vector<Attribute>& attributes);

// nu, enc and nct of a subscription (TS-0001 9.6.8).
Answer<Criteria> criteriaOf(const std::vector<Attribute>& attributes);

// Does one of the rules let `originator` do that? `child` is the type to be created, for CREATE.
bool grants(const std::vector<AccessRule>& rules, std::string_view originator, Permission permission,
            ResourceType target, ResourceType child);

}  // namespace isthmus::onem2m::cse
