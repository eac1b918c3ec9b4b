#include "tests/unit/onem2m_cse/caller.h"

#include <catch2/catch.hpp>

#include <string>
#include <utility>

namespace isthmus::onem2m::testing {
namespace {

std::string repeated(const std::string& part, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += part;
  return text;
}

std::string instance(const std::string& attributes) {
  std::string text = "{\"m2m:cin\":{";
  text += attributes;
  text += "}}";
  return text;
}

std::string nested(const std::string& open, const std::string& close, std::size_t times) {
  std::string text = "\"con\":";
  text += repeated(open, times);
  text += "1";
  text += repeated(close, times);
  return instance(text);
}

TEST_CASE("numbers keep their value to the last bit, whatever they look like") {
  const std::pair<const char*, const char*> rows[] = {
      {"21.12345678901234", "21.12345678901234"},
      {"0.1", "0.1"},
      {"1.0", "1.0"},
      {"-5", "-5"},
      {"18446744073709551615", "18446744073709551615"},
      {"123456789012345678901", "123456789012345680000.0"},
      {"0e30", "0.0"},
      {"0.00000000000000000000000000e-30", "0.0"},
      {"1e-999", "0.0"},
      {"4.9e-324", "5e-324"},
  };
  for (const auto& [text, kept] : rows) {
    INFO(text);
    CHECK(Caller::valueIn(instance("\"con\":" + std::string(text)), "con") == kept);
  }
}

TEST_CASE("content that is no representation gets 4000 with its place") {
  const std::string rows[] = {
      "",
      "{",
      "[]",
      "null",
      "\"text\"",
      "{}",
      R"({"m2m:cin":[]})",
      R"({"m2m:cin":1})",
      R"({"m2m:cin":{"con":1},"x":{}})",
      R"({"m2m:cin":{"con":1}}x)",
      R"({"m2m:cin":{"con":1e999}})",
      R"({"m2m:cin":{"con":01}})",
      "{\"m2m:cin\":{\"con\":\"\xff\"}}",
      "{\"m2m:cin\":{\"con\":\"\\ud800\"}}",
      std::string("{\"m2m:cin\":{\"con\":\"a\0b\"}}", 25),
      R"({"m2m:cin":{"lbl":"a"}})",
      R"({"m2m:cin":{"lbl":[1]}})",
      R"({"m2m:cin":{"rn":1}})",
      instance("\"rn\":\"" + repeated("a", 256) + "\""),
      nested("[", "]", 100'000),
      nested("{\"a\":", "}", 50'000),
      instance("\"a0\":0" + repeated(",\"a\":1", 1000)),
  };
  Caller caller;
  caller.makeTree();
  for (const std::string& row : rows) {
    INFO(row.substr(0, 60));
    const ResponsePrimitive answer = caller.create("CIsthmus", "cse-in/bar-1/c", kCin, row);
    CHECK(answer.status == 4000);
    CHECK(cse::parseContent(answer.content).error().reason.starts_with("a resource must be an object (/m2m:dbg"));
  }
  CHECK(caller.attribute("cse-in/bar-1/c", "cni") == "0");
}

TEST_CASE("nesting up to 64 levels is stored and comes back") {
  Caller caller;
  caller.makeTree();
  std::string deep = repeated("[", 62);
  deep += R"("[[[{{{\"[[[")";
  deep += repeated("]", 62);
  CHECK(caller.create("CIsthmus", "cse-in/bar-1/c", kCin, instance("\"con\":" + deep)).status == 2001);
  CHECK(caller.attribute("cse-in/bar-1/c/la", "con") == deep);
  CHECK(caller.create("CIsthmus", "cse-in/bar-1/c", kCin, instance("\"con\":[" + deep + "]")).status == 4000);
}

TEST_CASE("every truncation of a good request gets 4000 and leaves no trace") {
  const std::string whole = R"({"m2m:cin":{"rn":"x","con":"\u00e4\n","lbl":["a","b"],"own":{"k":[1.5,true,null]}}})";
  Caller caller;
  caller.makeTree();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    REQUIRE(caller.create("CIsthmus", "cse-in/bar-1/c", kCin, whole.substr(0, length)).status == 4000);
  }
  CHECK(caller.create("CIsthmus", "cse-in/bar-1/c", kCin, whole).status == 2001);
}

TEST_CASE("of an attribute given twice the last one counts") {
  Caller caller;
  caller.makeTree();
  CHECK(caller.create("CIsthmus", "cse-in/bar-1/c", kCin, R"({"m2m:cin":{"con":1,"con":2}})").status == 2001);
  CHECK(caller.attribute("cse-in/bar-1/c/la", "con") == "2");
}

TEST_CASE("bytes that are no UTF-8 in an address do not break the answer") {
  Caller caller;
  CHECK(cse::parseContent(caller.get("CAdmin", "cse-in/\xff\xfe\"").content).error().reason.starts_with("a resource"));
}

}  // namespace
}  // namespace isthmus::onem2m::testing
