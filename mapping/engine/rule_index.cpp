#include "mapping/engine/rule_index.h"

#include "mapping/engine/glob.h"
#include "mapping/engine/target_detail.h"

#include <algorithm>

namespace isthmus::mapping {
namespace {

constexpr std::uint64_t kUnnamed = 0xFFFF;
constexpr std::uint32_t kAnyObject = 0x10000;

// Level 0, the object, stands in the highest 16 bits of Path::packed().
constexpr unsigned shiftOf(std::size_t level) { return static_cast<unsigned>(48 - 16 * level); }

struct Ids {
  explicit Ids(const Match& match) : at{match.object, match.instance, match.resource, match.resourceInstance} {}

  std::uint64_t unnamed() const {
    std::uint64_t mask = 0;
    for (std::size_t level = 0; level < 4; ++level) {
      if (!at[level]) mask |= kUnnamed << shiftOf(level);
    }
    return mask;
  }
  std::uint64_t packed() const {
    std::uint64_t word = 0;
    for (std::size_t level = 0; level < 4; ++level) word |= std::uint64_t{at[level].value_or(65535)} << shiftOf(level);
    return word;
  }

  std::optional<std::uint16_t> at[4];
};

// "*" says nothing, a pattern as much as it has letters, a full name the most.
std::uint64_t endpointRank(const std::string& pattern) {
  static constexpr std::uint64_t kExact = 0xFFFF;
  if (!isGlob(pattern)) return kExact;
  const auto letters = std::count_if(pattern.begin(), pattern.end(), [](char c) { return c != '*' && c != '?'; });
  if (pattern == "*") return 0;
  return std::min<std::uint64_t>(static_cast<std::uint64_t>(letters) + 1, kExact - 1);
}

std::uint64_t rankOf(const Match& match, std::uint32_t position) {
  std::uint64_t rank = endpointRank(match.endpoint);
  const bool named[] = {match.resource.has_value(),           match.resourceInstance.has_value(),
                        match.instance.has_value(),           match.object.has_value(),
                        match.versionMin || match.versionMax, !match.model.empty(),
                        !match.manufacturer.empty(),          !match.label.empty()};
  for (const bool is : named) rank = rank << 1 | (is ? 1U : 0U);
  return rank << 32 | position;
}

bool fitsText(const std::string& pattern, std::string_view text) {
  return pattern.empty() || (!text.empty() && globMatches(pattern, text));
}

bool fits(const Match& match, const DeviceFacts& device, std::uint16_t object) {
  if (!fitsText(match.manufacturer, device.manufacturer) || !fitsText(match.model, device.model)) return false;
  if (match.versionMin || match.versionMax) {
    const auto version = device.definitions.version(object);
    if (match.versionMin && version < *match.versionMin) return false;
    if (match.versionMax && version > *match.versionMax) return false;
  }
  const auto carries = [&](const std::string& label) { return globMatches(match.label, label); };
  if (!match.label.empty() && std::none_of(device.labels.begin(), device.labels.end(), carries)) return false;
  return match.endpoint == "*" || globMatches(match.endpoint, device.endpoint);
}

bool names(const std::vector<NameSegment>& name, Placeholder placeholder) {
  return std::ranges::any_of(name, [&](const NameSegment& segment) {
    return std::ranges::find(segment, placeholder, &NamePart::placeholder) != segment.end();
  });
}

const onem2m::Specialization* kindOf(const Target& target) {
  switch (target.form) {
    case Form::flexContainer: return onem2m::specialization(onem2m::ResourceType::flexContainer, target.className);
    case Form::mgmtObj: return onem2m::specialization(onem2m::ResourceType::mgmtObj, target.className);
    default: return nullptr;
  }
}

// A plain container has none, so that its rows carry nothing more than ever.
std::string detailOf(const Target& target, const onem2m::Specialization* kind) {
  TargetDetail detail;
  if (kind != nullptr) {
    detail.className = kind->root;
    detail.write = target.write;
  }
  detail.labels = target.labels;
  return detail.toText();
}

std::vector<CompiledTarget> compile(const std::vector<Target>& targets) {
  std::vector<CompiledTarget> compiled;
  for (const auto& target : targets) {
    auto name = parseNameTemplate(target.name);
    if (!name) continue;  // a set with faults must not come here
    const bool resource = names(*name, Placeholder::resource), instance = names(*name, Placeholder::resourceInstance);
    const auto* kind = kindOf(target);
    auto content = target.jsonTemplate.empty() ? ContentTemplate() : parseContentTemplate(target.jsonTemplate).value();
    compiled.push_back(
        {&target, *std::move(name), resource, instance, kind, detailOf(target, kind), std::move(content)});
  }
  return compiled;
}

bool asksDevice(const Match& match) {
  return (match.endpoint != "*" && isGlob(match.endpoint)) || !match.manufacturer.empty() || !match.model.empty() ||
         !match.label.empty() || match.versionMin || match.versionMax;
}

}  // namespace

CompiledRule::CompiledRule(const Rule& given, std::uint32_t position, const std::vector<CompiledTarget>& compiled)
    : rule(&given),
      rank(rankOf(given.match, position)),
      converter(given.value),
      targets(compiled),
      asksDevice(mapping::asksDevice(given.match)) {}

std::size_t RuleIndex::TargetsHash::operator()(const std::vector<Target>& targets) const {
  std::uint64_t hash = targets.size();
  for (const auto& target : targets) {
    for (const auto* text : {&target.name, &target.className, &target.attribute, &target.jsonTemplate})
      hash = hash64(*text, hash);
  }
  return hash;
}

RuleIndex::RuleIndex(const std::vector<Rule>& rules) {
  rules_.reserve(rules.size());
  for (std::uint32_t number = 0; number < rules.size(); ++number) {
    const auto& rule = rules[number];
    const auto [shared, isNew] = targets_.try_emplace(rule.to);
    if (isNew) shared->second = compile(shared->first);
    rules_.emplace_back(rule, number, shared->second);
    const Ids ids(rule.match);
    add(slots_[ids.packed()], number);
    const auto known = [&](const Shape& shape) { return shape.unnamed == ids.unnamed(); };
    const bool namesResource = rule.match.resource || rule.match.resourceInstance;
    if (std::none_of(shapes_.begin(), shapes_.end(), known)) shapes_.push_back({ids.unnamed(), namesResource});
    if (rule.match.resource) add(byObject_[rule.match.object ? *rule.match.object : kAnyObject], number);
  }
}

void RuleIndex::add(Slot& slot, std::uint32_t number) {
  const auto& endpoint = rules_[number].rule->match.endpoint;
  auto& list = isGlob(endpoint) ? slot.open : slot.exact[endpoint];
  const auto stronger = [this](std::uint32_t a, std::uint32_t b) { return rules_[a].rank > rules_[b].rank; };
  list.insert(std::upper_bound(list.begin(), list.end(), number, stronger), number);
}

const CompiledRule* RuleIndex::strongest(const Slot& slot, const DeviceFacts& device, const lwm2m::Path& path) const {
  const auto first = [&](const Strongest& list) -> const CompiledRule* {
    for (const auto number : list) {
      const auto& rule = rules_[number];
      if (!rule.asksDevice || fits(rule.rule->match, device, path.object())) return &rule;
    }
    return nullptr;
  };
  if (!slot.exact.empty()) {
    if (const auto own = slot.exact.find(device.endpoint); own != slot.exact.end()) {
      if (const auto* rule = first(own->second)) return rule;  // an exact endpoint outranks every pattern
    }
  }
  return first(slot.open);
}

const CompiledRule* RuleIndex::search(const DeviceFacts& device, const lwm2m::Path& path, bool withResource) const {
  const CompiledRule* best = nullptr;
  const auto packed = path.packed();
  for (const auto& shape : shapes_) {
    if (shape.namesResource && !withResource) continue;
    const auto slot = slots_.find(packed | shape.unnamed);
    if (slot == slots_.end()) continue;
    const auto* rule = strongest(slot->second, device, path);
    if (rule != nullptr && (best == nullptr || rule->rank > best->rank)) best = rule;
  }
  return best;
}

const CompiledRule* RuleIndex::find(const DeviceFacts& device, const lwm2m::Path& path) const {
  return search(device, path, true);
}

const CompiledRule* RuleIndex::findForInstance(const DeviceFacts& device, const lwm2m::Path& instance) const {
  return search(device, instance, false);
}

void RuleIndex::eachWithResource(const DeviceFacts& device, const lwm2m::Path& instance,
                                 const std::function<void(const CompiledRule&)>& visit) const {
  const auto visitFitting = [&](const Strongest& list) {
    for (const auto number : list) {
      const auto& rule = rules_[number];
      const auto& match = rule.rule->match;
      if (match.instance && *match.instance != instance.instance()) continue;
      if (!rule.asksDevice || fits(match, device, instance.object())) visit(rule);
    }
  };
  for (const auto key : {std::uint32_t{instance.object()}, kAnyObject}) {
    const auto slot = byObject_.find(key);
    if (slot == byObject_.end()) continue;
    visitFitting(slot->second.open);
    const auto own = slot->second.exact.find(device.endpoint);
    if (own != slot->second.exact.end()) visitFitting(own->second);
  }
}

}  // namespace isthmus::mapping
