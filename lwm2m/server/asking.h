#pragma once

#include "lwm2m/server/operation_request.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace isthmus::lwm2m {

// A request to a device under way, in one format after the other until it takes one.
struct Asking {
  using Done = std::function<void(const Result<coap::IncomingResponse>&, const Asking&)>;

  std::uint32_t device = 0;
  DeviceOperation operation;
  std::optional<coap::Token> token;
  Done done;
  std::vector<ContentFormat> formats = {};
  std::size_t at = 0;

  ContentFormat format() const { return at < formats.size() ? formats[at] : ContentFormat::text; }
  bool hasNext() const { return at + 1 < formats.size(); }
};

}  // namespace isthmus::lwm2m
