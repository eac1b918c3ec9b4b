#include "lwm2m/model/value.h"

#include "lwm2m/model/number.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace isthmus;
using namespace isthmus::lwm2m;

namespace {

using Int = std::int64_t;
using Uint = std::uint64_t;
using Type = ResourceType;

constexpr Int kMin = std::numeric_limits<Int>::min();
constexpr Int kMax = std::numeric_limits<Int>::max();
constexpr Uint kUmax = std::numeric_limits<Uint>::max();
constexpr double kTwoTo53 = 9007199254740992.0;
constexpr double kTwoTo63 = 9223372036854775808.0;
constexpr double kTwoTo64 = 18446744073709551616.0;

struct Row {
  std::string title;
  Value from;
  Type type;
  std::optional<Value> to;  // absent: nothing exact
};

const std::vector<Row> kRows{
    {"unsigned to integer", Uint{5}, Type::integer, Value(Int{5})},
    {"the largest integer", Uint{Uint{kMax}}, Type::integer, Value(kMax)},
    {"unsigned too big for integer", Uint{kMax} + 1, Type::integer, {}},
    {"float to integer", -5.0, Type::integer, Value(Int{-5})},
    {"the smallest integer as float", -kTwoTo63, Type::integer, Value(kMin)},
    {"float too big for integer", kTwoTo63, Type::integer, {}},
    {"float too small for integer", -kTwoTo63 * 2, Type::integer, {}},
    {"float with a fraction to integer", 1.5, Type::integer, {}},
    {"not a number to integer", std::numeric_limits<double>::quiet_NaN(), Type::integer, {}},
    {"endless to integer", std::numeric_limits<double>::infinity(), Type::integer, {}},
    {"time to integer", Time{7}, Type::integer, Value(Int{7})},
    {"true to integer", true, Type::integer, Value(Int{1})},
    {"text to integer", std::string("-42"), Type::integer, Value(Int{-42})},
    {"text with an exponent to integer", std::string("1.638435E9"), Type::integer, Value(Int{1638435000})},
    {"text with a useless fraction to integer", std::string("12.50e1"), Type::integer, Value(Int{125})},
    {"text with a fraction to integer", std::string("12.5"), Type::integer, {}},
    {"text too big for integer", std::string("9223372036854775808"), Type::integer, {}},
    {"the smallest integer as text", std::string("-9223372036854775808"), Type::integer, Value(kMin)},
    {"text just too small for integer", std::string("-9223372036854775809"), Type::integer, {}},
    {"text just too small in another form", std::string("-9.223372036854775809E18"), Type::integer, {}},
    {"text that is no number to integer", std::string("12 "), Type::integer, {}},
    {"integer to unsigned", Int{5}, Type::unsignedInteger, Value(Uint{5})},
    {"negative integer to unsigned", Int{-1}, Type::unsignedInteger, {}},
    {"negative float to unsigned", -1.0, Type::unsignedInteger, {}},
    {"float to unsigned", kTwoTo63, Type::unsignedInteger, Value(Uint{kMax} + 1)},
    {"float too big for unsigned", kTwoTo64, Type::unsignedInteger, {}},
    {"float with a fraction to unsigned", 0.5, Type::unsignedInteger, {}},
    {"the largest unsigned as text", std::string("18446744073709551615"), Type::unsignedInteger, Value(kUmax)},
    {"the largest unsigned in another form", std::string("1.8446744073709551615E19"), Type::unsignedInteger,
     Value(kUmax)},
    {"text too big for unsigned", std::string("18446744073709551616"), Type::unsignedInteger, {}},
    {"integer to float", Int{-5}, Type::floating, Value(-5.0)},
    {"integer that a float just holds", Int{9007199254740992}, Type::floating, Value(kTwoTo53)},
    {"integer that no float holds", Int{9007199254740993}, Type::floating, {}},
    {"a large integer that a float holds", kMin, Type::floating, Value(-kTwoTo63)},
    {"the largest integer to float", kMax, Type::floating, {}},
    {"the largest unsigned to float", kUmax, Type::floating, {}},
    {"text to float", std::string("21.5"), Type::floating, Value(21.5)},
    {"long text that a float holds", std::string("10000000000000000905969664"), Type::floating, Value(1e25)},
    {"long text that no float holds", std::string("10000000000000000905969665"), Type::floating, {}},
    {"text beyond the range of floats", std::string("1e400"), Type::floating, {}},
    {"text that says not a number", std::string("nan"), Type::floating, {}},
    {"integer to time", Int{1367491215}, Type::time, Value(Time{1367491215})},
    {"float to time", 1367491215.0, Type::time, Value(Time{1367491215})},
    {"float with a fraction to time", 1367491215.5, Type::time, {}},
    {"integer to boolean", Int{1}, Type::boolean, Value(true)},
    {"two to boolean", Int{2}, Type::boolean, {}},
    {"text to boolean", std::string("false"), Type::boolean, Value(false)},
    {"one as text to boolean", std::string("1"), Type::boolean, Value(true)},
    {"other text to boolean", std::string("yes"), Type::boolean, {}},
    {"float to text", 21.5, Type::string, Value(std::string("21.5"))},
    {"boolean to text", true, Type::string, Value(std::string("true"))},
    {"opaque to text", Opaque{{0xFB}}, Type::string, Value(std::string("+w=="))},
    {"text to opaque", std::string("+w=="), Type::opaque, Value(Opaque{{0xFB}})},
    {"text that is no base64 to opaque", std::string("*"), Type::opaque, {}},
    {"integer to opaque", Int{1}, Type::opaque, {}},
    {"text to object link", std::string("66:0"), Type::objectLink, Value(ObjectLink{66, 0})},
    {"text that is no object link", std::string("66"), Type::objectLink, {}},
    {"text to core links", std::string("</3>"), Type::coreLink, Value(CoreLink{"</3>"})},
    {"core links to text", CoreLink{"</3>"}, Type::string, Value(std::string("</3>"))},
    {"no value to integer", Value(), Type::integer, {}},
    {"no value to text", Value(), Type::string, {}},
    {"anything to no type in particular", Int{1}, Type::none, Value(Int{1})},
};

}  // namespace

TEST_CASE("Values convert exactly or not at all",
          "[convert_number_to_long][biginteger_too_small_for_long][biginteger_too_big_for_long]"
          "[ulong_too_big_for_long][float_too_small_for_long][float_too_big_for_long]"
          "[float_with_decimal_for_long][double_too_small_for_long][double_too_big_for_long]"
          "[double_with_decimal][bigdecimal_too_small_for_long][bigdecimal_too_big_for_long]"
          "[bigdecimal_with_decimal_for_long][convert_number_to_ulong][integer_negative_for_ulong]"
          "[long_negative_for_ulong][biginteger_negative_for_ulong][float_negative_for_ulong]"
          "[double_negative_for_ulong][bigdecimal_negative_for_ulong][float_with_decimal_for_ulong]"
          "[biginteger_to_big_for_ulong][float_too_big_for_ulong][double_too_big_for_ulong]"
          "[bigdecimal_to_big_for_ulong][convert_number_to_double]"
          "[long_does_not_fit_in_for_double][biginteger_does_not_fit_in_double]"
          "[bigdecimal_does_not_fit_in_for_double]") {
  for (const Row& row : kRows) {
    DYNAMIC_SECTION(row.title) {
      const auto result = convert(row.from, row.type);
      REQUIRE(result.has_value() == row.to.has_value());
      if (row.to) CHECK((*result == *row.to));
      if (!row.to) CHECK(result.error().code == Errc::malformed);
    }
  }
}

TEST_CASE("Every value comes back from its text") {
  const std::vector<Value> values{std::string("a b"),
                                  kMin,
                                  kUmax,
                                  0.1,
                                  1e300,
                                  5e-324,
                                  -0.0,
                                  100000.0,
                                  1e21,
                                  1e-7,
                                  true,
                                  false,
                                  Opaque{{1}},
                                  Time{-5},
                                  ObjectLink{66, 0},
                                  CoreLink{"</3/0>;ver=1.1"}};
  for (const Value& value : values) {
    CAPTURE(toText(value));
    CHECK((convert(toText(value), typeOf(value)).value() == value));
  }
}

TEST_CASE("Values are shown as people write them") {
  CHECK(toText(21.5) == "21.5");
  CHECK(toText(22.0) == "22");
  CHECK(toText(convert(std::string("-0"), Type::floating).value()) == "-0");
  CHECK(toText(100000.0) == "100000");
  CHECK(toText(0.0001) == "0.0001");
  CHECK(toText(1e21) == "1e+21");
  CHECK(toText(1.0 / 3) == "0.3333333333333333");
  CHECK(toText(true) == "true");
  CHECK(toText(Time{1367491215}) == "1367491215");
  CHECK(toText(ObjectLink{}) == "65535:65535");
  CHECK(toText(Opaque{{0xAB, 0xCD, 0xEF, 0xFF}}) == "q83v/w==");
  CHECK(toText(Value()).empty());
}

TEST_CASE("Floats without an exponent are written in full") {
  CHECK(toFixedDecimal(1e-7) == "0.0000001");
  CHECK(toFixedDecimal(-1e21) == "-1000000000000000000000");
  CHECK(toFixedDecimal(std::numeric_limits<double>::max()).size() == 309);
  CHECK(Number::parse(toFixedDecimal(-5e-324))->asDouble() == -5e-324);
}

TEST_CASE("Values are equal exactly if their type and their content are",
          "[two_identical_strings_are_equal][two_non_identical_strings_are_not_equal]"
          "[two_identical_opaques_are_equal][two_non_identical_opaques_are_not_equal]"
          "[two_identical_corelink_are_equal][two_non_identical_corelink_are_not_equal]"
          "[two_string_and_binary_are_not_equal]") {
  const std::vector<Value> values{
      Value(),       std::string("a"), std::string("b"), Int{1},        Uint{1},         1.0, true, Opaque{{'a'}},
      Opaque{{'b'}}, Time{1},          ObjectLink{1, 0}, CoreLink{"a"}, CoreLink{"</3>"}};
  for (std::size_t a = 0; a < values.size(); ++a)
    for (std::size_t b = 0; b < values.size(); ++b) CHECK((values[a] == values[b]) == (a == b));
}

TEST_CASE("The values of a multiple resource are equal if all their records are",
          "[two_identical_multiple_strings_are_equal][two_non_identical_multiple_strings_are_not_equal]"
          "[two_identical_multiple_opaques_are_equal][two_non_identical_multiple_opaques_are_not_equal]"
          "[two_identical_multiple_corelink_are_equal][two_non_identical_multiple_corelink_are_not_equal]"
          "[two_multiple_string_and_multiple_binary_are_not_equal]") {
  const auto multiple = [](const Value& first, const Value& second) {
    return std::vector<Record>{{Path(3, 0, 7, 0), first, {}}, {Path(3, 0, 7, 1), second, {}}};
  };
  const std::vector<std::pair<Value, Value>> pairs{
      {std::string("a"), std::string("b")}, {std::string("a"), std::string("c")}, {Opaque{{'a'}}, Opaque{{'b'}}},
      {Opaque{{'a'}}, Opaque{{'c'}}},       {CoreLink{"a"}, CoreLink{"b"}},       {CoreLink{"a"}, CoreLink{"c"}}};
  for (const auto& a : pairs)
    for (const auto& b : pairs) CHECK((multiple(a.first, a.second) == multiple(b.first, b.second)) == (a == b));
}

TEST_CASE("Every type has the name that the registry gives it") {
  CHECK(name(ResourceType::unsignedInteger) == "Unsigned Integer");
  CHECK(name(ResourceType::coreLink) == "Corelnk");
  CHECK(typeOf(Value(CoreLink{})) == ResourceType::coreLink);
  CHECK(typeOf(Value()) == ResourceType::none);
}
