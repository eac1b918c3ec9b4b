#pragma once

#include "ipe/proxy/journal.h"
#include "onem2m/client/cse_client.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace isthmus::proxy {

// Rows to be posted by one worker. Those of one target stand together and in order; a worker leaves out what follows a
// row of the same target that was not delivered.
struct PostWork {
  struct Post {
    std::uint32_t target = 0;  // Delivery's own number
    std::uint64_t row = 0;
    std::string device;                // resource name
    std::optional<OutboxRow> content;  // absent: to be read from the outbox
  };
  std::vector<Post> posts;
};

// Rows are to be read from the outbox, before workers post them.
struct ReadWork {
  static constexpr std::size_t kMostRows = 1024;
  static constexpr std::size_t kMostBytes = 1 << 20;  // of OutboxRow::bytes(); a row more may be read

  std::uint64_t from = 0, to = 0;
  std::vector<OutboxRow> rows;  // what the worker found; ids ascend
  std::uint64_t upTo = 0;       // how far it came: `to`, or less at one of the limits
};

// A device's place is to be made, or made complete.
struct TreeWork {
  DeviceIndex device = 0;
  std::uint64_t wanted = 0;
  onem2m::DeviceTree tree;
};

// A resource's container, or what else its values go to, is to be made for its first values.
struct ContainerWork {
  std::uint32_t target = 0;
  DeviceIndex device = 0;
  std::string name;                 // of the device
  std::string endpoint;             // for its labels
  std::vector<std::uint64_t> rows;  // the oldest of the target, which they name
};

// Is the CSE there, and the proxy's own AE in it?
struct ProbeWork {};

// A device's place is to be deleted.
struct RemoveWork {
  std::string name;
};

using Work = std::variant<PostWork, ReadWork, TreeWork, ContainerWork, ProbeWork, RemoveWork>;

struct WorkResult {
  Work work;
  std::vector<onem2m::Attempt> attempts;  // of PostWork: one a post; of the others a single one
};

}  // namespace isthmus::proxy
