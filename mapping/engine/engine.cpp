#include "mapping/engine/engine.h"

#include "ipe/base/located_json.h"
#include "mapping/engine/plan.h"
#include "mapping/engine/rule_index.h"

#include <charconv>
#include <iterator>
#include <utility>

namespace isthmus::mapping {
namespace {

using lwm2m::Path;
using lwm2m::Record;

// m2m:contentInfo, media type and encoding: 0 plain, 2 base64 of binary (TS-0004 6.3.4.2.28)
constexpr std::string_view kPlainText = "text/plain:0";
constexpr std::string_view kBinary = "application/octet-stream:2";
constexpr std::string_view kRecord = "application/json:0";

void appendId(std::string& out, std::uint16_t id) {
  char text[8];
  out.append(std::begin(text), std::to_chars(std::begin(text), std::end(text), id).ptr);
}

// An endpoint name as part of a resource name: without a leading "urn:", other characters than 0-9 A-Z a-z _ - as _.
void appendEndpoint(std::string& out, std::string_view endpoint) {
  if (endpoint.starts_with("urn:")) endpoint.remove_prefix(4);
  for (const char c : endpoint) {
    const bool legal =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
    out += legal ? c : '_';
  }
}

void appendPart(std::string& out, const NamePart& part, const Path& path, std::string_view endpoint) {
  switch (part.placeholder) {
    case Placeholder::none: out += part.text; return;
    case Placeholder::object: return appendId(out, path.object());
    case Placeholder::instance: return appendId(out, path.instance());
    case Placeholder::resource: return appendId(out, path.resource());
    case Placeholder::resourceInstance: return appendId(out, path.resourceInstance());
    case Placeholder::endpoint: return appendEndpoint(out, endpoint);
  }
}

bool needsResourceInstance(const NameSegment& segment) {
  for (const auto& part : segment) {
    if (part.placeholder == Placeholder::resourceInstance) return true;
  }
  return false;
}

std::string placeOf(const CompiledTarget& target, const Match& match, const Path& path, std::string_view endpoint) {
  std::string place;
  for (const auto& segment : target.name) {
    if (path.depth() < 4 && needsResourceInstance(segment)) continue;
    if (!place.empty()) place += '/';
    for (const auto& part : segment) appendPart(place, part, path, endpoint);
  }
  if (path.depth() == 4 && !target.namesResourceInstance && !match.resourceInstance) {
    place += '/';
    appendId(place, path.resourceInstance());
  }
  return place;
}

std::string defaultPlace(const Path& path) {
  std::string place;
  for (std::size_t level = 0; level < path.depth(); ++level) {
    if (level > 0) place += '/';
    appendId(place, path.id(level));
  }
  return place;
}

std::string_view unitOf(const Conversion* conversion, const DeviceFacts& device, const Path& path) {
  if (conversion != nullptr && !conversion->unit.empty()) return conversion->unit;
  const auto* definition = device.definitions.resource(path.object(), path.resource());
  return definition == nullptr ? std::string_view() : std::string_view(definition->unit);
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
};

Engine::Engine(RuleSet set, EngineSettings settings) : index_(std::make_unique<Index>(std::move(set), settings)) {}
Engine::~Engine() = default;

const RuleSet& Engine::rules() const { return index_->set; }

Result<Mapping> Engine::toOneM2m(const DeviceFacts& device, const Record& record, WallTime received) const {
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
  const auto value = converter.toApplication(record.value);
  if (!value) return tl::unexpected(Index::located(value.error(), winner == nullptr ? nullptr : winner->rule, path));
  const auto unit = unitOf(winner == nullptr ? nullptr : &winner->rule->value, device, path);
  const auto time = record.time.value_or(received);
  if (winner == nullptr) {
    index_->addTarget(mapping, defaultPlace(path), index_->settings.form, *value, unit, time);
    return mapping;
  }
  mapping.targets.reserve(winner->targets.size());
  for (const auto& target : winner->targets) {
    index_->addTarget(mapping, placeOf(target, winner->rule->match, path, device.endpoint),
                      target.target->content.value_or(index_->settings.form), *value, unit, time);
  }
  return mapping;
}

std::vector<PlannedObservation> Engine::plan(const DeviceFacts& device, std::span<const Path> instances) const {
  return planObservations(index_->rules, index_->settings.defaultRule, device, instances);
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
  auto value = converter.toDevice(*text, type);
  if (!value) return tl::unexpected(Index::located(value.error(), rule, path));
  return value;
}

}  // namespace isthmus::mapping
