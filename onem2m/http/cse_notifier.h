#pragma once

#include "ipe/base/clock.h"
#include "ipe/base/mailbox.h"
#include "onem2m/cse/cse.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace Poco::Net {
class HTTPClientSession;
}

namespace isthmus::onem2m {

struct CseDeliveries {
  std::uint64_t delivered = 0, failed = 0;
};

// Posts notifications of the try-out CSE over kept connections. Used by one thread.
class CsePoster {
 public:
  // `patience`: for one point of access to answer.
  explicit CsePoster(milliseconds patience);
  ~CsePoster();
  CsePoster(const CsePoster&) = delete;
  CsePoster& operator=(const CsePoster&) = delete;

  // X-M2M-RSC of the first point of access that answers, 0 if it says none; nothing if none answers.
  std::optional<int> post(const CseNotification& notification);

 private:
  std::optional<int> tryAt(const std::string& url, const CseNotification& notification);

  const milliseconds patience_;
  std::map<std::string, std::unique_ptr<Poco::Net::HTTPClientSession>> sessions_;
};

// The thread that posts what nobody waits for, in order. One slow target holds up the others.
class CseNotifier {
 public:
  explicit CseNotifier(milliseconds patience);
  ~CseNotifier();
  CseNotifier(const CseNotifier&) = delete;
  CseNotifier& operator=(const CseNotifier&) = delete;

  void post(CseNotification notification);  // from any thread
  CseDeliveries deliveries() const { return {delivered_, failed_}; }

 private:
  void run();

  CsePoster poster_;  // the thread's own
  Mailbox<CseNotification> mailbox_;
  std::atomic<std::size_t> queued_ = 0;
  std::atomic<std::uint64_t> delivered_ = 0, failed_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace isthmus::onem2m
