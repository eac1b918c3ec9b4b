#pragma once

#include "onem2m/client/binding.h"
#include "onem2m/client/cse_settings.h"
#include "onem2m/client/device_tree.h"
#include "onem2m/client/notified_place.h"
#include "onem2m/client/outcome.h"
#include "onem2m/client/requester.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace isthmus::onem2m {

// A contentInstance to be made. `parent` is the container's path below the device's place, e.g. "3303/0/5700".
struct InstanceRequest {
  std::string device;  // the device's resource name, as CseClient::devicePath takes it
  std::string parent;
  std::string name;
  std::string content;      // `con`
  std::string contentInfo;  // `cnf`, "" for none
  std::vector<std::string> labels;
  std::string objectLink = {};  // below the device's place: "3303/0"
};

// A timeSeriesInstance to be made, likewise.
struct SeriesRequest {
  std::string device;
  std::string parent;
  std::string name;
  std::string content;
  WallTime time{};       // of the reading: dgt
  unsigned counter = 0;  // tells apart those of one series that have the same time: six digits of it
};

// The requests that the proxy makes, over one connection. Blocking; used by one thread.
class CseClient {
 public:
  // `settings`, `profile` and `clock` must outlive the client.
  CseClient(std::unique_ptr<Connection> connection, const CseSettings& settings, CseProfile& profile,
            const Clock& clock);

  // The structured path of a device: "cse-in/<name>" or, with single-ae, "cse-in/isthmus/<name>".
  static std::string devicePath(const CseSettings& settings, const std::string& device);

  // One request, not repeated here: a row in doubt is posted again by whoever keeps it, under the same name.
  Attempt post(const InstanceRequest& request);
  Attempt post(const SeriesRequest& request);
  // Sets the attributes of a flexContainer or mgmtObj. Safe to repeat. noParent: it is not there, see ensureTarget.
  Attempt set(const std::string& device, const DeviceTree::Target& target);

  // The proxy's own AE and its two policies: adopted if there, made if not.
  Attempt syncProxy();
  // The device's AE (and node), `online`, and the given containers: made if missing, never deleted.
  Attempt syncDevice(const DeviceTree& tree);
  // The containers from the device's place down to `path`, as for a resource's first value. noParent: the device's
  // place itself is missing. `endpoint` is for the labels; without it they say the device's name.
  Attempt ensureContainer(const std::string& device, const DeviceTree::Container& container,
                          const std::string& endpoint = {});
  // The same for a target of any form, with the attributes that are known of it.
  Attempt ensureTarget(const std::string& device, const DeviceTree::Target& target, const std::string& endpoint = {});
  // Deletes the device's place and all below it; done as well if it was gone.
  Attempt removeDevice(const std::string& device);

  struct Latest {
    std::string content;                // `con`
    std::optional<WallTime> committed;  // of an instance of ours
  };
  // The container's latest contentInstance; nothing if it has none.
  Result<std::optional<Latest>> latest(const std::string& device, const std::string& parent);
  // Where the subscription with this address stands (`sur` of a notification); nothing if it is not one of ours. Asks
  // the CSE only where the address does not say it.
  Result<std::optional<NotifiedPlace>> placeOf(const std::string& subscription);
  // The address that notifications name the place's subscription by, where they do by its id; nothing if there is none.
  // Error: unavailable, refused.
  Result<std::optional<std::string>> subscriptionAt(const NotifiedPlace& place);
  // Asks for the CSEBase: is somebody there?
  Attempt probe();

 private:
  Attempt postAt(const SeriesRequest& request, const std::string& time);

  Requester requester_;
  const CseSettings& settings_;
  CseProfile& profile_;
  RequestPrimitive instance_;  // the request of post(), filled again and again
  RequestPrimitive series_;
};

}  // namespace isthmus::onem2m
