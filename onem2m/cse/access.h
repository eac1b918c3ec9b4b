#pragma once

#include "onem2m/cse/tree.h"

#include <string_view>

namespace isthmus::onem2m::cse {

// May `originator` do that to `target`? (TS-0001 11.3, as ACME reads it: the creator alone where there is no acpi; acpi
// is not inherited, except by a contentInstance from its container; an ACP is guarded by its own pvs.) `child` is the
// type to be created, for CREATE.
bool allowed(Tree& tree, const CseOptions& options, const Resource& target, std::string_view originator,
             Permission permission, ResourceType child = {});

// May `originator` change the acpi of `target`? The pvs of the present policies decide.
bool mayChangePolicies(Tree& tree, const CseOptions& options, const Resource& target, std::string_view originator);

}  // namespace isthmus::onem2m::cse
