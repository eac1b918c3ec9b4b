#pragma once

#include "ipe/app/loop.h"
#include "ipe/app/notify_adapter.h"
#include "onem2m/client/cse_client.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace isthmus::app {

// Looks whether each device's subscription still stands in the CSE, once after the start and then every hour: one that
// was deleted while nobody listened would leave the device without commands, and nobody would be told. What is missing
// is made again with the device's place. Asks few at a time, and nothing while the CSE is away.
class SubscriptionKeeper {
 public:
  struct Parts {
    Loop& loop;
    lwm2m::Server& server;
    proxy::Proxy& proxy;
    const onem2m::CseSettings& cse;
    NotifyAdapter& notify;
    std::unique_ptr<onem2m::CseClient> client;
  };

  explicit SubscriptionKeeper(Parts parts);
  ~SubscriptionKeeper();
  SubscriptionKeeper(const SubscriptionKeeper&) = delete;
  SubscriptionKeeper& operator=(const SubscriptionKeeper&) = delete;

  void stop();  // before the loop; the thread ends with the request that it waits for

 private:
  struct Piece {
    std::vector<std::string> names;
    bool reachable = false, last = false;
  };

  void run();
  bool waitFor(milliseconds time);
  Piece nextPiece();
  bool look(const std::string& device);

  Parts parts_;
  std::uint32_t next_ = 0;  // device
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace isthmus::app
