#include "onem2m/codec/serialisation.h"

#include "tests/support/vectors.h"

#include <catch2/catch.hpp>

using namespace isthmus;
using namespace isthmus::onem2m;

namespace {

constexpr std::string_view kHead = R"(<?xml version="1.0" encoding="UTF-8"?>)";
constexpr std::string_view kSpaces =
    R"( xmlns:m2m="http://www.onem2m.org/xml/protocols" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance")";

// "<m2m:ae ..." with what every document of ours begins with.
std::string document(std::string_view xml) {
  const std::size_t end = xml.find_first_of(" >", 1);
  return std::string(kHead) + std::string(xml.substr(0, end)) + std::string(kSpaces) + std::string(xml.substr(end));
}

// The same thing in all three.
struct Row {
  std::string title;
  std::string json;
  std::string xml;
  std::string cbor;  // hex
};

std::vector<Row> rows() {
  return {
      {"an AE with lists, a boolean and its name as an attribute",
       R"({"m2m:ae":{"rn":"bar-1","api":"Nisthmus","rr":true,"poa":["http://h:1/","mqtt://h"],"srv":["3"]}})",
       document(
           R"(<m2m:ae rn="bar-1"><api>Nisthmus</api><rr>true</rr><poa>http://h:1/ mqtt://h</poa><srv>3</srv></m2m:ae>)"),
       "a1 666d326d3a6165 a5 62726e 656261722d31 63617069 684e697374686d7573 627272 f5"
       "63706f61 82 6b687474703a2f2f683a312f 686d7174743a2f2f68 63737276 81 6133"},
      {"a contentInstance whose content looks like a number",
       R"({"m2m:cin":{"rn":"1-2","con":"21.5","cnf":"text/plain:0"}})",
       document(R"(<m2m:cin rn="1-2"><con>21.5</con><cnf>text/plain:0</cnf></m2m:cin>)"),
       "a1 676d326d3a63696e a3 62726e 63312d32 63636f6e 6432312e35 63636e66 6c746578742f706c61696e3a30"},
      {"a content of markup, a quotation mark, a line's end and a letter of two bytes",
       R"({"m2m:cin":{"con":" <a b=\"1\">&\r\n\u00e9 "}})",
       document("<m2m:cin><con> &lt;a b=&quot;1&quot;&gt;&amp;&#13;&#10;\xC3\xA9 </con></m2m:cin>"),
       "a1 676d326d3a63696e a1 63636f6e 70203c6120623d2231223e260d0ac3a920"},
      {"a policy: lists of objects",
       R"({"m2m:acp":{"pv":{"acr":[{"acor":["CIsthmus"],"acop":63},{"acor":["all"],"acop":34}]}}})",
       document("<m2m:acp><pv><acr><acor>CIsthmus</acor><acop>63</acop></acr><acr><acor>all</acor><acop>34</acop></acr>"
                "</pv></m2m:acp>"),
       "a1 676d326d3a616370 a1 627076 a1 63616372 82 a2 6461636f72 81 68434973 74686d7573 6461636f70 183f"
       "a2 6461636f72 81 63616c6c 6461636f70 1822"},
      {"a list of one object stays a list", R"({"m2m:acp":{"pvs":{"acr":[{"acor":["C"],"acop":63}]}}})",
       document("<m2m:acp><pvs><acr><acor>C</acor><acop>63</acop></acr></pvs></m2m:acp>"),
       "a1 676d326d3a616370 a1 63707673 a1 63616372 81 a2 6461636f72 81 6143 6461636f70 183f"},
      {"a subscription: a list of numbers", R"({"m2m:sub":{"nu":["CIsthmus"],"enc":{"net":[1,3]},"nct":1}})",
       document("<m2m:sub><nu>CIsthmus</nu><enc><net>1 3</net></enc><nct>1</nct></m2m:sub>"),
       "a1 676d326d3a737562 a3 626e75 81 68434973 74686d7573 63656e63 a1 636e6574 82 01 03 636e6374 01"},
      {"an attribute taken away", R"({"m2m:ae":{"lbl":null}})", document(R"(<m2m:ae><lbl xsi:nil="true"/></m2m:ae>)"),
       "a1 666d326d3a6165 a1 636c626c f6"},
      {"an empty list", R"({"m2m:ae":{"poa":[]}})", document("<m2m:ae><poa></poa></m2m:ae>"),
       "a1 666d326d3a6165 a1 63706f61 80"},
      {"a resource without attributes", R"({"m2m:cnt":{}})", document("<m2m:cnt></m2m:cnt>"), "a1 676d326d3a636e74 a0"},
      {"a refusal's text", R"({"m2m:dbg":"no such thing"})", document("<m2m:dbg>no such thing</m2m:dbg>"),
       "a1 676d326d3a646267 6d6e6f2073756368207468696e67"},
      {"addresses that a discovery found", R"({"m2m:uril":["cse-in/a","cse-in/b"]})",
       document("<m2m:uril>cse-in/a cse-in/b</m2m:uril>"),
       "a1 686d326d3a7572696c 82 686373652d696e2f61 686373652d696e2f62"},
      {"references to children", R"({"m2m:rrl":{"rrf":[{"nm":"la-1","typ":4,"val":"cse-in/a/la-1"}]}})",
       document(R"(<m2m:rrl><rrf nm="la-1" typ="4">cse-in/a/la-1</rrf></m2m:rrl>)"),
       "a1 676d326d3a72726c a1 63727266 81 a3 626e6d 646c612d31 63747970 04 6376616c 6d6373652d696e2f612f6c612d31"},
      {"children within their parent", R"({"m2m:cnt":{"rn":"a","m2m:cin":[{"rn":"1","con":"x"}]}})",
       document(R"(<m2m:cnt rn="a"><m2m:cin rn="1"><con>x</con></m2m:cin></m2m:cnt>)"),
       "a1 676d326d3a636e74 a2 62726e 6161 676d326d3a63696e 81 a2 62726e 6131 63636f6e 6178"},
      {"a notification: the resource in it is no list",
       R"({"m2m:sgn":{"nev":{"net":3,"rep":{"m2m:cin":{"con":"1"}}},"vrq":false,"sur":"/id-in/s"}})",
       document("<m2m:sgn><nev><net>3</net><rep><m2m:cin><con>1</con></m2m:cin></rep></nev><vrq>false</vrq>"
                "<sur>/id-in/s</sur></m2m:sgn>"),
       ""},
      {"a request", R"({"m2m:rqp":{"op":1,"to":"cse-in","ty":2,"pc":{"m2m:ae":{"rn":"x","api":"N"}}}})",
       document(
           R"(<m2m:rqp><op>1</op><to>cse-in</to><ty>2</ty><pc><m2m:ae rn="x"><api>N</api></m2m:ae></pc></m2m:rqp>)"),
       ""},
  };
}

std::string hex(std::string_view digits) {
  const auto bytes = fromHex(digits);
  REQUIRE(bytes);
  return std::string(text(*bytes));
}

}  // namespace

TEST_CASE("what JSON says is said in XML and CBOR, and read back the same") {
  for (const Row& row : rows()) {
    INFO(row.title);
    const auto xml = fromJson(Serialisation::xml, row.json);
    REQUIRE(xml);
    CHECK(*xml == row.xml);
    const auto back = toJson(Serialisation::xml, row.xml);
    REQUIRE(back);
    CHECK(*toJson(Serialisation::cbor, *fromJson(Serialisation::cbor, row.json)) == *back);
    const auto cbor = fromJson(Serialisation::cbor, row.json);
    REQUIRE(cbor);
    if (!row.cbor.empty()) CHECK(toHex(view(*cbor)) == toHex(view(hex(row.cbor))));
    CHECK(toJson(Serialisation::cbor, *cbor) ==
          toJson(Serialisation::cbor, *fromJson(Serialisation::cbor, *toJson(Serialisation::cbor, *cbor))));
  }
}

TEST_CASE("no beginning of a document is taken for a whole one") {
  for (const Row& row : rows()) {
    INFO(row.title);
    isthmus::testing::everyTruncation(view(row.xml), [](ByteView part) {
      const auto read = toJson(Serialisation::xml, text(part));
      REQUIRE_FALSE(read);
      CHECK(read.error().code == Errc::malformed);
    });
    const auto cbor = fromJson(Serialisation::cbor, row.json);
    REQUIRE(cbor);
    isthmus::testing::everyTruncation(view(*cbor), [](ByteView part) {
      const auto read = toJson(Serialisation::cbor, text(part));
      REQUIRE_FALSE(read);
      CHECK(read.error().code == Errc::malformed);
    });
  }
}

TEST_CASE("XML as other writers write it") {
  struct Other {
    std::string title, xml, json;
  };
  const std::vector<Other> others = {
      {"another prefix for the same namespace", R"(<ns0:cin xmlns:ns0="http://www.onem2m.org/xml/protocols" rn="a"/>)",
       R"({"m2m:cin":{"rn":"a"}})"},
      {"the namespace as the default one",
       R"(<ae xmlns="http://www.onem2m.org/xml/protocols"><lbl>a b</lbl><rr>1</rr></ae>)",
       R"({"m2m:ae":{"lbl":["a","b"],"rr":true}})"},
      {"a namespace that nobody knows", R"(<x:foo xmlns:x="urn:y" rn="a"/>)", R"({"x:foo":{"rn":"a"}})"},
      {"no namespace at all", "<ae><api>N</api></ae>", R"({"ae":{"api":"N"}})"},
      {"indented, with a comment and CDATA", "<ae>\n  <!-- x -->\n  <apn><![CDATA[a<b]]></apn>\n</ae>\n",
       R"({"ae":{"apn":"a<b"}})"},
      {"a list as an element for each item", "<ae><poa>a</poa><poa>b c</poa></ae>", R"({"ae":{"poa":["a","b","c"]}})"},
      {"a list over several lines", "<ae><lbl>\n a\n\tb\n</lbl></ae>", R"({"ae":{"lbl":["a","b"]}})"},
      {"numbers with space around them, and what is none", "<cnt><mni> 10 </mni><cni>many</cni></cnt>",
       R"({"cnt":{"mni":10,"cni":"many"}})"},
      {"a number with a fraction", "<tempe><curT0>21.50</curT0></tempe>", R"({"tempe":{"curT0":21.5}})"},
      {"unknown attributes are text, repeated ones a list", "<x><foo>1</foo><bar>a</bar><bar>b</bar></x>",
       R"({"x":{"foo":"1","bar":["a","b"]}})"},
      {"ISO 8859-1", "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><cin><con>\xE9</con></cin>",
       "{\"cin\":{\"con\":\"\xC3\xA9\"}}"},
  };
  for (const Other& other : others) {
    INFO(other.title);
    const auto json = toJson(Serialisation::xml, other.xml);
    REQUIRE(json);
    CHECK(*json == other.json);
  }
}

TEST_CASE("XML that declares a document type is refused, so that nothing is expanded or fetched") {
  std::string bomb = "<!DOCTYPE cin [<!ENTITY a0 \"ha\">";
  for (int i = 1; i < 20; ++i) {
    bomb += "<!ENTITY a" + std::to_string(i) + " \"";
    for (int n = 0; n < 10; ++n) bomb += "&a" + std::to_string(i - 1) + ";";
    bomb += "\">";
  }
  bomb += "]><cin><con>&a19;</con></cin>";
  for (const std::string& xml :
       {bomb, std::string(R"(<!DOCTYPE cin SYSTEM "file:///etc/passwd"><cin/>)"),
        std::string(R"(<!DOCTYPE cin [<!ENTITY x SYSTEM "file:///etc/passwd">]><cin>&x;</cin>)")}) {
    const auto json = toJson(Serialisation::xml, xml);
    REQUIRE_FALSE(json);
    CHECK(json.error().code == Errc::malformed);
  }
}

TEST_CASE("nesting is bounded in every serialisation") {
  const auto nested = [](std::string_view open, std::string_view close, int levels) {
    std::string out;
    for (int i = 0; i < levels; ++i) out += open;
    for (int i = 0; i < levels; ++i) out += close;
    return out;
  };
  CHECK(toJson(Serialisation::xml, nested("<a>", "</a>", 60)));
  CHECK_FALSE(toJson(Serialisation::xml, nested("<a>", "</a>", 65)));
  CHECK_FALSE(toJson(Serialisation::xml, nested("<a>", "</a>", 100'000)));
  CHECK(toJson(Serialisation::cbor, std::string(63, '\x81') + '\x01'));
  CHECK_FALSE(toJson(Serialisation::cbor, std::string(66, '\x81') + '\x01'));
  CHECK_FALSE(toJson(Serialisation::cbor, std::string(100'000, '\x9f')));
  CHECK_FALSE(fromJson(Serialisation::cbor, nested("[", "]", 65)));
  CHECK_FALSE(fromJson(Serialisation::xml, nested("[", "]", 65)));
}

TEST_CASE("what XML cannot say is refused, never written wrongly") {
  for (const char* const json : {"[1]", "1", "{}", R"({"a":1,"b":2})", R"({"m2m:ae":{"x":[[1]]}})", R"({"m2m ae":{}})",
                                 R"({"m2m:ae":{"<":1}})", R"({"m2m:ae":{"x":[{"a":1},2]}})"}) {
    INFO(json);
    const auto xml = fromJson(Serialisation::xml, json);
    REQUIRE_FALSE(xml);
    CHECK(xml.error().code == Errc::unsupported);
  }
  for (const char* const character : {"0000", "0007", "001F", "FFFE", "FFFF"}) {
    INFO(character);
    for (const std::string before : {R"({"m2m:cin":{"con":"a)", R"({"m2m:cin":{"rn":"a)", R"({"m2m:cin":{"lbl":["a)"}) {
      const auto xml = fromJson(
          Serialisation::xml, before + "\\u" + character + (before.find('[') != std::string::npos ? "\"]}}" : "\"}}"));
      REQUIRE_FALSE(xml);
      CHECK(xml.error().code == Errc::unsupported);
      CHECK(xml.error().message.find(std::string("U+") + character) != std::string::npos);
    }
  }
  CHECK(fromJson(Serialisation::xml, R"({"m2m:cin":{"con":"\u007f\ufffd\ud83d\ude00"}})") ==
        document("<m2m:cin><con>\x7F\xEF\xBF\xBD\xF0\x9F\x98\x80</con></m2m:cin>"));
  CHECK(fromJson(Serialisation::xml, R"({"m2m:ae":{"lbl":["two words"]}})") ==
        document("<m2m:ae><lbl>two%20words</lbl></m2m:ae>"));
  CHECK(fromJson(Serialisation::xml, R"({"m2m:cin":{"con":{"v":21.5}}})") ==
        document("<m2m:cin><con>{&quot;v&quot;:21.5}</con></m2m:cin>"));
}

TEST_CASE("a prefix that is not known is declared all the same, and numbers keep their last digit") {
  const auto xml = fromJson(Serialisation::xml, R"({"m2m:rqp":{"pc":{"x:foo":{"rn":"a"}}}})");
  REQUIRE(xml);
  CHECK(toJson(Serialisation::xml, *xml) == R"({"m2m:rqp":{"pc":{"x:foo":{"rn":"a"}}}})");
  const std::string number = R"({"a":4.180739343160917e-25})";
  CHECK(toJson(Serialisation::cbor, *fromJson(Serialisation::cbor, number)) == number);
}

TEST_CASE("a 0 of many digits, or with an exponent, is 0 and harms nobody; what is too large is refused") {
  const std::string zeros(400, '0');
  for (const std::string& zero :
       {"0." + zeros + "e-5", "0." + zeros, std::string("0.000e308"), std::string("0e-9999")}) {
    INFO(zero);
    const auto read = fromJson(Serialisation::cbor, "[" + zero + "]");
    REQUIRE(read);
    CHECK(toJson(Serialisation::cbor, *read) == "[0.0]");
  }
  for (const std::string& large :
       {"[0." + zeros + "e99999]", std::string("[0e999999999]"), std::string("[1e999]"), std::string("[1000e306]")}) {
    INFO(large);
    const auto read = fromJson(Serialisation::cbor, large);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Errc::malformed);
  }
}

TEST_CASE("CBOR of other writers: pieces, tags, indefinite lengths, numbers that JSON has not") {
  struct Other {
    std::string title, cbor, json;
  };
  const std::vector<Other> others = {
      {"a map and an array of indefinite length", "bf 6161 9f 01 20 ff ff", R"({"a":[1,-1]})"},
      {"text in pieces", "7f 6161 6162 ff", R"("ab")"},
      {"bytes", "43 010203", R"("AQID")"},
      {"a tag", "c1 1a5182428f", "1367491215"},
      {"not a number", "f97e00", "null"},
      {"undefined", "f7", "null"},
      {"half and single precision", "82 f93c00 fa41ac0000", "[1.0,21.5]"},
      {"the largest integer", "1bffffffffffffffff", "18446744073709551615"},
  };
  for (const Other& other : others) {
    INFO(other.title);
    CHECK(toJson(Serialisation::cbor, hex(other.cbor)) == other.json);
  }
  for (const char* const wrong : {"", "ff", "a1 01 02", "a1 6161 ff", "01 01", "61ff", "1c", "bf 6161 ff"}) {
    INFO(wrong);
    CHECK_FALSE(toJson(Serialisation::cbor, hex(wrong)));
  }
  // Lengths that are announced and not there cost nothing.
  CHECK_FALSE(toJson(Serialisation::cbor, hex("9b7fffffffffffffff")));
  CHECK_FALSE(toJson(Serialisation::cbor, hex("7b7fffffffffffffff")));
}

TEST_CASE("a content type names its serialisation") {
  CHECK(serialisationOf("application/json") == Serialisation::json);
  CHECK(serialisationOf("application/vnd.onem2m-res+xml; ty=3") == Serialisation::xml);
  CHECK(serialisationOf("Application/CBOR;charset=x") == Serialisation::cbor);
  CHECK(serialisationOf("application/vnd.onem2m-ntfy+json") == Serialisation::json);
  for (const char* const other : {"", "text/plain", "text/html; charset=utf-8", "json"})
    CHECK_FALSE(serialisationOf(other));
  for (const auto each : {Serialisation::json, Serialisation::xml, Serialisation::cbor})
    CHECK(serialisationNamed(name(each)) == each);
}
