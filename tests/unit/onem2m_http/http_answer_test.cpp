#include "onem2m/http/http_answer.h"

#include <catch2/catch.hpp>

using namespace isthmus;
using namespace isthmus::onem2m;

namespace {

constexpr std::size_t kMaxBody = 1000;

struct Row {
  const char* what;
  std::string bytes;
  int httpStatus;
  int responseStatus;
  std::string requestId;
  std::string body;
  bool keeps;
  bool endsByItself;  // or by the peer's closing
};

const std::vector<Row>& rows() {
  static const std::vector<Row> all = {
      {"ACME: closes after each answer",
       "HTTP/1.1 201 CREATED\r\nServer: Werkzeug/3.1.9\r\nX-M2M-RSC: 2001\r\nX-M2M-RI: r-1\r\nX-M2M-RVI: 3\r\n"
       "Content-Length: 0\r\nConnection: close\r\n\r\n",
       201, 2001, "r-1", "", false, true},
      {"waitress: other case, kept",
       "HTTP/1.1 201 Created\r\ncontent-length: 2\r\nx-m2m-rsc: 2001\r\nX-M2m-Ri:r-1\r\n\r\n{}", 201, 2001, "r-1", "{}",
       true, true},
      {"tinyIoT: Connection: Close, blanks around values",
       "HTTP/1.1 409 \r\nX-M2M-RSC:  4105 \r\nConnection: Close\r\nContent-Length:\t18 \r\n\r\n{\"m2m:dbg\":\"dup!\"}",
       409, 4105, "", "{\"m2m:dbg\":\"dup!\"}", false, true},
      {"Mobius: keep-alive with a limit",
       "HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nContent-Length: "
       "1\r\n\r\nx",
       200, 2000, "", "x", true, true},
      {"HTTP/1.0 closes", "HTTP/1.0 200 OK\r\nX-M2M-RSC: 2000\r\nContent-Length: 1\r\n\r\nx", 200, 2000, "", "x", false,
       true},
      {"HTTP/1.0 may keep", "HTTP/1.0 200 OK\r\nconnection: Keep-Alive\r\nContent-Length: 1\r\n\r\nx", 200, 0, "", "x",
       true, true},
      {"the body ends with the connection", "HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\n\r\n{\"a\":1}", 200, 2000, "",
       "{\"a\":1}", false, false},
      {"chunks, an extension and a trailer",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nX-M2M-RSC: "
       "2000\r\n\r\n4;x=y\r\n{\"a\"\r\n0003\r\n:1}\r\n0\r\nX: y\r\n\r\n",
       200, 2000, "", "{\"a\":1}", true, true},
      {"no chunk at all", "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 201, 0, "", "", true,
       true},
      {"100 Continue twice, as ACME sends it",
       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\nContent-Length: 7\r\n\r\nHTTP/1.1 201 "
       "Created\r\nX-M2M-RSC: 2001\r\nContent-Length: 0\r\n\r\n",
       201, 2001, "", "", true, true},
      {"no body with 204", "HTTP/1.1 204 No Content\r\nX-M2M-RSC: 2002\r\n\r\n", 204, 2002, "", "", true, true},
      {"lines that end with LF", "HTTP/1.1 200 OK\nX-M2M-RSC: 2000\nContent-Length: 2\n\n{}", 200, 2000, "", "{}", true,
       true},
      {"no phrase, empty lines before it, a folded line, a line without a colon",
       "\r\n\r\nHTTP/1.1 200\r\nX-Odd: a\r\n  Content-Length: 99\r\nnonsense\r\n:\r\nContent-Length: 0\r\n\r\n", 200, 0,
       "", "", true, true},
      {"the same length twice", "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\nContent-Length: 2\r\n\r\nab", 200, 0, "",
       "ab", true, true},
      {"a status code that is no number counts as none",
       "HTTP/1.1 500 X\r\nX-M2M-RSC: oops\r\nContent-Length: 0\r\n\r\n", 500, 0, "", "", true, true},
      {"a status code as a double", "HTTP/1.1 200 OK\r\nX-M2M-RSC: 2001.0\r\nContent-Length: 0\r\n\r\n", 200, 2001, "",
       "", true, true},
      {"an HTML error",
       "HTTP/1.1 405 METHOD NOT ALLOWED\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<h1>405</h1>\n", 405, 0,
       "", "<h1>405</h1>\n", true, true},
  };
  return all;
}

void checkAnswer(AnswerReader& reader, const Row& row) {
  HttpAnswer& answer = reader.answer();
  CHECK(answer.httpStatus == row.httpStatus);
  CHECK(answer.responseStatus == row.responseStatus);
  CHECK(answer.requestId == row.requestId);
  CHECK(answer.body == row.body);
  CHECK(answer.bodyIsWhole);
  CHECK(answer.keepsConnection == row.keeps);
  CHECK_FALSE(reader.hasSurplus());
}

}  // namespace

TEST_CASE("an answer is read the same however it is cut", "[spec:rfc9112]") {
  AnswerReader reader(kMaxBody);
  for (const Row& row : rows()) {
    CAPTURE(row.what);
    for (std::size_t cut = 0; cut <= row.bytes.size(); ++cut) {
      reader.reset();
      REQUIRE(reader.feed(std::string_view(row.bytes).substr(0, cut)));
      const auto complete = reader.feed(std::string_view(row.bytes).substr(cut));
      REQUIRE(complete);
      CHECK(*complete == row.endsByItself);
      CHECK(reader.close().value());
      checkAnswer(reader, row);
    }
    reader.reset();
    for (const char c : row.bytes) REQUIRE(reader.feed({&c, 1}));
    CHECK(reader.close().value());
    checkAnswer(reader, row);
  }
}

TEST_CASE("an answer that is cut short is never taken for a whole one") {
  AnswerReader reader(kMaxBody);
  for (const Row& row : rows()) {
    CAPTURE(row.what);
    for (std::size_t length = 0; length < row.bytes.size(); ++length) {
      CAPTURE(length);
      reader.reset();
      const auto fed = reader.feed(std::string_view(row.bytes).substr(0, length));
      REQUIRE(fed);
      CHECK_FALSE(*fed);
      CHECK(reader.begun() == (length > 0));
      const bool whole = reader.close().value();
      CHECK(whole == (!row.endsByItself && reader.headIsWhole()));
      CHECK(reader.answer().bodyIsWhole == whole);
    }
  }
}

TEST_CASE("what is no HTTP answer is malformed and says where", "[spec:rfc9112]") {
  struct Bad {
    const char* what;
    std::string bytes;
    const char* where;
  };
  const auto bad = GENERATE(values<Bad>({
      {"another protocol", "SSH-2.0-OpenSSH_9.2\r\n", "offset 0"},
      {"another version", "HTTP/2.0 200 OK\r\n", "offset 0"},
      {"no number", "HTTP/1.1 abc OK\r\n", "offset 0"},
      {"too short", "HTTP/1.1 20\r\n", "offset 0"},
      {"four digits", "HTTP/1.1 2001 OK\r\n", "offset 0"},
      {"below 100", "HTTP/1.1 099 OK\r\n", "offset 0"},
      {"switching protocols", "HTTP/1.1 101 X\r\n\r\n", "offset 16"},
      {"a length that is none", "HTTP/1.1 200 OK\r\nContent-Length: 4.0\r\n", "offset 17"},
      {"a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n", "offset 17"},
      {"a length beyond all", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n", "offset 17"},
      {"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n", "offset 36"},
      {"a coding nobody asked for", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n", "offset 17"},
      {"a chunk size that is none", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "offset 47"},
      {"a chunk without a size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n;x\r\n", "offset 47"},
      {"a chunk beyond its size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", "offset 51"},
      {"a head without an end", "HTTP/1.1 200 OK\r\nX: " + std::string(AnswerReader::kMaxHead, 'x'), "offset 17"},
      {"fields without an end",
       [] {
         std::string many = "HTTP/1.1 200 OK\r\n";
         while (many.size() <= AnswerReader::kMaxHead + 8) many += "X: y\r\n";
         return many;
       }(),
       ""},
      {"interim answers without an end",
       [] {
         std::string many;
         while (many.size() <= AnswerReader::kMaxHead + 30) many += "HTTP/1.1 100 Continue\r\n\r\n";
         return many;
       }(),
       ""},
  }));
  CAPTURE(bad.what);
  AnswerReader reader(kMaxBody);
  const auto fed = reader.feed(bad.bytes);
  REQUIRE_FALSE(fed);
  CHECK(fed.error().code == Errc::malformed);
  if (*bad.where != '\0') CHECK(fed.error().where == bad.where);
}

TEST_CASE("a body beyond the limit is dropped, its status is not") {
  const auto head = GENERATE(as<std::string>(), "Content-Length: 1001\r\n\r\n", "\r\n",
                             "Transfer-Encoding: chunked\r\n\r\n3e9\r\n", "Content-Length: 999999999999\r\n\r\n");
  AnswerReader reader(kMaxBody);
  const auto fed = reader.feed("HTTP/1.1 201 Created\r\nX-M2M-RSC: 2001\r\n" + head + std::string(1001, 'x'));
  REQUIRE(fed);
  CHECK(*fed);
  CHECK(reader.answer().responseStatus == 2001);
  CHECK(reader.answer().bodyTooLarge);
  CHECK_FALSE(reader.answer().bodyIsWhole);
  CHECK_FALSE(reader.answer().keepsConnection);
  CHECK(reader.answer().body.empty());
}

TEST_CASE("a body of just the limit is taken") {
  AnswerReader reader(kMaxBody);
  CHECK(reader.feed("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + std::string(1000, 'x')).value());
  CHECK(reader.answer().bodyIsWhole);
}

TEST_CASE("bytes after an answer are noticed") {
  AnswerReader reader(kMaxBody);
  CHECK(reader.feed("HTTP/1.1 204 \r\n\r\nHTTP/1.1 204 \r\n\r\n").value());
  CHECK(reader.hasSurplus());
  reader.reset();
  CHECK(reader.feed("HTTP/1.1 204 \r\n\r\n").value());
  CHECK_FALSE(reader.hasSurplus());
  CHECK(reader.feed("x").value());
  CHECK(reader.hasSurplus());
}

TEST_CASE("the time that a connection may idle is read") {
  struct Line {
    const char* field;
    int limit;
  };
  const auto line =
      GENERATE(Line{"Keep-Alive: timeout=5, max=100", 5}, Line{"keep-alive: max=100, Timeout=72", 72},
               Line{"Keep-Alive: timeout=", 0}, Line{"Keep-Alive: timeout=x", 0}, Line{"Keep-Alive: ,,", 0});
  AnswerReader reader(kMaxBody);
  REQUIRE(reader.feed(std::string("HTTP/1.1 204 \r\n") + line.field + "\r\n\r\n"));
  CHECK(reader.answer().idleLimit == std::chrono::seconds(line.limit));
}
