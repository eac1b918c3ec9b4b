#include "onem2m/http/cse_server.h"

#include "ipe/base/mailbox.h"
#include "onem2m/http/http_listener.h"
#include "onem2m/http/http_primitive.h"
#include "onem2m/model/status.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/MediaType.h>
#include <Poco/URI.h>

#include <atomic>
#include <charconv>
#include <map>
#include <thread>

namespace isthmus::onem2m {
namespace {

namespace net = Poco::Net;

constexpr std::size_t kMaxQueued = 10'000;  // notifications that wait for their targets

Poco::Timespan span(milliseconds time) {
  return {static_cast<Poco::Timespan::TimeDiff>(time.count()) * Poco::Timespan::MILLISECONDS};
}

// Posts notifications from a thread of its own, in order. One slow target holds up the others.
class Notifier {
 public:
  explicit Notifier(milliseconds patience) : patience_(patience), thread_([this] { run(); }) {}
  ~Notifier() {
    stopping_ = true;
    mailbox_.post({});  // wakes the thread
    thread_.join();
  }
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  void post(CseNotification notification) {
    if (queued_.fetch_add(1) < kMaxQueued) {
      mailbox_.post(std::move(notification));
      return;
    }
    --queued_;
    ++failed_;
  }

  CseDeliveries deliveries() const { return {delivered_, failed_}; }

 private:
  void run() {
    while (!stopping_) {
      for (const CseNotification& notification : mailbox_.waitAndDrain(milliseconds{1000})) {
        if (stopping_) return;
        deliver(notification);
        --queued_;
      }
    }
  }

  void deliver(const CseNotification& notification) {
    for (const std::string& url : notification.urls) {
      if (tryAt(url, notification)) {
        ++delivered_;
        return;
      }
    }
    ++failed_;
  }

  // A kept-alive connection may have been closed by now: a second try has a fresh one.
  bool tryAt(const std::string& url, const CseNotification& notification) {
    try {
      const Poco::URI target(url);
      if (target.getScheme() != "http") return false;
      const std::string key = target.getHost() + ":" + std::to_string(target.getPort());
      const bool reused = sessions_.contains(key);
      if (attempt(target, key, notification)) return true;
      return reused && attempt(target, key, notification);
    } catch (const Poco::Exception&) {  // no URL
      return false;
    }
  }

  bool attempt(const Poco::URI& target, const std::string& key, const CseNotification& notification) {
    auto& session = sessions_[key];
    try {
      if (!session) {
        session = std::make_unique<net::HTTPClientSession>(target.getHost(), target.getPort());
        session->setKeepAlive(true);
        session->setTimeout(span(patience_));
      }
      const std::string path = target.getPathEtc();
      net::HTTPRequest request(net::HTTPRequest::HTTP_POST, path.empty() ? "/" : path, net::HTTPMessage::HTTP_1_1);
      request.setContentType("application/json");
      request.setContentLength64(static_cast<Poco::Int64>(notification.content.size()));
      request.set("X-M2M-Origin", notification.from);
      request.set("X-M2M-RI", notification.requestId);
      request.set("X-M2M-RVI", notification.releaseVersion);
      session->sendRequest(request) << notification.content;
      net::HTTPResponse response;
      session->receiveResponse(response).ignore(std::numeric_limits<std::streamsize>::max());
      return true;  // whatever the answer: as ACME has it
    } catch (const Poco::Exception&) {
      sessions_.erase(key);
      return false;
    }
  }

  const milliseconds patience_;
  Mailbox<CseNotification> mailbox_;
  std::atomic<std::size_t> queued_ = 0;
  std::atomic<std::uint64_t> delivered_ = 0, failed_ = 0;
  std::atomic<bool> stopping_ = false;
  std::map<std::string, std::unique_ptr<net::HTTPClientSession>> sessions_;  // the thread's own
  std::thread thread_;
};

void cut(net::StreamSocket socket) noexcept {
  try {
    socket.shutdown();
  } catch (const Poco::Exception&) {  // has gone by itself
  }
}

// What the handlers share.
struct Front {
  Front(Cse& behind, CseServerOptions settings) : cse(behind), options(std::move(settings)) {}

  CseFault faultOf(const RequestPrimitive& request) {
    for (unsigned left = failures; left > 0;) {
      if (failures.compare_exchange_weak(left, left - 1)) return {CseFault::Kind::answer, failWith};
    }
    return options.fault ? options.fault(request) : CseFault{};
  }

  Cse& cse;
  const CseServerOptions options;
  std::atomic<unsigned> failures = 0;
  std::atomic<int> failWith = 0;
  std::atomic<bool> closing = false;
};

std::string decoded(const std::string& text) {
  std::string out;
  Poco::URI::decode(text, out);
  return out;
}

// TS-0009 6.2.3: "/cse-in/a" is CSE-relative, "/~/id-in/a" SP-relative, "/_/sp/id-in/a" absolute.
std::string targetOf(const std::string& path) {
  if (path.starts_with("/~/")) return decoded(path.substr(2));
  if (path.starts_with("/_/")) return "/" + decoded(path.substr(2));
  return decoded(path.substr(path.starts_with('/') ? 1 : 0));
}

// A literal plus sign separates the values of a list; one that belongs to a value comes as %2B.
void readQuery(const std::string& text, std::vector<std::pair<std::string, std::string>>& query) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('&', begin), text.size());
    const std::string pair = text.substr(begin, end - begin);
    begin = end + 1;
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string name = decoded(pair.substr(0, equals));
    std::string values = equals < pair.size() ? pair.substr(equals + 1) : std::string();
    for (std::size_t plus = values.find('+'); plus != std::string::npos; plus = values.find('+')) {
      query.emplace_back(name, decoded(values.substr(0, plus)));
      values.erase(0, plus + 1);
    }
    query.emplace_back(name, decoded(values));
  }
}

// "application/json;ty=4"
std::optional<ResourceType> typeIn(const net::MediaType& media) {
  if (!media.hasParameter("ty")) return std::nullopt;
  const std::string text = media.getParameter("ty");
  std::uint16_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return ResourceType{number};  // 0, which is no type, where it is no number
}

std::optional<Operation> operationOf(const net::HTTPServerRequest& request, const std::optional<ResourceType>& type) {
  const std::string& method = request.getMethod();
  if (method == net::HTTPRequest::HTTP_POST) return type ? Operation::create : Operation::notify;
  if (method == net::HTTPRequest::HTTP_GET) return Operation::retrieve;
  if (method == net::HTTPRequest::HTTP_PUT) return Operation::update;
  if (method == net::HTTPRequest::HTTP_DELETE) return Operation::remove;
  return std::nullopt;
}

tl::unexpected<ResponsePrimitive> refuse(int status, const std::string& reason) {
  return tl::unexpected(refusalOf(status, reason));
}

class Handler final : public net::HTTPRequestHandler {
 public:
  explicit Handler(Front& front) : front_(front) {}

  // Nothing may leave here as an exception: POCO would end the connection without an answer.
  void handleRequest(net::HTTPServerRequest& request, net::HTTPServerResponse& response) override {
    try {
      serve(request, response);
    } catch (const Poco::Exception& error) {
      writeFailure(response, refusalOf(rsc::kBadRequest, error.displayText()));
    } catch (const std::exception& error) {
      writeFailure(response, refusalOf(rsc::kInternalServerError, error.what()));
    }
  }

 private:
  void serve(net::HTTPServerRequest& request, net::HTTPServerResponse& response) {
    const auto primitive = read(request);
    if (!primitive) {
      response.setKeepAlive(false);  // some of the body may not have been read
      return answer(request, response, primitive.error());
    }
    const CseFault fault = front_.faultOf(*primitive);
    switch (fault.kind) {
      case CseFault::Kind::none: return answer(request, response, front_.cse.handle(*primitive));
      case CseFault::Kind::answer: return refuseWith(response, fault.httpStatus);
      case CseFault::Kind::cutAfter: front_.cse.handle(*primitive); break;
      case CseFault::Kind::cutBefore: break;
    }
    response.setKeepAlive(false);
    cut(static_cast<net::HTTPServerRequestImpl&>(request).socket());
  }

  tl::expected<RequestPrimitive, ResponsePrimitive> read(net::HTTPServerRequest& request) {
    const std::string& uri = request.getURI();
    const std::size_t question = std::min(uri.find('?'), uri.size());
    const net::MediaType media(request.getContentType());
    RequestPrimitive primitive;
    primitive.to = targetOf(uri.substr(0, question));
    if (question < uri.size()) readQuery(uri.substr(question + 1), primitive.query);
    primitive.type = typeIn(media);
    const auto operation = operationOf(request, primitive.type);
    if (!operation) return refuse(rsc::kOperationNotAllowed, "no operation has the method " + request.getMethod());
    primitive.operation = *operation;
    readFields(request, primitive);
    auto body = readBody(request, front_.options.bodyLimit);
    if (!body) return tl::unexpected(std::move(body.error()));
    auto content = asJson(media, std::move(*body));
    if (!content) return tl::unexpected(std::move(content.error()));
    primitive.content = std::move(*content);
    return primitive;
  }

  void answer(const net::HTTPServerRequest& request, net::HTTPServerResponse& response,
              const ResponsePrimitive& primitive) {
    if (front_.closing) response.setKeepAlive(false);
    writeAnswer(request, response, primitive);
  }

  void refuseWith(net::HTTPServerResponse& response, int httpStatus) {
    response.setStatusAndReason(static_cast<net::HTTPResponse::HTTPStatus>(httpStatus));
    if (front_.closing) response.setKeepAlive(false);
    response.sendBuffer("", 0);
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

struct CseServer::Impl {
  Impl(Cse& cse, CseServerOptions options) : front(cse, std::move(options)), notifier(front.options.notifyPatience) {}

  Front front;
  Notifier notifier;
  std::unique_ptr<HttpListener> listener;
};

CseServer::CseServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

CseServer::~CseServer() {
  impl_->front.cse.notifyTo({});
  impl_->listener.reset();
}

Result<std::unique_ptr<CseServer>> CseServer::start(Cse& cse, CseServerOptions options) {
  auto impl = std::make_unique<Impl>(cse, std::move(options));
  const ListenerOptions listening{impl->front.options.listen, impl->front.options.connections};
  auto listener = HttpListener::start(listening, new HandlerFactory(impl->front));
  if (!listener) return tl::unexpected(listener.error());
  impl->listener = std::move(*listener);
  cse.notifyTo([&notifier = impl->notifier](CseNotification notification) { notifier.post(std::move(notification)); });
  return std::unique_ptr<CseServer>(new CseServer(std::move(impl)));
}

std::uint16_t CseServer::port() const { return impl_->listener->port(); }
std::string CseServer::url() const { return impl_->listener->url(); }

void CseServer::failNext(unsigned count, int httpStatus) {
  impl_->front.failWith = httpStatus;
  impl_->front.failures = count;
}

void CseServer::closeConnections(bool close) { impl_->front.closing = close; }

CseDeliveries CseServer::deliveries() const { return impl_->notifier.deliveries(); }

}  // namespace isthmus::onem2m
