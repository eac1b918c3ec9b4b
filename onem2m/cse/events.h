#pragma once

#include "onem2m/cse/tree.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace isthmus::onem2m::cse {

// Turns changes of the tree into the notifications that its subscriptions ask for (TS-0004 7.5.1.2). Nothing is waited
// for: verifications and blocking updates (net 7) are asked by whoever carries the requests, before.
class Events {
 public:
  Events(Tree& tree, const CseOptions& options) : tree_(tree), options_(options) {}

  void sendTo(std::function<void(CseNotification)> send) { send_ = std::move(send); }

  void created(const Resource& child, WallTime now);
  void updated(const Resource& resource, const std::vector<Attribute>& changes, WallTime now);
  void removing(const Resource& resource, WallTime now);  // before it goes

  // The update of a resource that a subscription wants to be asked about first; nothing if none does.
  std::optional<CseNotification> blocking(const Resource& resource, const std::vector<Attribute>& changes,
                                          const std::string& originator, WallTime now);
  // Of a subscription that `request` is to make.
  std::vector<CseNotification> verifications(const Criteria& criteria, const std::string& originator,
                                             const RequestPrimitive& request, WallTime now);

  // Where a notificationURI leads: itself, or the points of access of the AE it names. Empty: nowhere.
  std::vector<std::string> urlsOf(const std::string& target, WallTime now);

 private:
  void notify(const Resource& subscription, std::uint64_t event, const Resource& subject,
              const std::vector<Attribute>& changes, WallTime now);
  std::string contentOf(const Resource& subscription, std::uint64_t event, const Resource& subject,
                        const std::vector<Attribute>& changes) const;
  void send(const Resource& subscription, const std::string& content, WallTime now);

  Tree& tree_;
  const CseOptions& options_;
  std::function<void(CseNotification)> send_;
  std::uint64_t sent_ = 0;
};

}  // namespace isthmus::onem2m::cse
