#pragma once

#include "ipe/base/clock.h"
#include "onem2m/cse/content.h"
#include "onem2m/cse/resource.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::onem2m::cse {

// What TS-0004 7.4 says about resource types and their attributes, as far as this CSE knows them.

bool isKnownType(ResourceType type);      // a resource type of oneM2M
bool isSupportedType(ResourceType type);  // one that this CSE can create
bool mayHaveChild(ResourceType parent, ResourceType child);
// Does `root` ("m2m:cnt") name a resource of that type?
bool rootMatches(ResourceType type, std::string_view root);
// "cnt" of "m2m:cnt", "tempe" of "cod:tempe": also the start of the resource ids.
std::string_view shortName(std::string_view root);
bool isSpecialized(ResourceType type);  // the root name is the specialization's: flexContainer, mgmtObj
bool hasStateTag(ResourceType type);

// Only RFC 3986 unreserved characters (TS-0001 7.2).
bool isValidName(std::string_view name);

// Presence and form of each attribute of a CREATE or UPDATE; unknown attributes are let pass.
Answer<> checkCreate(ResourceType type, const Content& content, WallTime now);
Answer<> checkUpdate(const Resource& resource, const Content& content, WallTime now);

}  // namespace isthmus::onem2m::cse
