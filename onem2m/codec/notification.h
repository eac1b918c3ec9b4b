#pragma once

#include "ipe/base/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace isthmus::onem2m {

// notificationEventType, TS-0004 6.3.4.2.19
namespace net {
inline constexpr int kUpdated = 1, kDeleted = 2, kChildCreated = 3, kChildDeleted = 4, kBlockingUpdate = 7;
}  // namespace net

// What a notification says of the resource that it is about, as far as the CSE tells it.
struct NotifiedResource {
  std::string root;     // "m2m:cin", "cod:tempe"
  std::string id;       // ri
  std::string name;     // rn
  std::string creator;  // cr
  std::string created;  // ct
  std::optional<int> stateTag;
  std::string content;  // con of a contentInstance: a string as it is, anything else as JSON
  std::vector<std::pair<std::string, std::string>> attributes;  // all: short name, value as JSON text
};

// One m2m:notification (TS-0004 7.5.1.2).
struct Notification {
  std::string subscription;          // sur, as the CSE writes it
  std::string creator;               // cr: of the subscription
  bool verification = false;         // vrq
  bool subscriptionDeleted = false;  // sud
  std::optional<int> event;          // nev/net; Mobius leaves it out at times
  std::optional<NotifiedResource> resource;
};

// The notifications in a request's content: one m2m:sgn, or an m2m:agn of them. Liberal where CSEs differ: roots with
// or without prefix, an array of wrapped or of bare ones, `nev` with `om` or without, numbers as 3.0 or "3".
// Error: malformed, with the byte offset or the JSON pointer.
Result<std::vector<Notification>> readNotifications(std::string_view json);

}  // namespace isthmus::onem2m
