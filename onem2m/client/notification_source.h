#pragma once

#include "ipe/base/clock.h"
#include "onem2m/model/primitive.h"

#include <functional>
#include <optional>

namespace isthmus::onem2m {

// A NOTIFY that came from the CSE (TS-0004 7.5.1.2), whatever carried it.
struct IncomingNotification {
  RequestPrimitive request;  // content: JSON text, whatever the serialisation was on the wire
  // Until when an answer is of use, if the CSE said so (X-M2M-RET, rqet); a span was added to the time of arrival.
  std::optional<WallTime> expires;
};

// Whoever acts on notifications.
class NotificationHandler {
 public:
  virtual ~NotificationHandler() = default;

  // Counts once; from any thread, at once or later. The source adds the request's identifier and release. After the
  // source has ended it does nothing.
  using Answer = std::function<void(ResponsePrimitive)>;

  // Called by a thread of the source, perhaps by several at once; must return soon, since others wait behind it.
  virtual void onNotification(IncomingNotification notification, Answer answer) = 0;
};

// A way by which the CSE's notifications come in: an HTTP server, the MQTT client that also carries our requests.
// Thread-safe.
class NotificationSource {
 public:
  virtual ~NotificationSource() = default;

  // From now on `handler` gets them; null: they are answered 5103 TARGET_NOT_REACHABLE. Once this returns, the former
  // one is not called any more. Must not be called by a handler.
  virtual void setHandler(NotificationHandler* handler) = 0;
};

}  // namespace isthmus::onem2m
