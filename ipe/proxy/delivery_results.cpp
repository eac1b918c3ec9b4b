// What Delivery makes of the CSE's answers.
#include "ipe/proxy/delivery.h"

#include <algorithm>
#include <utility>

namespace isthmus::proxy {
namespace {

using onem2m::Attempt;
using onem2m::Outcome;

constexpr unsigned kMissingRounds = 3;
constexpr std::size_t kMaxProblems = 256;
constexpr milliseconds kSlowRetry{30000};

std::string describe(const Attempt& attempt) {
  return attempt.reason.empty() ? std::to_string(attempt.status) : attempt.reason;
}

bool isThere(const Attempt& attempt) {
  return attempt.outcome == Outcome::done || attempt.outcome == Outcome::alreadyThere;
}

bool isUnreachable(const Attempt& attempt) {
  return attempt.outcome == Outcome::unavailable || attempt.outcome == Outcome::inDoubt;
}

bool isClosed(const Attempt& attempt) {
  return attempt.outcome == Outcome::noParent || attempt.outcome == Outcome::notAllowed;
}

}  // namespace

void Delivery::finished(WorkResult result) {
  --underWay_;
  if (auto* read = std::get_if<ReadWork>(&result.work)) {
    oldest_.keep(std::move(*read), !isThere(result.attempts.front()));
    return releaseMemory();
  }
  heard_ = clock_.now();
  if (const auto* posted = std::get_if<PostWork>(&result.work)) {
    onPosted(*posted, result.attempts);
    return releaseMemory();
  }
  const Attempt& attempt = result.attempts.front();
  if (std::holds_alternative<ProbeWork>(result.work)) return onProbe(attempt);
  if (isUnreachable(attempt)) {
    cseFailed(attempt);
  } else {
    cseAnswered();
  }
  if (const auto* tree = std::get_if<TreeWork>(&result.work)) return onTree(*tree, attempt);
  if (const auto* container = std::get_if<ContainerWork>(&result.work)) return onContainer(*container, attempt);
  if (auto* removal = std::get_if<RemoveWork>(&result.work); removal != nullptr && isUnreachable(attempt)) {
    removals_.push_back(std::move(removal->name));
  }
}

void Delivery::onPosted(const PostWork& work, const std::vector<Attempt>& attempts) {
  for (std::size_t i = 0; i < work.posts.size();) {
    const std::uint32_t target = work.posts[i].target;
    bool delivered = true, known = true;
    for (; i < work.posts.size() && work.posts[i].target == target; ++i) {
      // A row that is first no more was forgotten while it was under way.
      known = known && targets_[target].first != kNone && rows_[targets_[target].first].id == work.posts[i].row;
      if (!known || !delivered) continue;
      delivered = isThere(attempts[i]);
      onAttempt(target, delivered ? attempts[i] : located(work.posts[i], attempts[i]));
    }
    if (delivered) release(target);
  }
}

// What a CSE says of a value is told with the rule that sent it there.
Attempt Delivery::located(const PostWork::Post& post, Attempt attempt) const {
  if (isUnreachable(attempt) || !post.content) return attempt;
  const std::string rule = directory_.ruleOf(post.content->device, post.content->source);
  if (!rule.empty()) attempt.reason = rule + ", " + post.content->target + ": " + describe(attempt);
  return attempt;
}

// Of the target's first row. A row that was delivered leaves the target to the caller; any other finds its own way
// back.
void Delivery::onAttempt(std::uint32_t index, const Attempt& attempt) {
  Target& target = targets_[index];
  switch (attempt.outcome) {
    case Outcome::done:
    case Outcome::alreadyThere:
      ++successes_;
      if (attempt.superseded) return settle(index, Fate::filtered, false, {});
      return settle(index, Fate::delivered, target.doubt && attempt.outcome == Outcome::done && !attempt.repeatable,
                    {});
    case Outcome::rejected: settle(index, Fate::rejected, false, describe(attempt)); return release(index);
    case Outcome::noParent:
    case Outcome::notAllowed: return onMissing(index, attempt);
    case Outcome::busy: return onBusy(index, attempt);
    case Outcome::inDoubt: target.doubt = true; [[fallthrough]];
    case Outcome::unavailable: cseFailed(attempt); return release(index);
  }
}

void Delivery::settle(std::uint32_t index, Fate fate, bool inDoubt, const std::string& reason) {
  Target& target = targets_[index];
  const Row& row = rows_[target.first];
  batch_.fates.push_back({row.id, fate, reason});
  if (row.kind == RowKind::reading) {
    if (fate == Fate::delivered) {
      accounts_.delivered(target.device, inDoubt);
    } else {
      accounts_.moved(target.device, Fate::pending, fate);
    }
  }
  if (fate == Fate::rejected && problems_.size() < kMaxProblems) {
    problems_.push_back({target.device, "the CSE refused a value for good: " + reason});
  }
  popRow(target);
}

// Something above the row is not there, or closed to us: first its container, then the device's whole place, then
// patience.
void Delivery::onMissing(std::uint32_t index, const Attempt& attempt) {
  Target& target = targets_[index];
  ++target.missing;
  if (target.missing == 1 && attempt.outcome == Outcome::noParent) return containers_.push_back(index);
  if (target.missing < kMissingRounds) {
    treeMissing(target.device);
    return release(index);
  }
  if (attempt.outcome == Outcome::notAllowed) {
    settle(index, Fate::rejected, false, describe(attempt));
    return release(index);
  }
  target.missing = 0;
  later_.push({clock_.now() + kSlowRetry, false, index});
}

// A CSE that fails on everything is in trouble itself; one that fails on this row only will not let the rest wait for
// it.
void Delivery::onBusy(std::uint32_t index, const Attempt& attempt) {
  Target& target = targets_[index];
  if (target.attempts == 0) target.successes = successes_;
  ++target.attempts;
  if (target.attempts >= settings_.poisonAttempts && successes_ > target.successes) {
    settle(index, Fate::rejected, false, describe(attempt));
    return release(index);
  }
  target.attempts = std::min<std::uint8_t>(target.attempts, 100);
  later_.push({clock_.now() + backoff(target.attempts), false, index});
}

void Delivery::treeMissing(DeviceIndex index) {
  device(index).built = 0;
  wantTree(index);
}

void Delivery::onTree(const TreeWork& work, const Attempt& attempt) {
  DeviceState& state = device(work.device);
  if (isThere(attempt)) {
    state.job = false;
    --treeJobs_;
    state.failures = 0;
    if (!attempt.reason.empty() && problems_.size() < kMaxProblems)
      problems_.push_back({work.device, "not all of its place in the CSE could be made: " + attempt.reason});
    if (!state.gone) {
      state.built = work.wanted;
      batch_.trees.push_back({work.device, work.wanted});
    }
    std::uint32_t waiting = std::exchange(state.waiting, kNone);
    while (waiting != kNone) {
      const std::uint32_t target = waiting;
      waiting = targets_[target].nextWaiting;
      release(target);
    }
    return wantTree(work.device);  // it may have changed meanwhile
  }
  if (isUnreachable(attempt)) return jobs_.push_back(work.device);
  ++state.failures;
  if (problems_.size() < kMaxProblems) {
    problems_.push_back({work.device, "its place in the CSE cannot be made: " + describe(attempt)});
  }
  const milliseconds pause = attempt.outcome == Outcome::busy ? backoff(state.failures) : kSlowRetry;
  later_.push({clock_.now() + pause, true, work.device});
}

void Delivery::onContainer(const ContainerWork& work, const Attempt& attempt) {
  Target& target = targets_[work.target];
  if (target.first == kNone) return release(work.target);
  if (attempt.outcome == Outcome::busy) return onBusy(work.target, attempt);
  if (attempt.outcome == Outcome::rejected) {
    settle(work.target, Fate::rejected, false, "its place was refused: " + describe(attempt));
  } else if (isClosed(attempt)) {
    treeMissing(target.device);
  }
  release(work.target);
}

void Delivery::onProbe(const Attempt& attempt) {
  probing_ = false;
  if (isThere(attempt)) {
    probes_ = 0;
    return cseAnswered();
  }
  cseFailed(attempt);
  nextProbe_ = clock_.now() + backoff(probes_++);
}

void Delivery::cseAnswered() {
  if (!cse_.reachable) cse_ = {true, {}, clock_.wall(), true};
}

void Delivery::cseFailed(const Attempt& attempt) {
  if (cse_.reachable || !cse_.known) {
    cse_.since = clock_.wall();
    probes_ = 0;
    nextProbe_ = clock_.now() + settings_.firstBackoff;
  }
  cse_.known = true;
  cse_.reachable = false;
  cse_.problem = describe(attempt);
}

}  // namespace isthmus::proxy
