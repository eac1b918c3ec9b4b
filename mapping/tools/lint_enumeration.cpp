// Whether an enumeration has a word for each value that the device may report.
#include "mapping/tools/linted_rule.h"

#include <algorithm>
#include <charconv>

namespace isthmus::mapping {
namespace {

using lwm2m::ResourceType;

constexpr std::int64_t kMostValues = 256;

std::optional<std::int64_t> wholeNumber(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  std::int64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data(), end, number);
  if (text.empty() || fault != std::errc() || stop != end) return std::nullopt;
  return number;
}

// "0..3", "0-3" and "0,1,3" as definitions write them; nothing for what is no list of few whole numbers.
std::vector<std::string> valuesOf(std::string_view range) {
  std::vector<std::string> values;
  for (const std::string_view separator : {"..", "-"}) {
    const auto at = range.find(separator, 1);
    const auto low = wholeNumber(range.substr(0, at));
    const auto high = at == std::string_view::npos ? std::nullopt : wholeNumber(range.substr(at + separator.size()));
    if (!low || !high || *high - *low >= kMostValues) continue;
    for (std::int64_t value = *low; value <= *high; ++value) values.push_back(std::to_string(value));
    return values;
  }
  while (!range.empty()) {
    const auto comma = std::min(range.find(','), range.size());
    const auto number = wholeNumber(range.substr(0, comma));
    if (!number) return {};
    values.push_back(std::to_string(*number));
    range.remove_prefix(std::min(range.size(), comma + 1));
  }
  return values;
}

std::vector<std::string> valuesOf(const lwm2m::ResourceDefinition& resource, ResourceType type) {
  if (type == ResourceType::boolean) return {"false", "true"};
  const bool whole = type == ResourceType::integer || type == ResourceType::unsignedInteger;
  return whole ? valuesOf(resource.range) : std::vector<std::string>();
}

std::string listed(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

}  // namespace

void checkEnumeration(const LintedRule& at, const lwm2m::ResourceDefinition& resource, Findings& findings) {
  const auto& enumeration = at.rule->value.enumeration;
  if (enumeration.empty()) return;
  const auto possible = valuesOf(resource, at.rule->value.type.value_or(resource.type));
  if (possible.empty()) return;
  std::vector<std::string> missing;
  for (const std::string& value : possible)
    if (std::ranges::find(enumeration, value, &std::pair<std::string, std::string>::first) == enumeration.end())
      missing.push_back(value);
  const std::string who = "resource " + std::to_string(resource.id) + " (" + resource.name + ")";
  if (!missing.empty() && !at.rule->value.otherwise) {
    findings.add(Severity::warning, "enumeration-not-total", at, {"value", "enumeration"},
                 who + " can also be " + listed(missing) + ", which is refused: name it, or give \"otherwise\"");
  }
  for (const auto& [device, application] : enumeration) {
    if (std::ranges::find(possible, device) != possible.end()) continue;
    findings.add(Severity::warning, "never-fires", at, {"value", "enumeration", device},
                 who + " is never \"" + device + "\": it is " + listed(possible));
  }
}

}  // namespace isthmus::mapping
