#pragma once

#include "onem2m/cse/query.h"
#include "onem2m/cse/resource.h"
#include "onem2m/cse/tree.h"

#include <functional>
#include <string>
#include <vector>

namespace isthmus::onem2m::cse {

// Representations of resources (TS-0004 8.4), by result content (rcn).

std::string representation(const Resource& resource);                       // {"m2m:cnt":{...}}
std::string uriText(const std::string& uri);                                // {"m2m:uri":"..."}
std::string withAddress(const Resource& resource, const std::string& uri);  // {"m2m:rce":{"cnt":{...},"uri":"..."}}
// What the CSE set or changed beyond the request: of a CREATE or an UPDATE with rcn 9.
std::string assigned(const Resource& resource, bool created);

// What was found below a target: in tree order, parents first.
using Listing = std::vector<const Resource*>;

std::string uriList(const Tree& tree, const Listing& found, const Query& query, const std::string& cseId);
std::string references(const Tree& tree, const Listing& found, const std::string& cseId);  // rcn 6
// rcn 5: the target's attributes and references to what is below
std::string withReferences(const Tree& tree, const Resource& target, const Listing& found, const std::string& cseId);
// rcn 4 and 8: what is below nested in what it stands under; what stands under something left out moves up.
enum class OwnAttributes { shown, left };
std::string withChildren(const Resource& target, OwnAttributes own, const Listing& found);

}  // namespace isthmus::onem2m::cse
