#include "ipe/http/timed_socket.h"

#include <Poco/Exception.h>
#include <Poco/Net/ServerSocketImpl.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocketImpl.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <sys/socket.h>

namespace isthmus {
namespace {

class TimedSocketImpl final : public Poco::Net::StreamSocketImpl {
 public:
  TimedSocketImpl(poco_socket_t socket, const RequestTimes& times) : StreamSocketImpl(socket), times_(times) {}

  using StreamSocketImpl::receiveBytes;
  using StreamSocketImpl::sendBytes;

  int receiveBytes(void* buffer, int length, int flags) override {
    const auto now = std::chrono::steady_clock::now();
    if (!end_) end_ = now + std::chrono::microseconds(times_.whole.totalMicroseconds());
    const auto left = std::chrono::duration_cast<std::chrono::microseconds>(*end_ - now).count();
    if (left <= 0 || !poll(std::min(times_.pause, Poco::Timespan(left)), SELECT_READ))
      throw Poco::TimeoutException("the request is not complete in time");
    return StreamSocketImpl::receiveBytes(buffer, length, flags);
  }

  int sendBytes(const void* buffer, int length, int flags) override {
    end_.reset();
    return StreamSocketImpl::sendBytes(buffer, length, flags);
  }

 private:
  const RequestTimes times_;
  std::optional<std::chrono::steady_clock::time_point> end_;  // of the request that is being read
};

class TimedServerSocketImpl final : public Poco::Net::ServerSocketImpl {
 public:
  explicit TimedServerSocketImpl(const RequestTimes& times) : times_(times) {}

  Poco::Net::SocketImpl* acceptConnection(Poco::Net::SocketAddress& client) override {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    auto* const pointer = reinterpret_cast<sockaddr*>(&address);
    poco_socket_t accepted = POCO_INVALID_SOCKET;
    do {
      accepted = ::accept4(sockfd(), pointer, &size, SOCK_CLOEXEC);
    } while (accepted == POCO_INVALID_SOCKET && lastError() == POCO_EINTR);
    if (accepted == POCO_INVALID_SOCKET) error();
    client = Poco::Net::SocketAddress(pointer, size);
    return new TimedSocketImpl(accepted, times_);
  }

 private:
  const RequestTimes times_;
};

}  // namespace

TimedServerSocket::TimedServerSocket(const RequestTimes& times)
    : ServerSocket(new TimedServerSocketImpl(times), true) {}

}  // namespace isthmus
