#pragma once

#include "onem2m/client/device_tree.h"
#include "onem2m/client/outcome.h"
#include "onem2m/client/requester.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::onem2m {

std::string devicePath(const CseSettings& settings, const std::string& device);
// "." cannot be in a device's name, so a <node> never meets an <AE> of the same name.
std::string nodePath(const CseSettings& settings, const std::string& device);
std::string targetPath(const CseSettings& settings, const std::string& device, const DeviceTree::Target& target);
// "Object" for "3303", "ObjectInstance" for "3303/0" ...
std::string_view entityTypeAt(std::string_view path);

// One device's place in the CSE: made top down, one request for each resource; what is there already is adopted without
// being read. All arguments must outlive it; used for one synchronisation, by one thread.
class DevicePlace {
 public:
  DevicePlace(Requester& requester, const CseSettings& settings, CseProfile& profile, std::string device,
              std::string endpoint)
      : requester_(requester),
        settings_(settings),
        profile_(profile),
        device_(std::move(device)),
        endpoint_(std::move(endpoint)) {}

  // Targets that the CSE refuses, or fails on, do not keep the rest from being made: `reason` of the attempt, which is
  // then done, tells of them.
  Attempt sync(const DeviceTree& tree);
  Attempt ensure(const DeviceTree::Container& container);
  Attempt ensure(const DeviceTree::Target& target);
  // Sets the attributes of a flexContainer or mgmtObj. noParent: it is not there.
  Attempt set(const DeviceTree::Target& target);

 private:
  // A resource to be made: all but whether it carries a policy.
  struct Creation {
    std::string parent;
    std::string name;
    std::string from;
    ResourceType type = ResourceType::container;
    std::string root;
    std::string_view policy;  // which of the proxy's two
    std::function<std::string(std::vector<std::string> policies)> content;
  };

  Attempt makeTop();
  Creation aeCreation() const;
  Creation containerCreation(std::string path, std::vector<std::string> labels, std::string_view policy) const;
  std::vector<std::string> labels(std::string_view entityType, std::string_view path) const;
  Attempt makeContainer(const DeviceTree::Container& container);
  Attempt subscribe(const std::string& resource, const std::string& path, int event);
  Attempt withSubscription(const DeviceTree::Target& target, Attempt made);
  Creation targetCreation(const DeviceTree::Target& target) const;
  Creation seriesCreation(Creation creation, const DeviceTree::Target& target) const;
  Creation specializedCreation(Creation creation, const DeviceTree::Target& target) const;
  Attempt change(const Creation& creation, const Attributes& changes);
  Attempt setFixed(const DeviceTree::Target& target, const Creation& creation, const Attributes& changes);
  Attempt makeTarget(const DeviceTree::Target& target);
  Attempt makeTargets(const std::vector<DeviceTree::Target>& targets);
  Attempt syncNode();
  Attempt linkNode(const Result<ResponsePrimitive>& created);

  Attempt make(const Creation& creation);
  Attempt makeOnce(const Creation& creation, bool withPolicy);
  Attempt withoutPolicy(const Creation& creation, const Attempt& refusal);
  Attempt afterRepair(const Creation& creation, const Attempt& refusal);
  Attempt linkPolicy(const Creation& creation);

  Requester& requester_;
  const CseSettings& settings_;
  CseProfile& profile_;
  std::string device_;
  std::string endpoint_;
  bool topIsNew_ = false;
  bool repaired_ = false;      // the proxy's own place was looked after already
  bool policiesLost_ = false;  // what is there has no policy any more: it gets it again
};

}  // namespace isthmus::onem2m
