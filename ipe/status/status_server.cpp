#include "ipe/status/status_server.h"

#include "ipe/http/timed_socket.h"
#include "ipe/status/api.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/StreamCopier.h>
#include <Poco/String.h>
#include <Poco/ThreadPool.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <sstream>
#include <utility>

namespace isthmus::status {
namespace {

using Poco::Net::HTTPRequest;
using Poco::Net::HTTPResponse;
using Poco::Net::HTTPServerRequest;
using Poco::Net::HTTPServerRequestImpl;
using Poco::Net::HTTPServerResponse;

constexpr std::size_t kLongestTarget = 8 * 1024;
constexpr std::streamsize kLargestBody = 1024 * 1024;
constexpr std::streamsize kLargestRules = 8 * kLargestBody;  // some 50,000 rules
constexpr std::string_view kRules = "/api/v1/mapping";
constexpr std::size_t kLongestLogged = 200;
constexpr int kWaitingConnections = 64;
constexpr milliseconds kDrain{500};
constexpr std::chrono::microseconds kThreadIdle{100'000};

// Everything the page needs comes from here; nothing may frame it or lead it elsewhere.
constexpr std::pair<const char*, const char*> kSecurityHeaders[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
     "form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
};

// Counts requests that run, so that stop() can wait for them.
class Running {
 public:
  class Guard {
   public:
    explicit Guard(Running& running) : running_(running) { running_.change(1); }
    ~Guard() { running_.change(-1); }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    Running& running_;
  };

  void waitForNone(milliseconds patience) {
    std::unique_lock lock(mutex_);
    none_.wait_for(lock, patience, [this] { return count_ == 0; });
  }

 private:
  void change(int by) {
    const std::lock_guard lock(mutex_);
    count_ += by;
    if (count_ == 0) none_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable none_;
  int count_ = 0;
};

void fillHead(const Reply& reply, HTTPServerResponse& response) {
  response.setStatusAndReason(static_cast<HTTPResponse::HTTPStatus>(reply.status));
  if (!reply.type.empty()) response.setContentType(reply.type);
  response.set("Cache-Control", "no-store");
  for (const auto& [name, value] : kSecurityHeaders) response.set(name, value);
  for (const auto& [name, value] : reply.headers) response.set(name, value);
}

// A request's address as it may stand in a log: bounded, and without what a terminal would act on.
std::string forLog(std::string address) {
  address.resize(std::min(address.size(), kLongestLogged));
  std::replace_if(address.begin(), address.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return address;
}

// Absent: the request may go on.
std::optional<Reply> refusal(const HTTPServerRequest& request, bool loopback) {
  if (request.getURI().size() > kLongestTarget)
    return problem(414, "The address is longer than " + std::to_string(kLongestTarget) + " bytes; shorten it.");
  if (request.hasContentLength() && request.getContentLength() < 0)
    return problem(400, "The Content-Length is not a length; correct it.");
  if (request.getChunkedTransferEncoding())
    return problem(411, "Bodies in chunks are not taken; send it whole, with a Content-Length.");
  const std::streamsize largest = request.getURI().starts_with(kRules) ? kLargestRules : kLargestBody;
  if (request.getContentLength() > largest)
    return problem(413, "No request here takes a body above " + std::to_string(largest) + " bytes; send less.");
  if (!request.has("Host")) {
    if (request.getVersion() == HTTPRequest::HTTP_1_1) return problem(400, "The request has no Host header; add one.");
    return std::nullopt;
  }
  if (loopback && !namesLoopback(request.get("Host")))
    return problem(421, "This endpoint listens on this machine only; ask it as localhost or 127.0.0.1.");
  return std::nullopt;
}

// A browser says where a request comes from: by Sec-Fetch-Site, older ones by Origin. Other programs say nothing.
bool isForeign(const HTTPServerRequest& request) {
  const std::string site = request.get("Sec-Fetch-Site", "");
  if (!site.empty()) return site != "same-origin" && site != "none";
  const std::string origin = request.get("Origin", "");
  if (origin.empty()) return false;
  const std::string host = request.get("Host", "");
  return origin != "http://" + host && origin != "https://" + host;
}

std::string bodyOf(HTTPServerRequest& request) {
  std::string body;
  if (request.getContentLength() > 0) Poco::StreamCopier::copyToString(request.stream(), body);
  return body;
}

Request requestOf(HTTPServerRequest& from) {
  const std::string type = from.getContentType();
  Request request{from.getMethod(), from.getURI(), from.get("If-None-Match", "")};
  request.contentType = Poco::toLower(Poco::trim(type.substr(0, type.find(';'))));
  request.body = bodyOf(from);
  request.foreign = isForeign(from);
  return request;
}

}  // namespace

struct StatusServer::Impl {
  Impl(const StatusOptions& options, StatusSource& source, DeviceAccess& devices, Log& givenLog)
      : log(givenLog),
        waits(static_cast<std::size_t>(options.waiting)),
        api(source, devices, waits, options.credentials, options.mapping),
        streams(source, options.streams, givenLog),
        keptAlive(options.keptAlive),
        pool("status", 2, threadsOf(options)) {}

  // A thread is there for everybody else even when all that may wait or be idle do.
  static int threadsOf(const StatusOptions& options) { return options.threads + options.waiting + options.keptAlive; }

  void serve(HTTPServerRequest& request, HTTPServerResponse& response);
  void send(const Reply& reply, HTTPServerResponse& response, bool headOnly = false);
  void stream(const EventFilter& filter, HTTPServerRequest& request, HTTPServerResponse& response);
  bool crowded() const { return http && http->currentConnections() > keptAlive; }

  Log& log;
  DeviceWaits waits;
  Api api;
  EventStreams streams;
  Running running;
  bool loopback = false;
  int keptAlive;
  Poco::ThreadPool pool;
  Poco::Net::ServerSocket listening;
  std::unique_ptr<Poco::Net::HTTPServer> http;
  std::string address;
  std::once_flag stopped;
};

namespace {

// POCO turns only its own exceptions into an answer, so nothing may leave here.
template <class Impl>
class Handler final : public Poco::Net::HTTPRequestHandler {
 public:
  explicit Handler(Impl& impl) : impl_(impl) {}

  void handleRequest(HTTPServerRequest& request, HTTPServerResponse& response) override {
    const Running::Guard guard(impl_.running);
    try {
      impl_.serve(request, response);
    } catch (const Poco::IOException&) {
      response.setKeepAlive(false);  // the client went away
    } catch (const Poco::TimeoutException&) {
      response.setKeepAlive(false);  // or does not take what it asked for
    } catch (const std::exception& fault) {
      fail(request, response, fault.what());
    } catch (...) {
      fail(request, response, "unknown exception");
    }
  }

 private:
  void fail(HTTPServerRequest& request, HTTPServerResponse& response, const std::string& what) {
    response.setKeepAlive(false);
    try {
      impl_.log.error("status", forLog(request.getMethod()) + " " + forLog(request.getURI()) + ": " + what);
      if (!response.sent()) impl_.send(problem(500, "Isthmus failed to answer; its log says why."), response);
    } catch (const std::exception&) {
      // Nothing is left to tell the client.
    }
  }

  Impl& impl_;
};

template <class Impl>
class Factory final : public Poco::Net::HTTPRequestHandlerFactory {
 public:
  explicit Factory(Impl& impl) : impl_(impl) {}
  Poco::Net::HTTPRequestHandler* createRequestHandler(const HTTPServerRequest&) override {
    return new Handler<Impl>(impl_);
  }

 private:
  Impl& impl_;
};

}  // namespace

void StatusServer::Impl::serve(HTTPServerRequest& request, HTTPServerResponse& response) {
  if (crowded()) response.setKeepAlive(false);
  if (const auto refused = refusal(request, loopback)) {
    response.setKeepAlive(false);  // what follows may be the body that was refused
    send(*refused, response);
    return;
  }
  const Request read = requestOf(request);
  if (request.getContentLength() > static_cast<std::streamsize>(read.body.size())) {
    response.setKeepAlive(false);  // it said more than it sent
    return;
  }
  const Reply reply = api.handle(read, streams.figures());
  if (reply.stream && request.getMethod() == HTTPRequest::HTTP_GET) {
    stream(*reply.stream, request, response);
  } else {
    send(reply, response, request.getMethod() == HTTPRequest::HTTP_HEAD);
  }
}

void StatusServer::Impl::send(const Reply& reply, HTTPServerResponse& response, bool headOnly) {
  fillHead(reply, response);
  const bool bare = reply.status == 204 || reply.status == 304;
  if (!bare) response.setContentLength64(static_cast<Poco::Int64>(reply.body.size()));
  std::ostream& out = response.send();
  if (!bare && !headOnly) out << reply.body;
  out.flush();  // before the request counts as over: then stop() may close the connection
}

void StatusServer::Impl::stream(const EventFilter& filter, HTTPServerRequest& request, HTTPServerResponse& response) {
  if (streams.full()) {
    Reply reply = problem(503, "As many event streams as are allowed are open; close one and try again.");
    reply.headers.emplace_back("Retry-After", "10");
    send(reply, response);
    return;
  }
  fillHead({200, "text/event-stream", ""}, response);
  response.setKeepAlive(false);
  std::ostringstream head;
  response.write(head);
  streams.open(dynamic_cast<HTTPServerRequestImpl&>(request).detachSocket(), filter, head.str());
}

Result<std::unique_ptr<StatusServer>> StatusServer::start(const StatusOptions& options, StatusSource& source,
                                                          DeviceAccess& devices, Log& log) {
  auto impl = std::make_unique<Impl>(options, source, devices, log);
  TimedServerSocket socket(
      {Poco::Timespan(options.readTimeout.count(), 0), Poco::Timespan(options.requestTime.count() * 1000)});
  try {
    const Poco::Net::SocketAddress wanted(options.listen);
    impl->loopback = wanted.host().isLoopback();
    socket.bind(wanted, true, false);  // not shared: a second instance must fail here
    socket.listen(kWaitingConnections);
    impl->address = socket.address().toString();
  } catch (const Poco::Net::NetException& fault) {
    return fail(Errc::unavailable,
                "cannot listen on " + options.listen + " (" + fault.displayText() + "); is another instance running?",
                "status.listen");
  } catch (const Poco::Exception& fault) {
    return fail(Errc::configuration, "'" + options.listen + "' is not an address such as 127.0.0.1:8480",
                "status.listen");
  }
  if (!impl->loopback)
    log.warn("status", "status.listen is " + options.listen +
                           ": whoever reaches it can command devices and change keys, without a login and unencrypted. "
                           "Listen on 127.0.0.1, behind a reverse proxy with TLS and a login.");
  Poco::Net::HTTPServerParams::Ptr params = new Poco::Net::HTTPServerParams;
  params->setMaxThreads(Impl::threadsOf(options));
  params->setMaxQueued(kWaitingConnections);
  params->setTimeout(Poco::Timespan(options.readTimeout.count(), 0));
  params->setKeepAliveTimeout(Poco::Timespan(options.keepAlive.count(), 0));
  params->setThreadIdleTime(Poco::Timespan(kThreadIdle.count()));  // a wake-up lost in stop() costs this long
  impl->listening = socket;
  impl->http = std::make_unique<Poco::Net::HTTPServer>(new Factory<Impl>(*impl), impl->pool, socket, params);
  impl->http->start();
  return std::unique_ptr<StatusServer>(new StatusServer(std::move(impl)));
}

StatusServer::StatusServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

StatusServer::~StatusServer() { stop(); }

std::string StatusServer::address() const { return impl_->address; }
std::string StatusServer::url() const { return "http://" + impl_->address; }

// stopAll(true) closes sockets under running requests, so these get their time first.
void StatusServer::stop() {
  std::call_once(impl_->stopped, [this] {
    impl_->listening.impl()->shutdownReceive();  // or POCO would notice the end up to 250 ms later
    impl_->http->stop();
    impl_->streams.stop();
    impl_->waits.close();
    impl_->running.waitForNone(kDrain);
    impl_->http->stopAll(true);
    impl_->pool.joinAll();
    impl_->http.reset();  // closes the listening socket
  });
}

}  // namespace isthmus::status
