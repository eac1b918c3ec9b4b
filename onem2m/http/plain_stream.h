#pragma once

#include "onem2m/http/stream.h"

#include <Poco/Net/StreamSocket.h>

namespace isthmus::onem2m {

// Over TCP. One system call for each send and receive: the kernel's own timeouts keep the deadline.
class PlainStream final : public Stream {
 public:
  explicit PlainStream(Poco::Net::StreamSocket socket) : socket_(std::move(socket)) {}

  Result<> send(std::string_view bytes, Deadline deadline) override;
  Result<std::size_t> receive(std::span<char> buffer, Deadline deadline) override;
  bool isQuiet() override;

 private:
  bool armTimeouts(Deadline deadline);

  Poco::Net::StreamSocket socket_;
  std::chrono::microseconds armed_{0};
};

}  // namespace isthmus::onem2m
