#include "onem2m/http/notify_server.h"

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/StreamCopier.h>
#include <catch2/catch.hpp>

#include <array>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

namespace isthmus::onem2m {
namespace {

namespace net = Poco::Net;

// Answers at once with `status`, or keeps the answers for the test to give.
class Sink final : public NotificationSink {
 public:
  void notified(RequestPrimitive request, Answer answer) override {
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(request));
    if (!holds)
      answer({status, {}, {}});
    else
      held_.push_back(std::move(answer));
    came_.notify_all();
  }

  RequestPrimitive request(std::size_t index) {
    std::unique_lock lock(mutex_);
    REQUIRE(came_.wait_for(lock, seconds(20), [&] { return requests_.size() > index; }));
    return requests_[index];
  }
  Answer take() {
    const std::lock_guard lock(mutex_);
    Answer answer = std::move(held_.front());
    held_.pop_front();
    return answer;
  }
  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return requests_.size();
  }

  int status = rsc::kOk;
  bool holds = false;

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<RequestPrimitive> requests_;
  std::deque<Answer> held_;
};

struct Reply {
  int http = 0;
  std::string rsc, id, release, body;
  bool keepAlive = false;
};

using Fields = std::vector<std::pair<std::string, std::string>>;

class Cse {
 public:
  explicit Cse(const NotifyServer& server) : session_("127.0.0.1", server.port()) {
    session_.setKeepAlive(true);
    session_.setTimeout(Poco::Timespan(20, 0));
  }
  Reply post(const std::string& body, const std::string& type = "application/json", const Fields& more = {},
             const std::string& method = "POST", const std::string& path = "/CIsthmus") {
    net::HTTPRequest request(method, path, net::HTTPMessage::HTTP_1_1);
    request.set("x-m2m-origin", "/id-in");
    request.set("x-m2m-ri", "n1");
    request.set("X-M2M-RVI", "3");
    for (const auto& [name, value] : more) request.set(name, value);
    if (!type.empty()) request.setContentType(type);
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

 private:
  net::HTTPClientSession session_;
};

std::string raw(const NotifyServer& server, const std::vector<std::string>& parts) {
  net::StreamSocket socket(net::SocketAddress("127.0.0.1", server.port()));
  socket.setReceiveTimeout(Poco::Timespan(20, 0));
  socket.setNoDelay(true);
  for (const std::string& part : parts) socket.sendBytes(part.data(), static_cast<int>(part.size()));
  std::string answer;
  std::array<char, 4096> buffer{};
  while (answer.find("\r\n\r\n") == std::string::npos) {
    const int length = socket.receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
    if (length <= 0) break;
    answer.append(buffer.data(), static_cast<std::size_t>(length));
  }
  return answer;
}

struct Running {
  explicit Running(const NotifyServerOptions& options = {}) : server(NotifyServer::start(sink, options).value()) {}
  Sink sink;
  std::unique_ptr<NotifyServer> server;
};

const std::string kBody = R"({"m2m:sgn":{"sur":"/id-in/s"}})";

TEST_CASE("a notification reaches the sink with its parameters, and its answer has what TS-0009 wants") {
  Running running;
  Cse cse(*running.server);
  const Reply reply = cse.post(kBody, "application/vnd.onem2m-ntfy+json", {{"X-M2M-RET", "5000"}});
  CHECK(reply.http == 200);
  CHECK(reply.rsc == "2000");
  CHECK(reply.id == "n1");
  CHECK(reply.release == "3");
  CHECK(reply.body.empty());
  CHECK(reply.keepAlive);
  const RequestPrimitive request = running.sink.request(0);
  CHECK(request.operation == Operation::notify);
  CHECK(request.from == "/id-in");
  CHECK(request.requestId == "n1");
  CHECK(request.expiration == "5000");
  CHECK(request.content == kBody);
  CHECK(cse.post(kBody).http == 200);  // on the same connection
  CHECK(running.server->counters().requests == 2);
}

TEST_CASE("what the sink refuses goes out with the HTTP status that carries it") {
  struct Row {
    int status, http;
  };
  for (const Row row :
       {Row{4000, 400}, Row{4004, 404}, Row{4005, 405}, Row{4103, 403}, Row{5103, 404}, Row{5000, 500}}) {
    Running running;
    running.sink.status = row.status;
    const Reply reply = Cse(*running.server).post(kBody);
    CHECK(reply.http == row.http);
    CHECK(reply.rsc == std::to_string(row.status));
  }
}

TEST_CASE("any path will do, also one that is none") {
  Running running;
  const std::string head =
      " HTTP/1.1\r\nHost: x\r\nX-M2M-RI: notify\r\nContent-Type: application/json\r\nContent-Length: " +
      std::to_string(kBody.size()) + "\r\n\r\n";
  CHECK(raw(*running.server, {"POST TinyIoT/aeA/s" + head + kBody}).starts_with("HTTP/1.1 200"));
  CHECK(raw(*running.server, {"POST /" + head, kBody.substr(0, 5), kBody.substr(5)}).starts_with("HTTP/1.1 200"));
  CHECK(running.sink.request(0).to == "TinyIoT/aeA/s");
}

TEST_CASE("a notification in XML or CBOR reaches the sink as JSON") {
  Running running;
  CHECK(Cse(*running.server)
            .post(R"(<m2m:sgn xmlns:m2m="http://www.onem2m.org/xml/protocols"><sur>/id-in/s</sur></m2m:sgn>)",
                  "application/vnd.onem2m-ntfy+xml")
            .http == 200);
  CHECK(running.sink.request(0).content == R"({"m2m:sgn":{"sur":"/id-in/s"}})");
  CHECK(Cse(*running.server).post("\xa1\x67m2m:sgn\xa1\x63sur\x61s", "application/cbor").http == 200);
  CHECK(running.sink.request(1).content == R"({"m2m:sgn":{"sur":"s"}})");
}

TEST_CASE("what is no notification is refused, and counted, and does not reach the sink") {
  NotifyServerOptions options;
  options.bodyLimit = 100;
  Running running(options);
  struct Row {
    const char* what;
    std::string body, type, method, rsc;
  };
  const Row rows[] = {
      {"another method", "", "application/json", "GET", "4005"},
      {"a CREATE", kBody, "application/json;ty=4", "POST", "4005"},
      {"another serialisation", "m2m:sgn", "text/plain", "POST", "4015"},
      {"XML that is none", "<m2m:sgn", "application/xml", "POST", "4000"},
      {"too long", std::string(101, 'x'), "application/json", "POST", "4000"},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    const Reply reply = Cse(*running.server).post(row.body, row.type, {}, row.method);
    CHECK(reply.rsc == row.rsc);
    CHECK(reply.id == "n1");
    CHECK_FALSE(reply.keepAlive);
    CHECK(reply.body.starts_with(R"({"m2m:dbg":)"));
  }
  CHECK(running.server->counters().refused == std::size(rows));
  CHECK(running.sink.size() == 0);
}

TEST_CASE("a body that ends too soon is refused") {
  Running running;
  net::StreamSocket socket(net::SocketAddress("127.0.0.1", running.server->port()));
  socket.setReceiveTimeout(Poco::Timespan(20, 0));
  const std::string head =
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 30\r\n\r\n{\"m2m";
  socket.sendBytes(head.data(), static_cast<int>(head.size()));
  socket.shutdownSend();
  std::array<char, 512> buffer{};
  const int length = socket.receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
  REQUIRE(length > 0);
  CHECK(std::string(buffer.data(), static_cast<std::size_t>(length)).starts_with("HTTP/1.1 400"));
  CHECK(running.sink.size() == 0);
}

TEST_CASE("an answer that is held comes when it is given, and others do not wait for it") {
  Running running;
  running.sink.holds = true;
  auto first = std::async(std::launch::async, [&] { return Cse(*running.server).post(kBody); });
  running.sink.request(0);
  auto second = std::async(std::launch::async, [&] { return Cse(*running.server).post(kBody); });
  running.sink.request(1);
  const auto giveFirst = running.sink.take();
  running.sink.take()({rsc::kOperationNotAllowed, {}, {}});
  CHECK(second.get().rsc == "4005");
  CHECK(first.wait_for(milliseconds(0)) == std::future_status::timeout);
  giveFirst({rsc::kOk, {}, {}});
  CHECK(first.get().rsc == "2000");
}

TEST_CASE("an answer that never comes is 5103, and one that comes too late harms nobody") {
  NotifyServerOptions options;
  options.held = milliseconds(50);
  Running running(options);
  running.sink.holds = true;
  CHECK(Cse(*running.server).post(kBody).rsc == "5103");
  running.sink.take()({rsc::kOk, {}, {}});
}

TEST_CASE("the end of the server answers what is held") {
  Running running;
  running.sink.holds = true;
  auto held = std::async(std::launch::async, [&] { return Cse(*running.server).post(kBody); });
  running.sink.request(0);
  running.server.reset();
  CHECK(held.get().rsc == "5103");
}

TEST_CASE("a client that drips its request loses the connection") {
  NotifyServerOptions options;
  options.whole = seconds(1);
  Running running(options);
  net::StreamSocket socket(net::SocketAddress("127.0.0.1", running.server->port()));
  socket.setReceiveTimeout(Poco::Timespan(20, 0));
  socket.sendBytes("POST ", 5);
  std::array<char, 512> buffer{};
  const auto began = std::chrono::steady_clock::now();
  while (socket.receiveBytes(buffer.data(), static_cast<int>(buffer.size())) > 0) {
  }
  CHECK(std::chrono::steady_clock::now() - began < seconds(9));  // sooner than its pause would allow
}

TEST_CASE("an address that is taken is told") {
  Running running;
  NotifyServerOptions options;
  options.listen = "127.0.0.1:" + std::to_string(running.server->port());
  const auto second = NotifyServer::start(running.sink, options);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Errc::io);
}

}  // namespace
}  // namespace isthmus::onem2m
