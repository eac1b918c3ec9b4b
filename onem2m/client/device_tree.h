#pragma once

#include <string>
#include <vector>

namespace isthmus::onem2m {

// A device's place in the CSE.
struct DeviceTree {
  std::string name;      // resource name; the AE-ID is "C" + name
  std::string endpoint;  // for labels and appName
  struct Container {
    std::string path;        // "3303", "3303/0"; parents come before their children
    bool writable = false;   // gets the operators' policy
    std::string entityType;  // "Object", "ObjectInstance", "Resource": for the labels
  };
  std::vector<Container> containers;
};

}  // namespace isthmus::onem2m
