#include "onem2m/model/timestamp.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

namespace isthmus::onem2m {
namespace {

constexpr std::size_t kWhole = 15;  // YYYYMMDDThhmmss

std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  int value = 0;
  const char* const first = text.data() + at;
  const auto [end, error] = std::from_chars(first, first + count, value);
  if (error != std::errc{} || end != first + count || value < 0) return std::nullopt;
  return value;
}

std::optional<milliseconds> fraction(std::string_view text) {
  if (text.empty()) return milliseconds{0};
  if (text.size() < 2 || text.size() > 10 || text.front() != ',') return std::nullopt;
  int value = 0, weight = 100;
  for (const char c : text.substr(1)) {
    if (c < '0' || c > '9') return std::nullopt;
    value += (c - '0') * weight;
    weight /= 10;
  }
  return milliseconds{value};
}

}  // namespace

std::string toTimestamp(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 64> text{};
  const int length =
      std::snprintf(text.data(), text.size(), "%04d%02u%02uT%02d%02d%02d,%03d", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                    static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return {text.data(), static_cast<std::size_t>(length)};
}

std::optional<WallTime> fromTimestamp(std::string_view text) {
  if (text.size() < kWhole || text[8] != 'T') return std::nullopt;
  constexpr std::array<std::pair<std::size_t, std::size_t>, 6> kFields = {
      {{0, 4}, {4, 2}, {6, 2}, {9, 2}, {11, 2}, {13, 2}}};
  std::array<int, kFields.size()> field{};
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    const auto value = digits(text, kFields[i].first, kFields[i].second);
    if (!value) return std::nullopt;
    field[i] = *value;
  }
  const std::chrono::year_month_day date{std::chrono::year(field[0]),
                                         std::chrono::month(static_cast<unsigned>(field[1])),
                                         std::chrono::day(static_cast<unsigned>(field[2]))};
  const auto rest = fraction(text.substr(kWhole));
  if (!date.ok() || field[3] > 23 || field[4] > 59 || field[5] > 60 || !rest) return std::nullopt;
  return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(field[3]) + std::chrono::minutes(field[4]) +
         seconds(field[5]) + *rest;
}

}  // namespace isthmus::onem2m
