#pragma once

#include "ipe/base/clock.h"
#include "onem2m/codec/serialisation.h"
#include "onem2m/model/primitive.h"

#include <optional>
#include <string>
#include <string_view>

namespace isthmus::onem2m {

// Whole primitives (TS-0004 8.2.2, 7.2.1), for bindings that have no headers of their own: MQTT, WebSocket, polling
// channels. In JSON and CBOR they stand alone, in XML within m2m:rqp and m2m:rsp.
//
// Errors: malformed, with the place; unsupported: the content cannot be said in that serialisation.
Result<std::string> writeRequest(Serialisation serialisation, const RequestPrimitive& request);
Result<std::string> writeResponse(Serialisation serialisation, const ResponsePrimitive& response, std::string_view to,
                                  std::string_view from, std::string_view releaseVersion);

// Liberal where CSEs differ: with or without the wrapper, numbers as 2001.0 or "2001", a missing `rqi` as "".
Result<ResponsePrimitive> readResponse(Serialisation serialisation, std::string_view bytes);

// A bare notification (tinyIoT), without `op`: notify, everything as content.
Result<RequestPrimitive> readRequest(Serialisation serialisation, std::string_view bytes);

// rqet and X-M2M-RET (TS-0004 6.3.3): a time, "20261122T101226,500", or milliseconds from `now`. Nothing if it is
// neither.
std::optional<WallTime> expiryOf(std::string_view text, WallTime now);

}  // namespace isthmus::onem2m
