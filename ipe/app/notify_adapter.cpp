#include "ipe/app/notify_adapter.h"

#include "onem2m/codec/json_text.h"

namespace isthmus::app {
namespace {

namespace rsc = onem2m::rsc;
using onem2m::ResponsePrimitive;

constexpr std::size_t kPlaces = 200'000;

// An AE-ID as CSEs write it: "CIsthmus", "/id-in/CIsthmus".
std::string_view stemOf(std::string_view aeId) { return aeId.substr(aeId.rfind('/') + 1); }

ResponsePrimitive responseOf(const proxy::NoticeAnswer& answer) {
  return {answer.status, {}, answer.reason.empty() ? std::string() : onem2m::debugText(answer.reason)};
}

// The one answer to several notifications: the first that is no success, if any. Used on the loop's thread.
class Gathered {
 public:
  Gathered(std::size_t count, onem2m::NotificationSink::Answer answer) : left_(count), answer_(std::move(answer)) {}

  void add(proxy::NoticeAnswer one) {
    if (worst_.status == rsc::kOk) worst_ = std::move(one);
    if (--left_ == 0) answer_(responseOf(worst_));
  }

 private:
  std::size_t left_;
  proxy::NoticeAnswer worst_;
  onem2m::NotificationSink::Answer answer_;
};

}  // namespace

void NotifyAdapter::notified(onem2m::RequestPrimitive request, Answer answer) {
  ++received_;
  auto read = onem2m::readNotifications(request.content);
  if (!read) {
    ++malformed_;
    return answer({rsc::kBadRequest, {}, onem2m::debugText(read.error().text())});
  }
  std::vector<proxy::Notice> notices;
  for (onem2m::Notification& notification : *read) {
    if (notification.verification) {
      ++verifications_;
      if (isOurs(notification.creator)) continue;
      return answer(
          {rsc::kSubscriptionCreatorHasNoPrivilege, {}, onem2m::debugText("only the proxy itself subscribes")});
    }
    const auto place = placeOf(notification.subscription);
    if (!place) return answer({rsc::kTargetNotReachable, {}, onem2m::debugText(place.error().text())});
    if (*place) {
      notices.push_back({**place, std::move(notification), request.from, request.requestId, request.expiration});
    } else {
      ++foreign_;
    }
  }
  if (notices.empty()) return answer({rsc::kOk, {}, {}});
  parts_.loop.call([this, notices = std::move(notices), answer = std::move(answer)] {
    const auto gathered = std::make_shared<Gathered>(notices.size(), answer);
    for (const proxy::Notice& notice : notices)
      parts_.proxy.applications().notified(notice,
                                           [gathered](proxy::NoticeAnswer one) { gathered->add(std::move(one)); });
  });
}

bool NotifyAdapter::isOurs(const std::string& creator) const {
  return creator.empty() || stemOf(creator) == stemOf(parts_.cse.originator);
}

Result<std::optional<onem2m::NotifiedPlace>> NotifyAdapter::placeOf(const std::string& subscription) {
  {
    const std::lock_guard lock(placesMutex_);
    if (const auto known = places_.find(subscription); known != places_.end()) return known->second;
  }
  const std::lock_guard asking(clientMutex_);
  auto place = parts_.client->placeOf(subscription);
  if (place && *place) learn(subscription, **place);
  return place;
}

void NotifyAdapter::learn(const std::string& subscription, const onem2m::NotifiedPlace& place) {
  const std::lock_guard lock(placesMutex_);
  if (places_.size() >= kPlaces) places_.clear();
  places_.emplace(subscription, place);
}

}  // namespace isthmus::app
