#include "lwm2m/coap/option_rules.h"

#include <algorithm>
#include <array>
#include <span>

namespace isthmus::lwm2m::coap {
namespace {

enum class Repeat { once, often };

struct Rule {
  std::uint16_t number;
  std::size_t shortest, longest;
  Repeat repeat;
};

// The critical options that are understood, with the lengths of RFC 7252 5.10 and RFC 7959 2.1. If-Match and
// If-None-Match are not: passing them over would do what the device asked not to do.
constexpr std::array kInRequests = {
    Rule{option::kUriHost, 1, 255, Repeat::once},  Rule{option::kUriPort, 0, 2, Repeat::once},
    Rule{option::kUriPath, 0, 255, Repeat::often}, Rule{option::kUriQuery, 0, 255, Repeat::often},
    Rule{option::kAccept, 0, 2, Repeat::once},     Rule{option::kBlock2, 0, 3, Repeat::once},
    Rule{option::kBlock1, 0, 3, Repeat::once},
};
constexpr std::array kInResponses = {
    Rule{option::kBlock2, 0, 3, Repeat::once},
    Rule{option::kBlock1, 0, 3, Repeat::once},
};

constexpr bool isCritical(std::uint16_t number) { return (number & 1U) != 0; }  // RFC 7252 5.4.6

std::optional<std::uint16_t> unacceptable(const MessageView& message, std::span<const Rule> rules) {
  std::uint16_t previous = 0;
  for (const OptionView& option : message.options()) {
    const bool repeated = option.number == previous;
    previous = option.number;
    if (!isCritical(option.number)) continue;
    const auto rule =
        std::find_if(rules.begin(), rules.end(), [&](const Rule& r) { return r.number == option.number; });
    if (rule == rules.end()) return option.number;
    const bool fits = option.value.size() >= rule->shortest && option.value.size() <= rule->longest;
    if (!fits || (repeated && rule->repeat == Repeat::once)) return option.number;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::uint16_t> unacceptableInRequest(const MessageView& message) {
  return unacceptable(message, kInRequests);
}
std::optional<std::uint16_t> unacceptableInResponse(const MessageView& message) {
  return unacceptable(message, kInResponses);
}

}  // namespace isthmus::lwm2m::coap
