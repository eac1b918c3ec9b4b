#pragma once

#include "lwm2m/codec/formats.h"

#include <deque>

namespace isthmus::lwm2m {

// Sorts the records of a gateway's payload by the end devices they come from (LwM2M Gateway 1.1, object 25).
class PrefixSplitter {
 public:
  struct Part {
    std::string prefix;
    Types types;
    Records records;
  };

  explicit PrefixSplitter(const GatewayContext& context) : context_(context) {}

  // The part of that prefix, "" for the gateway itself; it stays where it is. Null for a text that can be no prefix.
  Part* part(std::string_view prefix);
  // If the name starts with a segment that is no id, takes it away and gives its part, else the gateway's.
  Part* take(std::string_view& name);
  std::vector<EndDeviceRecords> finish();
  // The first record that is there twice, null if there is none; for formats where that is a fault.
  const Record* duplicate() const;

 private:
  const GatewayContext& context_;
  std::deque<Part> parts_;
};

}  // namespace isthmus::lwm2m
