#include "ipe/proxy/command.h"

#include <array>
#include <charconv>

namespace isthmus::proxy {
namespace {

constexpr std::array<std::string_view, 6> kStates = {"accepted", "waiting", "sent", "succeeded", "failed", "expired"};
constexpr unsigned kHalf = 32;

std::optional<std::uint32_t> half(std::string_view digits) {
  std::uint32_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, failure] = std::from_chars(digits.data(), end, value);
  if (failure != std::errc() || stop != end || digits.front() == '0') return std::nullopt;
  return value;
}

}  // namespace

std::string_view name(CommandState state) { return kStates.at(static_cast<std::size_t>(state)); }

std::string CommandId::toString() const {
  return std::to_string(value >> kHalf) + "-" + std::to_string(static_cast<std::uint32_t>(value));
}

std::optional<CommandId> CommandId::parse(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto run = half(text.substr(0, dash)), number = half(text.substr(dash + 1));
  if (!run || !number) return std::nullopt;
  return CommandId{std::uint64_t{*run} << kHalf | *number};
}

}  // namespace isthmus::proxy
