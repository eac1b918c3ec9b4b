#include "mapping/rules/name_template.h"

#include "ipe/base/located_json.h"

#include <algorithm>
#include <array>

namespace isthmus::mapping {
namespace {

constexpr std::size_t kLongestName = 256;

constexpr std::array<std::string_view, 5> kPlaceholders = {"object", "instance", "resource", "resourceInstance",
                                                           "endpoint"};
constexpr std::array<std::string_view, 4> kVirtual = {"la", "ol", "fopt", "pcu"};  // TS-0001 9.6
constexpr std::array<std::string_view, 3> kReserved = {"online", "cmd", "cmd-status"};

bool isNameCharacter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
}

tl::unexpected<Error> refused(std::string message) { return fail(Errc::configuration, std::move(message)); }

// Reads "{name}" off the front of `rest`.
Result<NamePart> takePlaceholder(std::string_view& rest) {
  const auto end = rest.find('}');
  if (end == std::string_view::npos) return refused("a placeholder is opened by { and not closed");
  const auto word = rest.substr(1, end - 1);
  const auto found = std::find(kPlaceholders.begin(), kPlaceholders.end(), word);
  if (found == kPlaceholders.end()) {
    return refused("unknown placeholder {" + std::string(word) + "}: " + json::suggestion(word, kPlaceholders));
  }
  rest.remove_prefix(end + 1);
  return NamePart{static_cast<Placeholder>(found - kPlaceholders.begin() + 1), {}};
}

Result<NameSegment> parseSegment(std::string_view rest) {
  NameSegment segment;
  while (!rest.empty()) {
    if (rest.front() == '{') {
      auto part = takePlaceholder(rest);
      if (!part) return tl::unexpected(part.error());
      segment.push_back(*std::move(part));
      continue;
    }
    if (!isNameCharacter(rest.front())) {
      return refused("a resource name may hold 0-9 A-Z a-z _ - and placeholders in {}, not '" +
                     std::string(1, rest.front()) + "'");
    }
    if (segment.empty() || segment.back().placeholder != Placeholder::none) segment.emplace_back();
    segment.back().text += rest.front();
    rest.remove_prefix(1);
  }
  return segment;
}

bool isOptional(const NameSegment& segment) {
  return std::any_of(segment.begin(), segment.end(),
                     [](const NamePart& part) { return part.placeholder == Placeholder::resourceInstance; });
}

}  // namespace

Result<std::vector<NameSegment>> parseNameTemplate(std::string_view text) {
  if (text.size() > kLongestName) return refused("a name of more than 256 characters");
  std::vector<NameSegment> segments;
  for (auto rest = text;;) {
    const auto slash = rest.find('/');
    const auto word = rest.substr(0, slash);
    if (word.empty()) return refused("an empty segment: a name is one or more names with / between");
    if (std::find(kVirtual.begin(), kVirtual.end(), word) != kVirtual.end()) {
      return refused("\"" + std::string(word) + "\" names a virtual resource of the CSE");
    }
    if (segments.empty() && std::find(kReserved.begin(), kReserved.end(), word) != kReserved.end()) {
      return refused("\"" + std::string(word) + "\" is the proxy's own place on each device");
    }
    auto segment = parseSegment(word);
    if (!segment) return tl::unexpected(segment.error());
    segments.push_back(*std::move(segment));
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  if (std::all_of(segments.begin(), segments.end(), isOptional)) {
    return refused("needs a segment without {resourceInstance}, which not every value has");
  }
  return segments;
}

}  // namespace isthmus::mapping
