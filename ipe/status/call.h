#pragma once

#include "ipe/status/http.h"
#include "ipe/status/metrics.h"

#include <string>

namespace isthmus::status {

// A request on its way to the route that answers it.
struct Call {
  const Request& request;
  const StreamFigures& streams;
  Target target;
  std::string name = {};  // what stands for {ep}, {file} or {id}, decoded
  std::string path = {};  // what stands for {path}: "/3303/0/5700"
};

inline constexpr std::size_t kDefaultPage = 100;
inline constexpr std::size_t kLargestPage = 1000;

}  // namespace isthmus::status
