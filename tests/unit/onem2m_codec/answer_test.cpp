#include "onem2m/codec/answer.h"

#include "ipe/base/bytes.h"

#include <catch2/catch.hpp>

using namespace isthmus;
using namespace isthmus::onem2m;

namespace {

constexpr std::string_view kAcmeAe =
    R"({"m2m:ae": {"rn": "isthmus", "api": "Nisthmus", "rr": true, "poa": ["http://127.0.0.1:8481"], "srv": ["2a", "3"],)"
    R"( "pi": "id-in", "ri": "CIsthmus", "ty": 2, "aei": "CIsthmus", "ct": "20261122T152519,867267", "nl": "nod1"}})";

}  // namespace

TEST_CASE("an AE is read as each CSE writes it") {
  const auto ae = readAe(kAcmeAe);
  REQUIRE(ae);
  CHECK(ae->name == "isthmus");
  CHECK(ae->aeId == "CIsthmus");
  CHECK(ae->reachable == true);
  CHECK(ae->pointsOfAccess == std::vector<std::string>{"http://127.0.0.1:8481"});
  CHECK(ae->nodeLink == "nod1");

  struct Row {
    const char* what;
    const char* json;
    bool reachable;
  };
  const auto row =
      GENERATE(Row{"tinyIoT: integers as doubles, null members",
                   R"({"m2m:ae":{"ty":2.0,"rr":1.0,"poa":["p"],"cr":null}})", true},
               Row{"no prefix", R"({"ae":{"rr":true,"poa":["p"]}})", true},
               Row{"a list of one inside m2m:rsp", R"({"m2m:rsp":{"m2m:ae":[{"rr":"true","poa":"p"}]}})", true},
               Row{"rcn=3", R"({"m2m:rce":{"uri":"x","m2m:ae":{"rr":0,"poa":["p",7,null]}}})", false},
               Row{"a byte order mark", "\xEF\xBB\xBF{\"m2m:ae\":{\"rr\":false,\"poa\":[\"p\"]}}", false});
  CAPTURE(row.what);
  const auto read = readAe(row.json);
  REQUIRE(read);
  CHECK(read->reachable == row.reachable);
  CHECK(read->pointsOfAccess == std::vector<std::string>{"p"});
}

TEST_CASE("Mobius leaves out what is false or empty") {
  const auto ae = readAe(R"({"m2m:ae":{"rn":"isthmus","aei":"CIsthmus"}})");
  REQUIRE(ae);
  CHECK_FALSE(ae->reachable.has_value());
  CHECK(ae->pointsOfAccess.empty());
}

TEST_CASE("a policy's operations come as 63, 63.0 or \"63\"") {
  const auto number = GENERATE(as<std::string>(), "63", "63.0", "\"63\"", "6.3e1");
  const auto policy = readPolicy(R"({"m2m:acp":{"pv":{"acr":[{"acor":["C1"],"acop":)" + number +
                                 R"(}]},"pvs":{"acr":)" + R"({"acor":"C1","acop":)" + number + "}}}}");
  REQUIRE(policy);
  CHECK(policy->privileges == std::vector<AccessRule>{{{"C1"}, 63}});
  CHECK(policy->selfPrivileges == std::vector<AccessRule>{{{"C1"}, 63}});
}

TEST_CASE("a policy whose rules make no sense is read as having none") {
  const auto json = GENERATE(as<std::string>(), R"({"m2m:acp":{"pv":7,"pvs":{"acr":"x"}}})", R"({"m2m:acp":{}})",
                             R"({"m2m:acp":{"pv":{"acr":[1,null,"x"]}}})");
  const auto policy = readPolicy(json);
  REQUIRE(policy);
  CHECK(policy->privileges.empty());
  const auto huge = readPolicy(R"({"m2m:acp":{"pv":{"acr":[{"acor":["C1"],"acop":1e300}]}}})");
  REQUIRE(huge);
  CHECK(huge->privileges == std::vector<AccessRule>{{{"C1"}, 0}});
}

TEST_CASE("a content of any type is text") {
  struct Row {
    const char* con;
    const char* text;
  };
  const auto row = GENERATE(Row{R"("21.5")", "21.5"}, Row{"21.5", "21.5"}, Row{"true", "true"}, Row{"null", ""},
                            Row{R"({"v":21.5,"u":"Cel"})", R"({"v":21.5,"u":"Cel"})"}, Row{"[1,2]", "[1,2]"},
                            Row{R"("a\u0000b")", nullptr});
  const auto content = readContent(std::string(R"({"m2m:cin":{"con":)") + row.con + "}}");
  REQUIRE(content);
  CHECK(*content == (row.text != nullptr ? std::string(row.text) : std::string("a\0b", 3)));
  CHECK(readContent(R"({"m2m:cin":{}})").value() == "");
}

TEST_CASE("the identifier is that of whatever resource came") {
  CHECK(readResourceId(R"({"m2m:nod":{"ri":"nod1"}})").value() == "nod1");
  CHECK(readResourceId(R"({"m2m:nod":{}})").value() == "");
  CHECK(readResourceName(R"({"m2m:cin":{"rn":"1-2-ab","con":"x"}})").value() == "1-2-ab");
  CHECK(readResourceId(R"({"m2m:uri":"x"})").error().code == Errc::malformed);
}

TEST_CASE("what is no JSON is an error that says where") {
  struct Row {
    std::string json;
    const char* where;
  };
  const auto row = GENERATE(values<Row>({{"", "offset 0"},
                                         {"<html>", "offset 0"},
                                         {R"({"m2m:cin":)", "offset 11"},
                                         {R"({"m2m:cin":{}} x)", "offset 15"},
                                         {"{\"m2m:cin\":{\"con\":\"\xFF\"}}", "offset 19"},
                                         {"7", "/m2m:cin"},
                                         {"[]", "/m2m:cin"},
                                         {R"({"m2m:ae":{}})", "/m2m:cin"},
                                         {R"({"m2m:cin":7})", "/m2m:cin"},
                                         {R"({"m2m:cin":[]})", "/m2m:cin"},
                                         {std::string(65, '['), "offset 64"},
                                         {std::string(1'000'000, '['), "offset 64"}}));
  CAPTURE(row.json.substr(0, 100));
  const auto content = readContent(row.json);
  REQUIRE_FALSE(content);
  CHECK(content.error().code == Errc::malformed);
  CHECK(content.error().where == row.where);
}

TEST_CASE("every truncation of an answer is refused, none crashes") {
  for (std::size_t length = 0; length < kAcmeAe.size(); ++length) {
    CAPTURE(length);
    CHECK_FALSE(readAe(kAcmeAe.substr(0, length)));
    CHECK(isUtf8(diagnostics(kAcmeAe.substr(0, length))));
  }
}

TEST_CASE("a refusal's body is told in one line, whatever it is") {
  struct Row {
    std::string body;
    std::string said;
  };
  const auto row = GENERATE(
      values<Row>({{"", ""},
                   {R"({"m2m:dbg": "No resource with this ID: cse-in/x"})", "No resource with this ID: cse-in/x"},
                   {R"({"m2m:dbg": {"code": 4.0, "text": "no"}})", R"({"code":4.0,"text":"no"})"},
                   {R"({"m2m:dbg": ["a","b"]})", R"(["a","b"])"},
                   {R"({"m2m:dbg": 7})", "7"},
                   {R"({"dbg":"x\ny"})", "x y"},
                   {R"("just a string")", "just a string"},
                   {R"({"other": 1})", R"({"other": 1})"},
                   {"Bad Request\r\n\r\nInvalid header\r\n", "Bad Request Invalid header"},
                   {"<!doctype html>\n<title>405 Method Not Allowed</title>\n<p>The method is not allowed.</p>\n",
                    "405 Method Not Allowed The method is not allowed."},
                   {"  <unclosed", ""},
                   {"bad \xFF\xFE bytes", "bad ?? bytes"},
                   {"\x01\x02 control \x7F\x1B[31m", "control [31m"}}));
  CAPTURE(row.body);
  CHECK(diagnostics(row.body) == row.said);
}

TEST_CASE("a long diagnosis is cut between two characters") {
  const std::string said =
      diagnostics(R"({"m2m:dbg":")" + std::string(196, 'x') + "ÄÖÜ" + std::string(5000, 'y') + "\"}");
  CHECK(said.size() <= 200);
  CHECK(isUtf8(said));
  CHECK(said.ends_with("x..."));
}
