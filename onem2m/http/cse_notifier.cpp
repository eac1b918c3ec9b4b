#include "onem2m/http/cse_notifier.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/URI.h>

#include <charconv>
#include <limits>

namespace isthmus::onem2m {
namespace {

namespace net = Poco::Net;

constexpr std::size_t kMaxQueued = 10'000;  // notifications that wait for their targets

int statusIn(const net::HTTPResponse& response) {
  const std::string text = response.get("X-M2M-RSC", "");
  int status = 0;
  std::from_chars(text.data(), text.data() + text.size(), status);
  return status;
}

// The answer's X-M2M-RSC.
int exchange(net::HTTPClientSession& session, const Poco::URI& target, const CseNotification& notification) {
  const std::string path = target.getPathEtc();
  net::HTTPRequest request(net::HTTPRequest::HTTP_POST, path.empty() ? "/" : path, net::HTTPMessage::HTTP_1_1);
  request.setContentType("application/json");
  request.setContentLength64(static_cast<Poco::Int64>(notification.content.size()));
  request.set("X-M2M-Origin", notification.from);
  request.set("X-M2M-RI", notification.requestId);
  request.set("X-M2M-RVI", notification.releaseVersion);
  session.sendRequest(request) << notification.content;
  net::HTTPResponse response;
  session.receiveResponse(response).ignore(std::numeric_limits<std::streamsize>::max());
  return statusIn(response);
}

}  // namespace

CsePoster::CsePoster(milliseconds patience) : patience_(patience) {}
CsePoster::~CsePoster() = default;

std::optional<int> CsePoster::post(const CseNotification& notification) {
  for (const std::string& url : notification.urls)
    if (const auto status = tryAt(url, notification)) return status;
  return std::nullopt;
}

// A kept-alive connection may have been closed by now: a second try has a fresh one.
std::optional<int> CsePoster::tryAt(const std::string& url, const CseNotification& notification) {
  for (bool again = true; again;) {
    std::string key;
    try {
      const Poco::URI target(url);
      if (target.getScheme() != "http") return std::nullopt;
      key = target.getHost() + ":" + std::to_string(target.getPort());
      auto& session = sessions_[key];
      again = session != nullptr;
      if (!session) {
        session = std::make_unique<net::HTTPClientSession>(target.getHost(), target.getPort());
        session->setKeepAlive(true);
        session->setTimeout({static_cast<Poco::Timespan::TimeDiff>(patience_.count()) * Poco::Timespan::MILLISECONDS});
      }
      return exchange(*session, target, notification);
    } catch (const Poco::Exception&) {  // no URL, or nobody there
      if (key.empty()) return std::nullopt;
      sessions_.erase(key);
    }
  }
  return std::nullopt;
}

CseNotifier::CseNotifier(milliseconds patience) : poster_(patience), thread_([this] { run(); }) {}

CseNotifier::~CseNotifier() {
  stopping_ = true;
  mailbox_.post({});  // wakes the thread
  thread_.join();
}

void CseNotifier::post(CseNotification notification) {
  if (queued_.fetch_add(1) < kMaxQueued) {
    mailbox_.post(std::move(notification));
    return;
  }
  --queued_;
  ++failed_;
}

void CseNotifier::run() {
  while (!stopping_) {
    for (const CseNotification& notification : mailbox_.waitAndDrain(milliseconds{1000})) {
      if (stopping_) return;
      ++(poster_.post(notification) ? delivered_ : failed_);  // whatever the answer: as ACME has it
      --queued_;
    }
  }
}

}  // namespace isthmus::onem2m
