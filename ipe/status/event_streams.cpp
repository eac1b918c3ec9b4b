#include "ipe/status/event_streams.h"

#include "ipe/status/views.h"

#include <Poco/Net/StreamSocket.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace isthmus::status {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;
using Frame = std::shared_ptr<const std::string>;  // shared by the listeners it is queued for

constexpr std::size_t kWriteChunk = 64 * 1024;
constexpr int kRounds = 4;  // writes to one listener before the next has its turn

// A line break inside would end the field; between JSON tokens a space is the same.
std::string oneLine(std::string text) {
  std::replace_if(text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return text;
}

std::string frameText(const std::string& type, const std::string& json) {
  return "event: " + oneLine(type) + "\ndata: " + oneLine(json) + "\n\n";
}

std::string endpointOf(const std::string& json) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
  if (document.HasParseError() || !document.IsObject()) return {};
  const auto member = document.FindMember("endpoint");
  if (member == document.MemberEnd() || !member->value.IsString()) return {};
  return {member->value.GetString(), member->value.GetStringLength()};
}

bool contains(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

// A descriptor that wakes a poll().
class WakeUp {
 public:
  WakeUp() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  ~WakeUp() { ::close(fd_); }
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;

  int fd() const { return fd_; }
  void signal() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof one);  // full means it is awake already
  }
  void clear() const {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto taken = ::read(fd_, &count, sizeof count);
  }

 private:
  int fd_;
};

}  // namespace

class EventStreams::Hub {
 public:
  Hub(StatusSource& source, const StreamLimits& limits, Log& log) : source_(source), limits_(limits), log_(log) {}

  void start(const std::shared_ptr<Hub>& self) {
    thread_ = std::thread([this, weak = std::weak_ptr<Hub>(self)] { run(weak); });
  }
  void stop();
  bool full() const;
  bool open(const Poco::Net::StreamSocket& socket, EventFilter filter, std::string head);
  void publish(const Event& event);
  StreamFigures figures() const;

 private:
  struct Listener {
    Poco::Net::StreamSocket socket;
    EventFilter filter;
    std::string head;
    // Guarded by mutex_:
    std::deque<Frame> queue;
    std::uint64_t lost = 0;
    // The thread's own:
    std::string unsent;
    SteadyTime lastProgress;
    bool gone = false;
  };

  void run(const std::weak_ptr<Hub>& self);
  void adoptNewcomers(const std::weak_ptr<Hub>& self);
  void wait();
  milliseconds patience() const;
  void sendStatusIfDue();
  void serve(Listener& listener);
  void refill(Listener& listener);
  static void readAway(Listener& listener);
  void removeGone();
  void queueFor(Listener& listener, const Frame& frame) const;

  StatusSource& source_;
  const StreamLimits limits_;
  Log& log_;
  WakeUp wake_;
  std::thread thread_;

  mutable std::mutex mutex_;
  bool stopping_ = false;
  bool awake_ = false;  // the thread looks at the queues before it sleeps again
  std::vector<std::unique_ptr<Listener>> newcomers_;
  std::vector<std::unique_ptr<Listener>> listeners_;  // changed by the thread only
  std::uint64_t lost_ = 0;

  std::shared_ptr<void> subscription_;  // the thread's own, as what follows
  bool statusDue_ = false;              // someone new waits for one
  SteadyTime lastStatus_{};
  std::vector<pollfd> polled_;
};

bool EventStreams::Hub::full() const {
  const std::lock_guard lock(mutex_);
  return stopping_ || newcomers_.size() + listeners_.size() >= limits_.streams;
}

bool EventStreams::Hub::open(const Poco::Net::StreamSocket& socket, EventFilter filter, std::string head) {
  auto listener = std::make_unique<Listener>();
  listener->socket = socket;
  listener->socket.setBlocking(false);
  listener->socket.setSendBufferSize(limits_.sendBuffer);
  listener->filter = std::move(filter);
  listener->head = std::move(head);
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || newcomers_.size() + listeners_.size() >= limits_.streams) return false;
    newcomers_.push_back(std::move(listener));
  }
  wake_.signal();
  return true;
}

// Called by the source, on the path of a reading: formats once, queues, and leaves the writing to the thread.
void EventStreams::Hub::publish(const Event& event) {
  if (event.type == "status") return;  // made here, in the shape of /api/v1/status
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    Frame frame;
    std::optional<std::string> endpoint;
    for (const auto& listener : listeners_) {
      const EventFilter& filter = listener->filter;
      if (!filter.types.empty() && !contains(filter.types, event.type)) continue;
      if (event.type == "value" && !filter.endpoints.empty()) {
        if (!endpoint) endpoint = endpointOf(event.json);
        if (!contains(filter.endpoints, *endpoint)) continue;
      }
      if (!frame) frame = std::make_shared<const std::string>(frameText(event.type, event.json));
      queueFor(*listener, frame);
    }
    if (!frame) return;
    wake = !std::exchange(awake_, true);
  }
  if (wake) wake_.signal();
}

void EventStreams::Hub::queueFor(Listener& listener, const Frame& frame) const {
  if (listener.queue.size() >= limits_.queue) {
    listener.queue.pop_front();
    ++listener.lost;
  }
  listener.queue.push_back(frame);
}

StreamFigures EventStreams::Hub::figures() const {
  const std::lock_guard lock(mutex_);
  StreamFigures out{newcomers_.size() + listeners_.size(), lost_};
  for (const auto& listener : listeners_) out.lost += listener->lost;
  return out;
}

void EventStreams::Hub::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.signal();
  if (thread_.joinable()) thread_.join();
}

void EventStreams::Hub::run(const std::weak_ptr<Hub>& self) {
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) break;
      awake_ = true;
    }
    adoptNewcomers(self);
    sendStatusIfDue();
    for (const auto& listener : listeners_) serve(*listener);
    removeGone();
    wait();
  }
  subscription_.reset();
  const std::lock_guard lock(mutex_);
  newcomers_.clear();
  listeners_.clear();
}

// The source is listened to before a newcomer gets its header, so that whoever has the header misses nothing.
void EventStreams::Hub::adoptNewcomers(const std::weak_ptr<Hub>& self) {
  std::vector<std::unique_ptr<Listener>> arrived;
  {
    const std::lock_guard lock(mutex_);
    if (newcomers_.empty()) return;
    for (const auto& newcomer : newcomers_) {
      newcomer->unsent = newcomer->head + "retry: 2000\n: isthmus events\n\n";
      newcomer->lastProgress = std::chrono::steady_clock::now();
    }
    std::move(newcomers_.begin(), newcomers_.end(), std::back_inserter(listeners_));
    newcomers_.clear();
  }
  statusDue_ = true;
  if (subscription_) return;
  try {
    subscription_ = source_.listen([self](const Event& event) {
      if (const auto hub = self.lock()) hub->publish(event);
    });
  } catch (const std::exception& fault) {
    log_.error("status", std::string("cannot listen to events: ") + fault.what());
  }
}

void EventStreams::Hub::sendStatusIfDue() {
  if (listeners_.empty()) return;
  const SteadyTime now = std::chrono::steady_clock::now();
  if (!std::exchange(statusDue_, false) && now - lastStatus_ < limits_.status) return;
  lastStatus_ = now;
  try {
    const auto frame =
        std::make_shared<const std::string>(frameText("status", toJson(source_.status(), source_.accounting())));
    const std::lock_guard lock(mutex_);
    for (const auto& listener : listeners_)
      if (listener->filter.types.empty() || contains(listener->filter.types, "status")) queueFor(*listener, frame);
  } catch (const std::exception& fault) {
    log_.error("status", std::string("cannot make a status event: ") + fault.what());
  }
}

// Moves what waits into one buffer. The gap of what was dropped is at the front, and so is the word of it.
void EventStreams::Hub::refill(Listener& listener) {
  const std::lock_guard lock(mutex_);
  if (listener.lost > 0) {
    lost_ += listener.lost;
    const std::uint64_t count = std::exchange(listener.lost, 0);
    listener.unsent += frameText("lost", "{\"count\":" + std::to_string(count) + "}");
  }
  while (!listener.queue.empty() && listener.unsent.size() < kWriteChunk) {
    listener.unsent += *listener.queue.front();
    listener.queue.pop_front();
  }
}

void EventStreams::Hub::serve(Listener& listener) {
  const SteadyTime now = std::chrono::steady_clock::now();
  readAway(listener);
  for (int round = 0; round < kRounds && !listener.gone; ++round) {
    if (listener.unsent.empty()) refill(listener);
    if (listener.unsent.empty() && now - listener.lastProgress >= limits_.heartbeat)
      listener.unsent = ": heartbeat\n\n";
    if (listener.unsent.empty()) return;
    const auto sent = ::send(listener.socket.impl()->sockfd(), listener.unsent.data(), listener.unsent.size(),
                             MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) {
      listener.lastProgress = now;
      listener.unsent.erase(0, static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      listener.gone = now - listener.lastProgress >= limits_.stalled;
      return;
    } else if (errno != EINTR) {
      listener.gone = true;
    }
  }
}

// A listener has nothing more to say; reading only shows whether it is still there.
void EventStreams::Hub::readAway(Listener& listener) {
  std::array<char, 512> scratch;
  const auto taken = ::recv(listener.socket.impl()->sockfd(), scratch.data(), scratch.size(), MSG_DONTWAIT);
  if (taken == 0 || (taken < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) listener.gone = true;
}

void EventStreams::Hub::removeGone() {
  if (std::none_of(listeners_.begin(), listeners_.end(), [](const auto& listener) { return listener->gone; })) return;
  bool none = false;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& listener : listeners_)
      if (listener->gone) lost_ += listener->lost;
    std::erase_if(listeners_, [](const auto& listener) { return listener->gone; });
    none = listeners_.empty() && newcomers_.empty();
  }
  if (none) subscription_.reset();
}

milliseconds EventStreams::Hub::patience() const {
  if (listeners_.empty()) return milliseconds(-1);
  const auto untilStatus = lastStatus_ + limits_.status - std::chrono::steady_clock::now();
  const auto rounded = std::chrono::ceil<milliseconds>(untilStatus);
  return std::clamp(rounded, milliseconds(0), limits_.heartbeat);
}

void EventStreams::Hub::wait() {
  polled_.assign(1, {wake_.fd(), POLLIN, 0});
  {
    const std::lock_guard lock(mutex_);
    awake_ = false;
    bool more = stopping_ || !newcomers_.empty();
    for (const auto& listener : listeners_) {
      const bool blocked = !listener->unsent.empty();
      more = more || (!blocked && !listener->queue.empty());
      polled_.push_back(
          {listener->socket.impl()->sockfd(), static_cast<short>(blocked ? POLLIN | POLLOUT : POLLIN), 0});
    }
    if (more) return;
  }
  ::poll(polled_.data(), polled_.size(), static_cast<int>(patience().count()));
  wake_.clear();
}

EventStreams::EventStreams(StatusSource& source, const StreamLimits& limits, Log& log)
    : hub_(std::make_shared<Hub>(source, limits, log)) {
  hub_->start(hub_);
}

EventStreams::~EventStreams() { stop(); }

bool EventStreams::full() const { return hub_->full(); }
bool EventStreams::open(const Poco::Net::StreamSocket& socket, EventFilter filter, std::string head) {
  return hub_->open(socket, std::move(filter), std::move(head));
}
StreamFigures EventStreams::figures() const { return hub_->figures(); }
void EventStreams::stop() { hub_->stop(); }

}  // namespace isthmus::status
