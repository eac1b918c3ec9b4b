#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace isthmus::onem2m {

// The attributes that the proxy sets and reads (TS-0001 9.6). What is empty, or zero, is not said.

struct AeResource {
  std::string name;                         // rn
  std::string appId;                        // api
  std::string appName;                      // apn
  std::string aeId;                         // aei: given by the CSE
  std::optional<bool> reachable;            // rr
  std::vector<std::string> pointsOfAccess;  // poa
  std::vector<std::string> releases;        // srv
  std::vector<std::string> labels;          // lbl
  std::vector<std::string> policies;        // acpi
  std::string nodeLink;                     // nl
};

// accessControlOperations (TS-0004 6.3.4.2.29): sums of these.
namespace acop {
inline constexpr int kCreate = 1, kRetrieve = 2, kUpdate = 4, kDelete = 8, kNotify = 16, kDiscovery = 32, kAll = 63;
}  // namespace acop

struct AccessRule {
  std::vector<std::string> originators;  // acor: AE-IDs, or "all"
  int operations = 0;                    // acop
  bool operator==(const AccessRule&) const = default;
};

struct PolicyResource {
  std::string name;
  std::vector<AccessRule> privileges;      // pv
  std::vector<AccessRule> selfPrivileges;  // pvs: who may change the policy itself
};

struct NodeResource {
  std::string name;
  std::string nodeId;                  // ni
  std::vector<std::string> hostedAes;  // hael
  std::vector<std::string> labels;
  std::vector<std::string> policies;
};

struct ContainerResource {
  std::string name;
  std::vector<std::string> labels;
  std::vector<std::string> policies;
  std::int64_t maxInstances = 0;  // mni
  std::int64_t maxAge = 0;        // mia, seconds
};

// Borrowed: written many thousand times a second.
struct ContentInstance {
  std::string_view name;
  std::string_view content;      // con
  std::string_view contentInfo;  // cnf
  const std::vector<std::string>* labels = nullptr;
  std::string_view objectLink = {};  // conr: a contentRef of the name ObjectLink (TS-0014 8.2)
};

struct TimeSeriesResource {
  std::string name;
  std::vector<std::string> labels;
  std::vector<std::string> policies;
  std::int64_t maxInstances = 0;  // mni
  std::int64_t maxAge = 0;        // mia, seconds
  std::string contentInfo;        // cnf
};

struct TimeSeriesInstance {
  std::string_view name;
  std::string_view content;         // con
  std::string_view dataGeneration;  // dgt, m2m:timestamp
};

// A flexContainer or a mgmtObj. `attributes`: its own, each as JSON text.
struct SpecializedResource {
  std::string root;  // "cod:tempe", "m2m:bat"
  std::string name;
  std::string containerDefinition;       // cnd
  unsigned mgmtDefinition = 0;           // mgd
  std::vector<std::string> objectIds;    // obis
  std::vector<std::string> objectPaths;  // obps
  std::vector<std::string> labels;
  std::vector<std::string> policies;
  std::vector<std::pair<std::string, std::string>> attributes;
};

struct SubscriptionResource {
  std::string name;
  std::vector<std::string> notificationUris;  // nu
  std::vector<int> events;                    // enc/net, TS-0004 6.3.4.2.19
  int contentType = 0;                        // nct, TS-0004 6.3.4.2.20
  std::vector<std::string> policies;
  std::vector<int> childTypes = {};  // enc/chty, resource types
  std::vector<std::string> labels = {};
};

}  // namespace isthmus::onem2m
