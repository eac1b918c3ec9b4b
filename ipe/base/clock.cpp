#include "ipe/base/clock.h"

#include <algorithm>
#include <array>
#include <charconv>
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

// Takes fixed parts off the front of a text; once something was wrong, it stays so.
struct Scanner {
  std::string_view rest;
  bool sound = true;

  int digits(std::size_t count) {
    int value = 0;
    const bool enough = rest.size() >= count;
    const char* end = rest.data() + (enough ? count : 0);
    const auto [stop, failure] = std::from_chars(rest.data(), end, value);
    sound = sound && enough && failure == std::errc() && stop == end && rest.front() != '-';
    if (sound) rest.remove_prefix(count);
    return sound ? value : 0;
  }
  bool optional(char wanted) {
    if (!sound || rest.empty() || rest.front() != wanted) return false;
    rest.remove_prefix(1);
    return true;
  }
  void must(char wanted) { sound = optional(wanted) && sound; }
  int inRange(std::size_t count, int least, int most) {
    const int value = digits(count);
    sound = sound && value >= least && value <= most;
    return value;
  }
};

milliseconds fraction(Scanner& in) {
  if (!in.optional('.')) return milliseconds(0);
  int value = 0;
  int weight = 100;
  const std::size_t count = std::min(in.rest.find_first_not_of("0123456789"), in.rest.size());
  in.sound = in.sound && count > 0;
  for (const char digit : in.rest.substr(0, count)) {
    value += (digit - '0') * weight;
    weight /= 10;
  }
  in.rest.remove_prefix(count);
  return milliseconds(value);
}

std::chrono::minutes offset(Scanner& in) {
  if (in.optional('Z')) return std::chrono::minutes(0);
  const int sign = in.optional('-') ? -1 : 1;
  if (sign > 0) in.must('+');
  const int hours = in.inRange(2, 0, 23);
  in.must(':');
  return std::chrono::minutes(sign * (hours * 60 + in.inRange(2, 0, 59)));
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

std::optional<WallTime> parseIso8601(std::string_view text) {
  Scanner in{text};
  const std::chrono::year year(in.digits(4));
  in.must('-');
  const std::chrono::month month(static_cast<unsigned>(in.digits(2)));
  in.must('-');
  const std::chrono::year_month_day day(year, month, std::chrono::day(static_cast<unsigned>(in.digits(2))));
  in.must('T');
  const std::chrono::hours hours(in.inRange(2, 0, 23));
  in.must(':');
  const std::chrono::minutes minutes(in.inRange(2, 0, 59));
  in.must(':');
  const seconds second(in.inRange(2, 0, 60));  // a leap second counts as the next
  const milliseconds part = fraction(in);
  const std::chrono::minutes ahead = offset(in);
  if (!in.sound || !in.rest.empty() || !day.ok()) return std::nullopt;
  return WallTime(std::chrono::sys_days(day)) + hours + minutes + second + part - ahead;
}

std::string toM2mTimestamp(WallTime time) {
  const std::tm parts = brokenDown(time);
  std::array<char, 40> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%S", &parts)};
}

}  // namespace isthmus
