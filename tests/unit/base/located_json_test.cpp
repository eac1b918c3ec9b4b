#include "ipe/base/located_json.h"

#include <catch2/catch.hpp>

using namespace isthmus;
using json::Document;
using json::Kind;

namespace {

std::string firstFault(std::string_view text) {
  const Document document(text, "f.json");
  return document.faults().empty() ? "" : document.faults().front().text();
}

}  // namespace

TEST_CASE("A value knows its line, column and JSON pointer") {
  const Document document("{ // a comment: \"x\"\n  \"list\": [1, /* two, */ {\"a/b\": \"é\", \"~\": true},],\n}\n",
                          "f.json");
  REQUIRE(document.faults().empty());
  const auto list = document.root().member("list");
  REQUIRE(list);
  CHECK(list->where() == "f.json:2:11 /list");
  const auto items = list->children();
  REQUIRE(items.size() == 2);
  CHECK(items[0].where() == "f.json:2:12 /list/0");
  CHECK(items[0].text() == "1");
  CHECK(items[1].where() == "f.json:2:26 /list/1");
  CHECK(items[1].member("a/b")->where() == "f.json:2:34 /list/1/a~1b");
  CHECK(items[1].member("~")->where() == "f.json:2:44 /list/1/~0");  // the é before it is one character
  CHECK(document.root().where() == "f.json:1:1 /");
  CHECK_FALSE(document.root().member("missing"));
}

TEST_CASE("Every kind of value is told apart and numbers keep their text") {
  const Document document(R"([null, true, -0.50e+2, 18446744073709551616, "a\u0000b", [], {}])", "f.json");
  REQUIRE(document.faults().empty());
  const auto items = document.root().children();
  const Kind kinds[] = {Kind::null, Kind::boolean, Kind::number, Kind::number, Kind::string, Kind::array, Kind::object};
  REQUIRE(items.size() == std::size(kinds));
  for (std::size_t i = 0; i < items.size(); ++i) CHECK(items[i].kind() == kinds[i]);
  CHECK(items[2].text() == "-0.50e+2");
  CHECK(items[3].text() == "18446744073709551616");
  CHECK(items[4].text() == std::string_view("a\0b", 3));
}

TEST_CASE("Text that is no JSON is refused where it breaks") {
  struct {
    const char* text;
    const char* fault;
  } const rows[] = {
      {"", "the file holds nothing: it must hold one JSON object (f.json:1:1 )"},
      {"{\"a\":\n  1 \"b\"}", "not valid JSON: Missing a comma or '}' after an object member. (f.json:2:5 )"},
      {"{\"a\": [1,\n 2, x]}", "not valid JSON: Invalid value. (f.json:2:5 /a)"},
      {"{} {}", "not valid JSON: The document root must not be followed by other values. (f.json:1:4 )"},
      {"{\"a\": \"\xFF\"}", "the text is not valid UTF-8 here (f.json:1:7 /a)"},
      {"{/* never closed", "not valid JSON: "},
  };
  for (const auto& row : rows) {
    INFO(row.text);
    CHECK_THAT(firstFault(row.text), Catch::StartsWith(std::string(row.fault).substr(0, 40)));
  }
  CHECK_THAT(firstFault("{\"a\": [1,\n 2, x]}"), Catch::Contains("f.json:2:5 /a"));
  CHECK_THAT(firstFault(std::string_view("{}\0{}", 5)), Catch::Contains("a NUL byte") && Catch::Contains("f.json:1:3"));
  CHECK_THAT(firstFault(std::string(65, '[')), Catch::Contains("nested too deeply"));
  CHECK(firstFault(std::string(64, '[') + std::string(64, ']')).empty());
}

TEST_CASE("A text that could not be read has a root without value") {
  const Document document("{\"a\": ", "f.json");
  CHECK(document.root().is(Kind::null));
  CHECK(document.root().children().empty());
}

TEST_CASE("A byte order mark is skipped") { CHECK(firstFault("\xEF\xBB\xBF{}").empty()); }

TEST_CASE("A name that stands twice is named at its second place") {
  const Document document("{\"a\": 1,\n \"b\": {\"c\": 1, \"c\": 2},\n \"a\": 3}", "f.json");
  REQUIRE(document.faults().size() == 2);
  CHECK(document.faults()[0].where == "f.json:2:21 /b/c");
  CHECK(document.faults()[1].where == "f.json:3:7 /a");
}

TEST_CASE("Typed reads complain about kind and range") {
  const Document document(R"({"n": 12.5, "i": 70000, "s": "x", "huge": 1e999})", "f.json");
  const auto root = document.root();
  json::Faults faults = document.faults();
  if (faults.empty()) CHECK_FALSE(json::readNumber(*root.member("huge"), faults));
  CHECK(faults.size() == 1);

  const Document good(R"({"n": 12.5, "i": 70000, "s": "x", "b": true})", "f.json");
  faults.clear();
  CHECK(json::readNumber(*good.root().member("n"), faults) == 12.5);
  CHECK(json::readInteger(*good.root().member("i"), 0, 70000, faults) == 70000);
  CHECK(json::readString(*good.root().member("s"), faults) == "x");
  CHECK(json::readBoolean(*good.root().member("b"), faults) == true);
  CHECK(faults.empty());
  CHECK_FALSE(json::readInteger(*good.root().member("n"), 0, 100, faults));
  CHECK_FALSE(json::readInteger(*good.root().member("i"), 0, 65534, faults));
  CHECK_FALSE(json::readString(*good.root().member("n"), faults));
  REQUIRE(faults.size() == 3);
  CHECK(faults[1].message == "70000 must be a whole number from 0 to 65534");
  CHECK(faults[2].text() == "must be a string, not a number (f.json:1:7 /n)");
}

TEST_CASE("What was probably meant is suggested") {
  static constexpr std::string_view kKnown[] = {"pmin", "pmax", "level", "report"};
  CHECK(json::nearest("pmn", kKnown) == "pmin");
  CHECK(json::nearest("levle", kKnown) == "level");
  CHECK(json::nearest("Report", kKnown) == "report");
  CHECK(json::nearest("something", kKnown).empty());
  CHECK(json::nearest(std::string(10000, 'x'), kKnown).empty());
  CHECK(json::suggestion("reprot", kKnown) == "did you mean \"report\"?");
  CHECK(json::suggestion("zzz", kKnown) == "use \"pmin\", \"pmax\", \"level\" or \"report\"");
}

TEST_CASE("Quoted text reads back as itself") {
  for (const std::string& text :
       {std::string("plain"), std::string("\"\\\n\r\t\x01"), std::string("a\0b", 3), std::string("é/")}) {
    std::string quoted;
    json::appendQuoted(quoted, text);
    const Document document("[" + quoted + "]", "f.json");
    REQUIRE(document.faults().empty());
    CHECK(document.root().children()[0].text() == text);
  }
}
