#pragma once

#include "ipe/proxy/journal.h"
#include "onem2m/client/cse_client.h"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace isthmus::proxy {

// Rows to be posted by one worker: targets side by side, each target's rows in order. A worker stops a target at its
// first row that is not delivered.
struct PostWork {
  struct Item {
    std::uint32_t target = 0;  // Delivery's own number
    std::string device;        // resource name
    std::vector<std::uint64_t> rows;
  };
  std::vector<Item> items;
};

// A device's place is to be made, or made complete.
struct TreeWork {
  DeviceIndex device = 0;
  std::uint64_t wanted = 0;
  onem2m::DeviceTree tree;
};

// A resource's container is to be made, for its first value.
struct ContainerWork {
  std::uint32_t target = 0;
  DeviceIndex device = 0;
  std::string name;       // of the device
  std::string endpoint;   // for its labels
  std::uint64_t row = 0;  // whose target names the container
};

// Is the CSE there, and the proxy's own AE in it?
struct ProbeWork {};

// A device's place is to be deleted.
struct RemoveWork {
  std::string name;
};

using Work = std::variant<PostWork, TreeWork, ContainerWork, ProbeWork, RemoveWork>;

struct WorkResult {
  Work work;
  // Of PostWork: one list an item, one attempt a row as far as it came; of the others a single one.
  std::vector<std::vector<onem2m::Attempt>> attempts;
};

}  // namespace isthmus::proxy
