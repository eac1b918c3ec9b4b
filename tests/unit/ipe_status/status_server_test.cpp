#include "tests/unit/ipe_status/server_fixture.h"

#include <limits>
#include <map>

namespace isthmus::status {
namespace {

TEST_CASE("the status says what the proxy says") {
  Fixture f;
  const Answer answer = f.get("/api/v1/status");
  CHECK(answer.status == 200);
  CHECK(answer.header("content-type") == "application/json");
  const auto json = parsed(answer);
  CHECK(at(json, "/version") == R"("0.1.0")");
  CHECK(json["uptime_s"].GetDouble() == 12.346);
  CHECK(at(json, "/devices/registered") == "2");
  CHECK(at(json, "/outbox/pending") == "7");
  CHECK(json["outbox"]["oldest_s"].GetDouble() == 3.5);
  CHECK(at(json, "/cse/reachable") == "true");
  CHECK(at(json, "/cse/since") == R"("2025-11-22T11:52:25.678Z")");
  CHECK(json["cse"]["notes"].Size() == 1);
  CHECK(at(json, "/storage/fine") == "true");
  CHECK(at(json, "/accounting/received") == "20");
}

TEST_CASE("an uptime that is not a number leaves the status valid JSON") {
  Fixture f;
  f.source.statusView.uptimeSeconds = std::numeric_limits<double>::quiet_NaN();
  CHECK(parsed(f.get("/api/v1/status"))["uptime_s"].IsNull());
}

TEST_CASE("liveness and readiness stay green while the CSE is down") {
  Fixture f;
  f.source.statusView.cse.reachable = false;
  f.source.statusView.cse.problem = "connection refused; is the CSE running?";
  f.source.statusView.outbox.refusing = true;
  CHECK(f.get("/livez").body == "ok\n");
  CHECK(f.get("/readyz").body == "ok\n");
  const Answer verbose = f.get("/readyz?verbose");
  CHECK(verbose.status == 200);
  CHECK(has(verbose.body, "[+]storage ok\n"));
  CHECK(has(verbose.body, "[!]cse degraded, does not count: connection refused"));
  CHECK(has(verbose.body, "[!]outbox"));
}

TEST_CASE("readiness is red, with the reason, when the storage fails") {
  Fixture f;
  f.source.statusView.storageFine = false;
  f.source.statusView.storageProblem = "disk full: free some space";
  const Answer answer = f.get("/readyz");
  CHECK(answer.status == 503);
  CHECK(has(answer.body, "[-]storage failed: disk full: free some space\n"));
  CHECK(f.get("/livez").status == 200);
}

TEST_CASE("metrics are a valid exposition without labels that grow") {
  Fixture f;
  const Answer answer = f.get("/metrics");
  CHECK(answer.header("content-type") == "text/plain; version=0.0.4; charset=utf-8");
  for (const char* line :
       {"# TYPE isthmus_devices_registered gauge\nisthmus_devices_registered 2\n",
        "isthmus_build_info{version=\"0.1.0\"} 1\n", "isthmus_outbox_rows 7\n", "isthmus_outbox_oldest_seconds 3.5\n",
        "isthmus_cse_reachable 1\n", "isthmus_readings_received_total 20\n",
        "isthmus_readings_total{outcome=\"delivered\"} 10\n", "isthmus_readings_total{outcome=\"decode_error\"} 1\n",
        "isthmus_readings_pending 7\n", "isthmus_readings_in_doubt_total 2\n",
        "# TYPE isthmus_coap_received_total counter\nisthmus_coap_received_total 42\n", "isthmus_timers_armed 5\n",
        "isthmus_event_streams 0\n"})
    CHECK_THAT(answer.body, Catch::Contains(line));
  CHECK_FALSE(has(answer.body, "plant"));
  CHECK_FALSE(has(answer.body, "isthmus_coap_received_total 43"));
}

TEST_CASE("devices come in pages and can be searched") {
  Fixture f;
  const auto all = parsed(f.get("/api/v1/devices"));
  CHECK(at(all, "/total") == "2");
  CHECK(at(all, "/limit") == "100");
  CHECK(at(all, "/devices/0/endpoint") == R"("b-2")");
  CHECK(at(all, "/devices/0/accounting/received") == "9");
  CHECK(all["devices"][0]["last_seen"].IsNull());
  const auto second = parsed(f.get("/api/v1/devices?offset=1&limit=1"));
  CHECK(second["devices"].Size() == 1);
  CHECK(at(second, "/devices/0/endpoint") == R"("urn:plant/7")");
  CHECK(at(parsed(f.get("/api/v1/devices?search=urn%3Aplant")), "/total") == "1");
  CHECK(at(parsed(f.get("/api/v1/devices?search=a+b")), "/total") == "0");
  CHECK(f.source.asked.search == "a b");
}

TEST_CASE("a page that cannot be is refused with what is possible") {
  Fixture f;
  for (const char* query :
       {"limit=0", "limit=1001", "limit=-1", "limit=x", "limit=", "offset=1e3", "offset=99999999999999999999"}) {
    INFO(query);
    CHECK_THAT(problemOf(f.get(std::string("/api/v1/devices?") + query)),
               Catch::Contains("must be a whole number from"));
  }
}

TEST_CASE("a device is found by its percent-encoded name") {
  Fixture f;
  const auto json = parsed(f.get("/api/v1/devices/urn%3aplant%2F7"));
  CHECK(at(json, "/endpoint") == R"("urn:plant/7")");
  CHECK(at(json, "/values/0/path") == R"("/3303/0/5700")");
  CHECK(at(json, "/values/0/time") == R"("2025-11-22T11:52:25.678Z")");
  CHECK(at(json, "/values/0/fate") == R"("delivered")");
  CHECK(at(json, "/observed/0") == R"("/3303/0/5700")");
  CHECK(json["problems"].Size() == 1);
  CHECK(problemOf(f.get("/api/v1/devices/nobody")) ==
        "404 No device 'nobody' is known here; /api/v1/devices?search= finds endpoint names.");
  CHECK_THAT(problemOf(f.get("/api/v1/devices/a%2")), Catch::StartsWith("400 The address holds a percent sign"));
  CHECK(f.get("/api/v1/devices/").status == 404);
}

TEST_CASE("a name that is not UTF-8 still makes valid JSON") {
  Fixture f;
  f.source.details["b-2"].device.endpoint = "a\xFF\xC3z\xE2\x82\xAC";
  const auto json = parsed(f.get("/api/v1/devices?search=b-2"));
  CHECK(at(json, "/devices/0/endpoint") == "\"a\xEF\xBF\xBD\xEF\xBF\xBDz\xE2\x82\xAC\"");
}

TEST_CASE("a device is forgotten by DELETE") {
  Fixture f;
  const Answer done = ask(f.server->address(), "DELETE", "/api/v1/devices/urn:plant%2F7");
  CHECK(done.status == 204);
  CHECK(done.header("content-length").empty());
  CHECK(f.source.forgotten == std::vector<std::string>{"urn:plant/7"});
  f.source.forgetResult = fail(Errc::notFound, "no such device");
  CHECK(problemOf(ask(f.server->address(), "DELETE", "/api/v1/devices/x")) == "404 no such device");
  f.source.forgetResult = fail(Errc::unavailable, "the database is busy; try again");
  const Answer busy = ask(f.server->address(), "DELETE", "/api/v1/devices/x");
  CHECK(problemOf(busy) == "503 the database is busy; try again");
  CHECK(busy.header("retry-after") == "5");
}

TEST_CASE("accounting gives totals, and a page per endpoint") {
  Fixture f;
  const auto totals = parsed(f.get("/api/v1/accounting"));
  const std::map<std::string, int> wanted = {{"received", 20}, {"delivered", 10}, {"pending", 7},
                                             {"filtered", 1},  {"unmapped", 1},   {"decode_error", 1},
                                             {"rejected", 0},  {"expired", 0},    {"in_doubt", 2}};
  CHECK(totals.MemberCount() == wanted.size());
  for (const auto& [key, count] : wanted) CHECK(at(totals, ("/" + key).c_str()) == std::to_string(count));
  const auto page = parsed(f.get("/api/v1/accounting?by=endpoint&limit=1"));
  CHECK(page["endpoints"].Size() == 1);
  CHECK(at(page, "/endpoints/0/endpoint") == R"("b-2")");
  CHECK(at(page, "/endpoints/0/received") == "9");
  CHECK(problemOf(f.get("/api/v1/accounting?by=object")) ==
        "400 'by' can only be 'endpoint'; without it the totals are given.");
}

TEST_CASE("the outbox shows waiting and rejected rows") {
  Fixture f;
  f.source.rows = {
      {1, "b-2", "cse-in/b-2/3303/0/5700", "21.5", "pending", "", kTime},
      {2, "b-2", "cse-in/b-2/3303/0/5701", "{\"a\":1}", "rejected", "4126: mandatory attribute missing", kTime}};
  const auto pending = parsed(f.get("/api/v1/outbox"));
  CHECK(pending["rows"].Size() == 1);
  CHECK(at(pending, "/rows/0/id") == "1");
  const auto rejected = parsed(f.get("/api/v1/outbox?state=rejected&limit=5"));
  CHECK(at(rejected, "/rows/0/reason") == R"("4126: mandatory attribute missing")");
  CHECK(at(rejected, "/rows/0/content") == R"("{\"a\":1}")");
  CHECK(problemOf(f.get("/api/v1/outbox?state=lost")) == "400 'state' must be 'pending' or 'rejected'.");
  CHECK(problemOf(f.get("/api/v1/outbox?limit=0")).substr(0, 3) == "400");
  f.source.outboxResult = fail(Errc::io, "cannot read the outbox", "isthmus.db");
  CHECK(problemOf(f.get("/api/v1/outbox")) == "500 cannot read the outbox (isthmus.db)");
}

TEST_CASE("the mapping gives each rule as JSON, or as text if it is none") {
  Fixture f;
  f.source.mappingView = {
      3,
      "ts0014-semantic",
      "abc",
      kTime,
      {{"temperature", "/3303/*/5700", "container", "{\"name\":\"temperature\"}"}, {"odd", "", "", "{"}},
      true};
  const auto json = parsed(f.get("/api/v1/mapping"));
  CHECK(at(json, "/number") == "3");
  CHECK(at(json, "/rules/0/rule/name") == R"("temperature")");
  CHECK(at(json, "/rules/1/rule") == R"("{")");
  CHECK(at(json, "/default_rule") == "true");
}

TEST_CASE("the console and its files are served with a tag") {
  Fixture f;
  const Answer page = f.get("/");
  CHECK(page.header("content-type") == "text/html; charset=utf-8");
  CHECK_THAT(page.body, Catch::Contains("<title>Isthmus"));
  const std::string tag = page.header("etag");
  const Answer again = ask(f.server->address(), "GET", "/", "If-None-Match: " + tag + "\r\n");
  CHECK(again.status == 304);
  CHECK(again.body.empty());
  CHECK(f.get("/console/index.html").body == page.body);
  CHECK(f.get("/console/app.js").header("content-type") == "text/javascript; charset=utf-8");
  CHECK(problemOf(f.get("/console/nothing.js")) == "404 The console has no file 'nothing.js'; it starts at /.");
  CHECK(f.get("/console/..%2Fopenapi.json").status == 404);
}

TEST_CASE("every answer carries the security headers and none opens the door to other origins") {
  Fixture f;
  for (const char* target : {"/", "/api/v1/status", "/nothing", "/metrics"}) {
    INFO(target);
    const Answer answer = ask(f.server->address(), "GET", target, "Origin: http://evil.example\r\n");
    CHECK_THAT(answer.header("content-security-policy"), Catch::Contains("script-src 'self'"));
    CHECK_THAT(answer.header("content-security-policy"), Catch::Contains("frame-ancestors 'none'"));
    CHECK(answer.header("x-content-type-options") == "nosniff");
    CHECK(answer.header("x-frame-options") == "DENY");
    CHECK(answer.headers.count("access-control-allow-origin") == 0);
  }
}

TEST_CASE("HEAD is GET without the body") {
  Fixture f;
  for (const char* target : {"/livez", "/readyz", "/metrics", "/openapi.json", "/", "/api/v1/status",
                             "/api/v1/devices/b-2", "/api/v1/events"}) {
    INFO(target);
    Connection connection(f.server->address());
    connection.send(std::string("HEAD ") + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    const Answer head = connection.readHead();
    CHECK(head.status == 200);
    CHECK(connection.readToEnd().empty());
  }
}

TEST_CASE("a method that is not served is answered with those that are") {
  Fixture f;
  const Answer post = ask(f.server->address(), "POST", "/api/v1/status");
  CHECK(problemOf(post) == "405 POST is not possible here; use GET, HEAD.");
  CHECK(post.header("allow") == "GET, HEAD");
  CHECK(ask(f.server->address(), "DELETE", "/api/v1/devices").header("allow") == "GET, HEAD");
  CHECK(ask(f.server->address(), "PUT", "/api/v1/devices/x").header("allow") == "GET, HEAD, DELETE");
  CHECK(ask(f.server->address(), "OPTIONS", "/api/v1/devices/x/3/0").header("allow") ==
        "GET, HEAD, PUT, PATCH, POST, DELETE");
  CHECK(ask(f.server->address(), "OPTIONS", "/api/v1/devices/x").status == 405);
}

TEST_CASE("an address that is not served is answered with where to look") {
  Fixture f;
  for (const char* target : {"/nothing", "/api/v1", "/api/v1/statu", "/api/v1/status/", "//",
                             "/api/v1/devices/b-2/3303/x", "/api/v1/devices/b-2/1/2/3/4/5",
                             "/api/v1/devices/b-2/3303/0/x", "/api/v1/devices//3303", "/api/v1/commands/"}) {
    INFO(target);
    CHECK_THAT(problemOf(f.get(target)), Catch::StartsWith("404 There is nothing at"));
  }
}

TEST_CASE("an address in absolute form is the same address") {
  Fixture f;
  CHECK(f.get("http://localhost/livez").status == 200);
  CHECK(f.get("http://localhost").status == 200);
}

TEST_CASE("a request that is too large is refused") {
  Fixture f;
  CHECK_THAT(problemOf(f.get("/" + std::string(9000, 'a'))), Catch::StartsWith("414 "));
  CHECK(f.get("/" + std::string(20000, 'a')).status == 400);
  const auto post = [&](const std::string& fields) {
    return ask(f.server->address(), "POST", "/api/v1/status", fields);
  };
  CHECK_THAT(problemOf(post("Content-Length: 1048577\r\n")), Catch::StartsWith("413 "));
  CHECK_THAT(problemOf(post("Transfer-Encoding: chunked\r\n")), Catch::StartsWith("411 "));
}

TEST_CASE("a body that nobody asked for does not become the next request") {
  Fixture f;
  Connection connection(f.server->address());
  const std::string inner = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
  connection.send(
      "DELETE /api/v1/devices/b-2 HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(inner.size()) +
      "\r\n\r\n" + inner + "GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  CHECK(connection.readAnswer().status == 204);
  CHECK(at(parsed(connection.readAnswer()), "/version") == R"("0.1.0")");
}

TEST_CASE("a length that is none ends the connection and nothing else") {
  Fixture f;
  for (const char* length : {"-5", "x", "99999999999999999999999", ""}) {
    INFO(length);
    Connection connection(f.server->address());
    connection.send(std::string("GET /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: ") + length +
                    "\r\n\r\nGET /");
    const std::string all = connection.readToEnd();
    CHECK_FALSE(connection.timedOut());
    CHECK_FALSE(has(all, "200 OK"));
  }
  CHECK(f.get("/livez").status == 200);
}

TEST_CASE("bytes that are not HTTP do not disturb anyone else") {
  Fixture f;
  for (const std::string& bytes :
       {std::string("\x16\x03\x01\x02\x00\x01", 6), std::string("GET\r\n\r\n"), std::string(5000, 'x'),
        std::string("GET / HTTP/1.1\r\n") + std::string(300, 'n') + ": v\r\n\r\n"}) {
    Connection connection(f.server->address());
    connection.send(bytes);
  }
  CHECK(f.get("/livez").status == 200);
}

TEST_CASE("on loopback only loopback names are answered, against DNS rebinding") {
  Fixture f;
  const auto as = [&](const std::string& host) { return ask(f.server->address(), "GET", "/api/v1/status", "", host); };
  for (const char* host :
       {"localhost", "LOCALHOST:8480", "127.0.0.1", "127.0.0.1:1", "127.9.9.9", "[::1]", "[::1]:8480"}) {
    INFO(host);
    CHECK(as(host).status == 200);
  }
  for (const char* host : {"evil.example", "evil.example:8480", "localhost.evil.example", "127.0.0.1.evil.example",
                           "10.0.0.1", "[::2]", "["}) {
    INFO(host);
    CHECK_THAT(problemOf(as(host)), Catch::StartsWith("421 "));
  }
  Connection connection(f.server->address());
  connection.send("GET /livez HTTP/1.1\r\n\r\n");
  CHECK_THAT(problemOf(connection.readAnswer()), Catch::StartsWith("400 The request has no Host"));
  Connection old(f.server->address());
  old.send("GET /livez HTTP/1.0\r\n\r\n");
  CHECK(old.readAnswer().status == 200);
}

TEST_CASE("bound to every address, any name is answered, and a warning says what that means") {
  FakeSource source;
  FakeDevices devices;
  std::string lines;
  Log log([&lines](std::string_view line) { lines += line; });
  StatusOptions options;
  options.listen = "0.0.0.0:0";
  const auto server = *StatusServer::start(options, source, devices, log);
  const std::string port = server->address().substr(server->address().rfind(':'));
  CHECK(ask("127.0.0.1" + port, "GET", "/livez", "", "isthmus.example").status == 200);
  CHECK_THAT(lines, Catch::Contains("status.listen is 0.0.0.0:0: whoever reaches it can command devices") &&
                        Catch::Contains("behind a reverse proxy with TLS and a login"));
  lines.clear();
  options.listen = "127.0.0.1:0";
  REQUIRE(StatusServer::start(options, source, devices, log));
  CHECK(lines.empty());
}

TEST_CASE("a source that throws makes a 500 and a line in the log, and the next request is served") {
  Fixture f;
  f.source.fault = "the roof is on fire";
  CHECK(problemOf(f.get("/api/v1/status")) == "500 Isthmus failed to answer; its log says why.");
  CHECK(f.lines == std::vector<std::string>{"error status GET /api/v1/status: the roof is on fire"});
  CHECK(f.get("/livez").status == 200);
}

TEST_CASE("an address in the log cannot command the terminal or flood it") {
  Fixture f;
  f.source.fault = "no";
  f.get("/readyz?\x1b[2J" + std::string(1000, 'a'));
  REQUIRE(f.lines.size() == 1);
  CHECK_THAT(f.lines[0], Catch::StartsWith("error status GET /readyz??[2Jaaa"));
  CHECK(f.lines[0].size() < 300);
}

TEST_CASE("a client that drips its request byte by byte loses its connection") {
  StatusOptions options;
  options.readTimeout = seconds(60);
  options.requestTime = milliseconds(500);
  Fixture f(options);
  Connection slow(f.server->address());
  slow.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(slow.readAnswer().status == 200);
  slow.send("GET /livez HTTP/1.1\r\nHost: ");
  const auto deadline = std::chrono::steady_clock::now() + seconds(20);
  while (!slow.endsWithin(milliseconds(20)) && std::chrono::steady_clock::now() < deadline) slow.send("x");
  CHECK(slow.endsWithin(milliseconds(0)));
}

TEST_CASE("more connections than threads are all served") {
  StatusOptions options;
  options.threads = 2;
  options.waiting = 0;
  options.keptAlive = 1;
  options.keepAlive = seconds(1);
  Fixture f(options);
  std::vector<std::unique_ptr<Connection>> idle;
  for (int i = 0; i < 6; ++i) {
    idle.push_back(std::make_unique<Connection>(f.server->address()));
    idle.back()->send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }
  for (const auto& connection : idle) CHECK(connection->readAnswer().status == 200);
}

TEST_CASE("a second server on the same port is refused with a reason") {
  Fixture f;
  StatusOptions options;
  options.listen = f.server->address();
  const auto second = StatusServer::start(options, f.source, f.devices, f.log);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Errc::unavailable);
  CHECK_THAT(second.error().text(), Catch::Contains("is another instance running? (status.listen)"));
}

TEST_CASE("an address that cannot be is refused with an example") {
  FakeSource source;
  FakeDevices devices;
  Log log([](std::string_view) {});
  for (const char* listen : {"", "8480", "127.0.0.1:99999", "no.such.host.invalid:80", "127.0.0.1:x"}) {
    INFO(listen);
    StatusOptions options;
    options.listen = listen;
    const auto server = StatusServer::start(options, source, devices, log);
    REQUIRE_FALSE(server);
    CHECK(server.error().where == "status.listen");
  }
}

TEST_CASE("stop may be called twice and ends idle connections") {
  Fixture f;
  Connection idle(f.server->address());
  idle.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(idle.readAnswer().status == 200);
  const auto before = std::chrono::steady_clock::now();
  f.server->stop();
  CHECK(std::chrono::steady_clock::now() - before < seconds(3));  // a busy machine; 0.3 s on an idle one
  CHECK(idle.readToEnd().empty());
  f.server->stop();
  CHECK_THROWS(Connection(f.server->address()));
}

TEST_CASE("stop does not wait for a request that was only begun") {
  Fixture f;
  Connection begun(f.server->address());
  begun.send("GET /livez HTTP/1.1\r\nHost: loc");
  CHECK(f.get("/livez").status == 200);
  const auto before = std::chrono::steady_clock::now();
  f.server->stop();
  CHECK(std::chrono::steady_clock::now() - before < seconds(3));
}

}  // namespace
}  // namespace isthmus::status
