#include "ipe/base/clock.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace isthmus {
namespace {

std::tm brokenDown(WallTime time) {
  const std::time_t whole = std::chrono::floor<seconds>(time).time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&whole, &parts);
  return parts;
}

}  // namespace

Instant SystemClock::now() const {
  return std::chrono::time_point_cast<milliseconds>(std::chrono::steady_clock::now());
}

WallTime SystemClock::wall() const {
  return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
}

std::string toIso8601(WallTime time) {
  const std::tm parts = brokenDown(time);
  const auto fraction = time - std::chrono::floor<seconds>(time);
  std::array<char, 40> day{};
  const std::size_t length = std::strftime(day.data(), day.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 16> rest{};
  std::snprintf(rest.data(), rest.size(), ".%03dZ", static_cast<int>(fraction.count()));
  return std::string(day.data(), length) + rest.data();
}

std::string toM2mTimestamp(WallTime time) {
  const std::tm parts = brokenDown(time);
  std::array<char, 40> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%S", &parts)};
}

}  // namespace isthmus
