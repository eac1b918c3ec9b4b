#include "mapping/tools/dry_run.h"

#include "mapping/rules/rule_words.h"

#include <algorithm>
#include <charconv>

namespace isthmus::mapping {
namespace {

using json::Faults;
using json::Kind;
using json::Node;
using lwm2m::ResourceType;

constexpr std::string_view kKeys[] = {"endpoint", "path", "value", "type", "time", "manufacturer", "model", "labels"};

void text(const Node& node, std::string_view key, std::string& out, Faults& faults) {
  if (const auto member = node.member(key)) out = json::readString(*member, faults).value_or(out);
}

std::optional<WallTime> timeOf(const Node& node, Faults& faults) {
  std::int64_t ms = 0;
  const auto given = node.text();
  const auto [stop, fault] = std::from_chars(given.data(), given.data() + given.size(), ms);
  if (node.is(Kind::number) && fault == std::errc() && stop == given.data() + given.size())
    return WallTime(milliseconds(ms));
  const auto time = node.is(Kind::string) ? parseIso8601(given) : std::nullopt;
  if (!time) json::complain(faults, node, R"(a time is "2026-01-31T12:00:00Z", or milliseconds since 1970)");
  return time;
}

// As rules write it ("float"), or as definitions do ("Float").
std::optional<ResourceType> typeNamed(const Node& node, Faults& faults) {
  for (int i = 1; i <= static_cast<int>(ResourceType::coreLink); ++i)
    if (lwm2m::name(static_cast<ResourceType>(i)) == node.text()) return static_cast<ResourceType>(i);
  const auto index = json::readWord(node, words::kTypes, faults);
  return index ? std::optional(static_cast<ResourceType>(*index + 1)) : std::nullopt;
}

void readOptional(const Node& node, RecordedReading& reading, Faults& faults) {
  if (const auto type = node.member("type")) reading.type = typeNamed(*type, faults);
  if (const auto time = node.member("time")) reading.time = timeOf(*time, faults);
  const auto labels = node.member("labels");
  if (!labels || !json::expect(*labels, Kind::array, faults)) return;
  for (const Node& label : labels->children())
    if (auto word = json::readString(label, faults)) reading.labels.push_back(*std::move(word));
}

// A value of unknown type is what it looks like.
ResourceType typeOf(const RecordedReading& reading, const lwm2m::DeviceModel& model) {
  if (reading.type) return *reading.type;
  const auto* definition = model.resource(reading.path.object(), reading.path.resource());
  if (definition != nullptr && definition->type != ResourceType::none) return definition->type;
  if (reading.kind == Kind::boolean) return ResourceType::boolean;
  if (reading.kind != Kind::number) return ResourceType::string;
  return reading.value.find_first_of(".eE") == std::string::npos ? ResourceType::integer : ResourceType::floating;
}

void member(std::string& out, std::string_view key, std::string_view value) {
  out += out.ends_with('{') ? "" : ",";
  json::appendQuoted(out, key);
  out += ':';
  json::appendQuoted(out, value);
}

std::string_view formOf(const Mapped& target) { return words::kForms[static_cast<std::size_t>(target.form)]; }

}  // namespace

std::optional<RecordedReading> readReading(const Node& node, Faults& faults) {
  const std::size_t before = faults.size();
  if (!json::expect(node, Kind::object, faults)) return std::nullopt;
  json::refuseUnknownKeys(node, kKeys, faults);
  RecordedReading reading;
  text(node, "endpoint", reading.endpoint, faults);
  text(node, "manufacturer", reading.manufacturer, faults);
  text(node, "model", reading.model, faults);
  const auto value = node.member("value"), path = node.member("path");
  if (!value || !path) {
    json::complain(faults, node, R"(a reading needs "path" and "value": {"path": "/3303/0/5700", "value": 21.5})");
    return std::nullopt;
  }
  if (value->is(Kind::object) || value->is(Kind::array) || value->is(Kind::null))
    json::complain(faults, *value, "a value is a number, a text, true or false");
  reading.value = value->text();
  reading.kind = value->kind();
  const auto parsed = lwm2m::Path::parse(json::readString(*path, faults).value_or(""));
  if (!parsed || parsed->depth() < 3) json::complain(faults, *path, "a value stands at a resource: \"/3303/0/5700\"");
  if (parsed) reading.path = *parsed;
  readOptional(node, reading, faults);
  return faults.size() == before ? std::optional(std::move(reading)) : std::nullopt;
}

std::vector<RecordedReading> readCapture(std::string_view all, std::string_view fileName, Faults& faults) {
  std::vector<RecordedReading> readings;
  for (std::size_t line = 1; !all.empty(); ++line) {
    const auto end = std::min(all.find('\n'), all.size());
    const auto text = all.substr(0, end);
    all.remove_prefix(std::min(all.size(), end + 1));
    if (text.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const json::Document document(text, std::string(fileName) + ":" + std::to_string(line));
    faults.insert(faults.end(), document.faults().begin(), document.faults().end());
    if (!document.faults().empty()) continue;
    if (auto reading = readReading(document.root(), faults)) readings.push_back(*std::move(reading));
  }
  return readings;
}

DryOutcome dryRun(const Engine& engine, const lwm2m::ObjectRegistry& registry, const RecordedReading& reading,
                  WallTime received) {
  const lwm2m::DeviceModel model(registry, {});
  const DeviceFacts device{reading.endpoint, reading.manufacturer, reading.model, model, reading.labels};
  DryOutcome outcome{reading.endpoint, reading.path.toString(), reading.value, {}, {}, {}, false, {}};
  const auto type = typeOf(reading, model);
  const auto value = lwm2m::convert(reading.value, type);
  if (!value) {
    outcome.error = "'" + reading.value + "' is no " + std::string(lwm2m::name(type)) + ": " + value.error().message;
    return outcome;
  }
  outcome.rule = engine.ruleOf(device, reading.path);
  auto mapping = engine.toOneM2m(device, {reading.path, *value, reading.time}, received);
  if (!mapping) {
    outcome.error = mapping.error().text();
    return outcome;
  }
  outcome.report = words::kReports[static_cast<std::size_t>(mapping->report)];
  outcome.targets = std::move(mapping->targets);
  outcome.encapsulated = mapping->encapsulated;
  return outcome;
}

std::string toText(const DryOutcome& outcome) {
  std::string out = outcome.endpoint + " " + outcome.path + " = " + outcome.value + "   " +
                    (outcome.rule.empty() ? "default rule" : "rule " + outcome.rule);
  if (!outcome.report.empty()) out += ", " + outcome.report;
  out += "\n";
  for (const Mapped& target : outcome.targets) {
    out += "  " + std::string(formOf(target)) + " " + target.path + "   " + target.content;
    out += target.contentInfo.empty() ? "\n" : "   (" + target.contentInfo + ")\n";
  }
  if (!outcome.error.empty()) return out + "  refused: " + outcome.error + "\n";
  if (outcome.encapsulated) out += "  transparent: the message that it comes in, as it stands\n";
  return outcome.targets.empty() && !outcome.encapsulated ? out + "  goes nowhere\n" : out;
}

std::string toJson(const DryOutcome& outcome) {
  std::string out = "{";
  member(out, "endpoint", outcome.endpoint);
  member(out, "path", outcome.path);
  member(out, "value", outcome.value);
  member(out, "rule", outcome.rule);
  member(out, "report", outcome.report);
  out += ",\"targets\":[";
  for (const Mapped& target : outcome.targets) {
    out += out.ends_with('[') ? "{" : ",{";
    member(out, "form", formOf(target));
    member(out, "path", target.path);
    member(out, "content", target.content);
    member(out, "contentInfo", target.contentInfo);
    out += '}';
  }
  out += std::string("],\"encapsulated\":") + (outcome.encapsulated ? "true" : "false");
  if (!outcome.error.empty()) member(out, "error", outcome.error);
  return out + "}";
}

bool isSame(const DryOutcome& a, const DryOutcome& b) {
  return a.report == b.report && a.error == b.error && a.encapsulated == b.encapsulated &&
         std::ranges::equal(a.targets, b.targets, [](const Mapped& left, const Mapped& right) {
           return left.form == right.form && left.path == right.path && left.content == right.content &&
                  left.contentInfo == right.contentInfo && left.detail == right.detail;
         });
}

}  // namespace isthmus::mapping
