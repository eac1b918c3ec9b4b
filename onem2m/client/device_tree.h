#pragma once

#include "onem2m/codec/attributes.h"
#include "onem2m/model/primitive.h"

#include <cstdint>
#include <string>
#include <vector>

namespace isthmus::onem2m {

// A device's place in the CSE.
struct DeviceTree {
  std::string name;      // resource name; the AE-ID is "C" + name
  std::string endpoint;  // for labels and appName
  struct Container {
    std::string path;                      // "3303", "3303/0"; parents come before their children
    bool writable = false;                 // gets the operators' policy
    std::string entityType;                // "Object", "ObjectInstance", "Resource": for the labels
    std::vector<std::string> labels = {};  // besides those that every resource gets
    bool subscribed = false;               // the proxy is to be notified of what is created in it
  };
  std::vector<Container> containers;

  // A resource for values that is made with the first of them.
  struct Target {
    ResourceType type = ResourceType::container;  // also timeSeries, flexContainer and mgmtObj
    std::string path;                             // below the device's place, of a mgmtObj below its <node>
    bool writable = false;                        // gets the operators' policy
    std::vector<std::string> labels;              // besides those that every resource gets
    std::string contentInfo;                      // of a timeSeries
    std::string kind;                             // root of a flexContainer or mgmtObj: "cod:tempe"
    Attributes attributes;                        // of it, that are known
    std::uint16_t object = 0;                     // of a mgmtObj, where it comes from (TS-0005 6.2): the object ...
    std::string objectPath;                       // ... and its instance, "/3/0"
  };
  std::vector<Target> targets = {};  // that no value ever comes for: actions
};

}  // namespace isthmus::onem2m
