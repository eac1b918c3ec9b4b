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
  std::uint16_t account = 0;  // of the server that asks
};

struct DeviceResponse {
  std::uint8_t code = 0;  // class and detail as on the wire: 0x45 is 2.05
  std::optional<ContentFormat> format;
  Bytes payload;
  Effect effect = Effect::none;
  std::optional<Path> created;        // where the device has chosen the id
  std::vector<Path> read;             // what was asked for, if it can be observed
  NotificationAttributes attributes;  // given with the request itself (1.2)

  bool succeeded() const { return code >> 5 == 2; }
};

// LwM2M Core 6.3, 6.4 and Transport 6.4.2 as a client of the profile's enabler answers them. Paths and names stand
// below the profile's root path; objects 0 and 21 are refused with 4.01.
DeviceResponse answer(SimulatedDevice& device, const DeviceRequest& request, WallTime now);

// What is read at the paths, in that format: the payload of an answer, a notification or a Send. With one path its
// absence is an error, with several it is not. Errors: as read(); unsupported (not in this format).
Result<Bytes> contentOf(const SimulatedDevice& device, std::span<const Path> paths, bool composite,
                        ContentFormat format, WallTime now);

}  // namespace isthmus::lwm2m
