#pragma once

#include "ipe/base/bytes.h"
#include "lwm2m/client/simulated_device.h"
#include "lwm2m/codec/content_format.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace isthmus::lwm2m {

enum class Method : std::uint8_t { get = 1, post, put, remove, fetch, patch, iPatch };

// A request of the server, free of what carried it.
struct DeviceRequest {
  Method method = Method::get;
  std::string path;  // "/3303/0"
  std::optional<ContentFormat> accept, contentFormat;
  std::vector<std::string> queries;
  ByteView payload;
};

struct DeviceResponse {
  std::uint8_t code = 0;  // class and detail as on the wire: 0x45 is 2.05
  std::optional<ContentFormat> format;
  Bytes payload;
  Effect effect = Effect::none;

  bool succeeded() const { return code >> 5 == 2; }
};

// LwM2M Core 6.3 and Transport 6.4.2 as a client of enabler 1.1 answers them; Create, Delete and the composite
// operations are answered with 4.05.
DeviceResponse answer(SimulatedDevice& device, const DeviceRequest& request, WallTime now);

}  // namespace isthmus::lwm2m
