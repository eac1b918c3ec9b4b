#pragma once

#include "ipe/base/clock.h"

#include <optional>
#include <string>
#include <string_view>

namespace isthmus::onem2m {

struct DeviceName {
  std::string name;
  bool changed = false;  // something beside a leading "urn:" had to be replaced
};

// The endpoint name without a leading "urn:", every byte outside [0-9A-Za-z_-] as "_".
DeviceName sanitised(std::string_view endpoint);
// `name`, "-" and eight hex digits of the endpoint name's SHA-256.
std::string distinguished(std::string_view name, std::string_view endpoint);

// "<commit time in ms, 13 digits>-<sequence, 10 digits>-<run>": sorts upward, never used twice.
std::string instanceName(std::int64_t commitMs, std::uint64_t sequence, std::string_view run);
// The commit time in such a name; nothing if the name is somebody else's.
std::optional<WallTime> commitTimeIn(std::string_view instanceName);

}  // namespace isthmus::onem2m
