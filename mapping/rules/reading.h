#pragma once

#include "ipe/base/located_json.h"
#include "mapping/rules/rule.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

// What the readers of a rule's parts share. Each part is read onto what stands there already, so that a rule that
// overrides another needs to say only what differs.
namespace isthmus::mapping {

// Gives the member's value to `out`, if there is one and it can be read.
template <class T, class Read>
void take(const json::Node& object, std::string_view key, T& out, Read read) {
  const auto member = object.member(key);
  if (!member) return;
  if (auto value = read(*member)) out = *std::move(value);
}

template <class E>
std::optional<E> readEnum(const json::Node& node, std::span<const std::string_view> table, json::Faults& faults) {
  const auto index = json::readWord(node, table, faults);
  if (!index) return {};
  return static_cast<E>(*index);
}

// An object with no other keys than these.
bool openObject(const json::Node& node, std::span<const std::string_view> keys, json::Faults& faults);
// Of 1 to 256 bytes.
std::optional<std::string> readText(const json::Node& node, json::Faults& faults);
std::optional<seconds> readSeconds(const json::Node& node, std::int64_t least, json::Faults& faults);

void readConversion(const json::Node& node, Conversion& value, json::Faults& faults);
void readTargets(const json::Node& node, std::vector<Target>& targets, json::Faults& faults);
void readObserve(const json::Node& ruleNode, Rule& rule, bool overrides, json::Faults& faults);

}  // namespace isthmus::mapping
