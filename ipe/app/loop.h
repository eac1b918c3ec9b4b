#pragma once

#include "ipe/app/carriers.h"
#include "ipe/app/delivery_workers.h"
#include "ipe/base/log.h"
#include "ipe/base/mailbox.h"
#include "ipe/base/turn_clock.h"
#include "ipe/proxy/proxy.h"
#include "lwm2m/server/server.h"

#include <atomic>
#include <functional>
#include <future>
#include <string>

namespace isthmus::app {

// A file descriptor that wakes an epoll loop from any thread.
class WakeUp {
 public:
  WakeUp();
  ~WakeUp();
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;
  void signal();
  void clear();
  int fd() const { return fd_; }

 private:
  int fd_;
};

// The one loop: a batch of datagrams in, their rows committed, their answers out, the CSE's workers fed. Everything
// about devices and the outbox is touched by the thread that runs it only; others come in through call() and ask().
class Loop {
 public:
  struct Parts {
    Carriers& carriers;
    lwm2m::coap::Endpoint& endpoint;
    lwm2m::Server& server;
    proxy::Proxy& proxy;
    proxy::Journal& journal;
    TurnClock& clock;
    Log& log;
  };

  explicit Loop(const Parts& parts);
  ~Loop();

  void setWorkers(DeliveryWorkers& workers, std::size_t count);
  Mailbox<proxy::WorkResult>& results() { return results_; }

  void run();   // until stop()
  void stop();  // from any thread

  // Runs on the loop's thread, soon. From any thread.
  void call(std::function<void()> function) { calls_.post(std::move(function)); }
  // The same, waiting for what it returns. Not from the loop's thread.
  template <class Function>
  auto ask(Function function) {
    std::packaged_task<decltype(function())()> task(std::move(function));
    auto answer = task.get_future();
    call([&task] { task(); });
    return answer.get();
  }

  // "" while commits succeed. Thread-safe.
  std::string storageProblem() const;

 private:
  bool turn();
  int patience() const;
  std::size_t receive();
  void commit();
  bool keep();
  void waitForDisk();
  bool mayWait(const proxy::Batch& batch) const;
  void tidy();
  void feedWorkers();
  void reportStorage(const std::string& problem);

  Parts parts_;
  WakeUp wakeUp_;
  Mailbox<proxy::WorkResult> results_;
  Mailbox<std::function<void()>> calls_;
  DeliveryWorkers* workers_ = nullptr;
  std::size_t room_ = 0;  // works that may be given
  int epoll_;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex problemMutex_;
  std::string problem_;
  bool upkeepDue_ = true;
  std::uint64_t busyTurns_ = 0;
  Instant lastCommit_{};
  std::size_t delivered_ = 0;  // works that came back since memory was last given back
  bool untidy_ = false;        // something was done since memory was last given back
  Instant lastBusy_{};
};

}  // namespace isthmus::app
