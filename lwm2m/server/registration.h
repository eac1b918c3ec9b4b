#pragma once

#include "ipe/base/clock.h"
#include "ipe/base/shared_array.h"
#include "ipe/base/shared_text.h"
#include "lwm2m/coap/address.h"
#include "lwm2m/model/object_registry.h"
#include "lwm2m/server/observation.h"

#include <cstdint>
#include <string>

namespace isthmus::lwm2m {

// How a registration stands, or ended.
enum class RegistrationState : std::uint8_t { registered, deregistered, expired };

// Why a device may be silent: it was told to.
enum class Leave : std::uint8_t { none, rebooting, disabled };

inline constexpr std::uint32_t kNoGateway = 0xFFFFFFFF;
inline constexpr std::size_t kMostObservations = 256;  // a slot is one byte of the token

// A device as it registered (LwM2M Core 6.2). Kept after its end too, as the memory of that device.
struct Registration {
  std::uint32_t device = 0;    // index of the device: given once, kept for ever
  std::uint32_t location = 0;  // makes the location /rd/<...> of this registration
  RegistrationState state = RegistrationState::registered;
  std::uint8_t generation = 0;  // of its observation tokens
  bool queueMode = false;
  bool observing = false;          // not all of its observations are set up yet: after a restart that is taken up again
  std::uint32_t lifetime = 86400;  // seconds; 0: no end
  Version lwm2mVersion;
  coap::Address address;
  std::string endpoint;
  SharedText binding = "U";
  SharedText objectLinks;  // the payload as it came
  SharedText attributes;   // further query parameters, "a=b&c=d"
  SharedArray<Observation> observations;
  std::uint32_t gateway = kNoGateway;  // index of the gateway that the device stands behind; it registers for it
  Leave leave = Leave::none;           // it left, or is about to, because it was told to: it will be back
  SharedText prefix;                   // of its paths there: "dev1" for /dev1/3303/0
  WallTime since{};                    // of the last Register, or of its end
  bool operator==(const Registration&) const = default;
};

}  // namespace isthmus::lwm2m
