#include "onem2m/http/cse_server.h"

#include "onem2m/http/cse_notifier.h"
#include "onem2m/http/http_listener.h"
#include "onem2m/http/http_primitive.h"
#include "onem2m/model/status.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/MediaType.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/URI.h>

#include <atomic>
#include <charconv>

namespace isthmus::onem2m {
namespace {

namespace net = Poco::Net;

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

  // The target's responseStatusCode, 0 where it says none; nothing if it cannot be reached.
  std::optional<int> ask(const CseNotification& notification) const {
    CsePoster poster(options.askPatience);
    return poster.post(notification);
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

// A target that says nothing about it is taken to agree, as at ACME.
bool isSuccess(int status) { return status == 0 || (status >= 2000 && status < 3000); }

// What the requester is told where the target of a blocking update refuses (TS-0004 7.4.8.2.1).
int statusOfBlocked(int status) {
  switch (status) {
    case rsc::kOperationNotAllowed: return rsc::kOperationDeniedByRemoteEntity;
    case rsc::kTargetNotReachable: return rsc::kRemoteEntityNotReachable;
    default: return status;
  }
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
      case CseFault::Kind::none: return answer(request, response, handle(*primitive));
      case CseFault::Kind::answer: return refuseWith(response, fault.httpStatus);
      case CseFault::Kind::cutAfter: handle(*primitive); break;
      case CseFault::Kind::cutBefore: break;
    }
    response.setKeepAlive(false);
    cut(static_cast<net::HTTPServerRequestImpl&>(request).socket());
  }

  // What has to be asked of others before the CSE may do it.
  ResponsePrimitive handle(const RequestPrimitive& primitive) {
    for (const CseNotification& verification : front_.cse.verifications(primitive)) {
      const auto said = front_.ask(verification);
      if (said && isSuccess(*said)) continue;
      return refusalOf(rsc::kSubscriptionVerificationInitiationFailed, "a target could not be verified (nu)");
    }
    if (const auto blocking = front_.cse.blockingUpdate(primitive)) {
      const int said = front_.ask(*blocking).value_or(rsc::kTargetNotReachable);
      if (!isSuccess(said))
        return refusalOf(statusOfBlocked(said), "the target of a blocking update answered " + std::to_string(said));
    }
    return front_.cse.handle(primitive);
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
  CseNotifier notifier;
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
