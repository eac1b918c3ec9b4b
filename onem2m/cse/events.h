#pragma once

#include "onem2m/cse/tree.h"

#include <functional>
#include <string>
#include <vector>

namespace isthmus::onem2m::cse {

// Turns changes of the tree into the notifications that its subscriptions ask for (TS-0004 7.5.1.2). Nothing is waited
// for: a target is not verified before the first notification, and a blocking update (net 7) is told but not held.
class Events {
 public:
  Events(Tree& tree, const CseOptions& options) : tree_(tree), options_(options) {}

  void sendTo(std::function<void(CseNotification)> send) { send_ = std::move(send); }

  void created(const Resource& child, WallTime now);
  void updated(const Resource& resource, const std::vector<Attribute>& changes, WallTime now);
  void removing(const Resource& resource, WallTime now);  // before it goes

  // Where a notificationURI leads: itself, or the points of access of the AE it names. Empty: nowhere.
  std::vector<std::string> urlsOf(const std::string& target, WallTime now);

 private:
  void notify(const Resource& subscription, std::uint64_t event, const Resource& subject,
              const std::vector<Attribute>& changes, WallTime now);
  void send(const Resource& subscription, const std::string& content, WallTime now);

  Tree& tree_;
  const CseOptions& options_;
  std::function<void(CseNotification)> send_;
  std::uint64_t sent_ = 0;
};

}  // namespace isthmus::onem2m::cse
