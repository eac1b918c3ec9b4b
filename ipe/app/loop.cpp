#include "ipe/app/loop.h"

#include "ipe/app/heap.h"

#include <algorithm>
#include <array>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace isthmus::app {
namespace {

constexpr milliseconds kLongestWait{500};
constexpr milliseconds kCommitRetry{1000};
constexpr milliseconds kQuiet{1000};
constexpr milliseconds kDeliveriesWait{100};  // so that many are written in one go: they share flushes and pages
constexpr std::size_t kDeliveriesKept = 4096;
constexpr std::uint64_t kTurnsBetweenUpkeep = 50;
constexpr std::size_t kBusyBatch = 128;       // datagrams; above it, new observations wait
constexpr std::size_t kObservesWhenBusy = 8;  // but never stop
constexpr std::size_t kObservesWhenIdle = 128;

int mustHave(int descriptor, const char* what) {
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), what);
  return descriptor;
}

}  // namespace

WakeUp::WakeUp() : fd_(mustHave(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd")) {}
WakeUp::~WakeUp() { close(fd_); }

void WakeUp::signal() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(fd_, &one, sizeof one);  // a full counter wakes as well
}

void WakeUp::clear() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto taken = read(fd_, &count, sizeof count);
}

Loop::Loop(const Parts& parts)
    : parts_(parts),
      results_([this] { wakeUp_.signal(); }),
      calls_([this] { wakeUp_.signal(); }),
      epoll_(mustHave(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {
  epoll_event event{};
  event.events = EPOLLIN;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, wakeUp_.fd(), &event);
  for (const int fd : parts_.carriers.fds()) epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
}

Loop::~Loop() { close(epoll_); }

void Loop::setWorkers(DeliveryWorkers& workers, std::size_t count) {
  workers_ = &workers;
  room_ = count * 2;  // so that a worker finds the next piece waiting
}

void Loop::stop() {
  stopping_ = true;
  wakeUp_.signal();
}

void Loop::run() {
  while (!stopping_) {
    if (turn()) continue;
    std::array<epoll_event, 4> events{};
    epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), patience());
    wakeUp_.clear();
  }
  commit();
}

int Loop::patience() const {
  if (parts_.carriers.hasWork()) return 0;
  if (upkeepDue_ || parts_.server.hasWork() || parts_.proxy.hasWork()) return 1;
  std::optional<Instant> next = parts_.endpoint.nextDeadline();
  for (const auto& other : {parts_.server.nextDeadline(), parts_.proxy.delivery().nextDeadline(),
                            parts_.proxy.downlink().nextDeadline(), parts_.carriers.nextDeadline()})
    if (other && (!next || *other < *next)) next = other;
  if (!parts_.proxy.batch().empty()) next = std::min(next.value_or(Instant::max()), lastCommit_ + kDeliveriesWait);
  const milliseconds wait = next ? std::clamp(*next - parts_.clock.now(), milliseconds(1), kLongestWait) : kLongestWait;
  return static_cast<int>(wait.count());
}

// True if there may be more to do at once.
bool Loop::turn() {
  parts_.clock.refresh();
  const std::size_t datagrams = receive();
  parts_.carriers.expire();
  parts_.endpoint.expire();
  parts_.server.turn(datagrams > kBusyBatch ? kObservesWhenBusy : kObservesWhenIdle);
  const auto calls = calls_.drain();
  for (const std::function<void()>& function : calls) function();
  auto results = results_.drain();
  room_ += results.size();
  for (proxy::WorkResult& result : results) parts_.proxy.delivery().finished(std::move(result));
  parts_.proxy.turn();
  feedWorkers();
  commit();
  feedWorkers();
  const bool busy = datagrams > 0 || !calls.empty() || !results.empty();
  if (busy) lastBusy_ = parts_.clock.now();
  delivered_ += results.size();
  untidy_ = untidy_ || datagrams > kBusyBatch || delivered_ > kBusyBatch;
  tidy();
  // A load that never pauses must not put the folding off for ever.
  const bool upkeep = busy ? ++busyTurns_ % kTurnsBetweenUpkeep == 0 : upkeepDue_;
  const bool more = upkeep && parts_.journal.maintain(parts_.clock.wall()).value_or(false);
  upkeepDue_ = busy || more;
  return busy;
}

// What a burst left free goes back to the system, once all is quiet.
void Loop::tidy() {
  if (!untidy_ || parts_.clock.now() - lastBusy_ < kQuiet) return;
  untidy_ = false;
  delivered_ = 0;
  giveBackFreeMemory();
}

std::size_t Loop::receive() {
  return parts_.carriers.receive(
      [this](std::span<const lwm2m::coap::Datagram> batch) { parts_.endpoint.receive(batch); });
}

// Nothing of a turn leaves before its rows are on disk. While the disk refuses, nothing is read or answered: devices
// keep what they have, and send it again.
void Loop::commit() {
  const proxy::Batch& batch = parts_.proxy.batch();
  bool kept = batch.empty() || (!stopping_ && mayWait(batch)) || keep();
  // A command that is sent now may have changed a registration (the slot of an observation, say): its request leaves
  // after that.
  while (kept && !batch.registrations.empty()) kept = keep();
  if (kept) parts_.carriers.flush();
}

// False: stopping, and what was not kept is not answered either.
bool Loop::keep() {
  proxy::Batch& batch = parts_.proxy.batch();
  lastCommit_ = parts_.clock.now();
  batch.time = parts_.clock.wall();
  Result<void> kept = parts_.journal.commit(batch);
  while (!kept && !stopping_) {
    reportStorage(kept.error().text());
    waitForDisk();
    kept = parts_.journal.commit(batch);
    parts_.clock.refresh();  // what is overdue by now is not to be sent any more
  }
  if (!kept) return false;
  reportStorage({});
  parts_.proxy.committed();
  return true;
}

// Whoever asks how things stand is answered meanwhile.
void Loop::waitForDisk() {
  const Instant until = SystemClock().now() + kCommitRetry;
  for (milliseconds left = kCommitRetry; left > milliseconds(0) && !stopping_; left = until - SystemClock().now())
    for (const std::function<void()>& function : calls_.waitAndDrain(left)) function();
}

bool Loop::mayWait(const proxy::Batch& batch) const {
  return batch.onlyDeliveries() && batch.fates.size() < kDeliveriesKept &&
         parts_.clock.now() - lastCommit_ < kDeliveriesWait;
}

void Loop::feedWorkers() {
  while (workers_ != nullptr && room_ > 0) {
    std::optional<proxy::Work> work = parts_.proxy.delivery().next();
    if (!work) return;
    --room_;
    workers_->give(std::move(*work));
  }
}

void Loop::reportStorage(const std::string& problem) {
  const std::lock_guard lock(problemMutex_);
  if (problem == problem_) return;
  if (problem.empty()) {
    parts_.log.info("db", "writing works again");
  } else {
    parts_.log.error("db", "cannot write, nothing is acknowledged until it works: " + problem);
  }
  problem_ = problem;
}

std::string Loop::storageProblem() const {
  const std::lock_guard lock(problemMutex_);
  return problem_;
}

}  // namespace isthmus::app
