#pragma once

#include "ipe/base/clock.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cctype>
#include <map>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace isthmus::status {

struct Answer {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

// A bare TCP connection that sends what a test says, byte for byte.
class Connection {
 public:
  // `address` as StatusServer::address gives it, IPv4. A small receive buffer makes a reader that is soon full.
  explicit Connection(const std::string& address, int receiveBuffer = 0) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receiveBuffer > 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, sizeof receiveBuffer);
    const timeval patience{10, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in peer{};
    peer.sin_family = AF_INET;
    const std::size_t colon = address.rfind(':');
    peer.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
    ::inet_pton(AF_INET, address.substr(0, colon).c_str(), &peer.sin_addr);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&peer), sizeof peer) != 0)
      throw std::runtime_error("cannot connect to " + address);
  }
  ~Connection() { ::close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void send(std::string_view text) {
    [[maybe_unused]] const auto sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
  }

  // What came up to and including `mark`; all there was if the connection ended before.
  std::string readUntil(std::string_view mark) {
    while (true) {
      const std::size_t at = pending_.find(mark);
      if (at != std::string::npos) return take(at + mark.size());
      if (!receive()) return take(pending_.size());
    }
  }
  std::string readExactly(std::size_t count) {
    while (pending_.size() < count && receive()) {
    }
    return take(std::min(count, pending_.size()));
  }
  std::string readToEnd() {
    while (receive()) {
    }
    return take(pending_.size());
  }
  // Whether the server closes the connection, with nothing sent before, in that time.
  bool endsWithin(milliseconds time) const {
    pollfd one{fd_, POLLIN, 0};
    char next = 0;
    return ::poll(&one, 1, static_cast<int>(time.count())) == 1 && ::recv(fd_, &next, 1, MSG_PEEK) <= 0;
  }
  bool timedOut() const { return timedOut_; }

  Answer readHead() {
    Answer answer;
    const std::string head = readUntil("\r\n\r\n");
    if (head.size() > 12) answer.status = std::stoi(head.substr(9, 3));
    std::size_t line = head.find("\r\n");
    while (line != std::string::npos && line + 2 < head.size()) {
      const std::size_t end = head.find("\r\n", line + 2);
      const std::string field = head.substr(line + 2, end - line - 2);
      const std::size_t colon = field.find(':');
      if (colon != std::string::npos) {
        std::string name = field.substr(0, colon);
        std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
        answer.headers[name] = field.substr(std::min(field.size(), colon + 2));
      }
      line = end;
    }
    return answer;
  }
  Answer readAnswer(bool headOnly = false) {
    Answer answer = readHead();
    const std::string length = answer.header("content-length");
    if (!headOnly && !length.empty()) answer.body = readExactly(std::stoul(length));
    return answer;
  }

 private:
  bool receive() {
    std::array<char, 16 * 1024> chunk;
    const auto taken = ::recv(fd_, chunk.data(), chunk.size(), 0);
    timedOut_ = taken < 0;
    if (taken > 0) pending_.append(chunk.data(), static_cast<std::size_t>(taken));
    return taken > 0;
  }
  std::string take(std::size_t count) {
    std::string out = pending_.substr(0, count);
    pending_.erase(0, count);
    return out;
  }

  int fd_;
  std::string pending_;
  bool timedOut_ = false;
};

inline Answer ask(const std::string& address, const std::string& method, const std::string& target,
                  const std::string& fields = "", const std::string& host = "localhost") {
  Connection connection(address);
  connection.send(method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n" + fields + "\r\n");
  return connection.readAnswer(method == "HEAD");
}

// The same with a body.
inline Answer askWith(const std::string& address, const std::string& method, const std::string& target,
                      const std::string& body, const std::string& type = "application/json") {
  Connection connection(address);
  connection.send(method + " " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: " + type +
                  "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  return connection.readAnswer();
}

}  // namespace isthmus::status
