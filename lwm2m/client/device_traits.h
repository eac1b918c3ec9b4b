#pragma once

#include "ipe/base/clock.h"
#include "lwm2m/codec/content_format.h"
#include "lwm2m/model/object_registry.h"

#include <cstdint>
#include <string>
#include <vector>

namespace isthmus::lwm2m {

// What kind of client a simulated device plays. The defaults are a client of enabler 1.1 that is always awake.
struct DeviceTraits {
  Version enabler{1, 1};  // 1.0, 1.1 or 1.2
  std::vector<std::uint16_t> objects{1, 3, 4, 5, 6, 3303, 3304, 3311, 3342};
  // Offered as `ct`, and the only ones that are understood, beside link format. Empty: every one the codec has.
  std::vector<ContentFormat> formats{ContentFormat::text, ContentFormat::opaque, ContentFormat::senmlJson,
                                     ContentFormat::senmlCbor, ContentFormat::tlv};
  bool namesRoot = true;              // false: no root link in the object list, so no `ct`, as Anjay has it
  std::string rootPath;               // "/lwm2m": everything stands below it
  std::vector<std::string> prefixes;  // a gateway (object 25) with an end device behind each, "dev1"
  std::vector<std::string> queries;   // further parameters of Register, "sms=4912345"
  seconds lifetime{300};
  bool namesItself = true;    // false: Register without ep, for a server that knows the device by its credentials
  bool composites = true;     // false: FETCH and iPATCH get an empty ACK and nothing more, as wakaama has it
  bool confirmable = true;    // notifications where no `con` says otherwise
  bool timestamps = false;    // notifications and answers say when a value was measured, where the format can
  bool queueMode = false;     // sleeps: answers nothing then, wakes for Updates and to report
  milliseconds awake{93000};  // from the last message to sleep (RFC 7252 4.8.2, MAX_TRANSMIT_WAIT)
};

}  // namespace isthmus::lwm2m
