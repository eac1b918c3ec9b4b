#include "onem2m/http/plain_stream.h"

#include <Poco/Exception.h>

#include <algorithm>
#include <cerrno>
#include <sys/socket.h>

namespace isthmus::onem2m {

std::chrono::microseconds remainingUntil(Deadline deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::microseconds>(deadline - std::chrono::steady_clock::now());
  return std::max(left, std::chrono::microseconds(0));
}

// Setting the kernel's timeouts costs two system calls, so they are left as they are while they are within a twentieth
// of what remains: the same patience for each request then costs none. False once the deadline has passed.
bool PlainStream::armTimeouts(Deadline deadline) {
  const auto left = remainingUntil(deadline);
  if (left.count() == 0) return false;
  const auto slack = left / 20;
  if (armed_ >= left - slack && armed_ <= left + slack) return true;
  const Poco::Timespan timeout(left.count());
  socket_.setReceiveTimeout(timeout);
  socket_.setSendTimeout(timeout);
  armed_ = left;
  return true;
}

Result<> PlainStream::send(std::string_view bytes, Deadline deadline) {
  try {
    while (!bytes.empty()) {
      if (!armTimeouts(deadline)) return fail(Errc::timeout, "the CSE does not read the request");
      try {
        const int sent = socket_.sendBytes(bytes.data(), static_cast<int>(bytes.size()), MSG_NOSIGNAL);
        bytes.remove_prefix(static_cast<std::size_t>(std::max(sent, 0)));
      } catch (const Poco::TimeoutException&) {
        continue;  // the deadline decides
      }
    }
    return {};
  } catch (const Poco::Exception& e) {
    return fail(Errc::io, "sending: " + e.displayText());
  }
}

Result<std::size_t> PlainStream::receive(std::span<char> buffer, Deadline deadline) {
  try {
    while (armTimeouts(deadline)) {
      try {
        const int received = socket_.receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
        return static_cast<std::size_t>(std::max(received, 0));
      } catch (const Poco::TimeoutException&) {
        continue;
      }
    }
    return fail(Errc::timeout, "no answer in time");
  } catch (const Poco::Exception& e) {
    return fail(Errc::io, "receiving: " + e.displayText());
  }
}

// Not through POCO, which throws where there is nothing to read: this is asked before each request.
bool PlainStream::isQuiet() {
  char byte = 0;
  const auto got = ::recv(socket_.impl()->sockfd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && errno == EAGAIN;
}

}  // namespace isthmus::onem2m
