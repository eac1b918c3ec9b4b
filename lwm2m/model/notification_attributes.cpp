#include "lwm2m/model/notification_attributes.h"

#include "lwm2m/model/number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <variant>

namespace isthmus::lwm2m {
namespace {

using Set = NotificationAttributes;
using Whole = std::optional<std::uint32_t> Set::*;
using Decimal = std::optional<double> Set::*;
using Flag = std::optional<bool> Set::*;

struct Attribute {
  std::string_view name;
  std::variant<Whole, Decimal, Flag> member;
};

// LwM2M Core 7.3.2, table "<NOTIFICATION> class attributes".
constexpr std::array<Attribute, 10> kAttributes{{{"pmin", &Set::pmin},
                                                 {"pmax", &Set::pmax},
                                                 {"epmin", &Set::epmin},
                                                 {"epmax", &Set::epmax},
                                                 {"gt", &Set::gt},
                                                 {"lt", &Set::lt},
                                                 {"st", &Set::st},
                                                 {"edge", &Set::edge},
                                                 {"con", &Set::con},
                                                 {"hqmax", &Set::hqmax}}};

const Attribute* find(std::string_view name) {
  const auto* found = std::ranges::find(kAttributes, name, &Attribute::name);
  return found == kAttributes.end() ? nullptr : found;
}

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

Error wrong(std::string_view name, std::string message) {
  return {Errc::malformed, std::string(name) + ' ' + std::move(message), std::string(name)};
}

template <class T>
bool read(std::string_view text, T& value, auto... format) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, format...);
  return failure == std::errc{} && end == text.data() + text.size();
}

Result<void> assignWhole(Set& set, Whole member, std::string_view name, std::string_view text) {
  std::uint32_t value = 0;
  if (!read(text, value)) return tl::unexpected(wrong(name, "is a whole number, 0 or more"));
  set.*member = value;
  return {};
}

// 1*DIGIT ["." 1*DIGIT], with a minus before it
bool isDecimal(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const auto point = text.find('.');
  const auto digits = [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  return digits(text.substr(0, point)) && (point == std::string_view::npos || digits(text.substr(point + 1)));
}

Result<void> assignDecimal(Set& set, Decimal member, std::string_view name, std::string_view text) {
  double value = 0;
  if (!isDecimal(text) || !read(text, value, std::chars_format::fixed))
    return tl::unexpected(wrong(name, "is a decimal number without an exponent, such as 21.5"));
  if (member == &Set::st && value < 0) return tl::unexpected(wrong(name, "is 0 or more"));
  set.*member = value == 0 ? 0.0 : value;
  return {};
}

Result<void> assignFlag(Set& set, Flag member, std::string_view name, std::string_view text) {
  if (text != "0" && text != "1") return tl::unexpected(wrong(name, "is 0 or 1"));
  set.*member = text == "1";
  return {};
}

Result<void> assignTo(const Attribute& attribute, Set& set, std::string_view text) {
  return std::visit(Overloaded{[&](Whole member) { return assignWhole(set, member, attribute.name, text); },
                               [&](Decimal member) { return assignDecimal(set, member, attribute.name, text); },
                               [&](Flag member) { return assignFlag(set, member, attribute.name, text); }},
                    attribute.member);
}

// Reads parameters one after the other, none of them twice.
class ChangeReader {
 public:
  Result<void> take(std::string_view parameter) {
    const auto equals = parameter.find('=');
    const std::string_view key = parameter.substr(0, equals);
    const Attribute* attribute = find(key);
    if (attribute == nullptr) return tl::unexpected(wrong(key, "is no notification attribute"));
    bool& seen = seen_.at(static_cast<std::size_t>(attribute - kAttributes.data()));
    if (std::exchange(seen, true)) return tl::unexpected(wrong(key, "comes twice"));
    if (equals != std::string_view::npos) return assignTo(*attribute, change.set, parameter.substr(equals + 1));
    change.unset.emplace_back(key);
    return {};
  }

  AttributeChange change;

 private:
  std::array<bool, kAttributes.size()> seen_{};
};

bool isNumeric(ResourceType type) {
  return type == ResourceType::integer || type == ResourceType::unsignedInteger || type == ResourceType::floating ||
         type == ResourceType::time;
}

bool isForOneResource(std::string_view name) { return name == "gt" || name == "lt" || name == "st" || name == "edge"; }

}  // namespace

Result<void> assign(NotificationAttributes& attributes, std::string_view name, std::string_view value) {
  const Attribute* attribute = find(name);
  if (attribute == nullptr) return tl::unexpected(wrong(name, "is no notification attribute"));
  return assignTo(*attribute, attributes, value);
}

Result<AttributeChange> parseAttributes(std::span<const std::string_view> parameters) {
  ChangeReader reader;
  for (const std::string_view parameter : parameters)
    if (auto ok = reader.take(parameter); !ok) return tl::unexpected(std::move(ok.error()));
  return std::move(reader.change);
}

Result<AttributeChange> parseAttributes(std::string_view query) {
  std::vector<std::string_view> parameters;
  while (!query.empty()) {
    const auto end = query.find('&');
    parameters.push_back(query.substr(0, end));
    if (end == std::string_view::npos) break;
    query.remove_prefix(end + 1);
    if (query.empty()) parameters.push_back(query);
  }
  return parseAttributes(parameters);
}

Result<NotificationAttributes> notificationAttributes(const Link& link) {
  NotificationAttributes attributes;
  for (const LinkAttribute& given : link.attributes) {
    const Attribute* attribute = find(given.name);
    if (attribute == nullptr) continue;
    if (auto ok = assignTo(*attribute, attributes, given.value.value_or("")); !ok) return tl::unexpected(ok.error());
  }
  return attributes;
}

std::vector<std::pair<std::string_view, std::string>> toPairs(const NotificationAttributes& attributes) {
  std::vector<std::pair<std::string_view, std::string>> pairs;
  for (const Attribute& attribute : kAttributes) {
    std::visit(Overloaded{[&](Whole member) {
                            if (const auto& value = attributes.*member)
                              pairs.emplace_back(attribute.name, std::to_string(*value));
                          },
                          [&](Decimal member) {
                            if (const auto& value = attributes.*member)
                              pairs.emplace_back(attribute.name, toFixedDecimal(*value));
                          },
                          [&](Flag member) {
                            if (const auto& value = attributes.*member)
                              pairs.emplace_back(attribute.name, *value ? "1" : "0");
                          }},
               attribute.member);
  }
  return pairs;
}

std::vector<std::string> toParameters(const NotificationAttributes& attributes, std::span<const std::string> unset) {
  std::vector<std::string> parameters;
  for (const auto& [name, value] : toPairs(attributes)) parameters.push_back(std::string(name) + '=' + value);
  parameters.insert(parameters.end(), unset.begin(), unset.end());
  return parameters;
}

std::string toQuery(const NotificationAttributes& attributes, std::span<const std::string> unset) {
  std::string query;
  for (const std::string& parameter : toParameters(attributes, unset)) {
    if (!query.empty()) query += '&';
    query += parameter;
  }
  return query;
}

NotificationAttributes inherited(const NotificationAttributes& upper, const NotificationAttributes& lower) {
  NotificationAttributes merged = lower;
  for (const Attribute& attribute : kAttributes)
    std::visit(
        [&](auto member) {
          if (!(merged.*member)) merged.*member = upper.*member;
        },
        attribute.member);
  return merged;
}

// LwM2M Core 7.3.2: lt < gt, lt + 2*st < gt, and periods of which the device would have to ignore one.
std::vector<Error> checkValues(const NotificationAttributes& attributes) {
  std::vector<Error> faults;
  const auto& [pmin, pmax, epmin, epmax, gt, lt, st, edge, con, hqmax] = attributes;
  if (pmin && pmax && *pmin > *pmax) faults.push_back(wrong("pmin", "must not be above pmax"));
  if (epmin && epmax && *epmin >= *epmax) faults.push_back(wrong("epmin", "must be below epmax"));
  for (const auto& [name, value] : {std::pair("gt", gt), std::pair("lt", lt), std::pair("st", st)})
    if (value && !std::isfinite(*value)) faults.push_back(wrong(name, "is no number"));
  if (st && *st < 0) faults.push_back(wrong("st", "is 0 or more"));
  if (!gt || !lt) return faults;
  if (*lt >= *gt) {
    faults.push_back(wrong("lt", "must be below gt"));
  } else if (st && *lt + 2 * *st >= *gt) {
    faults.push_back({Errc::malformed, "lt + 2 * st must be below gt", "st"});
  }
  return faults;
}

std::vector<Error> checkTarget(const NotificationAttributes& attributes, const Path& target, ResourceType type) {
  std::vector<Error> faults;
  for (const auto& [name, value] : toPairs(attributes)) {
    if (target.isRoot() && name == "hqmax") faults.push_back(wrong(name, "is not for composite observations"));
    if (!isForOneResource(name)) continue;
    if (target.depth() < 3) {
      faults.push_back(wrong(name, "is for one resource"));
    } else if (type != ResourceType::none && name == "edge" && type != ResourceType::boolean) {
      faults.push_back(wrong(name, "is for booleans"));
    } else if (type != ResourceType::none && name != "edge" && !isNumeric(type)) {
      faults.push_back(wrong(name, "is for numbers"));
    }
  }
  return faults;
}

}  // namespace isthmus::lwm2m
