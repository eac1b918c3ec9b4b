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
// An owner that sleeps in epoll gives `wake` (called after the first urgent post since it last drained, from the
// posting thread); an owner with nothing else to wait for calls waitAndDrain.
template <class T>
class Mailbox {
 public:
  explicit Mailbox(std::function<void()> wake = {}) : wake_(std::move(wake)) {}

  // What is not urgent waits for what is, or until the owner looks in by itself.
  void post(T item, bool urgent = true) {
    bool first = false;
    {
      const std::lock_guard lock(mutex_);
      first = urgent && !woken_;
      woken_ = woken_ || urgent;
      items_.push_back(std::move(item));
    }
    if (!first) return;
    filled_.notify_one();
    if (wake_) wake_();
  }

  // Everything posted so far, oldest first; does not wait.
  std::vector<T> drain() {
    const std::lock_guard lock(mutex_);
    woken_ = false;
    return std::exchange(items_, {});
  }

  // Waits until something was posted, or for `patience`; empty when the time ran out.
  std::vector<T> waitAndDrain(milliseconds patience) {
    std::unique_lock lock(mutex_);
    filled_.wait_for(lock, patience, [this] { return !items_.empty(); });
    woken_ = false;
    return std::exchange(items_, {});
  }

 private:
  std::mutex mutex_;
  std::condition_variable filled_;
  std::vector<T> items_;
  bool woken_ = false;
  std::function<void()> wake_;
};

}  // namespace isthmus
