#pragma once

#include "ipe/base/clock.h"
#include "onem2m/cse/content.h"
#include "onem2m/model/primitive.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace isthmus::onem2m::cse {

// accessControlOperations, TS-0004 6.3.4.2.29
enum class Permission : unsigned { create = 1, retrieve = 2, update = 4, remove = 8, notify = 16, discovery = 32 };

// One accessControlRule, TS-0001 9.6.2.
struct AccessRule {
  struct Details {  // acod: which resource types, and which child types of a CREATE; empty lists restrict nothing
    std::vector<std::uint64_t> types, childTypes;
  };
  std::vector<std::string> originators;
  unsigned operations = 0;
  std::vector<Details> details;
};

struct Policy {
  std::vector<AccessRule> privileges, selfPrivileges;
};

// When a subscription notifies, TS-0001 9.6.8.
struct Criteria {
  std::vector<std::uint64_t> events = {1};  // enc/net
  std::vector<std::uint64_t> childTypes;    // enc/chty
  std::vector<std::string> attributes;      // enc/atr
  std::uint64_t contentType = 1;            // nct
  std::vector<std::string> targets;         // nu
  std::string releaseVersion;               // of the request that made it
};

// What containers and timeSeries hold in order, first to last.
constexpr bool isInstance(ResourceType type) {
  return type == ResourceType::contentInstance || type == ResourceType::timeSeriesInstance;
}
constexpr bool holdsInstances(ResourceType type) {
  return type == ResourceType::container || type == ResourceType::timeSeries;
}

// A node of the tree. What the CSE keeps itself has a member, what the client gave is in `attributes`.
struct Resource {
  ResourceType type = ResourceType::container;
  std::string root;  // "m2m:cnt", "cod:tempe"
  std::string name, id;
  std::string owner;  // who created it; of an AE its AE-ID
  WallTime created, modified, expires;
  std::uint64_t sequence = 0;  // of creation, over the whole tree
  std::uint64_t state = 0;     // stateTag
  std::size_t size = 0;        // contentSize; of a container currentByteSize
  std::vector<std::string> labels, policies;
  std::vector<Attribute> attributes;
  std::unique_ptr<Policy> policy;      // of an ACP
  std::unique_ptr<Criteria> criteria;  // of a subscription

  Resource* parent = nullptr;
  std::size_t depth = 0;
  // By creation. Instances are kept apart from the other children: first is `ol`, last is `la`.
  std::map<std::uint64_t, std::unique_ptr<Resource>> children, instances;
  std::unordered_map<std::string_view, Resource*> names;  // of both; the views are into the children
  std::vector<Resource*> subscriptions;                   // of the children
};

}  // namespace isthmus::onem2m::cse
