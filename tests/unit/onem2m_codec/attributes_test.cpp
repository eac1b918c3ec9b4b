#include "onem2m/codec/attributes.h"

#include <catch2/catch.hpp>

namespace isthmus::onem2m {
namespace {

TEST_CASE("attributes are taken apart and keep their text") {
  const auto found = readAttributes(R"( {"a":21.50 , "b" : "x,}\"y", "c":{"d":[1,{"e":"}"}]},"f":[],"g":true})");
  REQUIRE(found);
  CHECK(*found ==
        Attributes{{"a", "21.50"}, {"b", R"("x,}\"y")"}, {"c", R"({"d":[1,{"e":"}"}]})"}, {"f", "[]"}, {"g", "true"}});
  CHECK(readAttributes("{}")->empty());
  CHECK(readAttributes(R"({"url":"http://x\\"})") == Attributes{{"url", R"("http://x\\")"}});
}

TEST_CASE("what is no object has no attributes") {
  for (const char* const text : {"", "[]", "1", "{", R"({"a":})", "nonsense", R"({/* a } */"a":1})",
                                 R"({"a":/* } */1})", "{// x\n}", "{\"a\":[1 // ],\"b\":2}\n]}"})
    CHECK_FALSE(readAttributes(text));
  CHECK_FALSE(readResourceAttributes(R"({"a":1})"));
  CHECK(readResourceAttributes(R"({"m2m:bat":{"btl":90}})") == Attributes{{"btl", "90"}});
}

TEST_CASE("newer attributes take the place of older ones") {
  Attributes all = {{"a", "1"}, {"b", "2"}};
  merge(all, {{"b", "3"}, {"c", "4"}});
  CHECK(all == Attributes{{"a", "1"}, {"b", "3"}, {"c", "4"}});
}

}  // namespace
TEST_CASE("two values are the same however they are written") {
  CHECK(isSameValue(R"("M\u00fcller")", "\"M\xC3\xBCller\""));
  CHECK(isSameValue(R"("a\/b")", R"("a/b")"));
  CHECK(isSameValue("1.0", "1"));
  CHECK(isSameValue(R"({"a": 1, "b": [2]})", R"({"b":[2],"a":1})"));
  CHECK_FALSE(isSameValue(R"("1")", "1"));
  CHECK_FALSE(isSameValue(R"("Muller")", R"("M\u00fcller")"));
  CHECK_FALSE(isSameValue("", "1"));
}

}  // namespace isthmus::onem2m
