#include "onem2m/http/http_request.h"

#include <catch2/catch.hpp>

using namespace isthmus::onem2m;

namespace {

std::string target(const std::string& to, std::vector<std::pair<std::string, std::string>> query = {},
                   const std::string& prefix = {}) {
  RequestPrimitive request;
  request.to = to;
  request.query = std::move(query);
  std::string out;
  appendTarget(out, prefix, request);
  return out;
}

}  // namespace

TEST_CASE("a oneM2M address becomes a request target", "[spec:ts-0009-6.2.2.1]") {
  CHECK(target("cse-in/bar-1/3303/0/5700") == "/cse-in/bar-1/3303/0/5700");
  CHECK(target("/id-in/cse-in/bar-1") == "/~/id-in/cse-in/bar-1");
  CHECK(target("//sp.example/id-in/x") == "/_/sp.example/id-in/x");
  CHECK(target("4-20261122T101405,3280000") == "/4-20261122T101405,3280000");
  CHECK(target("a b?c#d%\r\n\xC3\xA9") == "/a%20b%3Fc%23d%25%0D%0A%C3%A9");
  CHECK(target("cse-in", {}, "/one/m2m") == "/one/m2m/cse-in");
  CHECK(target("cse-in", {{"fu", "1"}, {"lbl", "Iwked-Technology:LWM2M"}, {"lbl", "a+b&c=d"}}) ==
        "/cse-in?fu=1&lbl=Iwked-Technology%3ALWM2M&lbl=a%2Bb%26c%3Dd");
}

TEST_CASE("a request is one text with its length", "[spec:ts-0009-6.4]") {
  const RequestFrame frame{"", "Host: cse\r\nAccept: application/json\r\n"};
  RequestPrimitive request;
  request.operation = Operation::create;
  request.to = "cse-in";
  request.from = "CIsthmus";
  request.requestId = "r-1";
  request.releaseVersion = "3";
  request.type = ResourceType::contentInstance;
  request.query = {{"rcn", "0"}};
  request.content = "{}";
  std::string out = "left over";
  writeRequest(out, frame, request);
  CHECK(out ==
        "POST /cse-in?rcn=0 HTTP/1.1\r\nHost: cse\r\nAccept: application/json\r\nX-M2M-Origin: CIsthmus\r\nX-M2M-RI: "
        "r-1\r\n"
        "X-M2M-RVI: 3\r\nContent-Type: application/json;ty=4\r\nContent-Length: 2\r\n\r\n{}");

  request = {};
  request.to = "cse-in";
  request.from = "C\r\nX-Evil: 1";
  writeRequest(out, frame, request);
  CHECK(out == "GET /cse-in HTTP/1.1\r\nHost: cse\r\nAccept: application/json\r\nX-M2M-Origin: CX-Evil: 1\r\n\r\n");
}

TEST_CASE("each operation has its method", "[spec:ts-0009-6.2.1]") {
  struct Row {
    Operation operation;
    const char* method;
    bool hasLength;
  };
  const auto row = GENERATE(Row{Operation::create, "POST ", true}, Row{Operation::retrieve, "GET ", false},
                            Row{Operation::update, "PUT ", true}, Row{Operation::remove, "DELETE ", false},
                            Row{Operation::notify, "POST ", true});
  RequestPrimitive request;
  request.operation = row.operation;
  std::string out;
  writeRequest(out, {}, request);
  CHECK_THAT(out, Catch::StartsWith(row.method));
  CHECK((out.find("Content-Length: 0\r\n") != std::string::npos) == row.hasLength);
  CHECK(out.find(";ty=") == std::string::npos);
}
