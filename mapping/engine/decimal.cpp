#include "mapping/engine/decimal.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <limits>

namespace isthmus::mapping {
namespace {

__extension__ typedef __int128 Wide;

constexpr int kMostExponent = 400;  // beyond every double

constexpr Wide kMostDigits = Wide{10'000'000'000'000'000'000ULL} * Wide{10'000'000'000'000'000'000ULL};  // 1e38

template <class T>
std::optional<T> within(Wide number) {
  if (number < std::numeric_limits<T>::min() || number > std::numeric_limits<T>::max()) return {};
  return static_cast<T>(number);
}

std::string digitsText(Wide number) {
  std::string text;
  do {
    const auto digit = static_cast<int>(number % 10);
    text += static_cast<char>('0' + (digit < 0 ? -digit : digit));
    number /= 10;
  } while (number != 0);
  std::reverse(text.begin(), text.end());
  return text;
}

bool isDigit(char c) { return c >= '0' && c <= '9'; }

// Reads digits off the front of `rest` into `digits`; gives how many, or none on overflow.
std::optional<int> takeDigits(std::string_view& rest, Wide& digits) {
  int count = 0;
  for (; !rest.empty() && isDigit(rest.front()); rest.remove_prefix(1), ++count) {
    if (__builtin_mul_overflow(digits, Wide{10}, &digits)) return {};
    if (__builtin_add_overflow(digits, Wide{rest.front() - '0'}, &digits)) return {};
  }
  return count;
}

std::optional<int> takeExponent(std::string_view& rest) {
  if (rest.empty() || (rest.front() != 'e' && rest.front() != 'E')) return 0;
  rest.remove_prefix(1);
  if (rest.starts_with('+') && rest.size() > 1 && isDigit(rest[1])) rest.remove_prefix(1);
  int exponent = 0;
  const auto [end, code] = std::from_chars(rest.data(), rest.data() + rest.size(), exponent);
  if (code != std::errc() || std::abs(exponent) > kMostExponent) return {};
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  return exponent;
}

}  // namespace

Decimal::Decimal(Wide digits, int exponent) : digits_(digits), exponent_(exponent) {
  while (digits_ != 0 && digits_ % 10 == 0) {
    digits_ /= 10;
    ++exponent_;
  }
  if (digits_ == 0) exponent_ = 0;
}

std::optional<Decimal> Decimal::checked(Wide digits, int exponent) {
  if (digits >= kMostDigits || digits <= -kMostDigits) return {};
  return Decimal(digits, exponent);
}

Decimal Decimal::of(std::int64_t number) { return {Wide{number}, 0}; }
Decimal Decimal::of(std::uint64_t number) { return {static_cast<Wide>(number), 0}; }

std::optional<Decimal> Decimal::of(double number) {
  if (!std::isfinite(number)) return {};
  char text[32];
  const auto end = std::to_chars(std::begin(text), std::end(text), number, std::chars_format::scientific).ptr;
  return parse({std::begin(text), end});
}

std::optional<Decimal> Decimal::parse(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  Wide digits = 0;
  const auto whole = takeDigits(text, digits);
  if (!whole || *whole == 0) return {};
  int places = 0;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const auto fraction = takeDigits(text, digits);
    if (!fraction || *fraction == 0) return {};
    places = *fraction;
  }
  const auto exponent = takeExponent(text);
  if (!exponent || !text.empty()) return {};
  return checked(negative ? -digits : digits, *exponent - places);
}

// The digits with a lower exponent than the own one.
std::optional<Wide> Decimal::digitsAt(int exponent) const {
  Wide digits = digits_;
  for (int at = exponent_; at > exponent && digits != 0; --at) {
    if (__builtin_mul_overflow(digits, Wide{10}, &digits)) return {};
  }
  return digits;
}

std::optional<Decimal> Decimal::plus(const Decimal& other) const {
  const int exponent = std::min(exponent_, other.exponent_);
  const auto mine = digitsAt(exponent), theirs = other.digitsAt(exponent);
  Wide sum = 0;
  if (!mine || !theirs || __builtin_add_overflow(*mine, *theirs, &sum)) return {};
  return checked(sum, exponent);
}

std::optional<Decimal> Decimal::minus(const Decimal& other) const {
  return plus(Decimal(-other.digits_, other.exponent_));
}

std::optional<Decimal> Decimal::times(const Decimal& other) const {
  Wide product = 0;
  if (__builtin_mul_overflow(digits_, other.digits_, &product)) return {};
  return checked(product, exponent_ + other.exponent_);
}

std::optional<Decimal> Decimal::quotient(const Decimal& other, bool& even) const {
  static constexpr Wide kEnough = 1'000'000'000'000'000'000;
  Wide dividend = digits_;
  int exponent = exponent_ - other.exponent_;
  const auto isEnough = [&] {
    const Wide size = dividend / other.digits_;
    return size >= kEnough || size <= -kEnough;
  };
  while (dividend % other.digits_ != 0 && !isEnough()) {
    if (__builtin_mul_overflow(dividend, Wide{10}, &dividend)) return {};
    --exponent;
  }
  if (dividend % other.digits_ != 0) even = false;
  return checked(dividend / other.digits_, exponent);
}

Decimal Decimal::rounded(int places) const {
  if (exponent_ >= -places) return *this;
  Wide digits = digits_;
  int surplus = -places - exponent_;
  for (; surplus > 1 && digits != 0; --surplus) digits /= 10;
  const Wide half = digits < 0 ? -5 : 5;
  return {(digits + half) / 10, -places};
}

double Decimal::toDouble() const {
  const auto text = (digits_ < 0 ? "-" : "") + digitsText(digits_) + "e" + std::to_string(exponent_);
  double number = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc::result_out_of_range) {
    const double limit = exponent_ > 0 ? std::numeric_limits<double>::infinity() : 0.0;
    return digits_ < 0 ? -limit : limit;
  }
  return number;
}

std::optional<std::int64_t> Decimal::toSigned() const {
  const auto digits = exponent_ < 0 ? std::nullopt : digitsAt(0);
  if (!digits) return {};
  return within<std::int64_t>(*digits);
}

std::optional<std::uint64_t> Decimal::toUnsigned() const {
  const auto digits = exponent_ < 0 ? std::nullopt : digitsAt(0);
  if (!digits) return {};
  return within<std::uint64_t>(*digits);
}

std::string Decimal::toText() const {
  static constexpr int kFirstWithExponent = 21;  // as ECMAScript writes numbers
  static constexpr int kLastWithoutExponent = -7;
  auto digits = digitsText(digits_);
  const std::string sign = digits_ < 0 ? "-" : "";
  const auto length = static_cast<int>(digits.size());
  const int magnitude = length + exponent_ - 1;  // of the first digit
  if (magnitude >= kFirstWithExponent || magnitude <= kLastWithoutExponent) {
    if (length > 1) digits.insert(1, ".");
    const auto power = std::to_string(std::abs(magnitude));
    return sign + digits + (magnitude < 0 ? "e-" : "e+") + (power.size() < 2 ? "0" : "") + power;
  }
  if (exponent_ >= 0) return sign + digits + std::string(static_cast<std::size_t>(exponent_), '0');
  if (magnitude < 0) return sign + "0." + std::string(static_cast<std::size_t>(-magnitude - 1), '0') + digits;
  return sign + digits.insert(static_cast<std::size_t>(magnitude + 1), ".");
}

}  // namespace isthmus::mapping
