#include "mapping/engine/decimal.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

using isthmus::mapping::Decimal;

namespace {

std::string text(const std::optional<Decimal>& number) { return number ? number->toText() : "none"; }
Decimal number(std::string_view text) { return Decimal::parse(text).value(); }

}  // namespace

TEST_CASE("Numbers are read as JSON writes them and written as people do") {
  struct {
    const char* in;
    const char* out;
  } const rows[] = {
      {"0", "0"},
      {"-0.0", "0"},
      {"21.5", "21.5"},
      {"-12.50e1", "-125"},
      {"1e3", "1000"},
      {"1E+2", "100"},
      {"5e-1", "0.5"},
      {"0.001", "0.001"},
      {"-0.000001", "-0.000001"},
      {"1e-7", "1e-07"},
      {"1.25e-9", "1.25e-09"},
      {"1e20", "100000000000000000000"},
      {"1e21", "1e+21"},
      {"-1.5e300", "-1.5e+300"},
      {"18446744073709551615", "18446744073709551615"},
      {"99999999999999999999999999999999999999", "9.9999999999999999999999999999999999999e+37"},
      {"", "none"},
      {"-", "none"},
      {".5", "none"},
      {"5.", "none"},
      {"1e", "none"},
      {"1e+-2", "none"},
      {"inf", "none"},
      {"nan", "none"},
      {"1 ", "none"},
      {"+1", "none"},
      {"0x10", "none"},
      {"1e401", "none"},
      {"100000000000000000000000000000000000000", "none"},
      {"170141183460469231731687303715884105727", "none"},
  };
  for (const auto& row : rows) {
    INFO(row.in);
    CHECK(text(Decimal::parse(row.in)) == row.out);
  }
}

TEST_CASE("Arithmetic is decimal") {
  CHECK(text(number("3").times(number("0.1"))) == "0.3");
  CHECK(text(number("653").times(number("0.1"))->plus(number("-40"))) == "25.3");
  CHECK(text(number("0.1").plus(number("0.2"))) == "0.3");
  CHECK(text(number("1").minus(number("1"))) == "0");
  bool even = true;
  CHECK(text(number("69.8").minus(number("32"))->quotient(number("1.8"), even)) == "21");
  CHECK(text(number("0").quotient(number("3"), even)) == "0");
  CHECK(even);
  CHECK(text(number("10").quotient(number("-3"), even)) == "-3.333333333333333333");
  CHECK_FALSE(even);
  CHECK(text(number("1e30").plus(number("1e-30"))) == "none");
  CHECK(text(number("12345678901234567891").times(number("12345678901234567891"))) == "none");
}

TEST_CASE("Rounding goes to the nearest, halves away from zero") {
  struct {
    const char* in;
    int places;
    const char* out;
  } const rows[] = {{"21.345", 2, "21.35"}, {"-21.345", 2, "-21.35"}, {"21.344999", 2, "21.34"}, {"21.3", 2, "21.3"},
                    {"0.5", 0, "1"},        {"0.49999999", 0, "0"},   {"-0.4", 0, "0"},          {"1e-300", 3, "0"},
                    {"1500", 0, "1500"},    {"9.99", 1, "10"}};
  for (const auto& row : rows) {
    INFO(row.in);
    CHECK(number(row.in).rounded(row.places).toText() == row.out);
  }
}

TEST_CASE("Doubles and integers come back as they went") {
  for (const double value : {0.1, 21.5, -1e-300, 1.7976931348623157e308, 5e-324, 123456789.123456789, 1.0 / 3}) {
    CHECK(Decimal::of(value).value().toDouble() == value);
  }
  CHECK_FALSE(Decimal::of(std::numeric_limits<double>::infinity()));
  CHECK_FALSE(Decimal::of(std::nan("")));
  const auto most = std::numeric_limits<std::uint64_t>::max();
  const auto least = std::numeric_limits<std::int64_t>::min();
  CHECK(Decimal::of(most).toUnsigned() == most);
  CHECK_FALSE(Decimal::of(most).toSigned());
  CHECK(Decimal::of(least).toSigned() == least);
  CHECK_FALSE(Decimal::of(least).toUnsigned());
  CHECK_FALSE(number("0.5").toSigned());
  CHECK_FALSE(number("1e40").toSigned());
  CHECK(std::isinf(number("1e400").toDouble()));
}
