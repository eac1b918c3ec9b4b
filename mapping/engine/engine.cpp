#include "mapping/engine/engine.h"

#include "ipe/base/bytes.h"
#include "mapping/engine/content_shape.h"
#include "mapping/engine/device_unit.h"
#include "mapping/engine/encapsulation.h"
#include "mapping/engine/places.h"
#include "mapping/engine/plan.h"
#include "mapping/engine/rule_index.h"
#include "mapping/engine/target_place.h"
#include "mapping/engine/value_targets.h"
#include "mapping/rules/rule_file.h"

#include <algorithm>
#include <utility>

namespace isthmus::mapping {
namespace {

using lwm2m::Path;
using lwm2m::Record;

// Where a message of several objects goes that is not taken apart.
constexpr std::string_view kOfSeveralObjects = "message";

// By what the application's content says: the value, or what it is within.
Result<std::string> textOf(Content form, std::string_view content) {
  if (form == Content::record) return valueOfRecord(content);
  if (form == Content::senml) return valueOfSenml(content);
  return std::string(content);
}

bool isResource(Form form) { return form == Form::flexContainer || form == Form::mgmtObj; }

template <class Is>
bool hasTarget(const RuleSet& set, Is is) {
  return std::ranges::any_of(set.rules, [&](const Rule& rule) { return std::ranges::any_of(rule.to, is); });
}

bool hasTransparent(const RuleSet& set) {
  return hasTarget(set, [](const Target& target) { return target.form == Form::transparent; });
}

std::uint64_t hashOfPlaces(const RuleSet& set) {
  const auto isMade = [](const Target& target) { return target.write || target.command; };
  return hasTarget(set, isMade) ? hash64(toJson(set)) | 1 : 0;
}

// The target whose content applications write: the first that lets them, otherwise the first.
const CompiledTarget* writtenTarget(const CompiledRule* rule) {
  if (rule == nullptr || rule->targets.empty()) return nullptr;
  const auto open = std::ranges::find_if(
      rule->targets, [](const CompiledTarget& one) { return one.target->write && !isResource(one.target->form); });
  return open == rule->targets.end() ? rule->targets.data() : &*open;
}

}  // namespace

struct Engine::Index {
  Index(RuleSet given, EngineSettings chosen) : set(std::move(given)), settings(chosen), rules(set.rules) {}

  static Error located(Error error, const Rule* rule, const Path& path) {
    error.where = (rule == nullptr ? "the default rule" : "rule " + rule->name) + ", " + path.toString();
    return error;
  }

  // Of what an application wrote for the resource alone.
  Result<lwm2m::Value> valueFor(const DeviceFacts& device, const Path& path, std::string_view text,
                                const CompiledRule* winner) const {
    const auto* definition = device.definitions.resource(path.object(), path.resource());
    const auto type = definition == nullptr ? lwm2m::ResourceType::none : definition->type;
    const auto& converter = winner == nullptr ? defaultConverter : winner->converter;
    auto value = converter.toDevice(text, type, deviceUnitOf(device, path));
    if (!value) return tl::unexpected(located(value.error(), winner == nullptr ? nullptr : winner->rule, path));
    return value;
  }

  // What the content says of each resource of the instance; of one alone unless the rule combines several.
  Result<ResourceTexts> written(const Path& path, std::string_view content, const CompiledRule* winner) const {
    const auto* target = writtenTarget(winner);
    const auto form = target == nullptr ? settings.form : target->target->content.value_or(settings.form);
    if (form == Content::fromTemplate) return valuesOfTemplate(target->contentTemplate, content);
    const auto location = locationAt(path.object(), path.resource());
    if (form == Content::location && location) return valuesOfLocation(*location, content);
    auto text = textOf(form, content);
    if (!text) return tl::unexpected(text.error());
    return ResourceTexts{{path.resource(), *std::move(text)}};
  }

  // The same, with what no content can be taken back for.
  Result<ResourceTexts> textsIn(const Path& path, std::string_view content, const CompiledRule* winner) const {
    if (path.depth() < 3) return fail(Errc::malformed, "a value stands at a resource", path.toString());
    if (winner == nullptr && !settings.defaultRule)
      return fail(Errc::notFound, "no rule is for this value, and the default rule is off", path.toString());
    auto texts = written(path, content, winner);
    if (!texts) return tl::unexpected(located(texts.error(), winner == nullptr ? nullptr : winner->rule, path));
    return texts;
  }

  RuleSet set;
  EngineSettings settings;
  RuleIndex rules;
  Conversion asItIs;
  Converter defaultConverter{asItIs};
  std::uint64_t placesHash = hashOfPlaces(set);
  bool encapsulates = hasTransparent(set);  // most sets do not: a message costs nothing then
};

Engine::Engine(RuleSet set, EngineSettings settings) : index_(std::make_unique<Index>(std::move(set), settings)) {}
Engine::~Engine() = default;

std::uint64_t Engine::placesHash() const { return index_->placesHash; }

const RuleSet& Engine::rules() const { return index_->set; }

Result<Mapping> Engine::toOneM2m(const DeviceFacts& device, const Record& record, WallTime received,
                                 std::span<const Record> siblings) const {
  const auto& path = record.path;
  if (path.depth() < 3) return fail(Errc::malformed, "a value stands at a resource", path.toString());
  const auto* winner = index_->rules.find(device, path);
  Mapping mapping;
  mapping.report = Report::onChange;
  if (winner == nullptr && !index_->settings.defaultRule) return mapping;
  const auto* rule = winner == nullptr ? nullptr : winner->rule;
  if (winner == nullptr || !winner->targets.empty()) {
    const MessageFacts facts{index_->rules, index_->settings, index_->defaultConverter, device, received, siblings};
    auto made = targetsOf(facts, record, winner);
    if (!made) return tl::unexpected(Index::located(made.error(), rule, path));
    mapping = *std::move(made);
  } else {
    setFilter(mapping, rule->observe);
  }
  if (rule != nullptr) mapping.rule = rule->name;
  return mapping;
}

Mapping Engine::encapsulate(const DeviceFacts& device, const Path& observed, std::uint16_t contentFormat,
                            ByteView payload) const {
  Mapping mapping;
  const auto* winner = index_->encapsulates ? index_->rules.find(device, observed) : nullptr;
  if (winner == nullptr) return mapping;
  setFilter(mapping, winner->rule->observe);
  mapping.rule = winner->rule->name;
  mapping.fingerprint = hash64(payload);
  for (const auto& target : winner->targets) {
    if (target.target->form != Form::transparent) continue;
    auto place = placeOf(target, winner->rule->match, observed, device.endpoint);
    if (place.empty()) place = kOfSeveralObjects;
    auto [content, info] = encapsulated(contentFormat, payload);
    mapping.targets.push_back(
        {Form::transparent, std::move(place), std::move(content), std::move(info), target.detail});
  }
  mapping.encapsulated = !mapping.targets.empty();
  return mapping;
}

std::vector<Place> Engine::places(const DeviceFacts& device, std::span<const Path> instances) const {
  return placesOf(index_->rules, device, instances);
}

Result<std::vector<DeviceChange>> Engine::changesFor(const DeviceFacts& device, std::span<const Path> instances,
                                                     Form form, std::string_view target,
                                                     std::span<const AttributeValue> changed) const {
  return mapping::changesFor(index_->rules, device, instances, form, target, changed);
}

std::string_view Engine::ruleOf(const DeviceFacts& device, const Path& path) const {
  const auto* winner = index_->rules.find(device, path);
  return winner == nullptr ? std::string_view() : std::string_view(winner->rule->name);
}

std::vector<PlannedObservation> Engine::plan(const DeviceFacts& device, std::span<const Path> instances) const {
  return planObservations(index_->rules, index_->settings.defaultRule, device, instances);
}

Result<Converted> Engine::toApplication(const DeviceFacts& device, const Path& path, const lwm2m::Value& value) const {
  if (path.depth() < 3) return fail(Errc::malformed, "a value stands at a resource", path.toString());
  const auto* winner = index_->rules.find(device, path);
  const auto& converter = winner == nullptr ? index_->defaultConverter : winner->converter;
  auto converted = converter.toApplication(value, deviceUnitOf(device, path));
  if (!converted) {
    return tl::unexpected(Index::located(converted.error(), winner == nullptr ? nullptr : winner->rule, path));
  }
  return converted;
}

Result<lwm2m::Value> Engine::toLwm2m(const DeviceFacts& device, const Path& path, std::string_view content) const {
  const auto* winner = index_->rules.find(device, path);
  const auto written = index_->textsIn(path, content, winner);
  if (!written) return tl::unexpected(written.error());
  const auto own = std::ranges::find(*written, path.resource(), &ResourceTexts::value_type::first);
  if (own != written->end()) return index_->valueFor(device, path, own->second, winner);
  const auto* rule = winner == nullptr ? nullptr : winner->rule;
  return tl::unexpected(Index::located({Errc::malformed, "the content does not name this resource", {}}, rule, path));
}

Result<std::vector<Record>> Engine::toRecords(const DeviceFacts& device, const Path& path,
                                              std::string_view content) const {
  const auto* winner = index_->rules.find(device, path);
  const auto written = index_->textsIn(path, content, winner);
  if (!written) return tl::unexpected(written.error());
  std::vector<Record> records;
  for (const auto& [resource, text] : *written) {
    const auto at = resource == path.resource() ? path : path.prefix(2).child(resource);
    auto value = index_->valueFor(device, at, text, at == path ? winner : index_->rules.find(device, at));
    if (!value) return tl::unexpected(value.error());
    records.push_back({at, *std::move(value), {}});
  }
  return records;
}

}  // namespace isthmus::mapping
