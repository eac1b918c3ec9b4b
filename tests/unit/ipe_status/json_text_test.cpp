#include "ipe/status/json_text.h"

#include <catch2/catch.hpp>

using namespace isthmus::status;

namespace {

std::string shown(std::string_view content) {
  JsonText out;
  out.object([&] { out.json("value", content); });
  return out.take();
}

}  // namespace

TEST_CASE("a value that is JSON is shown as it is, to its last digit, and any other text as a string") {
  CHECK(shown("119.52142333984375") == R"({"value":119.52142333984375})");
  CHECK(shown("18446744073709551615") == R"({"value":18446744073709551615})");
  CHECK(shown(R"({"a":[true,null]})") == R"({"value":{"a":[true,null]}})");
  CHECK(shown("on") == R"({"value":"on"})");
}

TEST_CASE("a 0 of many digits is shown, and deep nesting harms nobody") {
  CHECK(shown("0." + std::string(400, '0') + "e-5") == R"({"value":0.0})");
  CHECK(shown("1e999") == R"({"value":"1e999"})");
  CHECK(shown(std::string(100'000, '[')) == R"({"value":")" + std::string(100'000, '[') + "\"}");
}
