#pragma once

#include "ipe/status/device_access.h"

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

namespace isthmus::status {

// Requests that wait for a device. Each holds an HTTP thread, so there are at most so many; and none waits longer than
// the server runs. Thread-safe.
class DeviceWaits {
 public:
  class Wait;

  explicit DeviceWaits(std::size_t most) : most_(most) {}

  // Null: as many as are allowed are waiting, or it is closed.
  std::shared_ptr<Wait> begin();
  std::size_t count() const;
  // Ends every wait, those that begin later too.
  void close();

 private:
  void end(Wait* wait);

  const std::size_t most_;
  mutable std::mutex mutex_;
  std::set<Wait*> waits_;
  bool closed_ = false;
};

class DeviceWaits::Wait {
 public:
  // For DeviceAccess::submit; may be called when nobody waits any more.
  DeviceAccess::Progress progress() const;
  DeviceAccess::Wanted wanted() const;
  // Waits until the command is over or its device is known to sleep, at most for `patience`: then the last that was
  // said of it; that too once it is closed. Error, besides those that were said: timeout (nothing was said, and
  // wanted() says no from now on); unavailable (closed before anything was said).
  Result<CommandView> result(milliseconds patience);

 private:
  friend class DeviceWaits;
  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<Result<CommandView>> last;
    bool begun = false;  // wanted() said yes: something will be said
    bool closing = false;
    bool ended = false;
  };
  static void take(Shared& shared, Result<CommandView> said);
  static void close(Shared& shared);

  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

}  // namespace isthmus::status
