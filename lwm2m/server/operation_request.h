#pragma once

#include "lwm2m/coap/endpoint.h"
#include "lwm2m/codec/codec.h"
#include "lwm2m/server/device_operation.h"
#include "lwm2m/server/format_set.h"

#include <string_view>
#include <vector>

namespace isthmus::lwm2m {

// What is to be known of a device to speak with it. Borrows.
struct OperationContext {
  DeviceModel model;
  std::string_view rootPath;  // without a trailing slash, "" for none
  std::string_view prefix;    // of a device behind a gateway: after the root path, "" for none
  FormatSet formats;          // that the device says it has; none: it says nothing of them
  ContentFormat preferred = ContentFormat::tlv;
  WallTime now{};
};

// Paths and records that the operation can have. Error: unsupported, `where` is the path.
Result<void> check(const DeviceOperation& operation);

// In which formats to ask, the one that suits best first: those that the device says it has, then those that any has
// (LwM2M Core 7.4). Never empty; operations without a payload and an answer have one for form's sake.
std::vector<ContentFormat> formatsFor(const DeviceOperation& operation, const OperationContext& context);

// The request of a checked operation (LwM2M Transport 6.4.4, 6.4.5), without token. Error: unsupported, for what has no
// such form.
Result<coap::OutgoingRequest> requestOf(const DeviceOperation& operation, ContentFormat format,
                                        const OperationContext& context);

// What the answer to it says. Error: malformed, for a success that is none of this operation, a payload that cannot be
// decoded, or values that were not asked for.
Result<OperationOutcome> outcomeOf(const DeviceOperation& operation, ContentFormat asked,
                                   const coap::IncomingResponse& answer, const OperationContext& context);

// The records of an answer or notification. Without a Content-Format a resource is plain text (LwM2M Core 7.4.1), and
// anything larger in the format asked for, or in TLV.
Result<std::vector<Record>> recordsOf(std::span<const Path> paths, std::optional<std::uint16_t> format,
                                      ContentFormat asked, ByteView payload, const OperationContext& context);

bool isComposite(OperationKind kind);
// Formats for more than one value.
bool holdsObjects(ContentFormat format);

}  // namespace isthmus::lwm2m
