#include "lwm2m/model/execute_arguments.h"

#include <catch2/catch.hpp>

using namespace isthmus;
using namespace isthmus::lwm2m;

namespace {

using List = std::vector<ExecuteArgument>;

List listOf(const ExecuteArguments& arguments) { return {arguments.all().begin(), arguments.all().end()}; }

}  // namespace

TEST_CASE("Execute arguments are parsed and serialised",
          "[should_serialize_arguments_into_text][should_serialize_multiple_arguments_into_text]"
          "[should_serialize_argument_with_empty_string_value_into_text]"
          "[should_serialize_as_null_empty_arguments][should_parse_text_into_arguments]"
          "[should_parse_text_into_arguments2][should_parse_null_into_arguments]"
          "[should_parse_empty_text_into_arguments][should_parse_text_into_argument_with_empty_value]"
          "[should_parse_text_into_argument_with_comma_value][should_parse_text_into_argument_with_equal_value]"
          "[should_allow_to_create_empty_arguments][should_get_arguments_digits][should_get_arguments_values]") {
  const auto [text, list] = GENERATE(table<std::string, List>({
      {"", {}},                       // should parse empty text into arguments
      {"1='hello'", {{1, "hello"}}},  // should parse text into arguments
      {"0='a=b'", {{0, "a=b"}}},      // should parse text into argument with equal value
      {"3='a,b'", {{3, "a,b"}}},      // should parse text into argument with comma value
      {"2=''", {{2, ""}}},            // should parse text into argument with empty value
      {"5", {{5, std::nullopt}}},     //
      {"9,0='!#[]~',4", {{9, std::nullopt}, {0, "!#[]~"}, {4, std::nullopt}}},
  }));
  CAPTURE(text);
  const auto arguments = ExecuteArguments::parse(text);
  REQUIRE(arguments);
  CHECK(listOf(*arguments) == list);
  CHECK(arguments->empty() == list.empty());
  CHECK(ExecuteArguments::of(list).value() == *arguments);
  CHECK(arguments->toString() == text);
}

TEST_CASE("Execute arguments that break the grammar are refused with the byte",
          "[should_not_parse_arguments_with_same_digits][should_not_parse_non_digit_into_argument]"
          "[should_not_parse_text_into_argument_with_value_without_equal]"
          "[should_not_parse_text_into_argument_with_value_without_quotes][should_not_parse_unquoted_value]") {
  const auto [text, where] = GENERATE(table<std::string, std::string>({{"1='a',1='b'", "byte 11"},
                                                                       {"1,1", "byte 3"},
                                                                       {"hello", "byte 0"},
                                                                       {"a='x'", "byte 0"},
                                                                       {"1hello", "byte 1"},
                                                                       {"1'x'", "byte 1"},
                                                                       {"1=x", "byte 2"},
                                                                       {"1=", "byte 2"},
                                                                       {"1='x", "byte 4"},
                                                                       {"1='a b'", "byte 4"},
                                                                       {"1='a\"'", "byte 4"},
                                                                       {"1='a\\'", "byte 4"},
                                                                       {"1='\x7F'", "byte 3"},
                                                                       {"1='\xC3\xA4'", "byte 3"},
                                                                       {"1,", "byte 2"},
                                                                       {",1", "byte 0"},
                                                                       {"1 ", "byte 1"},
                                                                       {"10", "byte 1"},
                                                                       {"1='a'x", "byte 5"}}));
  CAPTURE(text);
  const auto arguments = ExecuteArguments::parse(text);
  REQUIRE_FALSE(arguments);
  CHECK(arguments.error().code == Errc::malformed);
  CHECK(arguments.error().where == where);
}

TEST_CASE("Truncated execute arguments are refused, or are the first of them") {
  const std::string text = "0='a,b',3,7=''";
  const List whole = listOf(ExecuteArguments::parse(text).value());
  for (std::size_t size = 0; size < text.size(); ++size) {
    const auto part = ExecuteArguments::parse(text.substr(0, size));
    if (!part) continue;
    CAPTURE(size);
    REQUIRE(part->all().size() <= whole.size());
    for (std::size_t i = 0; i < part->all().size(); ++i) CHECK(part->all()[i].digit == whole[i].digit);
  }
}

TEST_CASE("Arguments are made only of what can be written",
          "[perform_tests][should_forbid_arguments_with_the_same_digit]") {
  CHECK(ExecuteArguments::of({{10, std::nullopt}}).error().where == "10");
  CHECK(ExecuteArguments::of({{1, "a"}, {1, std::nullopt}}).error().where == "1");
  CHECK_FALSE(ExecuteArguments::of({{1, "it's"}}));
  CHECK_FALSE(ExecuteArguments::of({{1, "a b"}}));
  CHECK(ExecuteArguments::of({}).value() == ExecuteArguments());
}

TEST_CASE("Arguments are found by their digit",
          "[should_throw_exception_if_use_invalid_digit_for_hasDigit]"
          "[should_throw_exception_if_use_invalid_digit_for_get]"
          "[should_returns_null_if_get_argument_with_nonexistent_digit]") {
  const auto arguments = ExecuteArguments::parse("3='x',1").value();
  REQUIRE(arguments.find(3) != nullptr);
  CHECK(arguments.find(3)->value == "x");
  CHECK(arguments.find(1)->value == std::nullopt);
  CHECK(arguments.find(0) == nullptr);
  CHECK(arguments.find(12) == nullptr);
}
