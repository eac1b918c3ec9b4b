#include "onem2m/http/cse_server.h"
#include "onem2m/http/notify_server.h"
#include "tests/support/fake_clock.h"

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>
#include <catch2/catch.hpp>

#include <mutex>
#include <vector>

namespace isthmus::onem2m {
namespace {

namespace net = Poco::Net;

class Target final : public NotificationSink {
 public:
  explicit Target(int answered) : status(answered) {}
  void notified(RequestPrimitive request, Answer answer) override {
    {
      const std::lock_guard lock(mutex);
      requests.push_back(std::move(request));
    }
    answer({status, {}, {}});
  }
  const int status;
  std::mutex mutex;
  std::vector<RequestPrimitive> requests;
};

// The try-out CSE with an AE `a`, whose point of access is a notification listener, and a container `c` of its own.
struct Bench {
  explicit Bench(int answered) : target(answered) {
    ask("POST", "/cse-in", "2",
        R"({"m2m:ae":{"rn":"a","api":"Na","rr":true,"srv":["3"],"poa":[")" + listener->url() + R"("]}})", "Ca");
    ask("POST", "/cse-in/a", "3", R"({"m2m:cnt":{"rn":"c"}})", "Ca");
  }

  // The responseStatusCode.
  std::string ask(const std::string& method, const std::string& path, const std::string& type, const std::string& body,
                  const std::string& from = "CAdmin") {
    net::HTTPClientSession session("127.0.0.1", server->port());
    net::HTTPRequest request(method, path, net::HTTPMessage::HTTP_1_1);
    request.set("X-M2M-Origin", from);
    request.set("X-M2M-RI", "r1");
    request.set("X-M2M-RVI", "3");
    request.setContentType("application/json" + (type.empty() ? "" : ";ty=" + type));
    request.setContentLength(static_cast<std::streamsize>(body.size()));
    session.sendRequest(request) << body;
    net::HTTPResponse response;
    std::string content;
    Poco::StreamCopier::copyToString(session.receiveResponse(response), content);
    return response.get("X-M2M-RSC", "");
  }
  std::string relabel(const std::string& from) {
    return ask("PUT", "/cse-in/a/c", "", R"({"m2m:cnt":{"lbl":["new"]}})", from);
  }

  ::isthmus::testing::FakeClock clock;
  Target target;
  std::unique_ptr<NotifyServer> listener = NotifyServer::start(target).value();
  Cse cse{clock};
  std::unique_ptr<CseServer> server = CseServer::start(cse).value();
};

TEST_CASE("the target of a new subscription is verified, unless it is the creator") {
  struct Row {
    int answered;
    const char* status;
  };
  const auto row = GENERATE(values<Row>({{2000, "2001"}, {4101, "5204"}, {5103, "5204"}}));
  Bench bench(row.answered);
  CHECK(bench.ask("POST", "/cse-in/a/c", "23", R"({"m2m:sub":{"rn":"s","nu":["Ca"],"enc":{"net":[1]}}})") ==
        row.status);
  REQUIRE(bench.target.requests.size() == 1);
  CHECK(bench.target.requests[0].content.find(R"("vrq":true)") != std::string::npos);
  CHECK(bench.ask("POST", "/cse-in/a/c", "23", R"({"m2m:sub":{"rn":"own","nu":["Ca"],"enc":{"net":[1]}}})", "Ca") ==
        "2001");
  CHECK(bench.target.requests.size() == 1);
}

TEST_CASE("a blocking update is done when its target agrees, and the requester is told when it does not") {
  struct Row {
    int answered;
    const char* status;
  };
  const auto row =
      GENERATE(values<Row>({{2000, "2004"}, {4005, "4127"}, {5103, "5107"}, {4000, "4000"}, {4103, "4103"}}));
  Bench bench(row.answered);
  REQUIRE(bench.ask("POST", "/cse-in/a/c", "23", R"({"m2m:sub":{"rn":"s","nu":["Ca"],"enc":{"net":[7]}}})", "Ca") ==
          "2001");
  CHECK(bench.relabel("CAdmin") == row.status);
  REQUIRE(bench.target.requests.size() == 1);
  CHECK(bench.target.requests[0].from == "CAdmin");
  const bool stored =
      bench.cse.handle({Operation::retrieve, "cse-in/a/c", "CAdmin", "r", "3", {}, {}, ""}).content.find("new") !=
      std::string::npos;
  CHECK(stored == (row.answered == 2000));
  CHECK(bench.relabel("Ca") == "2004");  // the creator's own is not asked
  CHECK(bench.target.requests.size() == 1);
}

TEST_CASE("a blocking update whose target is gone is 5107") {
  Bench bench(2000);
  REQUIRE(bench.ask("POST", "/cse-in/a/c", "23", R"({"m2m:sub":{"rn":"s","nu":["Ca"],"enc":{"net":[7]}}})", "Ca") ==
          "2001");
  bench.listener.reset();
  CHECK(bench.relabel("CAdmin") == "5107");
}

}  // namespace
}  // namespace isthmus::onem2m
