#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace isthmus::mapping {

// A decimal number of at most 38 digits, so that scale and offset mean what was written: 3 * 0.1 is 0.3 here. Whatever
// would need more digits has no value.
class Decimal {
 public:
  Decimal() = default;  // 0
  static Decimal of(std::int64_t number);
  static Decimal of(std::uint64_t number);
  static std::optional<Decimal> of(double number);             // its shortest decimal; none for infinities and NaN
  static std::optional<Decimal> parse(std::string_view text);  // "-12.50e3", as JSON writes numbers

  std::optional<Decimal> plus(const Decimal& other) const;
  std::optional<Decimal> minus(const Decimal& other) const;
  std::optional<Decimal> times(const Decimal& other) const;
  // With 17 digits or more; `even` becomes false where it does not come out even. `other` is not 0.
  std::optional<Decimal> quotient(const Decimal& other, bool& even) const;
  Decimal rounded(int places) const;  // halves away from zero; places from 0 to 15

  double toDouble() const;  // the nearest
  // Only if it is whole and within the type.
  std::optional<std::int64_t> toSigned() const;
  std::optional<std::uint64_t> toUnsigned() const;
  std::string toText() const;  // "21.5"; with an exponent from 1e21 on and below 1e-6

  bool operator==(const Decimal&) const = default;

 private:
  __extension__ typedef __int128 Wide;

  Decimal(Wide digits, int exponent);
  static std::optional<Decimal> checked(Wide digits, int exponent);
  std::optional<Wide> digitsAt(int exponent) const;

  // digits * 10^exponent. No digit to spare: digits is not divisible by 10, and 0 has exponent 0.
  Wide digits_ = 0;
  int exponent_ = 0;
};

}  // namespace isthmus::mapping
