#include "onem2m/codec/answer.h"
#include "onem2m/http/cse_server.h"
#include "onem2m/http/http_binding.h"
#include "tests/support/fake_clock.h"
#include "tests/unit/onem2m_http/scripted_server.h"

#include <catch2/catch.hpp>

namespace isthmus::onem2m::testing {
namespace {

constexpr milliseconds kPatience{10'000};

RequestPrimitive request(Operation operation, std::string to, std::string content = {}) {
  RequestPrimitive out;
  out.operation = operation;
  out.to = std::move(to);
  out.from = "CBar";
  out.requestId = "r-1";
  out.releaseVersion = "3";
  out.content = std::move(content);
  return out;
}

std::unique_ptr<Connection> connectTo(const std::string& url, Serialisation serialisation) {
  HttpOptions options;
  options.url = url;
  options.serialisation = serialisation;
  return HttpBinding::make(options).value()->connect();
}

}  // namespace

TEST_CASE("a CSE is asked in each serialisation, and what it says comes back as JSON") {
  const isthmus::testing::FakeClock clock;
  Cse cse(clock);
  const auto server = CseServer::start(cse).value();
  for (const auto each : {Serialisation::json, Serialisation::xml, Serialisation::cbor}) {
    INFO(name(each));
    const auto connection = connectTo(server->url(), each);
    const std::string ae = "bar-" + std::string(name(each));
    auto creation =
        request(Operation::create, "cse-in",
                R"({"m2m:ae":{"rn":")" + ae + R"(","api":"Nbar","rr":true,"srv":["3"],"lbl":["a:1","b"]}})");
    creation.from = "C" + ae;
    creation.type = ResourceType::ae;
    const auto created = connection->exchange(creation, kPatience);
    REQUIRE(created);
    INFO(created->content);
    CHECK(created->status == 2001);
    auto retrieval = request(Operation::retrieve, "cse-in/" + ae);
    retrieval.from = "C" + ae;
    const auto read = connection->exchange(retrieval, kPatience);
    REQUIRE(read);
    const auto found = readAe(read->content);
    REQUIRE(found);
    CHECK(found->name == ae);
    CHECK(found->labels == std::vector<std::string>{"a:1", "b"});
    CHECK(found->reachable == true);
    const auto refused = connection->exchange(request(Operation::retrieve, "cse-in/nothing"), kPatience);
    REQUIRE(refused);
    CHECK(refused->status == 4004);
    CHECK_FALSE(diagnostics(refused->content).starts_with("<"));
  }
}

TEST_CASE("what cannot be written in the serialisation is not sent") {
  const auto connection = connectTo("http://127.0.0.1:1", Serialisation::xml);
  const auto answer = connection->exchange(request(Operation::update, "cse-in", R"({"a":1,"b":2})"), kPatience);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::unsupported);
  CHECK(answer.error().message.find("cannot be sent") != std::string::npos);
}

TEST_CASE("an answer that is not what its type says fails a retrieval, and no change that was made") {
  const std::string broken =
      "HTTP/1.1 200 OK\r\nX-M2M-RSC: 2004\r\nContent-Type: application/xml\r\nContent-Length: 4\r\n\r\n<m2m";
  ScriptedServer server({[broken](Peer& peer) {
    while (!peer.request().empty()) peer.answer({broken});
  }});
  const auto connection = connectTo(server.url(), Serialisation::xml);
  CHECK(connection->exchange(request(Operation::update, "cse-in", R"({"m2m:ae":{}})"), kPatience)->status == 2004);
  const auto read = connection->exchange(request(Operation::retrieve, "cse-in"), kPatience);
  REQUIRE_FALSE(read);
  CHECK(read.error().code == Errc::malformed);
}

}  // namespace isthmus::onem2m::testing
