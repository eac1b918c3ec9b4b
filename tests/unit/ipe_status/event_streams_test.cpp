#include "ipe/status/event_streams.h"

#include "ipe/status/status_server.h"
#include "tests/unit/ipe_status/fake_devices.h"
#include "tests/unit/ipe_status/fake_source.h"
#include "tests/unit/ipe_status/http_client.h"

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <vector>

namespace isthmus::status {
namespace {

struct Fixture {
  FakeSource source;
  FakeDevices devices;
  Log log{[](std::string_view) {}};
  std::unique_ptr<StatusServer> server;

  explicit Fixture(const StreamLimits& limits = {}) {
    StatusOptions options;
    options.listen = "127.0.0.1:0";
    options.streams = limits;
    server = *StatusServer::start(options, source, devices, log);
  }
  // A stream that is sure to get what happens from now on.
  std::unique_ptr<Connection> listen(const std::string& query = "?type=value", int receiveBuffer = 0) {
    auto connection = std::make_unique<Connection>(server->address(), receiveBuffer);
    connection->send("GET /api/v1/events" + query + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    head = connection->readHead();
    connection->readUntil(": isthmus events\n\n");
    return connection;
  }
  void value(const std::string& endpoint, const std::string& rest = "") {
    source.emit("value", "{\"endpoint\":\"" + endpoint + "\"" + rest + "}");
  }

  Answer head;
};

TEST_CASE("an event reaches whoever listens, in the form of the standard") {
  Fixture f;
  const auto stream = f.listen();
  CHECK(f.head.status == 200);
  CHECK(f.head.header("content-type") == "text/event-stream");
  CHECK(f.head.header("cache-control") == "no-store");
  CHECK(f.head.header("x-content-type-options") == "nosniff");
  f.value("b-2");
  CHECK(stream->readUntil("\n\n") == "event: value\ndata: {\"endpoint\":\"b-2\"}\n\n");
}

TEST_CASE("a line break in an event stays inside its data line") {
  Fixture f;
  const auto stream = f.listen();
  f.source.emit("value", "{\"endpoint\":\n\"b\"\r\n}");
  CHECK(stream->readUntil("\n\n") == "event: value\ndata: {\"endpoint\": \"b\"  }\n\n");
}

TEST_CASE("a stream begins with the status and gets it again and again") {
  StreamLimits limits;
  limits.status = milliseconds(20);
  Fixture f(limits);
  const auto stream = f.listen("");
  for (int i = 0; i < 3; ++i)
    CHECK_THAT(stream->readUntil("\n\n"), Catch::StartsWith("event: status\ndata: {\"version\""));
}

TEST_CASE("a status that the source hands over is not passed on in a shape of its own") {
  Fixture f;
  const auto stream = f.listen("?type=status,value");
  CHECK_THAT(stream->readUntil("\n\n"), Catch::StartsWith("event: status"));
  f.source.emit("status", "{}");
  f.value("b-2");
  CHECK(stream->readUntil("\n\n") == "event: value\ndata: {\"endpoint\":\"b-2\"}\n\n");
}

TEST_CASE("a stream can be narrowed to types, and values to devices") {
  Fixture f;
  const auto stream = f.listen("?type=value,cse&type=expired&endpoint=a%2C1&endpoint=b");
  f.value("c");
  f.value("a,1");
  f.source.emit("registered", "{\"endpoint\":\"b\"}");
  f.source.emit("expired", "{\"endpoint\":\"c\"}");
  f.source.emit("value", "not json");
  f.source.emit("value", "[1]");
  f.source.emit("value", "{\"endpoint\":5}");
  f.value("b");
  f.source.emit("cse", "{\"reachable\":false}");
  for (const char* wanted :
       {"{\"endpoint\":\"a,1\"}", "{\"endpoint\":\"c\"}", "{\"endpoint\":\"b\"}", "{\"reachable\":false}"})
    CHECK_THAT(stream->readUntil("\n\n"), Catch::Contains(wanted));
}

TEST_CASE("a stream with too many filters is refused") {
  Fixture f;
  std::string query = "?";
  for (int i = 0; i < 257; ++i) query += "endpoint=a&";
  CHECK(ask(f.server->address(), "GET", "/api/v1/events" + query).status == 400);
}

TEST_CASE("comments keep a quiet stream alive") {
  StreamLimits limits;
  limits.heartbeat = milliseconds(20);
  Fixture f(limits);
  const auto stream = f.listen();
  for (int i = 0; i < 3; ++i) CHECK(stream->readUntil("\n\n") == ": heartbeat\n\n");
}

TEST_CASE("a slow reader loses the oldest events and is told how many; another loses none") {
  StreamLimits limits;
  limits.queue = 8;
  limits.sendBuffer = 4096;
  Fixture f(limits);
  const auto slow = f.listen("?type=value", 4096);
  const auto quick = f.listen("?type=value");
  constexpr int kEvents = 400;
  const std::string padding = ",\"value\":\"" + std::string(4000, 'x') + "\"";
  for (int i = 0; i < kEvents; ++i) {
    f.value(std::to_string(i), padding);
    CHECK_THAT(quick->readUntil("\n\n").substr(0, 60), Catch::Contains("\"endpoint\":\"" + std::to_string(i) + "\""));
  }
  int received = 0, lost = 0;
  std::string last;
  while (last != std::to_string(kEvents - 1)) {
    const std::string frame = slow->readUntil("\n\n");
    REQUIRE_FALSE(frame.empty());
    if (frame.rfind("event: lost\ndata: {\"count\":", 0) == 0) {
      lost += std::stoi(frame.substr(sizeof("event: lost\ndata: {\"count\":") - 1));
      continue;
    }
    const std::size_t at = frame.find("\"endpoint\":\"") + 12;
    last = frame.substr(at, frame.find('"', at) - at);
    ++received;
  }
  CHECK(lost > 0);
  CHECK(received + lost == kEvents);
  CHECK_THAT(ask(f.server->address(), "GET", "/metrics").body,
             Catch::Contains("isthmus_event_streams_lost_total " + std::to_string(lost) + "\n"));
}

TEST_CASE("a reader that takes nothing for long is let go") {
  StreamLimits limits;
  limits.queue = 8;
  limits.sendBuffer = 4096;
  limits.stalled = milliseconds(50);
  limits.status = milliseconds(10);
  Fixture f(limits);
  const auto stalled = f.listen("?type=value", 4096);
  for (int i = 0; i < 100; ++i) f.value("a", ",\"value\":\"" + std::string(8000, 'x') + "\"");
  CHECK(f.source.waitForListeners(0));
}

TEST_CASE("the source is listened to only while someone listens") {
  Fixture f;
  CHECK(f.source.waitForListeners(0));
  auto first = f.listen();
  auto second = f.listen();
  CHECK(f.source.waitForListeners(1));
  CHECK_THAT(ask(f.server->address(), "GET", "/metrics").body, Catch::Contains("isthmus_event_streams 2\n"));
  first.reset();
  second.reset();
  CHECK(f.source.waitForListeners(0));
  const auto third = f.listen();
  CHECK(f.source.waitForListeners(1));
  f.value("again");
  CHECK_THAT(third->readUntil("\n\n"), Catch::Contains("again"));
}

TEST_CASE("one stream too many is refused, and open streams hold no thread") {
  StreamLimits limits;
  limits.streams = 32;
  Fixture f(limits);
  std::vector<std::unique_ptr<Connection>> streams;
  for (std::size_t i = 0; i < limits.streams; ++i) streams.push_back(f.listen());
  const Answer refused = ask(f.server->address(), "GET", "/api/v1/events");
  CHECK(refused.status == 503);
  CHECK(refused.header("content-type") == "application/problem+json");
  CHECK(refused.header("retry-after") == "10");
  CHECK(ask(f.server->address(), "GET", "/livez").status == 200);
  f.value("x");
  for (const auto& stream : streams) CHECK_THAT(stream->readUntil("\n\n"), Catch::Contains("\"x\""));
}

TEST_CASE("stop ends open streams within a second") {
  Fixture f;
  const auto stream = f.listen();
  const auto stuck = f.listen("?type=value", 4096);
  for (int i = 0; i < 100; ++i) f.value("a", ",\"value\":\"" + std::string(8000, 'x') + "\"");
  const auto before = std::chrono::steady_clock::now();
  f.server->stop();
  CHECK(std::chrono::steady_clock::now() - before < seconds(3));  // a busy machine; 0.3 s on an idle one
  stream->readToEnd();
  CHECK_FALSE(stream->timedOut());
  CHECK(f.source.waitForListeners(0));
  f.value("after");
}

}  // namespace
}  // namespace isthmus::status
