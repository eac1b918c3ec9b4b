#include "mapping/rules/reading.h"
#include "mapping/rules/rule_words.h"
#include "mapping/units/unit.h"

#include <algorithm>
#include <array>

namespace isthmus::mapping {
namespace {

using json::complain;
using json::Faults;
using json::Kind;
using json::Node;
using lwm2m::ResourceType;

constexpr std::int64_t kMostDigits = 15;  // what a double holds for certain

class ConversionReader {
 public:
  ConversionReader(const Node& node, Conversion& value, Faults& faults) : node_(node), value_(value), faults_(faults) {}

  void read() {
    const auto number = [this](const Node& at) { return json::readNumber(at, faults_); };
    const auto text = [this](const Node& at) { return readText(at, faults_); };
    take(node_, "type", value_.type, [this](const Node& at) { return readType(at); });
    take(node_, "base", value_.base, [this](const Node& at) { return readSmall<std::uint8_t>(at, 2, 36); });
    take(node_, "scale", value_.scale, number);
    take(node_, "offset", value_.offset, number);
    take(node_, "deviceUnit", value_.deviceUnit, text);
    take(node_, "unit", value_.unit, text);
    take(node_, "boolean", value_.boolean, [this](const Node& at) { return readBooleanWords(at); });
    take(node_, "precision", value_.precision, [this](const Node& at) { return readSmall<int>(at, 0, kMostDigits); });
    take(node_, "range", value_.range, [this](const Node& at) { return readRange(at); });
    take(node_, "time", value_.time,
         [this](const Node& at) { return readEnum<TimeForm>(at, words::kTimeForms, faults_); });
    if (const auto scale = node_.member("scale"); scale && value_.scale == 0) {
      complain(faults_, *scale, "0 would make every value the same, with no way back");
    }
    if (const auto table = node_.member("enumeration")) readEnumeration(*table);
    if (const auto word = node_.member("otherwise")) readOtherwise(*word);
    checkKinds();
    checkType();
    checkUnits();
  }

 private:
  std::optional<ResourceType> readType(const Node& node) {
    const auto index = json::readWord(node, words::kTypes, faults_);
    if (!index) return {};
    return static_cast<ResourceType>(*index + 1);
  }

  template <class T>
  std::optional<T> readSmall(const Node& node, std::int64_t min, std::int64_t max) {
    const auto number = json::readInteger(node, min, max, faults_);
    if (!number) return {};
    return static_cast<T>(*number);
  }

  // "on/off"
  std::optional<BooleanWords> readBooleanWords(const Node& node) {
    const auto text = readText(node, faults_);
    if (!text) return {};
    const auto slash = text->find('/');
    const auto yes = text->substr(0, slash);
    const auto no = slash == std::string::npos ? std::string() : text->substr(slash + 1);
    if (!yes.empty() && !no.empty() && yes != no && no.find('/') == std::string::npos) return BooleanWords{yes, no};
    complain(faults_, node, "\"" + *text + R"(" is no pair of words: write "true word/false word", like "on/off")");
    return {};
  }

  std::optional<Range> readRange(const Node& node) {
    if (!json::expect(node, Kind::array, faults_)) return {};
    const auto ends = node.children();
    if (ends.size() != 2) {
      complain(faults_, node, "a range is [least, most]");
      return {};
    }
    const auto min = json::readNumber(ends[0], faults_), max = json::readNumber(ends[1], faults_);
    if (!min || !max) return {};
    if (*min <= *max) return Range{*min, *max};
    complain(faults_, node, "the range is empty: the lower end comes first");
    return {};
  }

  // One text of the device for one of the application, or there is no way back.
  void readEnumeration(const Node& node) {
    value_.enumeration.clear();
    if (!json::expect(node, Kind::object, faults_)) return;
    const auto members = node.children();
    if (members.empty()) complain(faults_, node, "an empty enumeration would refuse every value: leave it out");
    for (const auto& member : members) {
      const auto theirs = json::readString(member, faults_);
      if (!theirs) continue;
      const auto* twin = pairFor(*theirs);
      if (twin != nullptr) {
        complain(faults_, member,
                 "\"" + *theirs + "\" already stands for \"" + twin->first + "\": there would be no way back");
        continue;
      }
      if (value_.type == ResourceType::boolean && member.key() != "true" && member.key() != "false") {
        complain(faults_, member, "a boolean is \"true\" or \"false\"");
      }
      value_.enumeration.emplace_back(member.key(), *theirs);
    }
  }

  void readOtherwise(const Node& node) {
    const auto word = json::readString(node, faults_);
    if (!word) return;
    value_.otherwise = word;
    if (value_.enumeration.empty()) return complain(faults_, node, "is for what an \"enumeration\" does not name");
    if (const auto* twin = pairFor(*word); twin != nullptr) {
      complain(faults_, node, "\"" + *word + "\" already stands for \"" + twin->first + "\": take another word");
    }
  }

  const std::pair<std::string, std::string>* pairFor(const std::string& theirs) const {
    const auto found = std::ranges::find(value_.enumeration, theirs, &std::pair<std::string, std::string>::second);
    return found == value_.enumeration.end() ? nullptr : &*found;
  }

  // A step that the rule has, by its key; of a rule that overrides another perhaps only the other states it.
  struct Step {
    std::string_view key;
    bool has;
  };

  std::array<Step, 6> numericSteps() const {
    return {{{"base", value_.base != 0},
             {"scale", value_.scale != 1},
             {"offset", value_.offset != 0},
             {"deviceUnit", !value_.deviceUnit.empty()},
             {"precision", value_.precision.has_value()},
             {"range", value_.range.has_value()}}};
  }

  std::array<Step, 3> otherKinds() const {
    return {{{"enumeration", !value_.enumeration.empty()},
             {"boolean", value_.boolean.has_value()},
             {"time", value_.time.has_value()}}};
  }

  void complainOf(std::string_view key, const std::string& what) {
    complain(faults_, node_.member(key).value_or(node_), std::string(key) + what);
  }

  void checkKinds() {
    std::string_view kind;
    for (const auto& other : otherKinds()) {
      if (!other.has) continue;
      if (!kind.empty()) complainOf(other.key, " cannot stand beside " + std::string(kind) + ": keep one of them");
      kind = other.key;
    }
    if (kind.empty()) return;
    for (const auto& step : numericSteps()) {
      if (step.has) complainOf(step.key, " is for numbers, and cannot stand beside " + std::string(kind));
    }
  }

  void checkType() {
    if (!value_.type) return;
    const auto type = *value_.type;
    const bool whole = type == ResourceType::integer || type == ResourceType::unsignedInteger;
    const bool numeric = whole || type == ResourceType::floating;
    if (value_.base != 0 && type != ResourceType::string) {
      complainOf("base", " is for the digits of a string: a number has none of its own");
    }
    for (const auto& step : numericSteps()) {
      const bool ofText = step.key == "base" || (value_.base != 0 && type == ResourceType::string);
      if (step.has && !numeric && !ofText) {
        complainOf(step.key, " is for numbers: integer, unsigned and float, or a string with a \"base\"");
      }
    }
    if (value_.boolean && type != ResourceType::boolean && !whole) complainOf("boolean", " is for booleans, 0 and 1");
    if (value_.time && type != ResourceType::time && !whole) complainOf("time", " is for times in seconds");
  }

  void checkUnits() {
    if (value_.unit.empty() || value_.deviceUnit.empty()) return;
    const auto checked = checkConvertible(value_.deviceUnit, value_.unit);
    if (!checked) complain(faults_, node_.member("unit").value_or(node_), checked.error().message);
  }

  const Node& node_;
  Conversion& value_;
  Faults& faults_;
};

}  // namespace

void readConversion(const Node& node, Conversion& value, Faults& faults) {
  if (openObject(node, words::kValueKeys, faults)) ConversionReader(node, value, faults).read();
}

}  // namespace isthmus::mapping
