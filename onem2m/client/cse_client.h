#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "onem2m/client/binding.h"

namespace isthmus::onem2m {

enum class Layout { ts0014, singleAe };

// The part of the configuration that decides what is asked of the CSE and by whom.
struct CseSettings {
  std::string base = "cse-in";   // resource name of the CSEBase
  std::string cseId = "/id-in";
  std::string originator = "CIsthmus";
  std::string name = "isthmus";  // the proxy's own AE
  std::string release = "3";
  Layout layout = Layout::ts0014;
  std::vector<std::string> readers;    // AE-IDs, or "all"
  std::vector<std::string> operators;
  std::string nodeOriginator;          // "": no <node>
  std::string notifyUrl;               // poa
  std::int64_t mni = 1000;             // of created containers; 0: not set
  std::int64_t mia = 0;                // seconds; 0: not set
  milliseconds patience{10000};        // for one answer
};

// What was learnt of the CSE; shared by all connections. Thread-safe.
struct CseProfile {
  std::atomic<bool> refusesAcpi = false;
  std::atomic<bool> refusesNode = false;
};

// How one request to the CSE ended, as far as delivery cares.
enum class Outcome {
  done,          // created now
  alreadyThere,  // 4105 on a name of ours: an earlier attempt arrived
  noParent,      // 4004: something above it is missing
  notAllowed,    // 4103, 4107: perhaps the AE or an ACP is missing
  rejected,      // the CSE will never take this one (4000, 4102, 5207 ...)
  inDoubt,       // sent, no answer
  unavailable,   // not sent: no connection
  busy,          // 5xx, 429: later
};

struct Attempt {
  Outcome outcome = Outcome::done;
  int status = 0;      // responseStatusCode, 0 if none came
  std::string reason;  // for people
};

// A contentInstance to be made. `parent` is the container's path below the device's place, e.g. "3303/0/5700".
struct InstanceRequest {
  std::string device;  // the device's resource name, as CseClient::devicePath takes it
  std::string parent;
  std::string name;
  std::string content;      // `con`
  std::string contentInfo;  // `cnf`, "" for none
  std::vector<std::string> labels;
};

// A device's place in the CSE.
struct DeviceTree {
  std::string name;      // resource name; the AE-ID is "C" + name
  std::string endpoint;  // for labels and appName
  struct Container {
    std::string path;    // "3303", "3303/0"; parents come before their children
    bool writable = false;  // gets the operators' policy
    std::string entityType; // "Object", "ObjectInstance", "Resource": for the labels
  };
  std::vector<Container> containers;
};

// The requests that the proxy makes, over one connection. Blocking; used by one thread.
class CseClient {
 public:
  // `settings`, `profile` and `clock` must outlive the client.
  CseClient(std::unique_ptr<Connection> connection, const CseSettings& settings, CseProfile& profile, const Clock& clock);

  // The structured path of a device: "cse-in/<name>" or, with single-ae, "cse-in/isthmus/<name>".
  static std::string devicePath(const CseSettings& settings, const std::string& device);

  Attempt post(const InstanceRequest& request);

  // The proxy's own AE and its two policies: adopted if there, made if not.
  Attempt syncProxy();
  // The device's AE (and node), `online`, and the given containers: made if missing, never deleted.
  Attempt syncDevice(const DeviceTree& tree);
  // The containers from the device's place down to `path`, as for a resource's first value.
  Attempt ensureContainer(const std::string& device, const DeviceTree::Container& container);
  // Deletes the device's place and all below it.
  Attempt removeDevice(const std::string& device);

  // `con` of the container's latest contentInstance; nothing if it has none.
  Result<std::optional<std::string>> latest(const std::string& device, const std::string& parent);
  // Asks for the CSEBase: is somebody there?
  Attempt probe();

 private:
  std::unique_ptr<Connection> connection_;
  const CseSettings& settings_;
  CseProfile& profile_;
  const Clock& clock_;
};

}  // namespace isthmus::onem2m
