#pragma once

#include <arpa/inet.h>
#include <atomic>
#include <functional>
#include <mutex>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace isthmus::onem2m::testing {

// One accepted connection of the scripted server, in the hands of the script.
class Peer {
 public:
  explicit Peer(int fd) : fd_(fd) {
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  ~Peer() { close(); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  int fd() const { return fd_; }

  // A whole request by its Content-Length; "" when the client has closed.
  std::string request() {
    std::size_t end = std::string::npos;
    while ((end = unread_.find("\r\n\r\n")) == std::string::npos) {
      if (!more()) return {};
    }
    std::size_t size = end + 4;
    const std::size_t field = unread_.find("Content-Length: ");
    if (field < end) size += std::stoul(unread_.substr(field + 16));
    while (unread_.size() < size) {
      if (!more()) return {};
    }
    std::string whole = unread_.substr(0, size);
    unread_.erase(0, size);
    return whole;
  }

  // Sends the pieces each with a write of its own.
  void answer(const std::vector<std::string>& pieces) {
    for (const std::string& piece : pieces) (void)::send(fd_, piece.data(), piece.size(), MSG_NOSIGNAL);
  }
  void answer(const std::string& bytes) { answer(std::vector<std::string>{bytes}); }

  // Ends with a reset instead of an orderly close.
  void reset() {
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }

  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  // Waits until the client closes.
  void waitForEnd() {
    while (more()) unread_.clear();
  }

 private:
  bool more() {
    char buffer[65536];
    const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
    if (got > 0) unread_.append(buffer, static_cast<std::size_t>(got));
    return got > 0;
  }

  int fd_;
  std::string unread_;
};

// A server on a free loopback port that plays one script for each connection, in order, on a thread of its own.
class ScriptedServer {
 public:
  using Play = std::function<void(Peer&)>;

  explicit ScriptedServer(std::vector<Play> plays) : plays_(std::move(plays)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("no port to listen on");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }

  ~ScriptedServer() { stop(); }

  // After this the port refuses connections.
  void stop() {
    if (!thread_.joinable()) return;
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }

  std::string url(const std::string& scheme = "http") const { return scheme + "://127.0.0.1:" + std::to_string(port_); }
  int port() const { return port_; }
  int connections() const { return connections_; }

 private:
  void run() {
    for (const Play& play : plays_) {
      const int fd = ::accept(listener_, nullptr, nullptr);
      if (fd < 0) return;
      ++connections_;
      Peer peer(fd);
      play(peer);
    }
  }

  std::vector<Play> plays_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> connections_ = 0;
  std::thread thread_;
};

}  // namespace isthmus::onem2m::testing
