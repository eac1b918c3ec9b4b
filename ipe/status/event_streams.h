#pragma once

#include "ipe/base/clock.h"
#include "ipe/base/log.h"
#include "ipe/status/http.h"
#include "ipe/status/metrics.h"
#include "ipe/status/status_source.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace Poco::Net {
class StreamSocket;
}

namespace isthmus::status {

struct StreamLimits {
  std::size_t streams = 32;
  std::size_t queue = 512;         // events a listener may be behind; the oldest go first
  milliseconds heartbeat{15'000};  // a comment when nothing else was sent for so long
  milliseconds status{1'000};      // how often a "status" event is made
  milliseconds stalled{60'000};    // a reader that takes nothing for so long is dropped
  int sendBuffer = 64 * 1024;      // of the socket: how much of the past a slow reader still gets
};

// Server-sent events (WHATWG HTML 9.2) for all listeners, written by one thread of its own with non-blocking sockets,
// so that an open stream costs no thread of the HTTP server. It listens to the source only while someone listens to it.
// Thread-safe; the source must outlive it.
class EventStreams {
 public:
  EventStreams(StatusSource& source, const StreamLimits& limits, Log& log);
  ~EventStreams();

  // True if one more would be too many.
  bool full() const;
  // Takes the connection over and sends `head`, the response's header, once events are sure to arrive.
  // False: there were too many meanwhile, and the connection is closed.
  bool open(const Poco::Net::StreamSocket& socket, EventFilter filter, std::string head);
  StreamFigures figures() const;
  // Ends all streams; from then on there are none. May be called again.
  void stop();

 private:
  class Hub;
  std::shared_ptr<Hub> hub_;  // shared with the sink that the source may still be calling while this goes
};

}  // namespace isthmus::status
