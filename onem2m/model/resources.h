#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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
};

struct SubscriptionResource {
  std::string name;
  std::vector<std::string> notificationUris;  // nu
  std::vector<int> events;                    // enc/net, TS-0004 6.3.4.2.19
  int contentType = 0;                        // nct, TS-0004 6.3.4.2.20
  std::vector<std::string> policies;
};

}  // namespace isthmus::onem2m
