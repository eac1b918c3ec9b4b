#pragma once

#include "ipe/base/clock.h"
#include "ipe/base/result.h"
#include "onem2m/cse/cse.h"
#include "onem2m/http/cse_notifier.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace isthmus::onem2m {

// What a test has done to one request, in place of the ordinary.
struct CseFault {
  enum class Kind {
    none,
    answer,     // `httpStatus` at once, without the CSE
    cutBefore,  // the connection ends; the CSE has not seen the request
    cutAfter,   // the CSE has done it, the connection ends without an answer
  };
  Kind kind = Kind::none;
  int httpStatus = 0;
};

struct CseServerOptions {
  std::string listen = "127.0.0.1:0";  // port 0: any free one, see port()
  unsigned connections = 64;           // served at the same time, each by a thread; more have to wait
  std::size_t bodyLimit = std::size_t{1} << 20;
  milliseconds notifyPatience{3000};  // for one point of access to answer a notification
  milliseconds askPatience{10000};    // the same for a verification and a blocking update, which hold the request
  // Asked before each request, from the connection's thread: may block, which is how latency is made. Thread-safe.
  std::function<CseFault(const RequestPrimitive&)> fault;
};

// An HTTP front of the try-out CSE (TS-0009), with kept-alive connections, and the thread that posts its notifications.
// Ending it cuts all connections at once. Thread-safe.
class CseServer {
 public:
  // `cse` must outlive the server, which becomes the one that its notifications go to.
  static Result<std::unique_ptr<CseServer>> start(Cse& cse, CseServerOptions options = {});
  ~CseServer();
  CseServer(const CseServer&) = delete;
  CseServer& operator=(const CseServer&) = delete;

  std::uint16_t port() const;
  std::string url() const;  // "http://127.0.0.1:8080"

  // The next `count` requests get this HTTP status without reaching the CSE.
  void failNext(unsigned count, int httpStatus);
  // From now on each answer says "Connection: close", as some CSEs' do.
  void closeConnections(bool close);

  CseDeliveries deliveries() const;

 private:
  struct Impl;
  explicit CseServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace isthmus::onem2m
