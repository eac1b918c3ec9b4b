#pragma once

#include "onem2m/model/primitive.h"

#include <string_view>

namespace isthmus::onem2m {

// The HTTP status that carries a responseStatusCode (TS-0009 6.3.2); 500 for one that is not known.
int httpStatusOf(int responseStatus);

// What an HTTP status without X-M2M-RSC says about a request; the HTTP status itself (below 1000) where it stands for
// no responseStatusCode in particular, as those of proxies and gateways do.
int statusOfHttp(int httpStatus, Operation operation);

// "ORIGINATOR_HAS_NO_PRIVILEGE"; empty for one that is not known (TS-0004 6.6.3).
std::string_view statusName(int responseStatus);

}  // namespace isthmus::onem2m
