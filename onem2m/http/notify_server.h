#pragma once

#include "ipe/base/clock.h"
#include "ipe/base/result.h"
#include "onem2m/client/notification_sink.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace isthmus::onem2m {

struct NotifyServerOptions {
  std::string listen = "127.0.0.1:0";  // port 0: any free one
  unsigned connections = 64;           // served at the same time, each by a thread; a blocking update holds its own
  std::size_t bodyLimit = std::size_t{1} << 20;
  seconds pause{10};         // the longest between two pieces of a request
  seconds whole{20};         // the longest from a request's first byte to its last
  milliseconds held{60000};  // the longest that the sink may hold an answer; then it is 5103
};

struct NotifyCounters {
  std::uint64_t requests = 0;
  std::uint64_t refused = 0;  // that are no notification: another method, serialisation, length
};

// The HTTP listener that a CSE notifies (TS-0009 6.2). Any path is taken: ACME appends the AE-ID to the point of
// access, tinyIoT asks for the subscription's parent. Thread-safe; ending it answers what is held.
class NotifyServer {
 public:
  // `sink` must outlive the server; its answers may come later still. Error: io.
  static Result<std::unique_ptr<NotifyServer>> start(NotificationSink& sink, const NotifyServerOptions& options = {});
  ~NotifyServer();
  NotifyServer(const NotifyServer&) = delete;
  NotifyServer& operator=(const NotifyServer&) = delete;

  std::uint16_t port() const;
  std::string url() const;
  NotifyCounters counters() const;

 private:
  struct Impl;
  explicit NotifyServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace isthmus::onem2m
