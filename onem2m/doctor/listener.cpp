#include "onem2m/doctor/listener.h"

#include "onem2m/codec/notification.h"

namespace isthmus::onem2m {

void Listener::notified(RequestPrimitive request, Answer answer) {
  const auto notifications = readNotifications(request.content);
  int status = rsc::kBadRequest;
  {
    const std::lock_guard lock(mutex_);
    if (notifications) {
      status = status_;
      for (const Notification& notification : *notifications) {
        if (notification.verification)
          ++heard_.verifications;
        else if (!notification.subscriptionDeleted)
          ++heard_.events;
      }
    }
  }
  changed_.notify_all();
  answer({status, {}, {}});
}

void Listener::answerWith(int status) {
  const std::lock_guard lock(mutex_);
  status_ = status;
}

Listener::Heard Listener::heard() const {
  const std::lock_guard lock(mutex_);
  return heard_;
}

bool Listener::awaitEvents(unsigned beyond, milliseconds patience) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [&] { return heard_.events > beyond; });
}

}  // namespace isthmus::onem2m
