#pragma once

#include "onem2m/client/notification_sink.h"

namespace isthmus::onem2m {

// A binding that also brings the CSE's notifications, over the connection that carries our requests: MQTT, WebSocket.
// Thread-safe.
class NotificationSource {
 public:
  virtual ~NotificationSource() = default;

  // From now on `sink` gets them, from a thread of the source, which must not be held up; null: they are answered 5103
  // TARGET_NOT_REACHABLE. Once this returns, the former one is not called any more. Not to be called by a sink.
  virtual void setSink(NotificationSink* sink) = 0;
};

}  // namespace isthmus::onem2m
