#pragma once

#include "ipe/base/result.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::lwm2m {

// What a notification waits for (LwM2M Core 7.3.2). An attribute that is absent is inherited from the level above, or
// takes the server account's default.
struct NotificationAttributes {
  std::optional<std::uint32_t> pmin, pmax, epmin, epmax;  // seconds
  std::optional<double> gt, lt, st;                       // numeric resources only
  std::optional<bool> edge;                               // 1.2, Boolean resources only: true rising, false falling
  std::optional<bool> con;                                // 1.2: true asks for confirmable notifications
  std::optional<std::uint32_t> hqmax;                     // 1.2: historical values kept while the server is away

  bool empty() const { return *this == NotificationAttributes{}; }
  bool operator==(const NotificationAttributes&) const = default;
};

}  // namespace isthmus::lwm2m
