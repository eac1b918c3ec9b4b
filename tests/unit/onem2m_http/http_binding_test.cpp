#include "onem2m/http/http_binding.h"

#include "tests/unit/onem2m_http/scripted_server.h"

#include <catch2/catch.hpp>

#include <condition_variable>

using namespace isthmus;
using namespace isthmus::onem2m;
using isthmus::onem2m::testing::Peer;
using isthmus::onem2m::testing::ScriptedServer;

namespace {

constexpr milliseconds kPatient{20000};
constexpr milliseconds kImpatient{80};

const std::string kCreated = "HTTP/1.1 201 Created\r\nX-M2M-RSC: 2001\r\nContent-Length: 0\r\n\r\n";
const std::string kCreatedAndClosed =
    "HTTP/1.1 201 CREATED\r\nX-M2M-RSC: 2001\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

RequestPrimitive post() {
  RequestPrimitive request;
  request.operation = Operation::create;
  request.to = "cse-in/bar-1/3303/0/5700";
  request.from = "CIsthmus";
  request.requestId = "r-1";
  request.releaseVersion = "3";
  request.type = ResourceType::contentInstance;
  request.content = R"({"m2m:cin":{"con":"21.5"}})";
  return request;
}

RequestPrimitive get() {
  RequestPrimitive request;
  request.to = "cse-in";
  request.from = "CIsthmus";
  request.requestId = "r-1";
  return request;
}

std::unique_ptr<Connection> connectTo(const ScriptedServer& server, KeepAlive keepAlive = KeepAlive::automatic) {
  HttpOptions options;
  options.url = server.url();
  options.keepAlive = keepAlive;
  return HttpBinding::make(options).value()->connect();
}

// A script that answers each request on the connection with the next text and then ends.
ScriptedServer::Play answers(std::vector<std::vector<std::string>> all) {
  return [all = std::move(all)](Peer& peer) {
    for (const auto& pieces : all) {
      if (peer.request().empty()) return;
      peer.answer(pieces);
    }
  };
}

// Something that another thread waits for.
class Signal {
 public:
  void set() {
    const std::lock_guard lock(mutex_);
    set_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return set_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool set_ = false;
};

}  // namespace

TEST_CASE("a request arrives whole, with all that oneM2M wants in it", "[spec:ts-0009-6.4]") {
  std::string seen;
  ScriptedServer server({[&seen](Peer& peer) {
    seen = peer.request();
    peer.answer(kCreatedAndClosed);
  }});
  const auto answer = connectTo(server)->exchange(post(), kPatient);
  REQUIRE(answer);
  CHECK(answer->status == 2001);
  server.stop();
  CHECK(seen ==
        "POST /cse-in/bar-1/3303/0/5700 HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
            "\r\nAccept: application/json\r\nX-M2M-Origin: CIsthmus\r\nX-M2M-RI: r-1\r\nX-M2M-RVI: 3\r\n"
            "Content-Type: application/json;ty=4\r\nContent-Length: 26\r\n\r\n{\"m2m:cin\":{\"con\":\"21.5\"}}");
}

TEST_CASE("a request leaves in one segment even where it is large: tinyIoT reads once") {
  std::size_t firstRead = 0;
  ScriptedServer server({[&firstRead](Peer& peer) {
    std::string buffer(60000, '\0');
    pollfd ready{peer.fd(), POLLIN, 0};
    ::poll(&ready, 1, -1);
    firstRead = static_cast<std::size_t>(::recv(peer.fd(), buffer.data(), buffer.size(), 0));
    peer.answer(kCreatedAndClosed);
  }});
  RequestPrimitive request = post();
  request.content = "{\"m2m:cin\":{\"con\":\"" + std::string(20000, 'x') + "\"}}";
  CHECK(connectTo(server)->exchange(request, kPatient));
  server.stop();
  CHECK(firstRead > 20000);
}

TEST_CASE("a CSE that closes after each answer gets a connection for each request") {
  ScriptedServer server(
      {answers({{kCreatedAndClosed}}), answers({{kCreatedAndClosed}}), answers({{kCreatedAndClosed}})});
  const auto connection = connectTo(server);
  for (int i = 0; i < 3; ++i) CHECK(connection->exchange(post(), kPatient)->status == 2001);
  server.stop();
  CHECK(server.connections() == 3);
}

TEST_CASE("a CSE that keeps connections gets one") {
  ScriptedServer server({answers({{kCreated}, {kCreated}, {kCreated}})});
  const auto connection = connectTo(server);
  for (int i = 0; i < 3; ++i) CHECK(connection->exchange(post(), kPatient)->status == 2001);
  server.stop();
  CHECK(server.connections() == 1);
}

TEST_CASE("connections are not kept when that is off, and asked for when it is on") {
  std::string seen;
  const auto play = [&seen](Peer& peer) {
    seen = peer.request();
    peer.answer(kCreated);
    peer.waitForEnd();
  };
  SECTION("off") {
    ScriptedServer server({play, play});
    const auto connection = connectTo(server, KeepAlive::off);
    for (int i = 0; i < 2; ++i) CHECK(connection->exchange(post(), kPatient)->status == 2001);
    server.stop();
    CHECK(server.connections() == 2);
    CHECK_THAT(seen, Catch::Contains("\r\nConnection: close\r\n"));
  }
  SECTION("on") {
    ScriptedServer server({play});
    CHECK(connectTo(server, KeepAlive::on)->exchange(post(), kPatient)->status == 2001);
    server.stop();
    CHECK_THAT(seen, Catch::Contains("\r\nConnection: keep-alive\r\n"));
  }
}

TEST_CASE("answers come as the CSEs send them") {
  struct Row {
    const char* what;
    std::vector<std::string> pieces;
    int status;
    const char* content;
  };
  const auto row = GENERATE(values<Row>({
      {"header and body apart", {"HTTP/1.1 200 OK\r\nx-m2m-rsc: 2000\r\nContent-Length: 2\r\n\r\n", "{}"}, 2000, "{}"},
      {"cut in the middle of everything",
       {"HTT", "P/1.1 200 OK\r", "\nX-M2M-RS", "C: 2000\r\nContent-Length: 2\r\n\r", "\n{", "}"},
       2000,
       "{}"},
      {"chunked",
       {"HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\n{\r\n",
        "1\r\n}\r\n0\r\n\r\n"},
       2000,
       "{}"},
      {"until the end", {"HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\n\r\n{", "}"}, 2000, "{}"},
      {"100 Continue first",
       {"HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\nContent-Length: 0\r\n\r\n"},
       2000,
       ""},
      {"the status code rules, not HTTP's",
       {"HTTP/1.1 200 OK\r\nX-M2M-RSC: 4004\r\nContent-Length: 0\r\n\r\n"},
       4004,
       ""},
      {"HTTP's where there is none", {"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\n<h1>"}, 4004, "<h1>"},
      {"plain text from waitress",
       {"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 3\r\n\r\nno\n"},
       5000,
       "no\n"},
      {"a gateway", {"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"}, 502, ""},
      {"our identifier comes back",
       {"HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\nX-M2M-RI: r-1\r\nContent-Length: 0\r\n\r\n"},
       2000,
       ""},
  }));
  CAPTURE(row.what);
  ScriptedServer server({answers({row.pieces})});
  const auto answer = connectTo(server)->exchange(get(), kPatient);
  REQUIRE(answer);
  CHECK(answer->status == row.status);
  CHECK(answer->content == row.content);
}

TEST_CASE("what is no oneM2M answer is malformed") {
  const auto bytes = GENERATE(as<std::string>(), "SSH-2.0-OpenSSH_9.2\r\n", std::string("\0\0\0\0\0\r\n\n", 8),
                              "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
                              "HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n",
                              "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n");
  CAPTURE(bytes);
  ScriptedServer server({answers({{bytes}})});
  const auto answer = connectTo(server)->exchange(post(), kPatient);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::malformed);
}

TEST_CASE("a body that is shorter than announced") {
  const std::string cut = "HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\nContent-Length: 70000\r\n\r\n{\"m2m:cin\":";
  SECTION("a CREATE has been decided all the same") {
    ScriptedServer server({answers({{cut}}), answers({{kCreated}})});
    const auto connection = connectTo(server);
    CHECK(connection->exchange(post(), kPatient)->status == 2000);
    CHECK(connection->exchange(post(), kPatient)->status == 2001);
  }
  SECTION("also where the CSE does not close") {
    ScriptedServer server({[&cut](Peer& peer) {
      (void)peer.request();
      peer.answer(cut);
      peer.waitForEnd();
    }});
    CHECK(connectTo(server)->exchange(post(), kImpatient)->status == 2000);
  }
  SECTION("a RETRIEVE has not") {
    ScriptedServer server({answers({{cut}})});
    CHECK(connectTo(server)->exchange(get(), kPatient).error().code == Errc::io);
  }
}

TEST_CASE("a body without an end is not kept") {
  const auto flood = [](Peer& peer) {
    (void)peer.request();
    peer.answer("HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\n\r\n");
    const std::string block(65536, 'x');
    while (::send(peer.fd(), block.data(), block.size(), MSG_NOSIGNAL) > 0) {
    }
  };
  SECTION("RETRIEVE") {
    ScriptedServer server({flood});
    CHECK(connectTo(server)->exchange(get(), kPatient).error().code == Errc::malformed);
  }
  SECTION("CREATE") {
    ScriptedServer server({flood});
    CHECK(connectTo(server)->exchange(post(), kPatient)->status == 2000);
  }
}

TEST_CASE("no connection is unavailable") {
  ScriptedServer server({});
  server.stop();
  const auto answer = connectTo(server)->exchange(post(), kPatient);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::unavailable);
  CHECK_THAT(answer.error().message, Catch::Contains("refused"));
}

TEST_CASE("a name that nobody knows is unavailable") {
  HttpOptions options;
  options.url = "http://cse.invalid:8080";  // RFC 6761 6.4
  const auto answer = HttpBinding::make(options).value()->connect()->exchange(post(), kPatient);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::unavailable);
}

TEST_CASE("a CSE that is silent is a timeout, at its time") {
  ScriptedServer server({[](Peer& peer) { peer.waitForEnd(); }});
  const auto before = std::chrono::steady_clock::now();
  const auto answer = connectTo(server)->exchange(post(), kImpatient);
  const auto took = std::chrono::steady_clock::now() - before;
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::timeout);
  CHECK(took >= milliseconds(70));
}

TEST_CASE("one that sends a byte now and then cannot hold us beyond our patience") {
  Signal over;
  ScriptedServer server({[&over](Peer& peer) {
    (void)peer.request();
    peer.answer("HTTP/1.1 200 OK\r\n");
    pollfd closed{peer.fd(), POLLRDHUP, 0};
    while (::poll(&closed, 1, 5) == 0) peer.answer("X: y\r\n");
    over.set();
  }});
  const auto before = std::chrono::steady_clock::now();
  auto connection = connectTo(server);
  const auto answer = connection->exchange(post(), kImpatient);
  CHECK(std::chrono::steady_clock::now() - before < milliseconds(5000));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::timeout);
  over.wait();
}

TEST_CASE("a CSE that goes away without an answer leaves the request in doubt") {
  SECTION("closed") {
    ScriptedServer server({[](Peer& peer) { (void)peer.request(); }});
    CHECK(connectTo(server)->exchange(post(), kPatient).error().code == Errc::io);
  }
  SECTION("reset") {
    ScriptedServer server({[](Peer& peer) {
      (void)peer.request();
      peer.reset();
    }});
    CHECK(connectTo(server)->exchange(post(), kPatient).error().code == Errc::io);
  }
  SECTION("in the middle of the head") {
    ScriptedServer server({answers({{"HTTP/1.1 201 Created\r\nX-M2M-RSC: 2001\r\n"}})});
    CHECK(connectTo(server)->exchange(post(), kPatient).error().code == Errc::io);
  }
}

TEST_CASE("a kept connection that the CSE closed while it was idle leaves nothing in doubt") {
  Signal closed;
  ScriptedServer server({[&closed](Peer& peer) {
                           (void)peer.request();
                           peer.answer(kCreated);
                           peer.close();
                           closed.set();
                         },
                         answers({{kCreated}})});
  const auto connection = connectTo(server);
  CHECK(connection->exchange(post(), kPatient)->status == 2001);
  closed.wait();
  CHECK(connection->exchange(post(), kPatient)->status == 2001);
  CHECK(server.connections() == 2);
}

TEST_CASE("a kept connection that closes on the next request") {
  const auto closesOnSecond = [](Peer& peer) {
    (void)peer.request();
    peer.answer(kCreated);
    (void)peer.request();
  };
  SECTION("a RETRIEVE is asked again on a fresh one") {
    ScriptedServer server(
        {closesOnSecond, answers({{"HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\nContent-Length: 0\r\n\r\n"}})});
    const auto connection = connectTo(server);
    CHECK(connection->exchange(post(), kPatient)->status == 2001);
    CHECK(connection->exchange(get(), kPatient)->status == 2000);
  }
  SECTION("a CREATE is in doubt: who knows its name repeats it") {
    ScriptedServer server({closesOnSecond, answers({{kCreated}})});
    const auto connection = connectTo(server);
    CHECK(connection->exchange(post(), kPatient)->status == 2001);
    CHECK(connection->exchange(post(), kPatient).error().code == Errc::io);
    CHECK(connection->exchange(post(), kPatient)->status == 2001);
  }
  SECTION("once, not again and again") {
    ScriptedServer server({closesOnSecond, [](Peer& peer) { (void)peer.request(); }});
    const auto connection = connectTo(server);
    CHECK(connection->exchange(post(), kPatient)->status == 2001);
    CHECK(connection->exchange(get(), kPatient).error().code == Errc::io);
  }
}

TEST_CASE("an answer to somebody else's request is not taken") {
  ScriptedServer server(
      {answers({{"HTTP/1.1 201 Created\r\nX-M2M-RSC: 2001\r\nX-M2M-RI: other\r\nContent-Length: 0\r\n\r\n"}}),
       answers({{kCreated}})});
  const auto connection = connectTo(server);
  const auto answer = connection->exchange(post(), kPatient);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::io);
  CHECK(connection->exchange(post(), kPatient)->status == 2001);
}

TEST_CASE("an answer that comes twice is not taken for the next one") {
  ScriptedServer server({[](Peer& peer) {
                           (void)peer.request();
                           peer.answer(kCreated + kCreated);
                           peer.waitForEnd();
                         },
                         answers({{"HTTP/1.1 409 Conflict\r\nX-M2M-RSC: 4105\r\nContent-Length: 0\r\n\r\n"}})});
  const auto connection = connectTo(server);
  CHECK(connection->exchange(post(), kPatient)->status == 2001);
  CHECK(connection->exchange(post(), kPatient)->status == 4105);
}

TEST_CASE("a connection is not kept beyond the time that the CSE says") {
  ScriptedServer server(
      {[](Peer& peer) {
         (void)peer.request();
         peer.answer("HTTP/1.1 201 Created\r\nKeep-Alive: timeout=1\r\nX-M2M-RSC: 2001\r\nContent-Length: 0\r\n\r\n");
         peer.waitForEnd();
       },
       answers({{kCreated}})});
  const auto connection = connectTo(server);
  for (int i = 0; i < 2; ++i) CHECK(connection->exchange(post(), kPatient)->status == 2001);
  CHECK(server.connections() == 2);
}

TEST_CASE("credentials and a path of the URL go into each request") {
  struct Row {
    HttpCredential credential;
    const char* field;
  };
  const auto row = GENERATE(values<Row>({{{"abc.def", "", ""}, "\r\nAuthorization: Bearer abc.def\r\n"},
                                         {{"", "user", "pass"}, "\r\nAuthorization: Basic dXNlcjpwYXNz\r\n"}}));
  std::string seen;
  ScriptedServer server({[&seen](Peer& peer) {
    seen = peer.request();
    peer.answer(kCreated);
  }});
  HttpOptions options;
  options.url = server.url() + "/one/m2m/";
  options.credential = row.credential;
  CHECK(HttpBinding::make(options).value()->connect()->exchange(post(), kPatient));
  server.stop();
  CHECK_THAT(seen, Catch::StartsWith("POST /one/m2m/cse-in/bar-1/3303/0/5700 HTTP/1.1\r\n"));
  CHECK_THAT(seen, Catch::Contains(row.field));
}

TEST_CASE("settings that cannot work are refused with their place") {
  struct Row {
    HttpOptions options;
    const char* where;
  };
  const auto row = GENERATE(values<Row>({
      {{"", {}, {}}, "/onem2m/cse"},
      {{"ftp://host", {}, {}}, "/onem2m/cse"},
      {{"http://", {}, {}}, "/onem2m/cse"},
      {{"http://host:port", {}, {}}, "/onem2m/cse"},
      {{"http://user:secret@host", {}, {}}, "/onem2m/cse"},
      {{"http://host?x=y", {}, {}}, "/onem2m/cse"},
      {{"http://host", {}, {"token", "user", "x"}}, "/onem2m/auth"},
      {{"http://host", {}, {"to\r\nken", "", ""}}, "/onem2m/auth"},
      {{"http://host", {}, {"", "", "password"}}, "/onem2m/auth"},
      {{"http://host", {}, {"", "us:er", "x"}}, "/onem2m/auth/user"},
      {{"https://host", {"/nowhere/ca.pem", "", "", true}, {}}, "/onem2m/tls"},
      {{"https://host", {"", "/nowhere/cert.pem", "", true}, {}}, "/onem2m/tls"},
      {{"https://host", {"", "/nowhere/cert.pem", "/nowhere/key.pem", true}, {}}, "/onem2m/tls"},
  }));
  CAPTURE(row.options.url, row.where);
  const auto binding = HttpBinding::make(row.options);
  REQUIRE_FALSE(binding);
  CHECK(binding.error().code == Errc::configuration);
  CHECK(binding.error().where == row.where);
  CHECK_THAT(binding.error().text(), !Catch::Contains("secret"));
}
