#include "onem2m/codec/representation.h"

#include "onem2m/codec/json_text.h"

#include <charconv>

namespace isthmus::onem2m {
namespace {

void appendInteger(std::string& out, std::int64_t number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

// Keys are ours and need no escaping.
void key(std::string& out, std::string_view name) {
  if (out.back() != '{') out += ',';
  out += '"';
  out += name;
  out += "\":";
}

void open(std::string& out, std::string_view root) {
  out += "{\"";
  out += root;
  out += "\":{";
}

void text(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  key(out, name);
  appendJsonString(out, value);
}

void number(std::string& out, std::string_view name, std::int64_t value) {
  if (value == 0) return;
  key(out, name);
  appendInteger(out, value);
}

template <class List, class Append>
void list(std::string& out, std::string_view name, const List& values, Append append) {
  if (values.empty()) return;
  key(out, name);
  out += '[';
  for (const auto& value : values) {
    if (out.back() != '[') out += ',';
    append(out, value);
  }
  out += ']';
}

void texts(std::string& out, std::string_view name, const std::vector<std::string>& values) {
  list(out, name, values, [](std::string& to, const std::string& value) { appendJsonString(to, value); });
}

// TS-0004 6.3.5.28 m2m:setOfAcrs
void rules(std::string& out, std::string_view name, const std::vector<AccessRule>& privileges) {
  key(out, name);
  out += '{';
  list(out, "acr", privileges, [](std::string& to, const AccessRule& rule) {
    to += '{';
    texts(to, "acor", rule.originators);
    key(to, "acop");
    appendInteger(to, rule.operations);
    to += '}';
  });
  out += '}';
}

}  // namespace

std::string toJson(const AeResource& ae) {
  std::string out;
  open(out, "m2m:ae");
  text(out, "rn", ae.name);
  text(out, "api", ae.appId);
  text(out, "apn", ae.appName);
  if (ae.reachable) {
    key(out, "rr");
    out += *ae.reachable ? "true" : "false";
  }
  texts(out, "poa", ae.pointsOfAccess);
  texts(out, "srv", ae.releases);
  texts(out, "lbl", ae.labels);
  texts(out, "acpi", ae.policies);
  text(out, "nl", ae.nodeLink);
  out += "}}";
  return out;
}

std::string toJson(const PolicyResource& policy) {
  std::string out;
  open(out, "m2m:acp");
  text(out, "rn", policy.name);
  rules(out, "pv", policy.privileges);
  rules(out, "pvs", policy.selfPrivileges);
  out += "}}";
  return out;
}

std::string toJson(const NodeResource& node) {
  std::string out;
  open(out, "m2m:nod");
  text(out, "rn", node.name);
  text(out, "ni", node.nodeId);
  texts(out, "hael", node.hostedAes);
  texts(out, "lbl", node.labels);
  texts(out, "acpi", node.policies);
  out += "}}";
  return out;
}

std::string toJson(const ContainerResource& container) {
  std::string out;
  open(out, "m2m:cnt");
  text(out, "rn", container.name);
  texts(out, "lbl", container.labels);
  texts(out, "acpi", container.policies);
  number(out, "mni", container.maxInstances);
  number(out, "mia", container.maxAge);
  out += "}}";
  return out;
}

void writeJson(std::string& out, const ContentInstance& instance) {
  out.clear();
  open(out, "m2m:cin");
  text(out, "rn", instance.name);
  text(out, "cnf", instance.contentInfo);
  if (instance.labels != nullptr) texts(out, "lbl", *instance.labels);
  if (!instance.objectLink.empty()) {
    key(out, "conr");
    out += R"([{"nm":"ObjectLink")";
    text(out, "uri", instance.objectLink);
    out += "}]";
  }
  // An empty content is said: a contentInstance without `con` is refused by some.
  key(out, "con");
  appendJsonString(out, instance.content);
  out += "}}";
}

std::string toJson(const ContentInstance& instance) {
  std::string out;
  writeJson(out, instance);
  return out;
}

std::string toJson(const TimeSeriesResource& series) {
  std::string out;
  open(out, "m2m:ts");
  text(out, "rn", series.name);
  texts(out, "lbl", series.labels);
  texts(out, "acpi", series.policies);
  number(out, "mni", series.maxInstances);
  number(out, "mia", series.maxAge);
  text(out, "cnf", series.contentInfo);
  out += "}}";
  return out;
}

void writeJson(std::string& out, const TimeSeriesInstance& instance) {
  out.clear();
  open(out, "m2m:tsi");
  text(out, "rn", instance.name);
  text(out, "dgt", instance.dataGeneration);
  key(out, "con");
  appendJsonString(out, instance.content);
  out += "}}";
}

std::string toJson(const SpecializedResource& resource) {
  std::string out;
  open(out, resource.root);
  text(out, "rn", resource.name);
  text(out, "cnd", resource.containerDefinition);
  number(out, "mgd", resource.mgmtDefinition);
  texts(out, "obis", resource.objectIds);
  texts(out, "obps", resource.objectPaths);
  texts(out, "lbl", resource.labels);
  texts(out, "acpi", resource.policies);
  for (const auto& [name, value] : resource.attributes) {
    key(out, name);
    out += value;
  }
  out += "}}";
  return out;
}

std::string policiesJson(std::string_view root, const std::vector<std::string>& policies) {
  std::string out;
  open(out, root);
  texts(out, "acpi", policies);
  out += "}}";
  return out;
}

std::string toJson(const SubscriptionResource& subscription) {
  std::string out;
  open(out, "m2m:sub");
  text(out, "rn", subscription.name);
  texts(out, "nu", subscription.notificationUris);
  if (!subscription.events.empty()) {
    key(out, "enc");
    out += '{';
    const auto append = [](std::string& to, int each) { appendInteger(to, each); };
    list(out, "net", subscription.events, append);  // first: Mobius looks at the first key only
    list(out, "chty", subscription.childTypes, append);
    out += '}';
  }
  number(out, "nct", subscription.contentType);
  texts(out, "lbl", subscription.labels);
  texts(out, "acpi", subscription.policies);
  out += "}}";
  return out;
}

}  // namespace isthmus::onem2m
