#include "onem2m/http/http_binding.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/onem2m_http/tls_peer.h"

#include <catch2/catch.hpp>

#include <csignal>

using namespace isthmus;
using namespace isthmus::onem2m;
using isthmus::onem2m::testing::Identity;
using isthmus::onem2m::testing::Peer;
using isthmus::onem2m::testing::ScriptedServer;
using isthmus::onem2m::testing::TlsPeer;
using isthmus::onem2m::testing::TlsServerContext;
using isthmus::testing::TempFolder;

namespace {

constexpr milliseconds kPatient{20000};
const std::string kCreated = "HTTP/1.1 201 Created\r\nX-M2M-RSC: 2001\r\nContent-Length: 0\r\n\r\n";
const std::string kCreatedAndClosed =
    "HTTP/1.1 201 Created\r\nX-M2M-RSC: 2001\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

RequestPrimitive post() {
  RequestPrimitive request;
  request.operation = Operation::create;
  request.to = "cse-in";
  request.from = "CIsthmus";
  request.requestId = "r-1";
  request.content = "{}";
  return request;
}

std::unique_ptr<Connection> connectTo(const ScriptedServer& server, TlsOptions tls) {
  HttpOptions options;
  options.url = server.url("https");
  options.tls = std::move(tls);
  return HttpBinding::make(options).value()->connect();
}

// The server's own TLS writes may meet a client that has gone.
struct NoSigpipe {
  NoSigpipe() { std::signal(SIGPIPE, SIG_IGN); }
  ~NoSigpipe() { std::signal(SIGPIPE, SIG_DFL); }
};

struct Fixture {
  NoSigpipe noSigpipe;
  TempFolder folder;
  Identity server{folder.path(), "server", "IP:127.0.0.1"};
  TlsServerContext context{server};
};

}  // namespace

TEST_CASE("HTTPS keeps its connection, whatever tickets come in between") {
  Fixture f;
  ScriptedServer server({[&f](Peer& peer) {
    TlsPeer tls(peer, f.context);
    for (int i = 0; i < 3; ++i) tls.answer(kCreated);
  }});
  const auto connection = connectTo(server, {f.server.certificate(), "", "", true});
  for (int i = 0; i < 3; ++i) {
    const auto answer = connection->exchange(post(), kPatient);
    REQUIRE(answer);
    CHECK(answer->status == 2001);
  }
  CHECK(server.connections() == 1);
}

TEST_CASE("HTTPS resumes its session with a CSE that closes after each answer") {
  Fixture f;
  std::vector<bool> resumed;
  const auto play = [&](Peer& peer) {
    TlsPeer tls(peer, f.context);
    tls.answer(kCreatedAndClosed);
    resumed.push_back(tls.resumed());
    tls.shutdown();
  };
  ScriptedServer server({play, play});
  const auto connection = connectTo(server, {f.server.certificate(), "", "", true});
  for (int i = 0; i < 2; ++i) CHECK(connection->exchange(post(), kPatient)->status == 2001);
  server.stop();
  CHECK(resumed == std::vector<bool>{false, true});
}

TEST_CASE("a body may end without TLS's own goodbye, as many servers do it") {
  Fixture f;
  ScriptedServer server(
      {[&f](Peer& peer) { TlsPeer(peer, f.context).answer("HTTP/1.1 201 X\r\nX-M2M-RSC: 2001\r\n\r\n{}"); }});
  const auto answer = connectTo(server, {f.server.certificate(), "", "", true})->exchange(post(), kPatient);
  REQUIRE(answer);
  CHECK(answer->content == "{}");
}

TEST_CASE("a CSE that cannot prove who it is gets nothing") {
  Fixture f;
  const Identity stranger(f.folder.path(), "stranger", "IP:127.0.0.1");
  const Identity other(f.folder.path(), "other", "DNS:cse.example");
  struct Row {
    bool strange;
    const char* reason;
  };
  const auto row = GENERATE(Row{true, "self-signed certificate"}, Row{false, "IP address mismatch"});
  const TlsServerContext context(row.strange ? f.server : other);
  const std::string trusted = row.strange ? stranger.certificate() : other.certificate();
  bool shaken = true;
  ScriptedServer server({[&](Peer& peer) { shaken = TlsPeer(peer, context).shaken(); }});
  const auto answer = connectTo(server, {trusted, "", "", true})->exchange(post(), kPatient);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::unavailable);
  CHECK_THAT(answer.error().message, Catch::Contains(row.reason));
  server.stop();
  CHECK_FALSE(shaken);
}

TEST_CASE("only the system's authorities are trusted where none are named") {
  Fixture f;
  ScriptedServer server({[&f](Peer& peer) { TlsPeer(peer, f.context); }});
  CHECK(connectTo(server, {})->exchange(post(), kPatient).error().code == Errc::unavailable);
}

TEST_CASE("verification can be switched off for trying things out") {
  Fixture f;
  ScriptedServer server({[&f](Peer& peer) { TlsPeer(peer, f.context).answer(kCreated); }});
  CHECK(connectTo(server, {"", "", "", false})->exchange(post(), kPatient)->status == 2001);
}

TEST_CASE("a client certificate is shown to a CSE that wants one") {
  Fixture f;
  const Identity client(f.folder.path(), "client", "DNS:isthmus");
  f.context.demandClient(client);
  bool shown = false;
  ScriptedServer server({[&](Peer& peer) {
    TlsPeer tls(peer, f.context);
    shown = tls.shaken() && tls.hasClientCertificate();
    tls.answer(kCreated);
  }});
  const auto answer =
      connectTo(server, {f.server.certificate(), client.certificate(), client.key(), true})->exchange(post(), kPatient);
  REQUIRE(answer);
  server.stop();
  CHECK(shown);
}

TEST_CASE("a key that does not fit its certificate is a fault of the configuration") {
  Fixture f;
  const Identity other(f.folder.path(), "other", "DNS:isthmus");
  HttpOptions options;
  options.url = "https://127.0.0.1";
  options.tls = {f.server.certificate(), f.server.certificate(), other.key(), true};
  const auto binding = HttpBinding::make(options);
  REQUIRE_FALSE(binding);
  CHECK(binding.error().code == Errc::configuration);
  CHECK(binding.error().where == "/onem2m/tls");
}

TEST_CASE("a CSE that does not speak TLS, or nothing at all, is unavailable") {
  Fixture f;
  SECTION("plain HTTP") {
    ScriptedServer server({[](Peer& peer) { peer.answer("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"); }});
    CHECK(connectTo(server, {f.server.certificate(), "", "", true})->exchange(post(), kPatient).error().code ==
          Errc::unavailable);
  }
  SECTION("it closes") {
    ScriptedServer server({[](Peer&) {}});
    CHECK(connectTo(server, {f.server.certificate(), "", "", true})->exchange(post(), kPatient).error().code ==
          Errc::unavailable);
  }
  SECTION("silence, at its time") {
    ScriptedServer server({[](Peer& peer) { peer.waitForEnd(); }});
    const auto answer = connectTo(server, {f.server.certificate(), "", "", true})->exchange(post(), milliseconds(80));
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == Errc::unavailable);
    CHECK_THAT(answer.error().message, Catch::Contains("in time"));
  }
}

TEST_CASE("a CSE that goes silent after the handshake is a timeout") {
  Fixture f;
  ScriptedServer server({[&f](Peer& peer) {
    const TlsPeer tls(peer, f.context);
    peer.waitForEnd();
  }});
  const auto answer = connectTo(server, {f.server.certificate(), "", "", true})->exchange(post(), milliseconds(300));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::timeout);
}
