#include "mapping/rules/rule_file.h"
#include "mapping/rules/rule_words.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <charconv>

namespace isthmus::mapping {
namespace {

// Writes only what differs from the defaults, keys in a fixed order: the same rule is always the same text.
class RuleWriter {
 public:
  std::string text() const { return {buffer_.GetString(), buffer_.GetSize()}; }

  void write(const RuleSet& set) {
    writer_.StartObject();
    if (!set.name.empty()) put("set", set.name);
    key("rules");
    writer_.StartArray();
    for (const auto& rule : set.rules) write(rule);
    writer_.EndArray();
    writer_.EndObject();
  }

  void write(const Rule& rule) {
    writer_.StartObject();
    if (!rule.name.empty()) put("name", rule.name);
    key("match");
    write(rule.match);
    key("observe");
    write(rule.observe);
    if (rule.value != Conversion{}) {
      key("value");
      write(rule.value);
    }
    key("to");
    writer_.StartArray();
    for (const auto& target : rule.to) write(target);
    writer_.EndArray();
    writer_.EndObject();
  }

 private:
  void write(const Match& match) {
    writer_.StartObject();
    put("object", match.object);
    if (match.versionMin || match.versionMax) put("version", versions(match));
    put("instance", match.instance);
    put("resource", match.resource);
    put("resourceInstance", match.resourceInstance);
    if (match.endpoint != "*") put("endpoint", match.endpoint);
    if (!match.manufacturer.empty()) put("manufacturer", match.manufacturer);
    if (!match.model.empty()) put("model", match.model);
    if (!match.label.empty()) put("label", match.label);
    writer_.EndObject();
  }

  void write(const Observe& observe) {
    writer_.StartObject();
    put("level", words::kLevels[static_cast<std::size_t>(observe.level)]);
    mark("composite", observe.composite);
    if (observe.when != ObserveWhen::always) put("when", words::kWhens[static_cast<std::size_t>(observe.when)]);
    put("report", words::kReports[static_cast<std::size_t>(observe.report)]);
    if (observe.heartbeat != seconds(0)) raw("heartbeat", std::to_string(observe.heartbeat.count()));
    if (observe.deadband != 0) raw("deadband", shortest(observe.deadband));
    if (observe.minInterval != seconds(0)) raw("minInterval", std::to_string(observe.minInterval.count()));
    for (const auto& [name, value] : lwm2m::toPairs(observe.attributes)) raw(name, value);
    writer_.EndObject();
  }

  void write(const Conversion& value) {
    writer_.StartObject();
    if (value.type) put("type", words::kTypes.at(static_cast<std::size_t>(*value.type) - 1));
    if (value.base != 0) raw("base", std::to_string(value.base));
    if (value.scale != 1) raw("scale", shortest(value.scale));
    if (value.offset != 0) raw("offset", shortest(value.offset));
    if (!value.deviceUnit.empty()) put("deviceUnit", value.deviceUnit);
    if (!value.unit.empty()) put("unit", value.unit);
    if (!value.enumeration.empty()) writeEnumeration(value);
    if (value.boolean) put("boolean", value.boolean->yes + "/" + value.boolean->no);
    if (value.precision) raw("precision", std::to_string(*value.precision));
    if (value.range) writeRange(*value.range);
    if (value.time) put("time", words::kTimeForms[static_cast<std::size_t>(*value.time)]);
    writer_.EndObject();
  }

  void writeEnumeration(const Conversion& value) {
    key("enumeration");
    writer_.StartObject();
    for (const auto& [device, application] : value.enumeration) put(device, application);
    writer_.EndObject();
    if (value.otherwise) put("otherwise", *value.otherwise);
  }

  void writeRange(const Range& range) {
    key("range");
    writer_.StartArray();
    for (const auto end : {range.min, range.max}) {
      const auto number = shortest(end);
      writer_.RawValue(number.data(), number.size(), rapidjson::kNumberType);
    }
    writer_.EndArray();
  }

  void write(const Target& target) {
    writer_.StartObject();
    put("form", words::kForms[static_cast<std::size_t>(target.form)]);
    put("name", target.name);
    if (!target.className.empty()) put("class", target.className);
    if (!target.attribute.empty()) put("attribute", target.attribute);
    if (target.content) put("content", words::kContents[static_cast<std::size_t>(*target.content)]);
    if (!target.jsonTemplate.empty()) {
      key("template");
      writer_.RawValue(target.jsonTemplate.data(), target.jsonTemplate.size(), rapidjson::kObjectType);
    }
    mark("write", target.write);
    mark("blocking", target.blocking);
    mark("command", target.command);
    if (!target.labels.empty()) {
      key("labels");
      writer_.StartArray();
      for (const auto& label : target.labels)
        writer_.String(label.data(), static_cast<rapidjson::SizeType>(label.size()));
      writer_.EndArray();
    }
    writer_.EndObject();
  }

  static std::string versions(const Match& match) {
    if (match.versionMin == match.versionMax) return match.versionMin->toString();
    return (match.versionMin ? match.versionMin->toString() : "") + ".." +
           (match.versionMax ? match.versionMax->toString() : "");
  }

  static std::string shortest(double number) {
    char text[32];
    return {std::begin(text), std::to_chars(std::begin(text), std::end(text), number).ptr};
  }

  void key(std::string_view name) { writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size())); }
  void put(std::string_view name, std::string_view value) {
    key(name);
    writer_.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  }
  void mark(std::string_view name, bool holds) {
    if (!holds) return;
    key(name);
    writer_.Bool(true);
  }
  void put(std::string_view name, const std::optional<std::uint16_t>& id) {
    if (id) raw(name, std::to_string(*id));
  }
  void raw(std::string_view name, std::string_view number) {
    key(name);
    writer_.RawValue(number.data(), number.size(), rapidjson::kNumberType);
  }

  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_{buffer_};
};

}  // namespace

std::string toJson(const RuleSet& set) {
  RuleWriter writer;
  writer.write(set);
  return writer.text();
}

std::string toJson(const Rule& rule) {
  RuleWriter writer;
  writer.write(rule);
  return writer.text();
}

}  // namespace isthmus::mapping
