#include "onem2m/http/http_listener.h"

#include "ipe/http/timed_socket.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPServerConnection.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/ThreadPool.h>

#include <mutex>
#include <set>

namespace isthmus::onem2m {
namespace {

namespace net = Poco::Net;

Poco::Timespan span(seconds time) { return {static_cast<long>(time.count()), 0}; }

// The open connections, so that all can be ended at once, the idle ones too.
class Connections {
 public:
  explicit Connections(bool finishes) : finishes_(finishes) {}
  void add(const net::StreamSocket& socket) {
    const std::lock_guard lock(mutex_);
    sockets_.insert(socket);
    if (ended_) end(socket);
  }
  void remove(const net::StreamSocket& socket) {
    const std::lock_guard lock(mutex_);
    sockets_.erase(socket);
  }
  void endAll() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    for (const net::StreamSocket& socket : sockets_) end(socket);
  }

 private:
  // POCO writes an answer after its handler has returned: only without the way out does none leave.
  void end(net::StreamSocket socket) const noexcept {
    try {
      finishes_ ? socket.shutdownReceive() : static_cast<void>(socket.shutdown());
    } catch (const Poco::Exception&) {  // has gone by itself
    }
  }

  const bool finishes_;
  std::mutex mutex_;
  std::set<net::StreamSocket> sockets_;
  bool ended_ = false;
};

class TrackedConnection final : public net::HTTPServerConnection {
 public:
  TrackedConnection(const net::StreamSocket& socket, net::HTTPServerParams::Ptr params,
                    net::HTTPRequestHandlerFactory::Ptr handlers, Connections& connections)
      : net::HTTPServerConnection(socket, std::move(params), std::move(handlers)),
        socket_(socket),
        connections_(connections) {
    connections_.add(socket_);
  }
  ~TrackedConnection() override { connections_.remove(socket_); }

 private:
  const net::StreamSocket socket_;
  Connections& connections_;
};

class ConnectionFactory final : public net::TCPServerConnectionFactory {
 public:
  ConnectionFactory(Connections& connections, net::HTTPServerParams::Ptr params,
                    net::HTTPRequestHandlerFactory::Ptr handlers)
      : connections_(connections), params_(std::move(params)), handlers_(std::move(handlers)) {}
  net::TCPServerConnection* createConnection(const net::StreamSocket& socket) override {
    return new TrackedConnection(socket, params_, handlers_, connections_);
  }

 private:
  Connections& connections_;
  net::HTTPServerParams::Ptr params_;
  net::HTTPRequestHandlerFactory::Ptr handlers_;
};

net::HTTPServerParams::Ptr paramsOf(const ListenerOptions& options) {
  constexpr int kWaiting = 256;  // connections beyond those that are served
  net::HTTPServerParams::Ptr params(new net::HTTPServerParams);
  params->setMaxThreads(static_cast<int>(options.connections));
  params->setMaxQueued(kWaiting);
  params->setKeepAlive(true);
  params->setKeepAliveTimeout(span(options.idle));
  params->setTimeout(span(options.pause));
  return params;
}

}  // namespace

struct HttpListener::Impl {
  Impl(const ListenerOptions& options, const net::ServerSocket& listening, net::HTTPRequestHandlerFactory::Ptr handlers)
      : connections(options.finishes),
        socket(listening),
        threads("http", 2, static_cast<int>(options.connections) + 1),
        server(new ConnectionFactory(connections, paramsOf(options), std::move(handlers)), threads, socket,
               paramsOf(options)) {}

  Connections connections;
  net::ServerSocket socket;
  Poco::ThreadPool threads;
  net::TCPServer server;
};

HttpListener::HttpListener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpListener::~HttpListener() {
  impl_->socket.impl()->shutdownReceive();  // or POCO would notice the end up to 250 ms later
  impl_->connections.endAll();              // first: the server waits for the threads of idle connections
  impl_->server.stop();
  impl_->threads.joinAll();
}

Result<std::unique_ptr<HttpListener>> HttpListener::start(const ListenerOptions& options,
                                                          net::HTTPRequestHandlerFactory::Ptr handlers) {
  try {
    constexpr int kBacklog = 128;
    TimedServerSocket socket({span(options.pause), span(options.whole)});
    socket.bind(net::SocketAddress(options.listen), true,
                false);  // no SO_REUSEPORT: two servers on one port are a mistake
    socket.listen(kBacklog);
    auto impl = std::make_unique<Impl>(options, socket, std::move(handlers));
    impl->server.start();
    return std::unique_ptr<HttpListener>(new HttpListener(std::move(impl)));
  } catch (const Poco::Exception& error) {
    return fail(Errc::io, "cannot listen: " + error.displayText(), options.listen);
  }
}

std::uint16_t HttpListener::port() const { return impl_->socket.address().port(); }
std::string HttpListener::url() const { return "http://" + impl_->socket.address().toString(); }

}  // namespace isthmus::onem2m
