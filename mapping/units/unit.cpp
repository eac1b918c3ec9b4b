#include "mapping/units/unit.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>

namespace isthmus::mapping {
namespace {

// Quantities. `ratio` takes in what counts parts of a whole: per cent of humidity, of charge, parts per million.
constexpr std::string_view kLength = "length", kMass = "mass", kTime = "time", kCurrent = "current",
                           kTemperature = "temperature", kVoltage = "voltage", kPower = "power", kEnergy = "energy",
                           kApparent = "apparent power", kApparentEnergy = "apparent energy",
                           kReactive = "reactive power", kReactiveEnergy = "reactive energy", kPressure = "pressure",
                           kSpeed = "speed", kAcceleration = "acceleration", kAngle = "angle",
                           kTurning = "angular speed", kFrequency = "frequency", kRatio = "ratio", kCharge = "charge",
                           kArea = "area", kVolume = "volume", kFlow = "flow", kData = "amount of data",
                           kDataRate = "data rate", kMagnetic = "magnetic flux density", kDensity = "density",
                           kLevel = "power level", kConductivity = "conductivity", kForce = "force",
                           kResistance = "resistance", kConsumption = "energy per distance";

// What has no other unit here is a quantity of its own. Left out because they say different things to different people:
// ppt (parts per trillion in RFC 8798, per thousand in definitions).
constexpr auto kUnits = std::to_array<Unit>({
    {"m", kLength},
    {"km", kLength, 1000},
    {"dm", kLength, 1, 10},
    {"cm", kLength, 1, 100},
    {"mm", kLength, 1, 1000},
    {"um", kLength, 1, 1e6},
    {"nm", kLength, 1, 1e9},
    {"in", kLength, 0.0254},
    {"ft", kLength, 0.3048},
    {"mi", kLength, 1609.344},
    {"kg", kMass},
    {"g", kMass, 1, 1000},
    {"mg", kMass, 1, 1e6},
    {"t", kMass, 1000},
    {"lb", kMass, 0.45359237},
    {"s", kTime},
    {"ms", kTime, 1, 1000},
    {"us", kTime, 1, 1e6},
    {"min", kTime, 60},
    {"h", kTime, 3600},
    {"d", kTime, 86400},
    {"A", kCurrent},
    {"mA", kCurrent, 1, 1000},
    {"uA", kCurrent, 1, 1e6},
    {"K", kTemperature},
    {"Cel", kTemperature, 1, 1, 273.15},
    {"degF", kTemperature, 5, 9, 459.67},
    {"V", kVoltage},
    {"kV", kVoltage, 1000},
    {"mV", kVoltage, 1, 1000},
    {"uV", kVoltage, 1, 1e6},
    {"W", kPower},
    {"mW", kPower, 1, 1000},
    {"kW", kPower, 1000},
    {"MW", kPower, 1e6},
    {"J", kEnergy},
    {"kJ", kEnergy, 1000},
    {"MJ", kEnergy, 1e6},
    {"Ws", kEnergy},
    {"Wh", kEnergy, 3600},
    {"kWh", kEnergy, 3.6e6},
    {"MWh", kEnergy, 3.6e9},
    {"VA", kApparent},
    {"kVA", kApparent, 1000},
    {"VAs", kApparentEnergy},
    {"VAh", kApparentEnergy, 3600},
    {"kVAh", kApparentEnergy, 3.6e6},
    {"var", kReactive},
    {"kvar", kReactive, 1000},
    {"vars", kReactiveEnergy},
    {"varh", kReactiveEnergy, 3600},
    {"kvarh", kReactiveEnergy, 3.6e6},
    {"Pa", kPressure},
    {"hPa", kPressure, 100},
    {"kPa", kPressure, 1000},
    {"MPa", kPressure, 1e6},
    {"mbar", kPressure, 100},
    {"bar", kPressure, 1e5},
    {"atm", kPressure, 101325},
    {"psi", kPressure, 6894.757293168361},
    {"mmHg", kPressure, 133.322387415},
    {"m/s", kSpeed},
    {"km/h", kSpeed, 10, 36},
    {"m/h", kSpeed, 1, 3600},
    {"mm/h", kSpeed, 1, 3.6e6},
    {"mph", kSpeed, 0.44704},
    {"kn", kSpeed, 1852, 3600},
    {"m/s2", kAcceleration},
    {"g0", kAcceleration, 9.80665},
    {"deg", kAngle},
    {"rad", kAngle, 57.29577951308232},
    {"rad/s", kTurning},
    {"deg/s", kTurning, 1, 57.29577951308232},
    {"Hz", kFrequency},
    {"kHz", kFrequency, 1000},
    {"MHz", kFrequency, 1e6},
    {"GHz", kFrequency, 1e9},
    {"1/s", kFrequency},
    {"1/min", kFrequency, 1, 60},
    {"/", kRatio},
    {"%", kRatio, 1, 100},
    {"/100", kRatio, 1, 100},
    {"%RH", kRatio, 1, 100},
    {"%EL", kRatio, 1, 100},
    {"/1000", kRatio, 1, 1000},
    {"ppm", kRatio, 1, 1e6},
    {"ppb", kRatio, 1, 1e9},
    {"C", kCharge},
    {"mAh", kCharge, 3.6},
    {"Ah", kCharge, 3600},
    {"m2", kArea},
    {"cm2", kArea, 1, 1e4},
    {"m3", kVolume},
    {"l", kVolume, 1, 1000},
    {"ml", kVolume, 1, 1e6},
    {"m3/s", kFlow},
    {"m3/h", kFlow, 1, 3600},
    {"l/s", kFlow, 1, 1000},
    {"l/min", kFlow, 1, 6e4},
    {"l/h", kFlow, 1, 3.6e6},
    {"bit", kData},
    {"B", kData, 8},
    {"kB", kData, 8000},
    {"KiB", kData, 8192},
    {"MB", kData, 8e6},
    {"MiB", kData, 8388608},
    {"GB", kData, 8e9},
    {"bit/s", kDataRate},
    {"kbit/s", kDataRate, 1000},
    {"Mbit/s", kDataRate, 1e6},
    {"B/s", kDataRate, 8},
    {"MB/s", kDataRate, 8e6},
    {"T", kMagnetic},
    {"mT", kMagnetic, 1, 1000},
    {"uT", kMagnetic, 1, 1e6},
    {"gauss", kMagnetic, 1, 1e4},
    {"kg/m3", kDensity},
    {"g/l", kDensity},
    {"mg/l", kDensity, 1, 1000},
    {"ug/l", kDensity, 1, 1e6},
    {"mg/m3", kDensity, 1, 1e6},
    {"ug/m3", kDensity, 1, 1e9},
    {"dBW", kLevel},
    {"dBm", kLevel, 1, 1, -30},
    {"S/m", kConductivity},
    {"mS/cm", kConductivity, 1, 10},
    {"uS/cm", kConductivity, 1, 1e4},
    {"N", kForce},
    {"kN", kForce, 1000},
    {"Ohm", kResistance},
    {"kOhm", kResistance, 1000},
    {"MOhm", kResistance, 1e6},
    {"J/m", kConsumption},
    {"Wh/km", kConsumption, 36, 10},
    {"lx", "illuminance"},
    {"lm", "luminous flux"},
    {"cd", "luminous intensity"},
    {"cd/m2", "luminance"},
    {"W/m2", "irradiance"},
    {"mol", "amount of substance"},
    {"sr", "solid angle"},
    {"F", "capacitance"},
    {"S", "conductance"},
    {"Wb", "magnetic flux"},
    {"H", "inductance"},
    {"Bq", "radioactivity"},
    {"Gy", "absorbed dose"},
    {"Sv", "equivalent dose"},
    {"kat", "catalytic activity"},
    {"pH", "acidity"},
    {"dB", "level"},
    {"Bspl", "sound pressure level"},
    {"NTU", "turbidity"},
    {"lat", "latitude"},
    {"lon", "longitude"},
    {"count", "count"},
    {"EL", "battery life"},
    {"beat/min", "heart rate"},
    {"beats", "heart beats"},
});

struct Spelling {
  std::string_view text, unit;
};

// How else the same is written. KB as the core objects use it: 1024 bytes, as TS-0004 D.4 takes it.
constexpr auto kSpellings = std::to_array<Spelling>({
    {"°C", "Cel"},    {"degC", "Cel"},     {"Celsius", "Cel"}, {"°F", "degF"},     {"Fahrenheit", "degF"},
    {"F°", "degF"},   {"Kelvin", "K"},     {"KB", "KiB"},      {"percent", "%"},   {"µA", "uA"},
    {"µT", "uT"},     {"µg/m3", "ug/m3"},  {"ug/m³", "ug/m3"}, {"µg/m³", "ug/m3"}, {"m³", "m3"},
    {"m²", "m2"},     {"m/s²", "m/s2"},    {"°", "deg"},       {"Ω", "Ohm"},       {"ohm", "Ohm"},
    {"kΩ", "kOhm"},   {"kph", "km/h"},     {"kmh", "km/h"},    {"L", "l"},         {"hours", "h"},
    {"sec", "s"},     {"knots", "kn"},     {"lux", "lx"},      {"1/1", "/"},       {"Mbps", "Mbit/s"},
    {"rpm", "1/min"}, {"m3/hour", "m3/h"}, {"As", "C"},        {"watt", "W"},
});

using Names = std::unordered_map<std::string_view, const Unit*>;

Names byName() {
  Names names;
  for (const auto& unit : kUnits) names.emplace(unit.name, &unit);
  for (const auto& spelling : kSpellings) {
    if (const auto unit = names.find(spelling.unit); unit != names.end()) names.emplace(spelling.text, unit->second);
  }
  return names;
}

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

}  // namespace

const Unit* findUnit(std::string_view name) {
  static const Names kNames = byName();
  const auto found = kNames.find(name);
  return found == kNames.end() ? nullptr : found->second;
}

std::span<const Unit> allUnits() { return kUnits; }

Result<void> checkConvertible(std::string_view from, std::string_view to) {
  if (from == to) return {};
  const auto* source = findUnit(from);
  const auto* target = findUnit(to);
  for (const auto& [unit, name] : {std::pair(source, from), std::pair(target, to)}) {
    if (unit == nullptr) return fail(Errc::configuration, "nobody knows the unit " + quoted(name));
  }
  if (source->quantity == target->quantity) return {};
  return fail(Errc::configuration, quoted(from) + " is of " + std::string(source->quantity) + ", " + quoted(to) +
                                       " of " + std::string(target->quantity));
}

}  // namespace isthmus::mapping
