// Reads resources of many devices over the REST API with kept-alive connections, one request under way on each, and
// prints one JSON object. Raw sockets and one thread; shares no code with the server.
//   read_load PORT CONNECTIONS SECONDS DEVICES PREFIX PATH      e.g. 8480 32 5 1000 sim- /3303/0/5700
// With an empty PREFIX the path is asked as it is, e.g. /livez: what the HTTP server does without a device.
#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <random>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::uint16_t port = 0;
  int connections = 0;
  double seconds = 0;
  unsigned devices = 0;
  std::string prefix, path;
};

struct Connection {
  int fd = -1;
  std::string received;
  Clock::time_point asked;
};

struct Tally {
  std::vector<double> milliseconds;
  std::uint64_t refused = 0, reconnects = 0;
};

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

class Reader {
 public:
  explicit Reader(Options options) : options_(std::move(options)), epoll_(epoll_create1(0)) {
    connections_.resize(static_cast<std::size_t>(options_.connections));
  }

  Tally run() {
    for (std::size_t i = 0; i < connections_.size(); ++i) open(i);
    const auto begin = Clock::now() + std::chrono::seconds(1);  // the first second warms up
    const auto end =
        begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options_.seconds));
    std::array<epoll_event, 64> events{};
    while (Clock::now() < end) {
      const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 100);
      for (int i = 0; i < count; ++i) take(events[static_cast<std::size_t>(i)].data.u64, begin);
    }
    return std::move(tally_);
  }

 private:
  void open(std::size_t index) {
    Connection& connection = connections_[index];
    connection.fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(options_.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(connection.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) die("connect");
    const int one = 1;
    setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = index;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event);
    ask(connection);
  }

  std::string target() {
    if (options_.prefix.empty()) return options_.path;
    const unsigned device = std::uniform_int_distribution<unsigned>(0, options_.devices - 1)(random_);
    return "/api/v1/devices/" + options_.prefix + std::to_string(device) + options_.path;
  }

  void ask(Connection& connection) {
    const std::string request = "GET " + target() + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    connection.received.clear();
    connection.asked = Clock::now();
    if (send(connection.fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) die("send");
  }

  void take(std::size_t index, Clock::time_point begin) {
    Connection& connection = connections_[index];
    std::array<char, 8192> chunk;
    const auto got = recv(connection.fd, chunk.data(), chunk.size(), 0);
    if (got <= 0) return reopen(index);
    connection.received.append(chunk.data(), static_cast<std::size_t>(got));
    if (!isWhole(connection.received)) return;
    const auto now = Clock::now();
    if (now >= begin) count(connection, now);
    if (connection.received.find("Connection: Close") != std::string::npos) return reopen(index);
    ask(connection);
  }

  void reopen(std::size_t index) {
    ++tally_.reconnects;
    close(connections_[index].fd);
    open(index);
  }

  void count(const Connection& connection, Clock::time_point now) {
    if (connection.received.starts_with("HTTP/1.1 200")) {
      tally_.milliseconds.push_back(std::chrono::duration<double, std::milli>(now - connection.asked).count());
    } else {
      ++tally_.refused;
    }
  }

  static bool isWhole(std::string_view text) {
    constexpr std::string_view kLength = "Content-Length: ";
    const std::size_t head = text.find("\r\n\r\n");
    const std::size_t length = text.find(kLength);
    if (head == std::string_view::npos || length > head) return false;
    return text.size() >= head + 4 + std::strtoul(text.data() + length + kLength.size(), nullptr, 10);
  }

  Options options_;
  int epoll_;
  std::vector<Connection> connections_;
  Tally tally_;
  std::minstd_rand random_{std::random_device()()};
};

double at(const std::vector<double>& sorted, double share) {
  return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(static_cast<double>(sorted.size() - 1) * share)];
}

double cpuSeconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    std::fputs("usage: read_load PORT CONNECTIONS SECONDS DEVICES PREFIX PATH\n", stderr);
    return 64;
  }
  const Options options{static_cast<std::uint16_t>(std::atoi(argv[1])),
                        std::atoi(argv[2]),
                        std::atof(argv[3]),
                        static_cast<unsigned>(std::atoi(argv[4])),
                        argv[5],
                        argv[6]};
  Tally tally = Reader(options).run();
  std::sort(tally.milliseconds.begin(), tally.milliseconds.end());
  std::printf(
      "{\"connections\": %d, \"rate\": %.1f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"succeeded\": %zu, "
      "\"refused\": %llu, \"reconnects\": %llu, \"cpu_s\": %.3f}\n",
      options.connections, static_cast<double>(tally.milliseconds.size()) / options.seconds,
      at(tally.milliseconds, 0.5), at(tally.milliseconds, 0.99), tally.milliseconds.size(),
      static_cast<unsigned long long>(tally.refused), static_cast<unsigned long long>(tally.reconnects), cpuSeconds());
}
