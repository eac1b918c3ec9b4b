#pragma once

#include "ipe/app/loop.h"
#include "onem2m/client/cse_client.h"
#include "onem2m/client/notification_sink.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace isthmus::app {

struct NotifyFigures {
  std::uint64_t received = 0;       // NOTIFY requests
  std::uint64_t malformed = 0;      // of them, that could not be read
  std::uint64_t verifications = 0;  // asked for by the CSE
  std::uint64_t foreign = 0;        // of subscriptions that are not ours
};

// From the threads of bindings to the loop: reads what a CSE notifies of, finds out which resource of ours it is about,
// and gives the answer back.
class NotifyAdapter final : public onem2m::NotificationSink {
 public:
  struct Parts {
    Loop& loop;
    proxy::Proxy& proxy;
    const onem2m::CseSettings& cse;
    std::unique_ptr<onem2m::CseClient> client;
  };

  explicit NotifyAdapter(Parts parts) : parts_(std::move(parts)) {}

  // May ask the CSE about a subscription that is new to it.
  void notified(onem2m::RequestPrimitive request, Answer answer) override;

  // A subscription of ours is known before it notifies.
  void learn(const std::string& subscription, const onem2m::NotifiedPlace& place);

  NotifyFigures figures() const { return {received_, malformed_, verifications_, foreign_}; }

 private:
  bool isOurs(const std::string& creator) const;
  Result<std::optional<onem2m::NotifiedPlace>> placeOf(const std::string& subscription);

  Parts parts_;
  std::mutex clientMutex_, placesMutex_;
  std::unordered_map<std::string, onem2m::NotifiedPlace> places_;  // by the subscription's address
  std::atomic<std::uint64_t> received_ = 0, malformed_ = 0, verifications_ = 0, foreign_ = 0;
};

}  // namespace isthmus::app
