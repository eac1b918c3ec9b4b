#pragma once

#include "lwm2m/coap/endpoint.h"

#include <functional>
#include <optional>
#include <span>

namespace isthmus::lwm2m::coap {

// A way for datagrams in and out, as the device loop drives it. Owned by the loop's thread.
class Carrier : public Output {
 public:
  virtual int fd() const = 0;  // non-blocking, for epoll

  // Reads one batch and hands out what is in it for the endpoint (borrowed for the call). Returns how many datagrams
  // came in; 0: nothing waits.
  virtual std::size_t receiveBatch(const std::function<void(std::span<const Datagram> batch)>& take) = 0;

  // What was sent leaves here.
  virtual void flush() = 0;

  // Runs what is due; call no later than nextDeadline().
  virtual void expire() {}
  virtual std::optional<Instant> nextDeadline() const { return std::nullopt; }
  // True: something that came in earlier was put off, and is to be worked on without waiting for more.
  virtual bool hasWork() const { return false; }
};

}  // namespace isthmus::lwm2m::coap
