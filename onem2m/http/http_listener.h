#pragma once

#include "ipe/base/clock.h"
#include "ipe/base/result.h"

#include <Poco/Net/HTTPRequestHandlerFactory.h>

#include <cstdint>
#include <memory>
#include <string>

namespace isthmus::onem2m {

struct ListenerOptions {
  std::string listen = "127.0.0.1:0";  // port 0: any free one
  unsigned connections = 64;           // served at the same time, each by a thread; more have to wait
  seconds idle{120};                   // the longest between two requests of a connection
  seconds pause{30};                   // the longest between two pieces of a request
  seconds whole{60};                   // the longest from a request's first byte to its last
  bool finishes = false;               // at the end, an answer that is being written still leaves
};

// An HTTP server with kept-alive connections, POCO's, with an end that does not wait for idle ones. Thread-safe.
class HttpListener {
 public:
  // Error: io (the address is taken ...).
  static Result<std::unique_ptr<HttpListener>> start(const ListenerOptions& options,
                                                     Poco::Net::HTTPRequestHandlerFactory::Ptr handlers);
  // Cuts all connections; returns when the last handler has.
  ~HttpListener();
  HttpListener(const HttpListener&) = delete;
  HttpListener& operator=(const HttpListener&) = delete;

  std::uint16_t port() const;
  std::string url() const;  // "http://127.0.0.1:8080"

 private:
  struct Impl;
  explicit HttpListener(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace isthmus::onem2m
