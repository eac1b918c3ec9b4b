#include "lwm2m/model/number.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace isthmus::lwm2m {
namespace {

constexpr double kTwoTo63 = 9223372036854775808.0;
constexpr double kTwoTo64 = 18446744073709551616.0;
constexpr std::uint64_t kMaxSigned = std::numeric_limits<std::int64_t>::max();

template <class T>
std::optional<T> whole(std::string_view text) {
  T value{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Number::Integer> integerFrom(bool negative, std::uint64_t magnitude) {
  if (!negative) {
    if (magnitude <= kMaxSigned) return static_cast<std::int64_t>(magnitude);
    return magnitude;
  }
  if (magnitude > kMaxSigned + 1) return std::nullopt;
  return static_cast<std::int64_t>(0 - magnitude);
}

// digits * 10^exponent as a whole number, if it is one.
std::optional<std::uint64_t> shifted(std::string_view digits, long exponent) {
  std::size_t count = digits.size();
  while (count > 0 && digits[count - 1] == '0') --count;
  std::uint64_t magnitude = 0;
  for (const char digit : digits.substr(0, count)) {
    if (__builtin_mul_overflow(magnitude, std::uint64_t{10}, &magnitude)) return std::nullopt;
    if (__builtin_add_overflow(magnitude, static_cast<std::uint64_t>(digit - '0'), &magnitude)) return std::nullopt;
  }
  if (magnitude == 0) return 0;
  exponent += static_cast<long>(digits.size() - count);
  if (exponent < 0) return std::nullopt;
  for (; exponent > 0; --exponent)
    if (__builtin_mul_overflow(magnitude, std::uint64_t{10}, &magnitude)) return std::nullopt;
  return magnitude;
}

// The exact value of "12.50e1"; the text is known to be a number.
std::optional<Number::Integer> exactInteger(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  long exponent = 0;
  if (const auto mark = text.find_first_of("eE"); mark != std::string_view::npos) {
    std::string_view power = text.substr(mark + 1);
    if (power.starts_with('+')) power.remove_prefix(1);
    const auto value = whole<long>(power);
    if (!value || *value > 10000 || *value < -10000) return std::nullopt;
    exponent = *value;
    text = text.substr(0, mark);
  }
  std::string digits(text);
  if (const auto point = digits.find('.'); point != std::string::npos) {
    exponent -= static_cast<long>(digits.size() - point - 1);
    digits.erase(point, 1);
  }
  const auto magnitude = shifted(digits, exponent);
  if (!magnitude) return std::nullopt;
  return integerFrom(negative, *magnitude);
}

}  // namespace

Number Number::of(std::int64_t value) { return {static_cast<double>(value), Integer{value}, true, false}; }

Number Number::of(std::uint64_t value) { return {static_cast<double>(value), integerFrom(false, value), true, false}; }

Number Number::of(double value) {
  Number number{value, std::nullopt, false, false};
  if (value >= -kTwoTo63 && value < kTwoTo63) {
    if (std::trunc(value) == value) number.integer = static_cast<std::int64_t>(value);
  } else if (value >= kTwoTo63 && value < kTwoTo64) {
    number.integer = static_cast<std::uint64_t>(value);
  }
  return number;
}

std::optional<Number> Number::parse(std::string_view text) {
  const std::size_t digits = text.starts_with('-') ? 1 : 0;
  if (text.size() <= digits || text[digits] < '0' || text[digits] > '9') return std::nullopt;  // "inf", ".5"
  if (const auto value = whole<std::int64_t>(text)) {
    Number number = of(*value);
    if (*value == 0 && digits == 1) number.approximation = -0.0;
    return number;
  }
  if (const auto value = whole<std::uint64_t>(text)) return of(*value);
  const auto value = whole<double>(text);
  if (!value) return std::nullopt;
  Number number{*value, std::nullopt, false, false};
  number.plain = text.find_first_of(".eE") == std::string_view::npos;
  if (number.plain) {
    number.lossy = toFixedDecimal(*value) != text;
  } else {
    number.integer = exactInteger(text);
  }
  return number;
}

std::optional<std::int64_t> Number::asSigned() const {
  if (!integer || !std::holds_alternative<std::int64_t>(*integer)) return std::nullopt;
  return std::get<std::int64_t>(*integer);
}

std::optional<std::uint64_t> Number::asUnsigned() const {
  if (!integer) return std::nullopt;
  if (const auto* large = std::get_if<std::uint64_t>(&*integer)) return *large;
  const std::int64_t value = std::get<std::int64_t>(*integer);
  if (value < 0) return std::nullopt;
  return static_cast<std::uint64_t>(value);
}

std::optional<double> Number::asDouble() const {
  if (lossy || (integer && of(approximation).integer != integer)) return std::nullopt;
  return approximation;
}

std::string toDecimal(double value) {
  const double magnitude = std::fabs(value);
  // As ECMAScript's Number.toString: no exponent where people expect none ("100000", not "1e+05").
  if (magnitude == 0 || (magnitude >= 1e-6 && magnitude < 1e21)) return toFixedDecimal(value);
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

std::string toFixedDecimal(double value) {
  std::array<char, 1100> text{};  // the longest double has 1077 characters: minus, "0.", 1074 digits
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed).ptr;
  return {text.data(), end};
}

}  // namespace isthmus::lwm2m
