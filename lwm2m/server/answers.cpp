#include "lwm2m/server/answers.h"

namespace isthmus::lwm2m {

coap::Response plain(coap::Code code, std::string_view reason) {
  coap::Response response{code, {}, {}, 0};
  response.payload.assign(view(reason).begin(), view(reason).end());
  return response;
}

coap::Response serviceUnavailable(seconds retryAfter, std::string_view reason) {
  coap::Response response = plain(coap::code::kServiceUnavailable, reason);
  response.options.addUint(coap::option::kMaxAge, static_cast<std::uint32_t>(retryAfter.count()));
  return response;
}

}  // namespace isthmus::lwm2m
