#include "ipe/status/device_waits.h"

#include <utility>

namespace isthmus::status {

std::shared_ptr<DeviceWaits::Wait> DeviceWaits::begin() {
  const std::lock_guard lock(mutex_);
  if (closed_ || waits_.size() >= most_) return nullptr;
  auto wait = std::make_unique<Wait>();
  waits_.insert(wait.get());
  return {wait.release(), [this](Wait* ended) { end(ended); }};
}

void DeviceWaits::end(Wait* wait) {
  {
    const std::lock_guard lock(mutex_);
    waits_.erase(wait);
  }
  delete wait;
}

std::size_t DeviceWaits::count() const {
  const std::lock_guard lock(mutex_);
  return waits_.size();
}

void DeviceWaits::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (Wait* wait : waits_) Wait::close(*wait->shared_);
}

// Of a command that there is already its last word counts: it may outlive the process.
void DeviceWaits::Wait::close(Shared& shared) {
  const std::lock_guard lock(shared.mutex);
  shared.closing = true;
  shared.changed.notify_one();
  if (shared.ended || shared.begun || shared.last) return;
  shared.ended = true;
  shared.last = fail(Errc::unavailable, "Isthmus is ending; ask again once it runs.");
}

void DeviceWaits::Wait::take(Shared& shared, Result<CommandView> said) {
  const std::lock_guard lock(shared.mutex);
  if (shared.ended) return;
  shared.ended = !said || said->over() || said->asleep;
  shared.last = std::move(said);
  shared.changed.notify_one();
}

DeviceAccess::Progress DeviceWaits::Wait::progress() const {
  return [shared = shared_](Result<CommandView> said) { take(*shared, std::move(said)); };
}

DeviceAccess::Wanted DeviceWaits::Wait::wanted() const {
  return [shared = shared_] {
    const std::lock_guard lock(shared->mutex);
    return shared->begun = !shared->ended;
  };
}

Result<CommandView> DeviceWaits::Wait::result(milliseconds patience) {
  std::unique_lock lock(shared_->mutex);
  shared_->changed.wait_for(lock, patience, [this] { return shared_->ended || (shared_->closing && shared_->last); });
  if (shared_->begun) shared_->changed.wait(lock, [this] { return shared_->last.has_value(); });
  if (!shared_->last) {
    shared_->ended = true;
    return fail(Errc::timeout, "Isthmus is too busy to reach the device; try again.");
  }
  return *shared_->last;
}

}  // namespace isthmus::status
