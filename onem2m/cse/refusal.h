#pragma once

#include "onem2m/model/primitive.h"

#include <tl/expected.hpp>

#include <string>

namespace isthmus::onem2m::cse {

// Why a request is not done: the responseStatusCode and the text of m2m:dbg.
struct Refusal {
  int status = rsc::kBadRequest;
  std::string reason;
};

template <class T = void>
using Answer = tl::expected<T, Refusal>;

inline tl::unexpected<Refusal> refuse(int status, std::string reason) {
  return tl::unexpected<Refusal>(Refusal{status, std::move(reason)});
}

}  // namespace isthmus::onem2m::cse
