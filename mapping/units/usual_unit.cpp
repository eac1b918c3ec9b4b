#include "mapping/units/unit.h"

#include <algorithm>
#include <array>

namespace isthmus::mapping {
namespace {

struct Usual {
  std::uint16_t object;
  std::string_view unit;
};

// By what the object's description names, otherwise by what SenML has for the quantity. Left out, because any unit may
// be meant: 3202, 3203 (analog), 3300 (generic), 3308 (set point), 3345 (joystick), 3346 (rate).
constexpr auto kUsual = std::to_array<Usual>({
    {3301, "lx"},    // Illuminance
    {3303, "Cel"},   // Temperature
    {3304, "%RH"},   // Humidity
    {3313, "m/s2"},  // Accelerometer
    {3314, "T"},     // Magnetometer
    {3315, "Pa"},    // Barometer: "an example measurement unit is pascals"
    {3316, "V"},     // Voltage
    {3317, "A"},     // Current
    {3318, "Hz"},    // Frequency
    {3319, "m"},     // Depth
    {3320, "%"},     // Percentage
    {3321, "m"},     // Altitude: "in meters"
    {3322, "kg"},    // Load: "kilograms"
    {3323, "Pa"},    // Pressure: "pascals"
    {3324, "dB"},    // Loudness: "decibels"
    {3325, "ppm"},   // Concentration: "parts per million"
    {3326, "pH"},    // Acidity
    {3327, "S/m"},   // Conductivity
    {3328, "W"},     // Power: "Watts"
    {3329, "/"},     // Power factor
    {3330, "m"},     // Distance
    {3331, "Wh"},    // Energy: "Watt Hours"
    {3334, "rad/s"}  // Gyrometer: "radians per second"
});

// The value, its measured and possible extremes, the axes, and a gyrometer's extremes of each axis.
bool isMeasured(std::uint16_t resource) {
  return resource == 5700 || (resource >= 5601 && resource <= 5604) || (resource >= 5702 && resource <= 5704) ||
         (resource >= 5508 && resource <= 5513);
}

constexpr std::uint16_t kPowerFactor = 5820, kPositionMin = 5519, kPositionMax = 5520, kPositioner = 3337;

}  // namespace

std::string_view usualUnit(std::uint16_t object, std::uint16_t resource) {
  if (resource == kPowerFactor && (object == 3305 || object == 3311 || object == 3312)) return "/";
  if (object == kPositioner && (resource == kPositionMin || resource == kPositionMax)) return "%";
  if (!isMeasured(resource)) return {};
  const auto found = std::ranges::lower_bound(kUsual, object, {}, &Usual::object);
  return found != kUsual.end() && found->object == object ? found->unit : std::string_view();
}

}  // namespace isthmus::mapping
