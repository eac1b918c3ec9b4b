#include "onem2m/client/naming.h"

#include "ipe/base/bytes.h"

#include <array>
#include <charconv>

namespace isthmus::onem2m {
namespace {

constexpr std::string_view kUrn = "urn:";
constexpr std::size_t kHashDigits = 8;
constexpr std::size_t kTimeDigits = 13;

bool isNameByte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
}

template <class Number>
void appendPadded(std::string& out, Number number, std::size_t width) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  const auto length = static_cast<std::size_t>(end - digits.data());
  if (length < width) out.append(width - length, '0');
  out.append(digits.data(), length);
}

}  // namespace

DeviceName sanitised(std::string_view endpoint) {
  if (endpoint.starts_with(kUrn)) endpoint.remove_prefix(kUrn.size());
  DeviceName out{std::string(endpoint), false};
  for (char& c : out.name) {
    if (isNameByte(c)) continue;
    c = '_';
    out.changed = true;
  }
  // A resource needs a name (TS-0001 9.6.1.3).
  if (out.name.empty()) out = {"_", true};
  return out;
}

std::string distinguished(std::string_view name, std::string_view endpoint) {
  std::string out(name);
  out += '-';
  out.append(sha256Hex(endpoint), 0, kHashDigits);
  return out;
}

std::string instanceName(std::int64_t commitMs, std::uint64_t sequence, std::string_view run) {
  std::string out;
  out.reserve(kTimeDigits + 1 + 10 + 1 + run.size());
  appendPadded(out, commitMs, kTimeDigits);
  out += '-';
  appendPadded(out, sequence, 10);
  out += '-';
  out += run;
  return out;
}

std::optional<WallTime> commitTimeIn(std::string_view instanceName) {
  if (instanceName.size() <= kTimeDigits || instanceName[kTimeDigits] != '-') return std::nullopt;
  const char* const end = instanceName.data() + kTimeDigits;
  std::int64_t ms = 0;
  const auto [stop, fault] = std::from_chars(instanceName.data(), end, ms);
  if (fault != std::errc() || stop != end || ms < 0) return std::nullopt;
  return WallTime(milliseconds(ms));
}

}  // namespace isthmus::onem2m
