#pragma once

#include "onem2m/model/primitive.h"

#include <functional>

namespace isthmus::onem2m {

// Where a binding hands over what the CSE notifies of, whatever carries it (TS-0004 7.5.1.2). Thread-safe.
class NotificationSink {
 public:
  virtual ~NotificationSink() = default;
  // A NOTIFY as it came; `content` is JSON. The answer is given exactly once, from any thread, perhaps before this
  // returns: its status is what the CSE is told, its `requestId` is the binding's to fill in. A blocking update is
  // answered when the device has answered.
  using Answer = std::function<void(ResponsePrimitive)>;
  virtual void notified(RequestPrimitive request, Answer answer) = 0;
};

}  // namespace isthmus::onem2m
