#pragma once

#include "ipe/base/clock.h"
#include "onem2m/cse/resource.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace isthmus::onem2m::cse {

// The request parameters and filterCriteria of TS-0009 6.2.2.2 that this CSE understands.
struct Query {
  std::optional<std::uint64_t> resultContent;  // rcn
  std::uint64_t filterUsage = 2;               // fu: 1 discovery, 2 conditional retrieval
  std::uint64_t discoveryResult = 1;           // drt: 1 structured, 2 unstructured
  std::uint64_t responseType = 3;              // rt: 3 blocking
  std::vector<std::uint64_t> types;            // ty
  std::vector<std::string> labels;             // lbl
  std::optional<std::uint64_t> limit, offset, level, sizeAbove, sizeBelow;
  std::optional<WallTime> createdBefore, createdAfter, modifiedSince, unmodifiedSince;

  bool discovers() const { return filterUsage == 1; }
  // Conditions of one kind are joined with OR, kinds with AND.
  bool matches(const Resource& resource) const;
};

Answer<Query> parseQuery(const std::vector<std::pair<std::string, std::string>>& parameters);

}  // namespace isthmus::onem2m::cse
