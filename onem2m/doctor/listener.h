#pragma once

#include "ipe/base/clock.h"
#include "onem2m/client/notification_sink.h"

#include <condition_variable>
#include <mutex>

namespace isthmus::onem2m {

// Hears what the examined CSE notifies of, and answers as it is told to. Thread-safe.
class Listener final : public NotificationSink {
 public:
  struct Heard {
    unsigned verifications = 0;
    unsigned events = 0;
  };

  void notified(RequestPrimitive request, Answer answer) override;

  void answerWith(int status);
  Heard heard() const;
  // True once there are more than so many events.
  bool awaitEvents(unsigned beyond, milliseconds patience);

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Heard heard_;
  int status_ = rsc::kOk;
};

}  // namespace isthmus::onem2m
