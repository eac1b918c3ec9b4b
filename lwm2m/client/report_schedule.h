#pragma once

#include "lwm2m/client/simulated_device.h"

#include <optional>
#include <span>
#include <vector>

namespace isthmus::lwm2m {

// When one observation is to be notified (LwM2M Core 7.3.2): gt and lt at a crossing in either direction, st by the
// last notified value, edge at a flank; without any of them each change counts. pmin delays, pmax forces; epmin is how
// long after one look at the values the next one comes. Of a composite observation's paths the smallest pmin and pmax
// hold.
class ReportSchedule {
 public:
  // `own`: what the Observe itself says (1.2), which comes before what is attached to the paths.
  // `account`: of the server that observes.
  ReportSchedule(std::vector<Path> paths, NotificationAttributes own, const SimulatedDevice& device, Instant now,
                 std::uint16_t account = 0);

  // Looks at the values, unless epmin forbids it. True: a notification is to leave now.
  bool isDue(const SimulatedDevice& device, Instant now);
  // No notification is due before; nothing: not until a value changes.
  std::optional<Instant> next(const SimulatedDevice& device) const;
  // A notification left, with the values as they are.
  void sent(const SimulatedDevice& device, Instant now);

  std::span<const Path> paths() const { return paths_; }
  bool isConfirmable(const SimulatedDevice& device) const;

 private:
  using Records = std::vector<Record>;
  NotificationAttributes attributes(const SimulatedDevice& device, const Path& path) const;
  NotificationAttributes periods(const SimulatedDevice& device) const;
  bool hasPmax(const NotificationAttributes& periods) const;
  bool fires(const SimulatedDevice& device, const Records& current) const;
  bool firesAt(const SimulatedDevice& device, const Path& path, const Value& before, const Value& now) const;

  std::vector<Path> paths_;
  NotificationAttributes own_;
  std::uint16_t account_;
  Records seen_, notified_;
  Instant seenAt_, notifiedAt_;
  bool unseen_ = false;   // values have changed since, but epmin is not over
  bool pending_ = false;  // a condition was met, but pmin is not over
};

}  // namespace isthmus::lwm2m
