#pragma once

#include "lwm2m/coap/message.h"

#include <cstdint>
#include <optional>

namespace isthmus::lwm2m {

// What an observation's token says. It is made before the Observe leaves and understood after a restart, without a
// table: device index (4 bytes), generation (1), slot (1), and a check over these keyed by the database's secret (2).
struct ObservationToken {
  std::uint32_t device = 0;
  std::uint8_t generation = 0;
  std::uint8_t slot = 0;

  coap::Token encode(std::uint64_t secret) const;
  // Nothing if the token is not one of ours.
  static std::optional<ObservationToken> decode(const coap::Token& token, std::uint64_t secret);
  bool operator==(const ObservationToken&) const = default;
};

}  // namespace isthmus::lwm2m
