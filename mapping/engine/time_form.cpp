#include "mapping/engine/time_form.h"

#include "ipe/base/clock.h"

#include <algorithm>
#include <charconv>

namespace isthmus::mapping {
namespace {

constexpr std::int64_t kYear1000 = -30'610'224'000, kYear9999End = 253'402'300'799;
constexpr std::string_view kNoFraction = ".000Z";

std::optional<std::int64_t> parseWhole(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || code != std::errc() || end != text.data() + text.size()) return {};
  return number;
}

// "2026-01-01T00:00:00"
std::optional<std::string> extended(std::int64_t time) {
  if (time < kYear1000 || time > kYear9999End) return {};
  auto text = toIso8601(WallTime(seconds(time)));
  text.resize(text.size() - kNoFraction.size());
  return text;
}

std::optional<std::int64_t> parseExtended(std::string_view text) {
  const auto time = parseIso8601(text);
  if (!time || std::chrono::floor<seconds>(*time) != *time) return {};
  return std::chrono::floor<seconds>(*time).time_since_epoch().count();
}

// m2m:timestamp (TS-0004 6.3.3): 20260101T000000, perhaps with a fraction behind a comma.
std::optional<std::int64_t> parseBasic(std::string_view text) {
  constexpr std::size_t kLength = 15, kT = 8;
  const auto fraction = text.substr(std::min(text.size(), kLength));
  const auto zeros = fraction.starts_with(',') && fraction.find_first_not_of('0', 1) == std::string_view::npos;
  if (text.size() < kLength || text[kT] != 'T' || (!fraction.empty() && !zeros)) return {};
  const auto part = [&](std::size_t at, std::size_t length) { return std::string(text.substr(at, length)); };
  return parseExtended(part(0, 4) + "-" + part(4, 2) + "-" + part(6, 2) + "T" + part(9, 2) + ":" + part(11, 2) + ":" +
                       part(13, 2) + "Z");
}

}  // namespace

std::optional<std::string> toText(TimeForm form, std::int64_t time) {
  switch (form) {
    case TimeForm::epoch: return std::to_string(time);
    case TimeForm::epochMs: {
      std::int64_t ms = 0;
      if (__builtin_mul_overflow(time, std::int64_t{1000}, &ms)) return {};
      return std::to_string(ms);
    }
    case TimeForm::iso: {
      auto text = extended(time);
      if (text) *text += 'Z';
      return text;
    }
    case TimeForm::oneM2mBasic: {
      auto text = extended(time);
      if (text) std::erase_if(*text, [](char c) { return c == '-' || c == ':'; });
      return text;
    }
  }
  return {};
}

std::optional<std::int64_t> parseTime(TimeForm form, std::string_view text) {
  switch (form) {
    case TimeForm::epoch: return parseWhole(text);
    case TimeForm::epochMs: {
      const auto ms = parseWhole(text);
      return ms && *ms % 1000 == 0 ? std::optional(*ms / 1000) : std::nullopt;
    }
    case TimeForm::iso: return parseExtended(text);
    case TimeForm::oneM2mBasic: return parseBasic(text);
  }
  return {};
}

bool isNumber(TimeForm form) { return form == TimeForm::epoch || form == TimeForm::epochMs; }

}  // namespace isthmus::mapping
