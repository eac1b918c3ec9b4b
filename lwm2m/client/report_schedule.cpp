#include "lwm2m/client/report_schedule.h"

#include <algorithm>
#include <cmath>

namespace isthmus::lwm2m {
namespace {

// The clock's own running is no change.
constexpr WallTime kStill{};

const Value* valueAt(std::span<const Record> records, const Path& path) {
  const auto found = std::ranges::find(records, path, &Record::path);
  return found == records.end() ? nullptr : &found->value;
}

std::optional<double> numeric(const Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  if (const auto* natural = std::get_if<std::uint64_t>(&value)) return static_cast<double>(*natural);
  if (const auto* time = std::get_if<Time>(&value)) return static_cast<double>(time->seconds);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  return std::nullopt;
}

bool crosses(double threshold, double before, double now) {
  return (before <= threshold && now > threshold) || (before >= threshold && now < threshold);
}

template <class T>
std::optional<T> smaller(const std::optional<T>& one, const std::optional<T>& other) {
  if (!one || !other) return one ? one : other;
  return std::min(*one, *other);
}

}  // namespace

ReportSchedule::ReportSchedule(std::vector<Path> paths, NotificationAttributes own, const SimulatedDevice& device,
                               Instant now, std::uint16_t account)
    : paths_(std::move(paths)), own_(own), account_(account) {
  sent(device, now);
}

NotificationAttributes ReportSchedule::attributes(const SimulatedDevice& device, const Path& path) const {
  return inherited(device.attributesAt(path, account_), own_);
}

NotificationAttributes ReportSchedule::periods(const SimulatedDevice& device) const {
  auto merged = attributes(device, paths_.front());
  for (const auto& path : paths_) {
    const auto other = attributes(device, path);
    merged.pmin = smaller(merged.pmin, other.pmin);
    merged.pmax = smaller(merged.pmax, other.pmax);
  }
  return merged;
}

// LwM2M Core 7.3.2: a pmax of 0 or below pmin is ignored.
bool ReportSchedule::hasPmax(const NotificationAttributes& periods) const {
  return periods.pmax.value_or(0) > 0 && *periods.pmax >= periods.pmin.value_or(0);
}

bool ReportSchedule::isConfirmable(const SimulatedDevice& device) const {
  return periods(device).con.value_or(device.profile().traits.confirmable);
}

bool ReportSchedule::isDue(const SimulatedDevice& device, Instant now) {
  const auto times = periods(device);
  const auto current = device.readAll(paths_, kStill);
  unseen_ = current != seen_;
  if (unseen_ && now >= seenAt_ + seconds(times.epmin.value_or(0))) {
    pending_ = pending_ || fires(device, current);
    seen_ = current;
    seenAt_ = now;
    unseen_ = false;
  }
  if (hasPmax(times) && now >= notifiedAt_ + seconds(*times.pmax)) return true;
  return pending_ && now >= notifiedAt_ + seconds(times.pmin.value_or(0));
}

std::optional<Instant> ReportSchedule::next(const SimulatedDevice& device) const {
  const auto times = periods(device);
  std::optional<Instant> next;
  const auto consider = [&](Instant at) { next = next ? std::min(*next, at) : at; };
  if (hasPmax(times)) consider(notifiedAt_ + seconds(*times.pmax));
  if (pending_) consider(notifiedAt_ + seconds(times.pmin.value_or(0)));
  if (unseen_) consider(seenAt_ + seconds(times.epmin.value_or(0)));
  return next;
}

void ReportSchedule::sent(const SimulatedDevice& device, Instant now) {
  seen_ = device.readAll(paths_, kStill);
  notified_ = seen_;
  seenAt_ = notifiedAt_ = now;
  unseen_ = pending_ = false;
}

// A value that came or went counts as a change whatever the attributes say.
bool ReportSchedule::fires(const SimulatedDevice& device, const Records& current) const {
  for (const auto& record : seen_)
    if (!valueAt(current, record.path)) return true;
  return std::any_of(current.begin(), current.end(), [&](const Record& record) {
    const auto* before = valueAt(seen_, record.path);
    return !before || (*before != record.value && firesAt(device, record.path, *before, record.value));
  });
}

bool ReportSchedule::firesAt(const SimulatedDevice& device, const Path& path, const Value& before,
                             const Value& now) const {
  const auto limits = attributes(device, path);
  if (!limits.gt && !limits.lt && !limits.st && !limits.edge) return true;
  if (const auto* flag = std::get_if<bool>(&now)) return !limits.edge || *limits.edge == *flag;
  const auto old = numeric(before), value = numeric(now);
  if (!old || !value) return true;
  const auto* last = valueAt(notified_, path);
  const auto told = last ? numeric(*last) : std::nullopt;
  return (limits.gt && crosses(*limits.gt, *old, *value)) || (limits.lt && crosses(*limits.lt, *old, *value)) ||
         (limits.st && (!told || std::fabs(*value - *told) >= *limits.st));
}

}  // namespace isthmus::lwm2m
