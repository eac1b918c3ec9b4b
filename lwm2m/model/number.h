#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace isthmus::lwm2m {

// A number as a peer wrote it, before it is known which type it is to have.
struct Number {
  using Integer = std::variant<std::int64_t, std::uint64_t>;  // the second only above the range of the first

  double approximation = 0;        // the nearest double
  std::optional<Integer> integer;  // the exact value, if it is a whole number of 64 bits
  bool plain = false;              // written without fraction and exponent
  bool lossy = false;              // a whole number above 64 bits that no double holds

  static Number of(std::int64_t value);
  static Number of(std::uint64_t value);
  static Number of(double value);
  // A decimal number as JSON writes it, exact for whole numbers whatever their form: 1.6E9, 12.50e1. None if it is no
  // number, or beyond the range of a double.
  static std::optional<Number> parse(std::string_view text);

  std::optional<std::int64_t> asSigned() const;
  std::optional<std::uint64_t> asUnsigned() const;
  // None for a whole number that no double holds exactly; a fraction becomes the nearest double.
  std::optional<double> asDouble() const;
};

// The shortest decimal that reads back as the same double: "21.5", "22", "1e+30", "nan".
std::string toDecimal(double value);
// The same without an exponent, whatever its length (LwM2M Core C: text/plain floats).
std::string toFixedDecimal(double value);

}  // namespace isthmus::lwm2m
