#pragma once

#include "ipe/base/bytes.h"

#include <string_view>

namespace isthmus::lwm2m::coap {

// The keys that devices may use. Asked in the middle of a handshake: must not wait.
class PskSource {
 public:
  virtual ~PskSource() = default;
  // The key of a PSK identity (any bytes); empty: there is none. Valid until the keys change.
  virtual ByteView keyOf(std::string_view identity) const = 0;
};

}  // namespace isthmus::lwm2m::coap
