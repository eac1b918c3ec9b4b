// Values of different resources that would go to one place in the CSE.
#include "mapping/engine/glob.h"
#include "mapping/rules/name_template.h"
#include "mapping/tools/linted_rule.h"
#include "onem2m/model/specialization.h"

#include <algorithm>
#include <array>
#include <deque>
#include <unordered_map>

namespace isthmus::mapping {
namespace {

using Parts = std::vector<NamePart>;

constexpr std::size_t kMostCompared = 2'000'000;  // pairs in all: a bound for what no rule file looks like
constexpr std::ptrdiff_t kMostNumbers = 5;        // of a name that ids of others may stand for

bool isId(Placeholder it) { return it != Placeholder::none && it != Placeholder::endpoint; }

std::optional<std::uint16_t> idOf(const Match& match, Placeholder level) {
  switch (level) {
    case Placeholder::object: return match.object;
    case Placeholder::instance: return match.instance;
    case Placeholder::resource: return match.resource;
    case Placeholder::resourceInstance: return match.resourceInstance;
    default: return std::nullopt;
  }
}

// A target's name as a row of parts; segments that a value without resource instance does not have are left out.
struct Place {
  const LintedRule* rule;
  std::size_t target;
  Parts parts;

  const Target& to() const { return rule->rule->to[target]; }
  const Match& match() const { return rule->rule->match; }
};

bool isDigit(char c) { return c >= '0' && c <= '9'; }

// Numbers within a text are parts of their own: an id of another rule's name may be the same.
void appendText(Parts& parts, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == 0 || isDigit(text[i]) != isDigit(text[i - 1])) parts.push_back({Placeholder::none, {}});
    parts.back().text += text[i];
  }
}

bool isNumber(const NamePart& part) { return !part.text.empty() && isDigit(part.text[0]); }

// Ids as #, and of the numbers those that `hidden` says, bit by bit.
std::string keyOf(const Parts& parts, unsigned hidden) {
  std::string key;
  unsigned number = 0;
  for (const NamePart& part : parts) {
    const bool hides = isNumber(part) && (hidden >> number++ & 1U) != 0;
    key += isId(part.placeholder) || hides ? "#" : part.placeholder == Placeholder::endpoint ? "{endpoint}" : part.text;
  }
  return key;
}

// The name's own key first, then those under which names meet it that have an id where it has a number.
std::vector<std::string> keysOf(const Parts& parts) {
  const auto numbers = std::min<std::ptrdiff_t>(std::ranges::count_if(parts, isNumber), kMostNumbers);
  std::vector<std::string> keys;
  for (unsigned hidden = 0; hidden < 1U << numbers; ++hidden) keys.push_back(keyOf(parts, hidden));
  return keys;
}

std::optional<Place> placeOf(const LintedRule& rule, std::size_t target) {
  const auto segments = parseNameTemplate(rule.rule->to[target].name);
  if (!segments) return std::nullopt;
  Place place{&rule, target, {}};
  for (const NameSegment& segment : *segments) {
    const bool deep = std::ranges::any_of(
        segment, [](const NamePart& part) { return part.placeholder == Placeholder::resourceInstance; });
    if (deep && !rule.rule->match.resourceInstance) continue;
    place.parts.push_back({Placeholder::none, "/"});
    for (const NamePart& part : segment) {
      if (part.placeholder == Placeholder::none) appendText(place.parts, part.text);
      if (part.placeholder != Placeholder::none) place.parts.push_back(part);
    }
  }
  return place;
}

// Which levels of the two paths are certainly the same where the names are the same; nothing if they never are.
class Unifier {
 public:
  Unifier(const Place& a, const Place& b) : a_(a), b_(b) {
    for (const auto level : kLevels) {
      const auto left = idOf(a.match(), level), right = idOf(b.match(), level);
      if (left && right) *left == *right ? same(level) : differs(level);
    }
  }

  bool collide() {
    if (a_.parts.size() != b_.parts.size()) return false;
    for (std::size_t i = 0; i < a_.parts.size(); ++i)
      if (!unify(a_.parts[i], b_.parts[i])) return false;
    const bool onePath = std::ranges::all_of(same_, [](bool it) { return it; });
    return !onePath && !impossible_;
  }

 private:
  static constexpr std::array kLevels = {Placeholder::object, Placeholder::instance, Placeholder::resource};
  static std::size_t indexOf(Placeholder level) {
    return static_cast<std::size_t>(level) - static_cast<std::size_t>(Placeholder::object);
  }

  void same(Placeholder level) { same_[indexOf(level)] = true; }
  void differs(Placeholder level) { differs_[indexOf(level)] = true; }

  bool unify(const NamePart& left, const NamePart& right) {
    if (left.placeholder == Placeholder::none && right.placeholder == Placeholder::none) return left.text == right.text;
    if (left.placeholder == right.placeholder) {
      if (!isId(left.placeholder) || left.placeholder == Placeholder::resourceInstance) return true;
      same(left.placeholder);
      impossible_ = impossible_ || differs_[indexOf(left.placeholder)];
      return true;
    }
    if (left.placeholder == Placeholder::none) return fits(right, b_.match(), left.text);
    if (right.placeholder == Placeholder::none) return fits(left, a_.match(), right.text);
    return isId(left.placeholder) && isId(right.placeholder) && crosses(left, right);
  }

  static bool fits(const NamePart& part, const Match& match, const std::string& text) {
    if (!isId(part.placeholder) || text.empty() || text.find_first_not_of("0123456789") != std::string::npos)
      return false;
    const auto id = idOf(match, part.placeholder);
    return !id || std::to_string(*id) == text;
  }

  bool crosses(const NamePart& left, const NamePart& right) const {
    const auto one = idOf(a_.match(), left.placeholder), other = idOf(b_.match(), right.placeholder);
    return !one || !other || *one == *other;
  }

  const Place& a_;
  const Place& b_;
  std::array<bool, 3> same_{}, differs_{};
  bool impossible_ = false;
};

// False if no device is matched by both.
bool overlap(const std::string& a, const std::string& b) {
  if (!isGlob(a) && !isGlob(b)) return a == b;
  if (!isGlob(a)) return globMatches(b, a);
  if (!isGlob(b)) return globMatches(a, b);
  const auto length = std::min(a.find_first_of("*?"), b.find_first_of("*?"));
  return a.compare(0, length, b, 0, length) == 0;
}

// An attribute that several resources tell together: the state of an update, and its result.
bool isToldByMany(const Target& target) {
  const auto type = target.form == Form::mgmtObj ? onem2m::ResourceType::mgmtObj : onem2m::ResourceType::flexContainer;
  const auto* kind = onem2m::specialization(type, target.className);
  const auto* attribute = kind == nullptr ? nullptr : kind->attribute(target.attribute);
  return attribute != nullptr && attribute->type == onem2m::AttributeType::actionStatus;
}

// Several rules may feed one place on purpose: attributes of one resource, or the same template or position.
bool isShared(const Target& a, const Target& b) {
  if (a.form != b.form) return false;
  if (a.form == Form::transparent) return true;
  if (a.form == Form::flexContainer || a.form == Form::mgmtObj)
    return a.className == b.className && (a.attribute != b.attribute || isToldByMany(a));
  if (a.content != b.content) return false;
  return a.content == Content::location || (a.content == Content::fromTemplate && a.jsonTemplate == b.jsonTemplate);
}

bool names(const Place& place, Placeholder level) {
  return std::ranges::any_of(place.parts, [level](const NamePart& part) { return part.placeholder == level; });
}

// Two names can be the same if they are alike where neither has an id: they meet under such a key, as long as the ids
// are one's only. Names of one text that say the whole path are one place for one value only.
class PlaceCheck {
 public:
  PlaceCheck(const lwm2m::ObjectRegistry& registry, Findings& findings) : registry_(registry), findings_(findings) {}

  void add(Place given) {
    const Place& place = places_.emplace_back(std::move(given));
    const auto keys = keysOf(place.parts);
    bool found = false;
    for (const std::string& key : keys) {
      const auto bucket = buckets_.find(key);
      if (bucket == buckets_.end()) continue;
      found = found || compareAll(place, bucket->second.own);
      if (&key == &keys.front()) found = found || compareAll(place, bucket->second.met);
    }
    for (const std::string& key : keys) {
      Bucket& bucket = buckets_[key];
      insert(place, (&key == &keys.front() ? bucket.own : bucket.met)[place.to().name]);
    }
  }

 private:
  struct Group {
    std::vector<const Place*> open;  // of endpoint patterns
    std::unordered_map<std::string, std::vector<const Place*>> exact;
  };
  using Groups = std::unordered_map<std::string, Group>;  // by name
  struct Bucket {
    Groups own, met;  // under their own key, under another one
  };

  static void insert(const Place& place, Group& group) {
    const auto& endpoint = place.match().endpoint;
    (isGlob(endpoint) ? group.open : group.exact[endpoint]).push_back(&place);
  }

  bool compareAll(const Place& place, const Groups& groups) {
    const bool saysPath =
        names(place, Placeholder::object) && names(place, Placeholder::instance) && names(place, Placeholder::resource);
    return std::ranges::any_of(groups, [&](const auto& each) {
      return !(saysPath && each.first == place.to().name) && compare(place, each.second);
    });
  }

  bool compare(const Place& place, const Group& group) {
    if (compare(place, group.open)) return true;
    if (!isGlob(place.match().endpoint)) {
      const auto own = group.exact.find(place.match().endpoint);
      return own != group.exact.end() && compare(place, own->second);
    }
    return std::ranges::any_of(group.exact, [&](const auto& each) { return compare(place, each.second); });
  }

  bool compare(const Place& place, const std::vector<const Place*>& others) {
    for (const Place* one : others) {
      const Place& other = *one;
      if (other.rule == place.rule || compared_ >= kMostCompared) continue;
      ++compared_;
      if (isShared(other.to(), place.to()) || !overlap(other.match().endpoint, place.match().endpoint)) continue;
      if (!Unifier(other, place).collide() || neverTogether(other.match(), place.match())) continue;
      tell(place, *other.rule->rule);
      return true;
    }
    return false;
  }

  // No version of the object has both resources: the one has taken the other's place.
  bool neverTogether(const Match& a, const Match& b) const {
    if (!a.object || a.object != b.object || !a.resource || !b.resource) return false;
    bool knowsA = false, knowsB = false;
    for (const lwm2m::ObjectDefinition* definition : registry_.all()) {
      if (definition->id != *a.object) continue;
      const bool hasA = definition->resource(*a.resource) != nullptr,
                 hasB = definition->resource(*b.resource) != nullptr;
      if (hasA && hasB) return false;
      knowsA = knowsA || hasA;
      knowsB = knowsB || hasB;
    }
    return knowsA && knowsB;
  }

  void tell(const Place& place, const Rule& other) {
    const auto list = place.rule->node.member("to");
    const auto targets = list && list->is(json::Kind::array) ? list->children() : std::vector<json::Node>();
    const json::Node target = place.target < targets.size() ? targets[place.target] : place.rule->node;
    findings_.addAt(Severity::error, "same-place", *place.rule,
                    target.is(json::Kind::object) ? target.member("name").value_or(target) : target,
                    "\"" + place.to().name + "\" is where values of rule \"" + other.name + "\" (" + other.where +
                        ") go as well: give one of them another \"name\"");
  }

  const lwm2m::ObjectRegistry& registry_;
  Findings& findings_;
  std::deque<Place> places_;
  std::unordered_map<std::string, Bucket> buckets_;
  std::size_t compared_ = 0;
};

// One rule, several resources, one name.
void checkOwn(const LintedRule& at, std::size_t position, const Place& place, const lwm2m::ObjectRegistry& registry,
              Findings& findings) {
  const Target& target = at.rule->to[position];
  const bool gathers = target.content == Content::fromTemplate || target.content == Content::location;
  const Match& match = at.rule->match;
  const lwm2m::ObjectDefinition* object = match.object ? registry.find(*match.object) : nullptr;
  const auto say = [&](const std::string& what, const std::string& placeholder) {
    findings.add(Severity::warning, "same-place", at, {"to"},
                 "all " + what + " that the rule matches go to one place, \"" + target.name + "\": put " + placeholder +
                     " into the name");
  };
  if (!match.object && !names(place, Placeholder::object)) return say("objects", "{object}");
  const bool single = object != nullptr && !object->multiple;
  if (!match.instance && !single && !names(place, Placeholder::instance)) return say("instances", "{instance}");
  const bool perValue = target.form == Form::container || target.form == Form::timeSeries;
  if (perValue && !gathers && !match.resource && !names(place, Placeholder::resource)) say("resources", "{resource}");
}

}  // namespace

void checkPlaces(std::span<const LintedRule> rules, const lwm2m::ObjectRegistry& registry, Findings& findings) {
  PlaceCheck check(registry, findings);
  for (const LintedRule& rule : rules) {
    for (std::size_t target = 0; target < rule.rule->to.size(); ++target) {
      auto place = placeOf(rule, target);
      if (!place) continue;
      checkOwn(rule, target, *place, registry, findings);
      check.add(*std::move(place));
    }
  }
}

}  // namespace isthmus::mapping
