#include "onem2m/http/cse_server.h"

#include "tests/support/fake_clock.h"

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/StreamCopier.h>
#include <catch2/catch.hpp>

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

namespace isthmus::onem2m {
namespace {

namespace net = Poco::Net;
using ::isthmus::testing::FakeClock;

struct Reply {
  int http = 0;
  std::string rsc, id, release, body;
  bool keepAlive = false;
};

// One kept-alive connection of an ordinary client.
class Client {
 public:
  explicit Client(const CseServer& server) : session_("127.0.0.1", server.port()) {
    session_.setKeepAlive(true);
    session_.setTimeout(Poco::Timespan(20, 0));
  }

  Reply ask(const std::string& method, const std::string& path, const std::string& contentType = "",
            const std::string& body = "", const std::string& from = "CAdmin") {
    net::HTTPRequest request(method, path, net::HTTPMessage::HTTP_1_1);
    request.set("X-M2M-Origin", from);
    request.set("x-m2m-ri", "r1");
    request.set("X-M2M-RVI", "3");
    if (!contentType.empty()) request.setContentType(contentType);
    request.setContentLength(static_cast<std::streamsize>(body.size()));
    session_.sendRequest(request) << body;
    net::HTTPResponse response;
    Reply reply;
    Poco::StreamCopier::copyToString(session_.receiveResponse(response), reply.body);
    reply.http = response.getStatus();
    reply.rsc = response.get("X-M2M-RSC", "");
    reply.id = response.get("X-M2M-RI", "");
    reply.release = response.get("X-M2M-RVI", "");
    reply.keepAlive = response.getKeepAlive();
    return reply;
  }
  Reply post(const std::string& path, int type, const std::string& body) {
    return ask("POST", path, "application/json;ty=" + std::to_string(type), body);
  }
  net::HTTPClientSession& session() { return session_; }

 private:
  net::HTTPClientSession session_;
};

// Bytes in, bytes out until the server closes or has said `until`.
std::string raw(const CseServer& server, const std::vector<std::string>& parts, const std::string& until) {
  net::StreamSocket socket(net::SocketAddress("127.0.0.1", server.port()));
  socket.setReceiveTimeout(Poco::Timespan(20, 0));
  socket.setNoDelay(true);
  for (const std::string& part : parts) socket.sendBytes(part.data(), static_cast<int>(part.size()));
  std::string answer;
  std::array<char, 4096> buffer{};
  while (answer.find(until) == std::string::npos) {
    const int length = socket.receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
    if (length <= 0) break;
    answer.append(buffer.data(), static_cast<std::size_t>(length));
  }
  return answer;
}

class Running {
 public:
  explicit Running(CseServerOptions options = {})
      : cse(clock), server(CseServer::start(cse, std::move(options)).value()) {}

  FakeClock clock;
  Cse cse;
  std::unique_ptr<CseServer> server;
};

const char* const kAe = R"({"m2m:ae":{"rn":"a","api":"Na","rr":true,"srv":["3"]}})";

TEST_CASE("a CSE is served over HTTP on a port of its own choosing") {
  Running running;
  CHECK(running.server->port() != 0);
  CHECK(running.server->url() == "http://127.0.0.1:" + std::to_string(running.server->port()));
  Client client(*running.server);
  const Reply made = client.ask("POST", "/cse-in", "application/json;ty=2", kAe, "Ca");
  CHECK(made.http == 201);
  CHECK(made.rsc == "2001");
  CHECK(made.id == "r1");
  CHECK(made.release == "3");
  CHECK(made.keepAlive);
  CHECK(client.post("/cse-in/a", 3, R"({"m2m:cnt":{"rn":"c"}})").http == 201);
  CHECK(client.ask("POST", "/cse-in/a/c", "application/vnd.onem2m-res+json; ty=4", R"({"m2m:cin":{"con":"21.5"}})")
            .http == 201);
  CHECK(client.ask("GET", "/cse-in/a/c/la").body.find(R"("con":"21.5")") != std::string::npos);
  CHECK(client.ask("PUT", "/cse-in/a/c?rcn=0", "application/json", R"({"m2m:cnt":{"lbl":["x:y"]}})").rsc == "2004");
  const Reply gone = client.ask("DELETE", "/cse-in/a");
  CHECK(gone.http == 200);
  CHECK(gone.rsc == "2002");
  CHECK(gone.body.empty());
}

TEST_CASE("each refusal has the HTTP status that carries it") {
  struct Row {
    const char* method;
    const char* path;
    const char* contentType;
    const char* body;
    int http;
    const char* rsc;
  };
  const Row rows[] = {
      {"GET", "/cse-in", "", "", 200, "2000"},
      {"GET", "/~/id-in/cse-in", "", "", 200, "2000"},
      {"GET", "/_/any.org/id-in/cse-in", "", "", 200, "2000"},
      {"GET", "/cse%2Din", "", "", 200, "2000"},
      {"GET", "/", "", "", 404, "4004"},
      {"GET", "/cse-in/nope", "", "", 404, "4004"},
      {"GET", "/cse-in?foo=1", "", "", 400, "4000"},
      {"GET", "/cse-in/%zz", "", "", 400, "4000"},
      {"GET", "/cse-in?lbl=%", "", "", 400, "4000"},
      {"GET", "/cse-in?rt=2", "", "", 501, "5001"},
      {"DELETE", "/cse-in", "", "", 405, "4005"},
      {"PATCH", "/cse-in", "", "", 405, "4005"},
      {"OPTIONS", "/cse-in", "", "", 405, "4005"},
      {"POST", "/cse-in", "application/json;ty=2", kAe, 403, "4117"},
      {"POST", "/cse-in", "application/json;ty=1", "{", 400, "4000"},
      {"POST", "/cse-in", "application/json;ty=1", "", 400, "4000"},
      {"POST", "/cse-in", "application/json;ty=", "{}", 400, "4000"},
      {"POST", "/cse-in", "application/json;ty=4", R"({"m2m:cin":{}})", 403, "4108"},
      {"POST", "/cse-in", "application/json;ty=99999", "{}", 400, "4000"},
      {"POST", "/cse-in", "application/json", R"({"m2m:sgn":{}})", 400, "4000"},
      {"POST", "/cse-in", "text/plain;ty=3", "<a/>", 415, "4015"},
      {"POST", "/cse-in", "application/xml;ty=3", "<a>", 400, "4000"},
      {"POST", "/cse-in", "", "{}", 415, "4015"},
      {"PUT", "/cse-in", "application/json", R"({"m2m:cnt":{}})", 400, "4102"},
  };
  Running running;
  Client client(*running.server);
  for (const Row& row : rows) {
    const Reply reply = client.ask(row.method, row.path, row.contentType, row.body);
    INFO(row.method << " " << row.path << " " << row.contentType << ": " << reply.body);
    CHECK(reply.http == row.http);
    CHECK(reply.rsc == row.rsc);
    if (reply.http >= 400) CHECK(reply.body.starts_with("{\"m2m:dbg\":\""));
  }
}

TEST_CASE("a plus sign in the query separates values, an encoded one belongs to the value") {
  Running running;
  Client client(*running.server);
  client.ask("POST", "/cse-in", "application/json;ty=2",
             R"({"m2m:ae":{"rn":"a","api":"Na","rr":true,"srv":["3"],"lbl":["x+y"]}})", "Ca");
  client.ask("POST", "/cse-in", "application/json;ty=2",
             R"({"m2m:ae":{"rn":"b","api":"Na","rr":true,"srv":["3"],"lbl":["x"]}})", "Cb");
  CHECK(client.ask("GET", "/cse-in?fu=1&ty=2+3&lbl=x%2By").body == R"({"m2m:uril":["cse-in/a"]})");
  CHECK(client.ask("GET", "/cse-in?fu=1&&ty=2&lbl=x+z").body == R"({"m2m:uril":["cse-in/b"]})");
}

TEST_CASE("the framings that clients use are all understood") {
  const std::string head =
      "POST /cse-in HTTP/1.1\r\nHost: h\r\nX-M2M-ORIGIN: Ca\r\nx-m2m-ri: 1\r\nX-m2m-Rvi: 3\r\nContent-Type: "
      "application/json;ty=2\r\n";
  const std::string length = "Content-Length: " + std::to_string(std::string(kAe).size()) + "\r\n";
  const std::string body = kAe;
  SECTION("head and body cut anywhere") {
    const std::string whole = head + length + "\r\n" + body;
    const std::string answer = raw(
        *Running().server, {whole.substr(0, 7), whole.substr(7, 60), whole.substr(67, 120), whole.substr(187)}, "}}");
    CHECK(answer.starts_with("HTTP/1.1 201 "));
  }
  SECTION("chunked") {
    const std::string chunks = "5\r\n" + body.substr(0, 5) + "\r\n" + "31\r\n" + body.substr(5) + "\r\n0\r\n\r\n";
    REQUIRE(body.size() == 5 + 0x31);
    CHECK(raw(*Running().server, {head + "Transfer-Encoding: chunked\r\n\r\n" + chunks}, "}}")
              .starts_with("HTTP/1.1 201 "));
  }
  SECTION("Expect: 100-continue") {
    CHECK(raw(*Running().server, {head + length + "Expect: 100-continue\r\n\r\n" + body}, "}}").find("HTTP/1.1 201 ") !=
          std::string::npos);
  }
  SECTION("two requests in one packet") {
    const std::string get =
        "GET /cse-in HTTP/1.1\r\nHost: h\r\nX-M2M-Origin: CAdmin\r\nX-M2M-RI: second\r\nX-M2M-RVI: 3\r\n\r\n";
    const std::string answer = raw(*Running().server, {head + length + "\r\n" + body + get}, R"("csi":"/id-in")");
    CHECK(answer.find("HTTP/1.1 201 ") == 0);
    CHECK(answer.find("X-M2M-RI: second") != std::string::npos);
  }
}

TEST_CASE("what is no HTTP gets an answer or an end, and the next connection is served") {
  Running running;
  const std::string bodyless =
      "POST /cse-in HTTP/1.1\r\nHost: h\r\nContent-Type: application/json;ty=2\r\nContent-Length: 100\r\n\r\n{";
  const std::string rows[] = {"\r\n\r\n",
                              "nonsense\r\n\r\n",
                              "GET\r\n\r\n",
                              "GET " + std::string(100'000, 'a') + " HTTP/1.1\r\n\r\n",
                              std::string(20'000, '\xff'),
                              "GET /cse-in HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
                              "POST /cse-in HTTP/1.1\r\nContent-Type: ;;;==;ty\r\nContent-Length: 1\r\n\r\nx"};
  for (const std::string& row : rows) {
    net::StreamSocket socket(net::SocketAddress("127.0.0.1", running.server->port()));
    socket.setReceiveTimeout(Poco::Timespan(20, 0));
    std::array<char, 4096> buffer{};
    try {
      socket.sendBytes(row.data(), static_cast<int>(row.size()));
      socket.shutdownSend();
      while (socket.receiveBytes(buffer.data(), static_cast<int>(buffer.size())) > 0) continue;
    } catch (const Poco::Exception&) {  // reset: it did not read to the end
    }
    CHECK(Client(*running.server).ask("GET", "/cse-in").http == 200);
  }
  CHECK(running.cse.counters().instances == 0);
}

TEST_CASE("a body beyond the limit is refused, announced or not") {
  CseServerOptions options;
  options.bodyLimit = 1000;
  Running running(std::move(options));
  Client client(*running.server);
  client.ask("POST", "/cse-in", "application/json;ty=2", kAe, "Ca");
  client.post("/cse-in/a", 3, R"({"m2m:cnt":{"rn":"c"}})");
  CHECK(client.post("/cse-in/a/c", 4, R"({"m2m:cin":{"con":")" + std::string(900, 'x') + "\"}}").http == 201);
  const Reply reply = client.post("/cse-in/a/c", 4, R"({"m2m:cin":{"con":")" + std::string(1000, 'x') + "\"}}");
  CHECK(reply.http == 400);
  CHECK_FALSE(reply.keepAlive);
  std::string chunked =
      "POST /cse-in/a/c HTTP/1.1\r\nHost: h\r\nContent-Type: application/json;ty=4\r\nTransfer-Encoding: "
      "chunked\r\n\r\n";
  chunked += "500\r\n" + std::string(0x500, 'x') + "\r\n0\r\n\r\n";
  CHECK(raw(*running.server, {chunked}, "}").starts_with("HTTP/1.1 400 "));
}

TEST_CASE("32 kept-alive connections are served without waiting for each other") {
  constexpr int kClients = 32;
  std::mutex mutex;
  std::condition_variable all;
  int inside = 0;
  CseServerOptions options;
  options.fault = [&](const RequestPrimitive& request) {  // nobody is answered before all have asked
    if (request.to != "cse-in") return CseFault{};
    std::unique_lock lock(mutex);
    ++inside;
    all.notify_all();
    all.wait(lock, [&] { return inside >= kClients; });
    return CseFault{};
  };
  Running running(std::move(options));
  std::atomic<int> served = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kClients; ++i) {
    threads.emplace_back([&] {
      Client client(*running.server);
      if (client.ask("GET", "/cse-in").http == 200 && client.ask("GET", "/cse-in/x").http == 404) ++served;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(served == kClients);
}

TEST_CASE("several connections posting into one container keep their order and get unique names") {
  constexpr int kClients = 4, kEach = 50;
  Running running;
  std::vector<std::string> accepted;
  std::set<std::string> names;
  running.cse.observe([&](const AcceptedInstance& instance) {
    accepted.push_back(instance.content);
    names.insert(instance.name);
  });
  Client first(*running.server);
  first.ask("POST", "/cse-in", "application/json;ty=2", kAe, "Ca");
  first.post("/cse-in/a", 3, R"({"m2m:cnt":{"rn":"c"}})");
  std::vector<std::thread> threads;
  for (int t = 0; t < kClients; ++t) {
    threads.emplace_back([&running, t] {
      Client client(*running.server);
      for (int i = 0; i < kEach; ++i) {
        client.post("/cse-in/a/c?rcn=0", 4,
                    R"({"m2m:cin":{"con":")" + std::to_string(t) + "-" + std::to_string(i) + "\"}}");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  REQUIRE(accepted.size() == kClients * kEach);
  CHECK(names.size() == kClients * kEach);
  std::vector<int> next(kClients, 0);
  for (const std::string& content : accepted) {
    const auto t = static_cast<std::size_t>(content[1] - '0');
    CHECK(content == "\"" + std::to_string(t) + "-" + std::to_string(next[t]++) + "\"");
  }
}

// A listener that keeps the notifications it is sent.
class Listener {
 public:
  Listener() : socket_(net::SocketAddress("127.0.0.1:0")), thread_([this] { run(); }) {}
  ~Listener() {
    net::StreamSocket wake(socket_.address());
    thread_.join();
  }
  std::string url() const { return "http://" + socket_.address().toString(); }
  std::vector<std::string> wait(std::size_t count) {
    std::unique_lock lock(mutex_);
    more_.wait_for(lock, std::chrono::seconds(20), [&] { return received_.size() >= count; });
    return received_;
  }

 private:
  void run() {
    net::StreamSocket connection = socket_.acceptConnection();
    std::string text;
    std::array<char, 4096> buffer{};
    for (int length = 0; (length = connection.receiveBytes(buffer.data(), static_cast<int>(buffer.size()))) > 0;) {
      text.append(buffer.data(), static_cast<std::size_t>(length));
      const std::size_t head = text.find("\r\n\r\n");
      if (head == std::string::npos || !text.ends_with("}}")) continue;
      const std::string ok = "HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\nContent-Length: 0\r\n\r\n";
      {
        const std::lock_guard lock(mutex_);
        received_.push_back(std::exchange(text, {}));
      }
      more_.notify_all();
      connection.sendBytes(ok.data(), static_cast<int>(ok.size()));
    }
  }
  net::ServerSocket socket_;
  std::mutex mutex_;
  std::condition_variable more_;
  std::vector<std::string> received_;
  std::thread thread_;
};

TEST_CASE("notifications are posted to the point of access, in order, over one connection") {
  Listener listener;
  Running running;
  {
    Client client(*running.server);
    const std::string ae = R"({"m2m:ae":{"rn":"a","api":"Na","rr":true,"srv":["3"],"poa":["http://127.0.0.1:1",")" +
                           listener.url() + R"("]}})";
    client.ask("POST", "/cse-in", "application/json;ty=2", ae, "Ca");
    client.ask("POST", "/cse-in/a", "application/json;ty=3", R"({"m2m:cnt":{"rn":"c"}})", "Ca");
    // Its target is its creator: no verification.
    CHECK(client
              .ask("POST", "/cse-in/a/c", "application/json;ty=23",
                   R"({"m2m:sub":{"rn":"s","nu":["Ca"],"enc":{"net":[3]}}})", "Ca")
              .http == 201);
    for (const char* const con : {"1", "2", "3"})
      client.post("/cse-in/a/c", 4, std::string(R"({"m2m:cin":{"con":)") + con + "}}");
  }
  const std::vector<std::string> received = listener.wait(3);
  REQUIRE(received.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    INFO(received[i]);
    CHECK(received[i].starts_with("POST /Ca HTTP/1.1\r\n"));
    CHECK(received[i].find("X-M2M-Origin: /id-in\r\n") != std::string::npos);
    CHECK(received[i].find("X-M2M-RVI: 3\r\n") != std::string::npos);
    CHECK(received[i].find("\"con\":" + std::to_string(i + 1)) != std::string::npos);
  }
  running.server.reset();
}

TEST_CASE("faults can be made: statuses, cut connections, connections that are not kept") {
  std::atomic<CseFault::Kind> next = CseFault::Kind::none;
  CseServerOptions options;
  options.fault = [&](const RequestPrimitive&) { return CseFault{next.exchange(CseFault::Kind::none), 503}; };
  Running running(std::move(options));
  Client(*running.server).ask("POST", "/cse-in", "application/json;ty=2", kAe, "Ca");
  const auto post = [&](const char* name) {
    return Client(*running.server).post("/cse-in/a", 3, std::string(R"({"m2m:cnt":{"rn":")") + name + "\"}}");
  };
  SECTION("a status for some requests") {
    running.server->failNext(2, 503);
    CHECK(post("x").http == 503);
    CHECK(post("x").http == 503);
    CHECK(post("x").http == 201);
  }
  SECTION("a status by the hook") {
    next = CseFault::Kind::answer;
    CHECK(post("x").http == 503);
    CHECK(post("x").http == 201);
  }
  SECTION("cut before the CSE has seen it") {
    next = CseFault::Kind::cutBefore;
    CHECK_THROWS_AS(post("x"), Poco::Exception);
    CHECK(post("x").http == 201);
  }
  SECTION("cut after the CSE has done it") {
    next = CseFault::Kind::cutAfter;
    CHECK_THROWS_AS(post("x"), Poco::Exception);
    CHECK(post("x").http == 409);
  }
  SECTION("connections that are not kept") {
    running.server->closeConnections(true);
    CHECK_FALSE(post("x").keepAlive);
    running.server->closeConnections(false);
    CHECK(post("y").keepAlive);
  }
}

TEST_CASE("a server ends at once with idle connections open, and another can follow on its port") {
  FakeClock clock;
  Cse cse(clock);
  auto server = CseServer::start(cse).value();
  const std::string listen = "127.0.0.1:" + std::to_string(server->port());
  Client client(*server);
  CHECK(client.ask("GET", "/cse-in").http == 200);
  server.reset();
  CHECK_THROWS_AS(client.ask("GET", "/cse-in"), Poco::Exception);
  CseServerOptions again;
  again.listen = listen;
  server = CseServer::start(cse, again).value();
  CHECK(Client(*server).ask("GET", "/cse-in").http == 200);
  const auto taken = CseServer::start(cse, again);
  REQUIRE_FALSE(taken.has_value());
  CHECK(taken.error().where == listen);
  again.listen = "no address";
  CHECK_FALSE(CseServer::start(cse, again).has_value());
}

}  // namespace
}  // namespace isthmus::onem2m
