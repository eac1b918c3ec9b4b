// The place deliveries go to when only the proxy's own speed is asked for: a HTTP/1.1 server on one thread that answers
// every oneM2M request with success at once and keeps nothing.

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <unordered_map>

namespace {

constexpr std::size_t kLargestRequest = 1 << 20;
volatile std::sig_atomic_t stop = 0;

struct Counts {
  std::uint64_t requests = 0, instances = 0, posts = 0, gets = 0, others = 0, connections = 0;
};

struct Request {
  std::string_view method, target, requestId, contentType, body;
  bool close = false;
};

struct Connection {
  int fd = -1;
  std::string in, out;
  bool closing = false;
};

bool equalsIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return (x >= 'A' && x <= 'Z' ? x + 32 : x) == (y >= 'A' && y <= 'Z' ? y + 32 : y);
  });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

enum class Parsed { whole, partial, broken };

Parsed parseHead(std::string_view head, Request& request, std::size_t& bodyLength) {
  auto end = head.find("\r\n");
  const auto line = head.substr(0, end);
  const auto first = line.find(' '), second = line.rfind(' ');
  if (first == std::string_view::npos || second <= first) return Parsed::broken;
  request.method = line.substr(0, first);
  request.target = line.substr(first + 1, second - first - 1);
  request.close = line.substr(second + 1) == "HTTP/1.0";
  while (end != std::string_view::npos) {
    head.remove_prefix(end + 2);
    end = head.find("\r\n");
    const auto field = head.substr(0, end);
    const auto colon = field.find(':');
    if (colon == std::string_view::npos) continue;
    const auto name = field.substr(0, colon), value = trim(field.substr(colon + 1));
    if (equalsIgnoringCase(name, "Content-Length")) {
      const auto [stopped, error] = std::from_chars(value.data(), value.data() + value.size(), bodyLength);
      if (error != std::errc{} || stopped != value.data() + value.size()) return Parsed::broken;
    } else if (equalsIgnoringCase(name, "X-M2M-RI")) {
      request.requestId = value;
    } else if (equalsIgnoringCase(name, "Content-Type")) {
      request.contentType = value;
    } else if (equalsIgnoringCase(name, "Connection")) {
      request.close = equalsIgnoringCase(value, "close");
    } else if (equalsIgnoringCase(name, "Transfer-Encoding")) {
      return Parsed::broken;  // bodies come with their length here
    }
  }
  return Parsed::whole;
}

Parsed parse(std::string_view input, Request& request, std::size_t& used) {
  const auto headEnd = input.find("\r\n\r\n");
  if (headEnd == std::string_view::npos) return input.size() > kLargestRequest ? Parsed::broken : Parsed::partial;
  std::size_t bodyLength = 0;
  if (parseHead(input.substr(0, headEnd), request, bodyLength) == Parsed::broken) return Parsed::broken;
  if (bodyLength > kLargestRequest) return Parsed::broken;
  used = headEnd + 4 + bodyLength;
  if (input.size() < used) return Parsed::partial;
  request.body = input.substr(headEnd + 4, bodyLength);
  return Parsed::whole;
}

// The value of "con" of a contentInstance, as it stands between its quotes or up to the next comma.
std::string_view contentOf(std::string_view body) {
  const auto key = body.find("\"con\"");
  if (key == std::string_view::npos) return {};
  auto rest = trim(body.substr(std::min(body.size(), body.find(':', key) + 1)));
  const bool quoted = !rest.empty() && rest.front() == '"';
  if (quoted) rest.remove_prefix(1);
  return rest.substr(0, rest.find_first_of(quoted ? "\"" : ",} "));
}

struct TypeName {
  std::string_view number, name;
};
// TS-0004 6.3.4.2.1 and 8.2.4
constexpr TypeName kTypes[] = {{"1", "acp"},  {"2", "ae"},   {"3", "cnt"},  {"13", "mgo"},
                               {"14", "nod"}, {"23", "sub"}, {"28", "fcnt"}};

class Sink {
 public:
  explicit Sink(std::FILE* trace) : trace_(trace) {}

  int listen(std::uint16_t port);
  void run(int listener);

 private:
  void accept(int listener);
  void read(Connection& connection);
  void answerAll(Connection& connection);
  void answer(const Request& request, std::string& out);
  void answerCreate(const Request& request, std::string& out);
  void note(std::string_view body);
  void write(Connection& connection);
  std::string statistics() const;

  int epoll_ = -1;
  std::FILE* trace_;
  Counts counts_;
  std::unordered_map<int, Connection> connections_;
};

void put(std::string& out, std::string_view status, std::string_view rsc, std::string_view requestId,
         std::string_view body) {
  out.append("HTTP/1.1 ").append(status).append("\r\nX-M2M-RSC: ").append(rsc);
  if (!requestId.empty()) out.append("\r\nX-M2M-RI: ").append(requestId);
  if (!body.empty()) out.append("\r\nContent-Type: application/json");
  out.append("\r\nContent-Length: ").append(std::to_string(body.size())).append("\r\n\r\n").append(body);
}

void Sink::note(std::string_view body) {
  if (!trace_) return;
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const std::int64_t at = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
  const auto content = contentOf(body);
  std::fprintf(trace_, "%.*s %" PRId64 "\n", static_cast<int>(content.size()), content.data(), at);
}

void Sink::answerCreate(const Request& request, std::string& out) {
  ++counts_.posts;
  const auto at = request.contentType.find("ty=");
  auto type = at == std::string_view::npos ? std::string_view() : request.contentType.substr(at + 3);
  type = trim(type.substr(0, type.find(';')));
  if (type == "4") {
    ++counts_.instances;
    note(request.body);
    return put(out, "201 Created", "2001", request.requestId, {});
  }
  const auto* known =
      std::find_if(std::begin(kTypes), std::end(kTypes), [&](const auto& entry) { return entry.number == type; });
  const std::string name(known == std::end(kTypes) ? "cnt" : known->name);
  const auto id = std::to_string(counts_.posts);
  put(out, "201 Created", "2001", request.requestId,
      "{\"m2m:" + name + "\":{\"ri\":\"s" + id + "\",\"rn\":\"s" + id +
          "\",\"pi\":\"id-in\",\"ty\":" + (type.empty() ? "3" : std::string(type)) + "}}");
}

void Sink::answer(const Request& request, std::string& out) {
  ++counts_.requests;
  if (request.method == "POST") return answerCreate(request, out);
  if (request.method == "PUT") return ++counts_.others, put(out, "200 OK", "2004", request.requestId, {});
  if (request.method == "DELETE") return ++counts_.others, put(out, "200 OK", "2002", request.requestId, {});
  if (request.method != "GET")
    return ++counts_.others, put(out, "405 Method Not Allowed", "4005", request.requestId, {});
  if (request.target == "/sink") {
    --counts_.requests;
    return put(out, "200 OK", "2000", {}, statistics());
  }
  ++counts_.gets;
  const auto path = request.target.substr(0, request.target.find('?'));
  const bool base = std::count(path.begin(), path.end(), '/') == 1;
  put(out, "200 OK", "2000", request.requestId,
      base ? R"({"m2m:cb":{"ri":"id-in","rn":"cse-in","csi":"/id-in","ty":5,"srv":["3"]}})"
           : R"({"m2m:cnt":{"ri":"s0","rn":"s0","pi":"id-in","ty":3,"cni":0}})");
}

std::string Sink::statistics() const {
  return "{\"requests\":" + std::to_string(counts_.requests) + ",\"instances\":" + std::to_string(counts_.instances) +
         ",\"posts\":" + std::to_string(counts_.posts) + ",\"gets\":" + std::to_string(counts_.gets) +
         ",\"others\":" + std::to_string(counts_.others) + ",\"connections\":" + std::to_string(counts_.connections) +
         "}";
}

void Sink::answerAll(Connection& connection) {
  std::size_t at = 0;
  while (!connection.closing) {
    Request request;
    std::size_t used = 0;
    const auto parsed = parse(std::string_view(connection.in).substr(at), request, used);
    if (parsed == Parsed::partial) break;
    if (parsed == Parsed::broken) {
      put(connection.out, "400 Bad Request", "4000", {}, {});
      connection.closing = true;
      break;
    }
    answer(request, connection.out);
    connection.closing = request.close;
    at += used;
  }
  connection.in.erase(0, at);
}

void Sink::read(Connection& connection) {
  std::array<char, 65536> chunk;
  const auto size = recv(connection.fd, chunk.data(), chunk.size(), MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size <= 0) {
    connection.closing = true;
    connection.out.clear();
    return;
  }
  connection.in.append(chunk.data(), static_cast<std::size_t>(size));
  answerAll(connection);
}

// Answers are small and the peer waits for them: whatever the socket does not take at once ends the connection.
void Sink::write(Connection& connection) {
  if (connection.out.empty()) return;
  const auto size = send(connection.fd, connection.out.data(), connection.out.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (size != static_cast<ssize_t>(connection.out.size())) connection.closing = true;
  connection.out.clear();
}

int Sink::listen(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  socklen_t length = sizeof address;
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), length) != 0 || ::listen(fd, 1024) != 0) return -1;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  std::printf("{\"port\":%u}\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return fd;
}

void Sink::accept(int listener) {
  const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return;
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  epoll_event event{EPOLLIN, {.fd = fd}};
  epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  connections_[fd].fd = fd;
  ++counts_.connections;
}

void Sink::run(int listener) {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{EPOLLIN, {.fd = listener}};
  epoll_ctl(epoll_, EPOLL_CTL_ADD, listener, &event);
  std::array<epoll_event, 256> events;
  while (!stop) {
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 200);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener) {
        accept(listener);
        continue;
      }
      auto& connection = connections_[fd];
      read(connection);
      write(connection);
      if (!connection.closing) continue;
      close(fd);
      connections_.erase(fd);
    }
  }
  for (const auto& [fd, connection] : connections_) close(fd);
  close(epoll_);
}

struct Arguments {
  std::uint16_t port = 0;
  std::string trace;
};

std::optional<Arguments> parseArguments(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view word = argv[i], value = argv[i + 1];
    if (word == "--trace") {
      arguments.trace = value;
    } else if (word != "--port" ||
               std::from_chars(value.data(), value.data() + value.size(), arguments.port).ec != std::errc{}) {
      return std::nullopt;
    }
  }
  return argc % 2 == 1 ? std::optional(arguments) : std::nullopt;
}

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = parseArguments(argc, argv);
  if (!arguments) {
    std::fputs("bench_sink [--port P] [--trace FILE]   a line \"con nanoseconds\" for each contentInstance\n", stderr);
    return 64;
  }
  struct sigaction action{};
  action.sa_handler = [](int) { stop = 1; };
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  const std::unique_ptr<std::FILE, FileCloser> trace(
      arguments->trace.empty() ? nullptr : std::fopen(arguments->trace.c_str(), "w"));
  Sink sink(trace.get());
  const int listener = sink.listen(arguments->port);
  if (listener < 0) {
    std::perror("bench_sink");
    return 69;
  }
  sink.run(listener);
  close(listener);
  return 0;
}
