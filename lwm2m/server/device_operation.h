#pragma once

#include "ipe/base/clock.h"
#include "ipe/base/result.h"
#include "lwm2m/coap/message.h"
#include "lwm2m/codec/content_format.h"
#include "lwm2m/model/link.h"
#include "lwm2m/model/notification_attributes.h"
#include "lwm2m/model/value.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace isthmus::lwm2m {

// LwM2M Core 6.3 and 6.4, what a server asks of a device. The composite forms name several paths at once.
enum class OperationKind : std::uint8_t {
  read,
  discover,
  write,
  writeAttributes,
  execute,
  create,
  remove,
  observe,
  cancelObservation,
  readComposite,
  writeComposite,
  observeComposite,
  cancelCompositeObservation,
};

// Replace puts (PUT), update merges (POST). LwM2M Core 6.3.3
enum class WriteMode : std::uint8_t { replace, update };

// Active: by a request; passive: by RST on the next notification. LwM2M Core 6.4.4
enum class CancelMode : std::uint8_t { active, passive };

// As a DeviceOperation's format: the request goes without Accept, and the device chooses.
inline constexpr ContentFormat kAnyFormat{65535};

struct DeviceOperation {
  OperationKind kind = OperationKind::read;
  std::vector<Path> paths = {};      // exactly one, or of a composite operation one or more
  std::vector<Record> records = {};  // write, create, writeComposite; create without an instance in the paths: the
                                     // device chooses the id
  WriteMode writeMode = WriteMode::replace;
  CancelMode cancelMode = CancelMode::active;
  std::string arguments = {};                // execute, LwM2M Core 6.3.5: "0='a',1"
  NotificationAttributes attributes = {};    // writeAttributes; observe: in the request itself (1.2)
  std::vector<std::string> unset = {};       // writeAttributes: names of attributes to be taken away, "gt"
  std::optional<std::uint8_t> depth = {};    // discover (1.2)
  std::optional<ContentFormat> format = {};  // asked for, or written in; absent: what suits the device
  std::optional<Instant> notAfter = {};      // not sent later, however long other requests to the device take
};

// What the device answered, its refusals included: a code of class 4 or 5 is an outcome, not an error.
struct OperationOutcome {
  coap::Code code = {};
  std::vector<Record> records = {};          // read, observe and their composite forms; timestamps kept
  std::vector<Link> links = {};              // discover
  std::optional<Path> created = {};          // create, where the device said so
  std::string diagnostic = {};               // text that came with a refusal (RFC 7252 5.5.2)
  std::optional<ContentFormat> format = {};  // of the answer
};

// Error: notFound (no such device, or it is not registered), timeout (no answer), unavailable (it sleeps, cancelled,
// too many waiting), malformed (an answer that cannot be decoded), unsupported (an operation or value that has no such
// form), refused (RST: the device knows nothing of us), tooLarge (a body above the limit), expired (notAfter came
// first: the device was not asked).
using OperationCompletion = std::function<void(Result<OperationOutcome>)>;

}  // namespace isthmus::lwm2m
