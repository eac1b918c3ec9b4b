#include "mapping/engine/engine.h"

#include "ipe/base/located_json.h"
#include "mapping/engine/attribute_content.h"
#include "mapping/engine/device_unit.h"
#include "mapping/engine/encapsulation.h"
#include "mapping/engine/places.h"
#include "mapping/engine/plan.h"
#include "mapping/engine/rule_index.h"
#include "mapping/engine/target_detail.h"
#include "mapping/engine/target_place.h"
#include "mapping/rules/rule_file.h"

#include <algorithm>
#include <utility>

namespace isthmus::mapping {
namespace {

using lwm2m::Path;
using lwm2m::Record;

// m2m:contentInfo, media type and encoding: 0 plain, 2 base64 of binary (TS-0004 6.3.4.2.28)
constexpr std::string_view kPlainText = "text/plain:0";
constexpr std::string_view kBinary = "application/octet-stream:2";
constexpr std::string_view kRecord = "application/json:0";

// Where a message of several objects goes that is not taken apart.
constexpr std::string_view kOfSeveralObjects = "message";

// Of what the application gets.
std::string_view unitOf(const Conversion& conversion, std::string_view deviceUnit) {
  if (!conversion.unit.empty()) return conversion.unit;
  return conversion.deviceUnit.empty() ? deviceUnit : conversion.deviceUnit;
}

std::string recordOf(const Converted& value, std::string_view unit, WallTime time) {
  std::string text = "{\"v\":";
  if (value.kind == Converted::Kind::number || value.kind == Converted::Kind::boolean) {
    text += value.text;
  } else {
    json::appendQuoted(text, value.text);
  }
  if (!unit.empty()) {
    text += ",\"u\":";
    json::appendQuoted(text, unit);
  }
  return text + ",\"t\":\"" + toIso8601(time) + "\"}";
}

// What an application wrote into a container of records: the value of {"v":...}, or the text as it stands.
Result<std::string> valueOfRecord(std::string_view content) {
  if (!content.starts_with('{')) return std::string(content);
  const json::Document document(content, "content");
  const auto value = document.root().member("v");
  if (document.faults().empty() && value && !value->is(json::Kind::object) && !value->is(json::Kind::array) &&
      !value->is(json::Kind::null)) {
    return std::string(value->text());
  }
  return fail(Errc::malformed, R"(a record is written {"v": the value})");
}

bool isResource(Form form) { return form == Form::flexContainer || form == Form::mgmtObj; }

Result<std::string> attributesOf(const CompiledTarget& target, const Converted& value, const Record& record,
                                 std::span<const Record> siblings) {
  if (target.kind == nullptr) return fail(Errc::notFound, "no such class: " + target.target->className);
  return attributeContent(*target.kind, target.target->attribute, value, record, siblings);
}

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

// TS-0014 8.2: an Object Link refers to what it leads to, by name (contentRef).
void addLink(Mapped& mapped, const Record& record) {
  const auto* link = std::get_if<lwm2m::ObjectLink>(&record.value);
  constexpr std::uint16_t kNothing = 65535;
  if (link == nullptr || link->object == kNothing || mapped.form != Form::container) return;
  auto detail = TargetDetail::parse(mapped.detail);
  detail.link = std::to_string(link->object);
  if (link->instance != kNothing) detail.link += "/" + std::to_string(link->instance);
  mapped.detail = detail.toText();
}

}  // namespace

struct Engine::Index {
  Index(RuleSet given, EngineSettings chosen) : set(std::move(given)), settings(chosen), rules(set.rules) {}

  static Error located(Error error, const Rule* rule, const Path& path) {
    error.where = (rule == nullptr ? "the default rule" : "rule " + rule->name) + ", " + path.toString();
    return error;
  }

  void addTarget(Mapping& mapping, std::string place, Content content, const Converted& value, std::string_view unit,
                 WallTime time) const {
    auto& target = mapping.targets.emplace_back();
    target.path = std::move(place);
    if (content == Content::record) {
      target.content = recordOf(value, unit, time);
      target.contentInfo = kRecord;
    } else {
      target.content = value.text;
      target.contentInfo = value.kind == Converted::Kind::binary ? kBinary : kPlainText;
    }
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
  if (winner != nullptr) {
    mapping.report = winner->rule->observe.report;
    mapping.heartbeat = winner->rule->observe.heartbeat;
    mapping.rule = winner->rule->name;
    if (winner->targets.empty()) return mapping;
  }
  const auto& converter = winner == nullptr ? index_->defaultConverter : winner->converter;
  const auto& conversion = winner == nullptr ? index_->asItIs : winner->rule->value;
  const auto deviceUnit = deviceUnitOf(device, path);
  const auto value = converter.toApplication(record.value, deviceUnit);
  if (!value) return tl::unexpected(Index::located(value.error(), winner == nullptr ? nullptr : winner->rule, path));
  const auto unit = unitOf(conversion, deviceUnit);
  const auto time = record.time.value_or(received);
  if (winner == nullptr) {
    index_->addTarget(mapping, defaultPlace(path), index_->settings.form, *value, unit, time);
    addLink(mapping.targets.back(), record);
    return mapping;
  }
  mapping.targets.reserve(winner->targets.size());
  for (const auto& target : winner->targets) {
    if (target.target->form == Form::transparent) {
      mapping.encapsulated = true;
      continue;
    }
    auto place = placeOf(target, winner->rule->match, path, device.endpoint);
    if (isResource(target.target->form)) {
      auto content = attributesOf(target, *value, record, siblings);
      if (!content) return tl::unexpected(Index::located(content.error(), winner->rule, path));
      if (!content->empty())
        mapping.targets.push_back({target.target->form, std::move(place), *std::move(content), {}, target.detail});
      continue;
    }
    const auto content = target.target->content.value_or(index_->settings.form);
    index_->addTarget(mapping, std::move(place), content, *value, unit, time);
    mapping.targets.back().form = target.target->form;
    mapping.targets.back().detail = target.detail;
    addLink(mapping.targets.back(), record);
  }
  return mapping;
}

Mapping Engine::encapsulate(const DeviceFacts& device, const Path& observed, std::uint16_t contentFormat,
                            ByteView payload) const {
  Mapping mapping;
  const auto* winner = index_->encapsulates ? index_->rules.find(device, observed) : nullptr;
  if (winner == nullptr) return mapping;
  mapping.report = winner->rule->observe.report;
  mapping.heartbeat = winner->rule->observe.heartbeat;
  mapping.rule = winner->rule->name;
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
  if (path.depth() < 3) return fail(Errc::malformed, "a value stands at a resource", path.toString());
  const auto* winner = index_->rules.find(device, path);
  const auto* rule = winner == nullptr ? nullptr : winner->rule;
  if (rule == nullptr && !index_->settings.defaultRule) {
    return fail(Errc::notFound, "no rule is for this value, and the default rule is off", path.toString());
  }
  auto form = index_->settings.form;
  if (winner != nullptr && !winner->targets.empty()) form = winner->targets.front().target->content.value_or(form);
  const auto text = form == Content::record ? valueOfRecord(content) : Result<std::string>(std::string(content));
  if (!text) return tl::unexpected(Index::located(text.error(), rule, path));
  const auto* definition = device.definitions.resource(path.object(), path.resource());
  const auto type = definition == nullptr ? lwm2m::ResourceType::none : definition->type;
  const auto& converter = winner == nullptr ? index_->defaultConverter : winner->converter;
  auto value = converter.toDevice(*text, type, deviceUnitOf(device, path));
  if (!value) return tl::unexpected(Index::located(value.error(), rule, path));
  return value;
}

}  // namespace isthmus::mapping
