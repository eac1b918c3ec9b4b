#pragma once

#include "ipe/base/log.h"
#include "ipe/base/mailbox.h"
#include "ipe/proxy/delivery_work.h"
#include "ipe/proxy/journal.h"
#include "lwm2m/model/object_registry.h"
#include "onem2m/client/cse_client.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace isthmus::app {

// The threads that talk to the CSE: each with a connection and an outbox reader of its own, all fed from one queue.
// What they found comes back through `results`, at once when little is left to do.
class DeliveryWorkers {
 public:
  struct Parts {
    onem2m::Binding& binding;
    const onem2m::CseSettings& settings;
    onem2m::CseProfile& profile;
    const lwm2m::ObjectRegistry& registry;
    const Clock& clock;
    std::function<std::unique_ptr<proxy::OutboxReader>()> openReader;
  };

  // All of `parts` and `results` must outlive the workers.
  DeliveryWorkers(const Parts& parts, std::size_t count, Mailbox<proxy::WorkResult>& results);
  ~DeliveryWorkers();
  DeliveryWorkers(const DeliveryWorkers&) = delete;
  DeliveryWorkers& operator=(const DeliveryWorkers&) = delete;

  void give(proxy::Work work);
  // Takes no more work; true if all threads ended within `patience` (one may hang in a request).
  bool stop(milliseconds patience);

 private:
  void run();
  std::optional<proxy::Work> take();
  bool runsLow();

  Parts parts_;
  Mailbox<proxy::WorkResult>& results_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<proxy::Work> queue_;
  bool stopping_ = false;
  std::size_t running_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace isthmus::app
