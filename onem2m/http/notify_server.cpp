#include "onem2m/http/notify_server.h"

#include "onem2m/http/http_listener.h"
#include "onem2m/http/http_primitive.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace isthmus::onem2m {
namespace {

namespace net = Poco::Net;

constexpr milliseconds kGlance{100};  // how often one that waits looks whether the server ends

// An answer on its way from the sink to the connection's thread; shared, since either may be gone first.
class Held {
 public:
  void give(ResponsePrimitive answer) {
    {
      const std::lock_guard lock(mutex_);
      if (answer_) return;
      answer_ = std::move(answer);
    }
    given_.notify_one();
  }

  ResponsePrimitive wait(milliseconds patience, const std::atomic<bool>& ending) {
    const auto until = std::chrono::steady_clock::now() + patience;
    std::unique_lock lock(mutex_);
    while (!answer_ && !ending && std::chrono::steady_clock::now() < until)
      given_.wait_for(lock, kGlance, [this] { return answer_.has_value(); });
    return answer_ ? *answer_ : refusalOf(rsc::kTargetNotReachable, "no answer in time");
  }

 private:
  std::mutex mutex_;
  std::condition_variable given_;
  std::optional<ResponsePrimitive> answer_;
};

struct Front {
  NotificationSink& sink;
  const NotifyServerOptions options;
  std::atomic<bool> ending = false;
  std::atomic<unsigned> answering = 0;
  std::atomic<std::uint64_t> requests = 0, refused = 0;

  void end() {
    ending = true;
    const auto until = std::chrono::steady_clock::now() + 5 * kGlance;
    for (unsigned left = answering; left > 0 && std::chrono::steady_clock::now() < until; left = answering)
      std::this_thread::yield();
  }
};

class Answering {
 public:
  explicit Answering(std::atomic<unsigned>& count) : count_(count) { ++count_; }
  ~Answering() { --count_; }
  Answering(const Answering&) = delete;
  Answering& operator=(const Answering&) = delete;

 private:
  std::atomic<unsigned>& count_;
};

class Handler final : public net::HTTPRequestHandler {
 public:
  explicit Handler(Front& front) : front_(front) {}

  // Nothing may leave here as an exception: POCO would end the connection without an answer.
  void handleRequest(net::HTTPServerRequest& request, net::HTTPServerResponse& response) override {
    ++front_.requests;
    const Answering counted(front_.answering);
    try {
      auto primitive = read(request);
      if (primitive) return writeAnswer(request, response, answerTo(std::move(*primitive)));
      ++front_.refused;
      response.setKeepAlive(false);  // some of the body may not have been read
      writeAnswer(request, response, primitive.error());
    } catch (const Poco::Exception& error) {
      ++front_.refused;
      writeFailure(response, refusalOf(rsc::kBadRequest, error.displayText()));
    } catch (const std::exception& error) {
      writeFailure(response, refusalOf(rsc::kInternalServerError, error.what()));
    }
  }

 private:
  tl::expected<RequestPrimitive, ResponsePrimitive> read(net::HTTPServerRequest& request) {
    const net::MediaType media(request.getContentType());
    if (request.getMethod() != net::HTTPRequest::HTTP_POST || media.hasParameter("ty"))
      return tl::unexpected(refusalOf(rsc::kOperationNotAllowed, "only notifications are taken here: POST without ty"));
    RequestPrimitive primitive;
    primitive.operation = Operation::notify;
    primitive.to = request.getURI();
    readFields(request, primitive);
    auto body = readBody(request, front_.options.bodyLimit);
    if (!body) return tl::unexpected(std::move(body.error()));
    auto content = request.has("Content-Type") ? asJson(media, std::move(*body)) : std::move(body);
    if (!content) return tl::unexpected(std::move(content.error()));
    primitive.content = std::move(*content);
    return primitive;
  }

  ResponsePrimitive answerTo(RequestPrimitive primitive) {
    const auto held = std::make_shared<Held>();
    front_.sink.notified(std::move(primitive), [held](ResponsePrimitive answer) { held->give(std::move(answer)); });
    return held->wait(front_.options.held, front_.ending);
  }

  Front& front_;
};

class HandlerFactory final : public net::HTTPRequestHandlerFactory {
 public:
  explicit HandlerFactory(Front& front) : front_(front) {}
  net::HTTPRequestHandler* createRequestHandler(const net::HTTPServerRequest&) override { return new Handler(front_); }

 private:
  Front& front_;
};

}  // namespace

struct NotifyServer::Impl {
  Impl(NotificationSink& sink, const NotifyServerOptions& options) : front{sink, options} {}

  Front front;
  std::unique_ptr<HttpListener> listener;
};

NotifyServer::NotifyServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

NotifyServer::~NotifyServer() {
  impl_->front.end();
  impl_->listener.reset();
}

Result<std::unique_ptr<NotifyServer>> NotifyServer::start(NotificationSink& sink, const NotifyServerOptions& options) {
  auto impl = std::make_unique<Impl>(sink, options);
  ListenerOptions listening{options.listen, options.connections};
  listening.pause = options.pause;
  listening.whole = options.whole;
  listening.finishes = true;
  auto listener = HttpListener::start(listening, new HandlerFactory(impl->front));
  if (!listener) return tl::unexpected(listener.error());
  impl->listener = std::move(*listener);
  return std::unique_ptr<NotifyServer>(new NotifyServer(std::move(impl)));
}

std::uint16_t NotifyServer::port() const { return impl_->listener->port(); }
std::string NotifyServer::url() const { return impl_->listener->url(); }
NotifyCounters NotifyServer::counters() const { return {impl_->front.requests, impl_->front.refused}; }

}  // namespace isthmus::onem2m
