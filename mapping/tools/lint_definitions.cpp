// What a rule says beside what the object definitions say.
#include "mapping/tools/linted_rule.h"
#include "mapping/units/unit.h"
#include "onem2m/model/specialization.h"

#include <algorithm>
#include <optional>

namespace isthmus::mapping {
namespace {

using lwm2m::ObjectDefinition;
using lwm2m::ResourceDefinition;
using lwm2m::ResourceType;

// A server is never told of these (LwM2M Core 6.2.1).
bool isNeverDeclared(std::uint16_t object) { return object == 0 || object == 21 || object == 23; }

bool isNumber(ResourceType type) {
  return type == ResourceType::integer || type == ResourceType::unsignedInteger || type == ResourceType::floating;
}
bool isWhole(ResourceType type) { return type == ResourceType::integer || type == ResourceType::unsignedInteger; }

// Whether some value of the one can be read as the other (lwm2m::convert).
bool canBecome(ResourceType from, ResourceType to) {
  if (from == to || from == ResourceType::string || to == ResourceType::string) return true;
  if (isNumber(from)) return isNumber(to) || to == ResourceType::boolean || to == ResourceType::time;
  if (from == ResourceType::boolean) return isNumber(to);
  return from == ResourceType::time && isNumber(to);
}

std::string called(const ObjectDefinition& object) {
  return "object " + std::to_string(object.id) + " (" + object.name + ")";
}
std::string called(const ResourceDefinition& resource) {
  return "resource " + std::to_string(resource.id) + " (" + resource.name + ")";
}

class DefinitionCheck {
 public:
  DefinitionCheck(const LintedRule& at, const lwm2m::ObjectRegistry& registry, Findings& findings)
      : at_(at), rule_(*at.rule), registry_(registry), findings_(findings) {}

  void run() {
    if (!rule_.match.object) return;
    if (isNeverDeclared(*rule_.match.object)) {
      return error(
          "never-fires", {"match", "object"},
          "devices never tell a server of object " + std::to_string(*rule_.match.object) + ": remove the rule");
    }
    if (!findObject()) return;
    checkInstance();
    if (!rule_.match.resource || !findResource()) return;
    checkResourceInstance();
    checkDirection();
    checkType();
    checkUnit();
    checkAttributes();
    checkEnumeration(at_, *resource_, findings_);
  }

 private:
  using Path = std::initializer_list<std::string_view>;
  void error(std::string_view check, Path path, std::string message) {
    findings_.add(Severity::error, check, at_, path, std::move(message));
  }
  void warning(std::string_view check, Path path, std::string message) {
    findings_.add(Severity::warning, check, at_, path, std::move(message));
  }

  // The newest of the versions that the rule is for.
  bool findObject() {
    std::string known;
    const auto& match = rule_.match;
    for (const ObjectDefinition* definition : registry_.all()) {
      if (definition->id != *match.object) continue;
      known += (known.empty() ? "" : ", ") + definition->version.toString();
      const bool below = match.versionMin && definition->version < *match.versionMin;
      const bool above = match.versionMax && definition->version > *match.versionMax;
      if (!below && !above) versions_.push_back(definition);
    }
    if (!versions_.empty()) return true;
    if (known.empty()) {
      warning("unknown-object", {"match", "object"},
              "no definition of object " + std::to_string(*match.object) +
                  " is known, so that the rule cannot be checked: give its XML file (--objects, lwm2m.objects)");
    } else {
      warning("never-fires", {"match", "version"},
              "object " + std::to_string(*match.object) + " is known in version " + known +
                  ", of which the rule takes none: widen \"version\", or give the definition (--objects)");
    }
    return false;
  }

  void checkInstance() {
    const auto& match = rule_.match;
    if (!match.instance || *match.instance == 0 || std::ranges::any_of(versions_, &ObjectDefinition::multiple)) return;
    error("never-fires", {"match", "instance"}, called(*versions_.back()) + " has one instance only: 0");
  }

  bool findResource() {
    for (const ObjectDefinition* definition : versions_)
      if (const auto* found = definition->resource(*rule_.match.resource)) resource_ = found;
    if (resource_ != nullptr) return true;
    std::string known;
    for (const ResourceDefinition& resource : versions_.back()->resources)
      known += (known.empty() ? "" : ", ") + std::to_string(resource.id);
    warning(
        "unknown-resource", {"match", "resource"},
        called(*versions_.back()) + " has no resource " + std::to_string(*rule_.match.resource) + "; it has " + known);
    return false;
  }

  void checkResourceInstance() {
    if (!rule_.match.resourceInstance || resource_->multiple) return;
    error("never-fires", {"match", "resourceInstance"}, called(*resource_) + " has one instance only: leave it out");
  }

  void checkDirection() {
    const auto& operations = resource_->operations;
    const bool wanted = std::ranges::any_of(rule_.to, [](const Target& it) { return it.write || it.command; });
    if (!operations.read && rule_.observe.level != ObserveLevel::none) {
      const std::string how = operations.execute ? "is executed" : operations.write ? "can only be written" : "";
      error("direction", {"observe", "level"},
            called(*resource_) + (how.empty() ? " cannot be used by a server" : " " + how + ", and has no value") +
                ": write \"observe\": {\"level\": \"none\"}" +
                (wanted ? "" : R"(, and let applications use it by a target with "command": true)"));
    } else if (!operations.read && !wanted) {
      error("never-fires", {"match", "resource"},
            called(*resource_) + " has no value to pass on: give the rule a target with \"command\": true");
    }
    for (std::size_t i = 0; i < rule_.to.size(); ++i)
      if (rule_.to[i].write && !operations.write && !isAction(rule_.to[i])) complainOfWrite(i);
  }

  // An attribute that an application sets to have the resource executed.
  bool isAction(const Target& target) const {
    return resource_->operations.execute && (target.form == Form::flexContainer || target.form == Form::mgmtObj);
  }

  void complainOfWrite(std::size_t position) {
    const auto list = at_.node.member("to");
    const auto targets = list ? list->children() : std::vector<json::Node>();
    const json::Node target = position < targets.size() ? targets[position] : at_.node;
    const bool executed = resource_->operations.execute;
    findings_.addAt(Severity::error, "direction", at_, target.member("write").value_or(target),
                    called(*resource_) + (executed ? R"( is executed, not written: use "command": true)"
                                                   : " is read-only: devices refuse to be written there"));
  }

  void checkType() {
    const auto& value = rule_.value;
    const ResourceType defined = resource_->type;
    if (value.type && !canBecome(defined, *value.type)) {
      return error("wrong-type", {"value", "type"},
                   called(*resource_) + " is of type " + std::string(lwm2m::name(defined)) + ", of which no value is " +
                       std::string(lwm2m::name(*value.type)) + ": leave \"type\" out");
    }
    const ResourceType type = value.type.value_or(defined);
    const std::string is = called(*resource_) + " is of type " + std::string(lwm2m::name(type)) + ": ";
    if (value.base != 0 && type != ResourceType::string)
      error("wrong-type", {"value", "base"}, is + "\"base\" is for the digits of a string");
    const bool numeric = isNumber(type) || (type == ResourceType::string && value.base != 0);
    const std::pair<std::string_view, bool> steps[] = {{"scale", value.scale != 1},
                                                       {"offset", value.offset != 0},
                                                       {"precision", value.precision.has_value()},
                                                       {"range", value.range.has_value()}};
    for (const auto& [key, has] : steps)
      if (has && !numeric) error("wrong-type", {"value", key}, is + "\"" + std::string(key) + "\" is for numbers");
    if (rule_.observe.deadband != 0 && !numeric)
      error("wrong-type", {"observe", "deadband"}, is + "\"deadband\" is for numbers");
    if (value.boolean && type != ResourceType::boolean && !isWhole(type))
      error("wrong-type", {"value", "boolean"}, is + "\"boolean\" is for booleans, 0 and 1");
    if (value.time && type != ResourceType::time && !isWhole(type))
      error("wrong-type", {"value", "time"}, is + "\"time\" is for times in seconds");
  }

  // With what the device's numbers are measured in, where the rule does not say it; the reader compares its own.
  void checkUnit() {
    const auto& value = rule_.value;
    if (value.unit.empty() || !value.deviceUnit.empty()) return;
    const std::string_view defined = resource_->unit;
    const auto device = defined.empty() ? usualUnit(*rule_.match.object, resource_->id) : defined;
    if (device.empty() && findUnit(value.unit) == nullptr) {
      return warning("unit-clash", {"value", "unit"},
                     "\"" + value.unit + "\" is no unit that is known: it is passed on as it stands");
    }
    if (device.empty()) return;
    const auto convertible = checkConvertible(device, value.unit);
    if (convertible) return;
    error("unit-clash", {"value", "unit"},
          called(*resource_) + " is measured in " + std::string(device) + ": " + convertible.error().message +
              "; name another unit, or say by \"deviceUnit\" what the device measures in");
  }

  // What the device would refuse; the reader knows only of types that the rule states.
  void checkAttributes() {
    if (rule_.value.type || rule_.observe.level != ObserveLevel::resource) return;
    for (const Error& fault : lwm2m::checkTarget(rule_.observe.attributes, lwm2m::Path(0, 0, 0), resource_->type)) {
      findings_.add(
          Severity::error, "wrong-type", at_, {"observe", fault.where},
          called(*resource_) + " is of type " + std::string(lwm2m::name(resource_->type)) + ": " + fault.message);
    }
  }

  const LintedRule& at_;
  const Rule& rule_;
  const lwm2m::ObjectRegistry& registry_;
  Findings& findings_;
  std::vector<const ObjectDefinition*> versions_;  // ascending
  const ResourceDefinition* resource_ = nullptr;
};

// Of a list of attributes ("red,green,blue") the first that the class does not have; "" if it has all.
std::string_view unknownAttribute(const onem2m::Specialization& kind, std::string_view list) {
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    if (kind.attribute(list.substr(0, end)) == nullptr) return list.substr(0, end);
    list.remove_prefix(std::min(list.size(), end + 1));
  }
  return {};
}

// What the CSE would refuse (4102): a class or an attribute that oneM2M does not have.
void checkClasses(const LintedRule& at, Findings& findings) {
  const auto list = at.node.member("to");
  const auto nodes = list && list->is(json::Kind::array) ? list->children() : std::vector<json::Node>();
  for (std::size_t i = 0; i < nodes.size() && i < at.rule->to.size(); ++i) {
    const Target& target = at.rule->to[i];
    if (target.form != Form::flexContainer && target.form != Form::mgmtObj) continue;
    const auto type =
        target.form == Form::mgmtObj ? onem2m::ResourceType::mgmtObj : onem2m::ResourceType::flexContainer;
    const auto* known = onem2m::specialization(type, target.className);
    if (known == nullptr) {
      findings.addAt(Severity::warning, "unknown-class", at, nodes[i].member("class").value_or(nodes[i]),
                     "\"" + target.className + "\" is no class that is known here: values for it are only passed on");
    } else if (const auto unknown = unknownAttribute(*known, target.attribute); !unknown.empty()) {
      std::vector<std::string_view> names;
      for (const auto& attribute : known->attributes) names.push_back(attribute.name);
      findings.addAt(
          Severity::error, "unknown-class", at, nodes[i].member("attribute").value_or(nodes[i]),
          target.className + " has no attribute \"" + std::string(unknown) + "\": " + json::suggestion(unknown, names));
    }
  }
}

}  // namespace

void checkDefinitions(const LintedRule& rule, const lwm2m::ObjectRegistry& registry, Findings& findings) {
  DefinitionCheck(rule, registry, findings).run();
  checkClasses(rule, findings);
}

}  // namespace isthmus::mapping
