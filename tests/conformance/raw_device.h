#pragma once

#include "tests/conformance/server_under_test.h"
#include "tests/unit/lwm2m_client/raw_server.h"

#include <catch2/catch.hpp>

#include <arpa/inet.h>
#include <string>
#include <vector>

namespace isthmus::conformance {

// A device that says exactly what a test has it say, byte for byte, over a socket of its own.
class RawDevice {
 public:
  explicit RawDevice(const std::string& serverUrl) {
    server_.sin_family = AF_INET;
    server_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server_.sin_port = htons(static_cast<std::uint16_t>(std::stoi(serverUrl.substr(serverUrl.rfind(':') + 1))));
  }

  struct Answer {
    std::string code;  // "4.04"; empty: none came
    std::string location;
    std::string text;
  };

  // A confirmable POST.
  Answer post(const std::string& path, const std::vector<std::string>& queries, const std::string& payload = {},
              std::optional<unsigned> format = 40) {
    return request(kPost, path, queries, payload, format);
  }
  Answer remove(const std::string& path) { return request(kDelete, path, {}, {}, std::nullopt); }

  // The next request of the server's.
  testing::Datagram awaits(std::uint8_t method) {
    const auto datagram = socket_.awaitRequest(method);
    REQUIRE(datagram);
    return *datagram;
  }
  // Piggybacked on the acknowledgement; `options` are added to it.
  void answers(const testing::Datagram& request, std::uint8_t code, const std::string& payload,
               std::vector<std::pair<unsigned, std::string>> options) {
    socket_.send(server_, 2, code, request.mid, request.token, options, payload);
  }
  // A confirmable notification; true: acknowledged, false: reset.
  bool notifies(const Bytes& token, std::uint8_t code, const std::string& payload,
                std::vector<std::pair<unsigned, std::string>> options) {
    const auto mid = ++mid_;
    socket_.send(server_, 0, code, mid, token, options, payload);
    const auto reply =
        socket_.await([&](const testing::Datagram& datagram) { return datagram.mid == mid && datagram.type >= 2; });
    REQUIRE(reply);
    return reply->type == 2;
  }

  testing::RawServer& socket() { return socket_; }
  const sockaddr_in& server() const { return server_; }

  static constexpr std::uint8_t kGet = 1, kPost = 2, kPut = 3, kDelete = 4, kFetch = 5;

 private:
  Answer request(std::uint8_t method, const std::string& path, const std::vector<std::string>& queries,
                 const std::string& payload, std::optional<unsigned> format) {
    std::vector<std::pair<unsigned, std::string>> options;
    for (std::size_t at = 1; at < path.size();) {
      const auto end = std::min(path.find('/', at), path.size());
      options.emplace_back(11, path.substr(at, end - at));
      at = end + 1;
    }
    if (format) options.emplace_back(12, std::string(1, static_cast<char>(*format)));
    for (const auto& query : queries) options.emplace_back(15, query);
    const Bytes token{static_cast<std::uint8_t>(++mid_), 0x77};
    socket_.send(server_, 0, method, mid_, token, options, payload);
    const auto answer = socket_.awaitAnswer(token);
    if (!answer) return {};
    const auto detail = answer->code & 31;
    return {std::to_string(answer->code >> 5) + (detail < 10 ? ".0" : ".") + std::to_string(detail), answer->path(8),
            answer->payload};
  }

  testing::RawServer socket_;
  sockaddr_in server_{};
  std::uint16_t mid_ = 0x1000;
};

}  // namespace isthmus::conformance
