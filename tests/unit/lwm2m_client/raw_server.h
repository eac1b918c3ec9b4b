#pragma once

#include "ipe/base/bytes.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <sys/socket.h>
#include <sys/time.h>
#include <tuple>
#include <unistd.h>
#include <utility>
#include <vector>

namespace isthmus::testing {

struct Datagram {
  sockaddr_in peer{};
  std::uint8_t type = 0, code = 0;
  std::uint16_t mid = 0;
  Bytes token;
  std::vector<std::pair<unsigned, std::string>> options;
  std::string payload;

  std::string path(unsigned option = 11) const {
    std::string joined;
    for (const auto& [number, value] : options)
      if (number == option) joined += "/" + value;
    return joined;
  }
  std::optional<std::string> option(unsigned wanted) const {
    for (const auto& [number, value] : options)
      if (number == wanted) return value;
    return std::nullopt;
  }
  bool hasQuery(const std::string& query) const {
    for (const auto& [number, value] : options)
      if (number == 15 && value == query) return true;
    return false;
  }
};

// The server's side of a test, by hand: CoAP in the plainest form, apart from the code under test and from libcoap.
class RawServer {
 public:
  RawServer() {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    open();
  }
  ~RawServer() { close(fd_); }
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  std::string url() const { return "coap://127.0.0.1:" + std::to_string(ntohs(address_.sin_port)); }

  // Away, and back on the same port.
  void leave() { close(fd_); }
  void open() {
    fd_ = socket(AF_INET, SOCK_DGRAM, 0);
    bind(fd_, reinterpret_cast<sockaddr*>(&address_), sizeof address_);
    socklen_t size = sizeof address_;
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address_), &size);
    const timeval patience{10, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }

  // The next datagram that is wanted; others are passed over, and so are retransmissions of what was returned before.
  // Nothing after 10 s of silence.
  std::optional<Datagram> await(const std::function<bool(const Datagram&)>& wanted) {
    std::array<std::uint8_t, 2048> bytes;
    while (true) {
      Datagram datagram;
      socklen_t size = sizeof datagram.peer;
      const auto length =
          recvfrom(fd_, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&datagram.peer), &size);
      if (length < 0) return std::nullopt;
      parse({bytes.data(), static_cast<std::size_t>(length)}, datagram);
      const auto key = std::tuple(datagram.peer.sin_port, datagram.mid, datagram.type, datagram.code);
      if (wanted(datagram) && returned_.insert(key).second) return datagram;
    }
  }
  std::optional<Datagram> awaitRequest(std::uint8_t code) {
    return await([code](const Datagram& datagram) { return datagram.code == code; });
  }
  std::optional<Datagram> awaitAnswer(const Bytes& token) {
    return await([&](const Datagram& datagram) { return datagram.code >= 64 && datagram.token == token; });
  }

  void send(const sockaddr_in& peer, std::uint8_t type, std::uint8_t code, std::uint16_t mid, const Bytes& token,
            const std::vector<std::pair<unsigned, std::string>>& options, const std::string& payload = {}) {
    Bytes bytes{static_cast<std::uint8_t>(0x40 | type << 4 | token.size()), code, static_cast<std::uint8_t>(mid >> 8),
                static_cast<std::uint8_t>(mid & 0xFF)};
    bytes.insert(bytes.end(), token.begin(), token.end());
    unsigned last = 0;
    for (const auto& [number, value] : options) {  // ascending, each shorter than 13 bytes and nearer than 269
      const auto delta = number - last;
      bytes.push_back(static_cast<std::uint8_t>(std::min(delta, 13u) << 4 | value.size()));
      if (delta >= 13) bytes.push_back(static_cast<std::uint8_t>(delta - 13));
      bytes.insert(bytes.end(), value.begin(), value.end());
      last = number;
    }
    if (!payload.empty()) bytes.push_back(0xFF);
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    sendto(fd_, bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&peer), sizeof peer);
  }
  void answer(const Datagram& to, std::uint8_t code,
              const std::vector<std::pair<unsigned, std::string>>& options = {}) {
    send(to.peer, 2, code, to.mid, to.token, options);
  }
  void acknowledge(const Datagram& to) { send(to.peer, 2, 0, to.mid, {}, {}); }
  void reset(const Datagram& to) { send(to.peer, 3, 0, to.mid, {}, {}); }

 private:
  static void parse(ByteView bytes, Datagram& out) {
    out.type = bytes[0] >> 4 & 3;
    out.code = bytes[1];
    out.mid = static_cast<std::uint16_t>(bytes[2] << 8 | bytes[3]);
    std::size_t at = 4u + (bytes[0] & 15u);
    out.token.assign(bytes.begin() + 4, bytes.begin() + static_cast<std::ptrdiff_t>(at));
    unsigned number = 0;
    const auto extended = [&](unsigned nibble) {
      if (nibble == 13) return 13u + bytes[at++];
      if (nibble < 13) return nibble;
      at += 2;
      return 269u + (static_cast<unsigned>(bytes[at - 2]) << 8 | bytes[at - 1]);
    };
    while (at < bytes.size() && bytes[at] != 0xFF) {
      const auto head = bytes[at++];
      number += extended(head >> 4);
      const auto length = extended(head & 15u);
      out.options.emplace_back(number, text(bytes.subspan(at, length)));
      at += length;
    }
    if (at < bytes.size()) out.payload = text(bytes.subspan(at + 1));
  }

  int fd_ = -1;
  sockaddr_in address_{};
  std::set<std::tuple<std::uint16_t, std::uint16_t, std::uint8_t, std::uint8_t>> returned_;
};

}  // namespace isthmus::testing
