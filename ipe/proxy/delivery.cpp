#include "ipe/proxy/delivery.h"

#include <algorithm>
#include <utility>

namespace isthmus::proxy {
namespace {

constexpr std::size_t kRowsPerTarget = 16;
constexpr std::size_t kKeptRows = 4096;
constexpr std::uint64_t kFewRows = 1024;  // so many are read by those who post them: it saves a work

std::uint64_t keyOf(const PendingRow& row) { return hash64(row.target, row.device); }

}  // namespace

Delivery::Delivery(const DeliverySettings& settings, const DeviceDirectory& directory, Accounts& accounts, Batch& batch,
                   const Clock& clock)
    : settings_(settings),
      directory_(directory),
      accounts_(accounts),
      batch_(batch),
      clock_(clock),
      nextProbe_(clock.now()) {}

Delivery::DeviceState& Delivery::device(DeviceIndex index) {
  if (devices_.size() <= index) devices_.resize(index + 1);
  return devices_[index];
}

bool Delivery::built(DeviceIndex index) const { return index < devices_.size() && devices_[index].built != 0; }

std::uint32_t Delivery::targetOf(const PendingRow& row) {
  const std::uint64_t key = keyOf(row);
  const auto known = byKey_.find(key, [&](std::uint32_t target) { return targets_[target].key == key; });
  if (known) return *known;
  std::uint32_t index = 0;
  if (freeTargets_.empty()) {
    index = static_cast<std::uint32_t>(targets_.size());
    targets_.emplace_back();
  } else {
    index = freeTargets_.back();
    freeTargets_.pop_back();
  }
  targets_[index] = Target{};
  targets_[index].key = key;
  targets_[index].device = row.device;
  byKey_.insert(key, index);
  return index;
}

void Delivery::add(const PendingRow& row) {
  const std::uint32_t index = targetOf(row);
  std::uint32_t node = freeRow_;
  if (node == kNone) {
    node = static_cast<std::uint32_t>(rows_.size());
    rows_.emplace_back();
  } else {
    freeRow_ = rows_[node].next;
  }
  rows_[node] = {row.id, kNone, row.kind};
  Target& target = targets_[index];
  (target.first == kNone ? target.first : rows_[target.last].next) = node;
  target.last = node;
  newest_ = std::max(newest_, row.id);
  ++pending_;
  if (row.kind == RowKind::reading) wantTree(row.device);
  if (!target.busy) release(index);
}

void Delivery::add(OutboxRow row) {
  add(PendingRow{row.id, row.device, row.kind, row.target});
  recent_.keep(std::move(row));
}

void Delivery::popRow(Target& target) {
  const std::uint32_t node = target.first;
  target.first = rows_[node].next;
  if (target.first == kNone) target.last = kNone;
  rows_[node].next = freeRow_;
  freeRow_ = node;
  target.attempts = 0;
  target.missing = 0;
  target.doubt = false;
  --pending_;
}

void Delivery::retire(std::uint32_t index) {
  byKey_.erase(targets_[index].key, index, [this](std::uint32_t other) { return targets_[other].key; });
  freeTargets_.push_back(index);
}

void Delivery::release(std::uint32_t index) {
  Target& target = targets_[index];
  if (target.first == kNone) return retire(index);
  target.busy = true;
  DeviceState& state = device(target.device);
  if (state.built != 0) return ready_.push({rows_[target.first].id, index});
  target.nextWaiting = state.waiting;
  state.waiting = index;
}

bool Delivery::treeWanted(const DeviceState& state) const { return state.wanted != 0 && state.built != state.wanted; }

void Delivery::want(DeviceIndex index, std::uint64_t treeHash) {
  DeviceState& state = device(index);
  state.wanted = treeHash;
  state.gone = false;
  const bool hasValues = state.waiting != kNone || state.built != 0;
  if (settings_.eagerTree || hasValues) wantTree(index);
}

void Delivery::wantTree(DeviceIndex index) {
  DeviceState& state = device(index);
  if (state.job || !treeWanted(state)) return;
  state.job = true;
  ++treeJobs_;
  jobs_.push_back(index);
}

void Delivery::restore(const TreeState& state) { device(state.device).built = state.built; }

void Delivery::forget(DeviceIndex index, std::string name) {
  DeviceState& state = device(index);
  state.wanted = 0;
  state.built = 0;
  state.gone = true;
  for (std::uint32_t target = 0; target < targets_.size(); ++target) {
    if (targets_[target].device != index) continue;
    while (targets_[target].first != kNone) settle(target, Fate::expired, false, {});
  }
  releaseMemory();
  removals_.push_back(std::move(name));
}

std::optional<Work> Delivery::probe() {
  if (probing_ || clock_.now() < nextProbe_) return std::nullopt;
  probing_ = true;
  return ProbeWork{};
}

// A CSE that went away while nothing was to be delivered is to be known, too.
std::optional<Work> Delivery::idleProbe() {
  if (probing_ || underWay_ > 0 || clock_.now() - heard_ < settings_.idleProbe) return std::nullopt;
  probing_ = true;
  return ProbeWork{};
}

void Delivery::wakeLater() {
  while (!later_.empty() && later_.top().at <= clock_.now()) {
    const Later due = later_.top();
    later_.pop();
    if (due.isDevice) {
      jobs_.push_back(due.index);
    } else {
      release(due.index);
    }
  }
}

std::optional<Work> Delivery::next() {
  std::optional<Work> work = choose();
  if (work) ++underWay_;
  return work;
}

// A burst's tables are given back once nothing of it is left.
void Delivery::releaseMemory() {
  if (pending_ == 0) oldest_.clear();
  if (pending_ > 0 || underWay_ > 0 || freeTargets_.size() != targets_.size()) return;
  recent_.clear();
  if (rows_.capacity() < kKeptRows) return;
  // Assigning {} would keep the capacity.
  targets_ = std::vector<Target>();
  freeTargets_ = std::vector<std::uint32_t>();
  byKey_ = FlatIndex();
  rows_ = std::vector<Row>();
  freeRow_ = kNone;
}

std::optional<Work> Delivery::choose() {
  if (!cse_.reachable) return probe();
  wakeLater();
  if (std::optional<Work> work = readAhead()) return work;
  if (PostWork work = takeRows(); !work.posts.empty()) return work;
  while (!containers_.empty()) {
    const std::uint32_t index = containers_.front();
    containers_.pop_front();
    const Target& target = targets_[index];
    if (target.first == kNone) {
      retire(index);
      continue;
    }
    return ContainerWork{index, target.device, directory_.resourceName(target.device),
                         directory_.endpointOf(target.device), oldestRows(target)};
  }
  if (!jobs_.empty()) {
    const DeviceIndex index = jobs_.front();
    jobs_.pop_front();
    return TreeWork{index, device(index).wanted, directory_.treeOf(index)};
  }
  if (!removals_.empty()) {
    RemoveWork work{std::move(removals_.front())};
    removals_.pop_front();
    return work;
  }
  return idleProbe();
}

// Whether the row may go out now. If not, a read must bring it first.
bool Delivery::isAtHand(std::uint64_t row) const {
  return row <= oldest_.upTo() || row >= recent_.first().value_or(UINT64_MAX) || pending_ < kFewRows;
}

// The next stretch is asked for while the last one is being posted. A target that is ahead of the others waits for
// them, so that what is kept here stays bounded, but for no longer than there is work for all. Rows far before its own
// are left out: few targets have them, and who posts them reads many at once.
std::optional<Work> Delivery::readAhead() {
  if (oldest_.isReading()) return std::nullopt;
  const std::uint64_t last = recent_.first().value_or(newest_ + 1) - 1;
  if (oldest_.runsOut() && oldest_.upTo() < last) return oldest_.ask(oldest_.upTo() + 1, last);
  if (ready_.empty() || isAtHand(ready_.top().row)) return std::nullopt;
  if (oldest_.isFull() && underWay_ >= settings_.workers) return std::nullopt;
  const std::uint64_t next = oldest_.upTo() + 1, wanted = ready_.top().row;
  return oldest_.ask(wanted - next < ReadWork::kMostRows ? next : wanted, last);
}

// A slice holds few targets while few are ready, so that all workers share them, and then more rows of each.
PostWork Delivery::takeRows() {
  const std::vector<std::uint32_t> targets = takeTargets();
  PostWork work;
  if (targets.empty()) return work;
  const std::size_t rowsEach = std::clamp<std::size_t>(settings_.slice / targets.size(), 1, kRowsPerTarget);
  work.posts.reserve(targets.size() * rowsEach);
  for (const std::uint32_t target : targets) takeRowsOf(target, rowsEach, work);
  return work;
}

// Those with the oldest rows, which then leave the outbox side by side.
std::vector<std::uint32_t> Delivery::takeTargets() {
  const std::size_t places = 2 * settings_.workers;  // a work for each worker, and one that waits
  const std::size_t share = ready_.size() / (places > underWay_ ? places - underWay_ : 1) + 1;
  const std::size_t most = std::min(settings_.slice, share);
  std::vector<std::uint32_t> targets;
  while (targets.size() < most && !ready_.empty()) {
    const Ready oldest = ready_.top();
    const std::uint32_t first = targets_[oldest.target].first;
    const bool known = first != kNone && rows_[first].id == oldest.row;
    if (known && !isAtHand(oldest.row)) break;
    ready_.pop();
    if (known) {
      targets.push_back(oldest.target);
    } else {
      release(oldest.target);  // its row was forgotten meanwhile
    }
  }
  return targets;
}

void Delivery::takeRowsOf(std::uint32_t index, std::size_t most, PostWork& work) {
  const Target& target = targets_[index];
  const std::string device = directory_.resourceName(target.device);
  std::uint32_t node = target.first;
  for (std::size_t row = 0; row < most && node != kNone && isAtHand(rows_[node].id); ++row, node = rows_[node].next) {
    const std::uint64_t id = rows_[node].id;
    std::optional<OutboxRow> content = recent_.take(id);
    work.posts.push_back({index, id, device, content ? std::move(content) : oldest_.take(id)});
  }
}

std::vector<std::uint64_t> Delivery::oldestRows(const Target& target) const {
  std::vector<std::uint64_t> ids;
  for (std::uint32_t node = target.first; node != kNone && ids.size() < kRowsPerTarget; node = rows_[node].next)
    ids.push_back(rows_[node].id);
  return ids;
}

std::optional<Instant> Delivery::nextDeadline() const {
  if (!cse_.reachable) return probing_ ? std::nullopt : std::optional(nextProbe_);
  std::optional<Instant> next = later_.empty() ? std::nullopt : std::optional(later_.top().at);
  if (underWay_ == 0) next = std::min(next.value_or(Instant::max()), heard_ + settings_.idleProbe);
  return next;
}

std::vector<DeliveryProblem> Delivery::takeProblems() { return std::exchange(problems_, {}); }

milliseconds Delivery::backoff(unsigned attempts) const {
  return std::min(settings_.longestBackoff, settings_.firstBackoff * (1U << std::min(attempts, 10U)));
}

}  // namespace isthmus::proxy
