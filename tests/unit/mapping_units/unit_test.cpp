#include "mapping/units/unit.h"

#include <catch2/catch.hpp>

#include <set>
#include <string>

using namespace isthmus;
using namespace isthmus::mapping;

namespace {

// As a double, for a look at the figures; the engine calculates exactly.
double converted(double number, std::string_view from, std::string_view to) {
  REQUIRE(checkConvertible(from, to));
  const auto& source = *findUnit(from);
  const auto& target = *findUnit(to);
  const double base = (number + source.zero) * source.factor / source.divisor;
  return base * target.divisor / target.factor - target.zero;
}

std::string whyNot(std::string_view from, std::string_view to) {
  const auto checked = checkConvertible(from, to);
  return checked ? "it is possible" : checked.error().message;
}

}  // namespace

TEST_CASE("Units stand for each other as they do in the world") {
  struct {
    double number;
    const char* from;
    double result;
    const char* to;
  } const rows[] = {
      {0, "Cel", 273.15, "K"},
      {212, "degF", 100, "Cel"},
      {-40, "Cel", -40, "degF"},
      {1013.25, "hPa", 1.01325, "bar"},
      {1, "atm", 1013.25, "mbar"},
      {1, "psi", 6894.757, "Pa"},
      {1, "kWh", 3.6e6, "J"},
      {7200, "Ws", 2, "Wh"},
      {36, "km/h", 10, "m/s"},
      {1, "kn", 1.852, "km/h"},
      {45, "%", 0.45, "/"},
      {45, "%RH", 45, "%"},
      {0.2, "%", 2000, "ppm"},
      {30, "dBm", 0, "dBW"},
      {1, "d", 24, "h"},
      {90, "min", 1.5, "h"},
      {180, "deg", 3.14159265, "rad"},
      {1, "rad/s", 57.29577951, "deg/s"},
      {60, "1/min", 1, "Hz"},
      {1, "KB", 1024, "B"},
      {1, "m3/h", 1000, "l/h"},
      {1, "g0", 9.80665, "m/s2"},
      {500, "mg/l", 0.5, "kg/m3"},
      {50, "uT", 0.5, "gauss"},
      {1, "S/m", 10, "mS/cm"},
      {2, "Ah", 7200, "C"},
      {100, "Wh/km", 360, "J/m"},
      {5, "°C", 41, "degF"},
  };
  for (const auto& row : rows) {
    INFO(row.number << " " << row.from << " in " << row.to);
    CHECK(converted(row.number, row.from, row.to) == Approx(row.result));
  }
}

TEST_CASE("What cannot be converted is said, with the reason") {
  CHECK(whyNot("Cel", "W") == R"("Cel" is of temperature, "W" of power)");
  CHECK(whyNot("Wh", "varh") == R"("Wh" is of energy, "varh" of reactive energy)");
  CHECK(whyNot("dB", "dBm") == R"("dB" is of level, "dBm" of power level)");
  CHECK(whyNot("lat", "deg") == R"("lat" is of latitude, "deg" of angle)");
  CHECK(whyNot("furlong", "m") == R"(nobody knows the unit "furlong")");
  CHECK(whyNot("furlong", "furlong") == "it is possible");
}

TEST_CASE("Every unit is found by its name, and only once") {
  std::set<std::string_view> names;
  for (const auto& unit : allUnits()) {
    CHECK(findUnit(unit.name) == &unit);
    CHECK(names.insert(unit.name).second);
    CHECK(unit.factor > 0);
    CHECK(unit.divisor > 0);
  }
  CHECK(findUnit("") == nullptr);
  CHECK(findUnit("cel") == nullptr);
}

TEST_CASE("Every spelling of the object registry is known, save one that is ambiguous") {
  for (const char* name : {"s",   "/100", "ppm",  "ms",   "W",     "V",    "B",    "A",     "dB",     "m",     "Cel",
                           "var", "varh", "Wh",   "kvar", "deg",   "K",    "rad",  "ug/m3", "dBm",    "h",     "lx",
                           "%",   "m3/s", "mg/l", "Pa",   "GB",    "m3",   "kW",   "Hz",    "lat",    "lon",   "cm",
                           "kVA", "VA",   "VAh",  "kWh",  "kvarh", "Ws",   "KiB",  "m/s",   "Mbit/s", "min",   "MHz",
                           "S/m", "kVAh", "mA",   "Ah",   "mV",    "MB/s", "m/h",  "bit/s", "B/s",    "1/min", "dBW",
                           "NTU", "mm",   "%RH",  "m2",   "%EL",   "lm",   "km/h", "Wh/km", "km",     "C",     "KB"}) {
    INFO(name);
    CHECK(findUnit(name) != nullptr);
  }
  CHECK(findUnit("ppt") == nullptr);
}

TEST_CASE("IPSO objects that state no unit have one all the same") {
  CHECK(usualUnit(3303, 5700) == "Cel");
  CHECK(usualUnit(3303, 5603) == "Cel");
  CHECK(usualUnit(3304, 5700) == "%RH");
  CHECK(usualUnit(3315, 5700) == "Pa");
  CHECK(usualUnit(3331, 5700) == "Wh");
  CHECK(usualUnit(3334, 5510) == "rad/s");
  CHECK(usualUnit(3313, 5703) == "m/s2");
  CHECK(usualUnit(3305, 5820) == "/");
  CHECK(usualUnit(3337, 5520) == "%");
  CHECK(usualUnit(3303, 5701).empty());
  CHECK(usualUnit(3303, 5518).empty());
  CHECK(usualUnit(3300, 5700).empty());
  CHECK(usualUnit(3299, 5700).empty());
  CHECK(usualUnit(4000, 5700).empty());
  for (std::uint16_t object = 3300; object < 3351; ++object) {
    const auto unit = usualUnit(object, 5700);
    INFO(object << " " << unit);
    CHECK((unit.empty() || findUnit(unit) != nullptr));
  }
}
