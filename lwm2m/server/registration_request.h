#pragma once

#include "ipe/base/result.h"
#include "lwm2m/coap/message.h"
#include "lwm2m/model/object_registry.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace isthmus::lwm2m {

// The query of a Register or an Update (LwM2M Core 6.2.1, 6.2.2); what is absent was not given.
struct RegistrationParameters {
  std::optional<std::string> endpoint;
  std::optional<std::uint32_t> lifetime;
  std::optional<Version> lwm2mVersion;
  std::optional<std::string> binding;  // without Q
  bool queueMode = false;
  std::string others;  // further parameters, "a=b&c=d"
};

// Why a request is refused: a CoAP code and a sentence for the payload.
struct Refusal {
  coap::Code code;
  std::string reason;
};

// Takes what real clients send: parameters in any order; Q, Q= or a Q inside b, for any version; b and lt may be
// missing.
tl::expected<RegistrationParameters, Refusal> parseParameters(std::span<const std::string_view> query);

// 1.0, 1.1 and 1.2 are served; 4.12 for any other (clients step down on it, so it is used for nothing else).
std::optional<Refusal> refusalOfVersion(const Version& version);

}  // namespace isthmus::lwm2m
