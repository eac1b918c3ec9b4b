#pragma once

#include "ipe/base/clock.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace isthmus {

// The way into an object that one thread owns: any thread posts, the owner drains.
// An owner that sleeps in epoll gives `wake` (called after a post into an empty box, from the posting thread);
// an owner with nothing else to wait for calls waitAndDrain.
template <class T>
class Mailbox {
 public:
  explicit Mailbox(std::function<void()> wake = {}) : wake_(std::move(wake)) {}

  void post(T item) {
    bool first = false;
    {
      const std::lock_guard lock(mutex_);
      first = items_.empty();
      items_.push_back(std::move(item));
    }
    if (!first) return;
    filled_.notify_one();
    if (wake_) wake_();
  }

  // Everything posted so far, oldest first; does not wait.
  std::vector<T> drain() {
    const std::lock_guard lock(mutex_);
    return std::exchange(items_, {});
  }

  // Waits until something was posted, or for `patience`; empty when the time ran out.
  std::vector<T> waitAndDrain(milliseconds patience) {
    std::unique_lock lock(mutex_);
    filled_.wait_for(lock, patience, [this] { return !items_.empty(); });
    return std::exchange(items_, {});
  }

 private:
  std::mutex mutex_;
  std::condition_variable filled_;
  std::vector<T> items_;
  std::function<void()> wake_;
};

}  // namespace isthmus
