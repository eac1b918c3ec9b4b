#pragma once

#include "lwm2m/coap/message.h"

#include <optional>

namespace isthmus::lwm2m::coap {

// The number of the first critical option that must not be passed over (RFC 7252 5.4): not known here, of a length that
// its definition excludes, or repeated although it may not be. Elective ones of that kind are ignored.
std::optional<std::uint16_t> unacceptableInRequest(const MessageView& message);
std::optional<std::uint16_t> unacceptableInResponse(const MessageView& message);

}  // namespace isthmus::lwm2m::coap
