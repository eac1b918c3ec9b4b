#pragma once

#include "lwm2m/coap/endpoint.h"

#include <string_view>

namespace isthmus::lwm2m {

// Answers to what devices ask. A reason is a sentence for whoever looks at the device's log.
coap::Response plain(coap::Code code, std::string_view reason = {});
// 5.03 with Max-Age.
coap::Response serviceUnavailable(seconds retryAfter, std::string_view reason);

}  // namespace isthmus::lwm2m
