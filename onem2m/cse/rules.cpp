#include "onem2m/cse/rules.h"

#include "onem2m/model/specialization.h"
#include "onem2m/model/timestamp.h"

#include <algorithm>
#include <array>
#include <span>

namespace isthmus::onem2m::cse {
namespace {

using Type = ResourceType;

struct TypeRule {
  Type type;
  std::string_view root;  // "": the specialization's
  bool stateTag;
  std::vector<Type> children;
};

const std::vector<TypeRule>& typeRules() {
  static const std::vector<TypeRule> kRules = {
      {Type::cseBase,
       "m2m:cb",
       false,
       {Type::accessControlPolicy, Type::ae, Type::container, Type::flexContainer, Type::node, Type::subscription,
        Type::timeSeries}},
      {Type::accessControlPolicy, "m2m:acp", false, {Type::subscription}},
      {Type::ae,
       "m2m:ae",
       false,
       {Type::accessControlPolicy, Type::container, Type::flexContainer, Type::subscription, Type::timeSeries}},
      {Type::container,
       "m2m:cnt",
       true,
       {Type::container, Type::contentInstance, Type::flexContainer, Type::subscription, Type::timeSeries}},
      {Type::contentInstance, "m2m:cin", true, {}},
      {Type::subscription, "m2m:sub", false, {}},
      {Type::node, "m2m:nod", false, {Type::mgmtObj, Type::flexContainer, Type::subscription}},
      {Type::mgmtObj, "", false, {Type::subscription}},
      {Type::flexContainer, "", true, {Type::container, Type::flexContainer, Type::subscription, Type::timeSeries}},
      {Type::timeSeries, "m2m:ts", false, {Type::timeSeriesInstance, Type::subscription}},
      {Type::timeSeriesInstance, "m2m:tsi", false, {}},
  };
  return kRules;
}

const TypeRule* ruleOf(Type type) {
  const auto& rules = typeRules();
  const auto found = std::find_if(rules.begin(), rules.end(), [&](const TypeRule& rule) { return rule.type == type; });
  return found == rules.end() ? nullptr : &*found;
}

enum class Form { any, text, count, flag, texts, list, timestamp, object, null };
enum class Presence { mandatory, optional, never };
constexpr auto M = Presence::mandatory, O = Presence::optional, N = Presence::never;

struct AttributeRule {
  std::string_view name;
  Form form;
  Presence create, update;
};

// TS-0004 7.4.1, Table 7.4.1-1: for all resource types. The resource name is checked on its own.
constexpr std::array kCommon = {
    AttributeRule{"rn", Form::text, O, N},   AttributeRule{"ty", Form::any, N, N},
    AttributeRule{"ri", Form::any, N, N},    AttributeRule{"pi", Form::any, N, N},
    AttributeRule{"ct", Form::any, N, N},    AttributeRule{"lt", Form::any, N, N},
    AttributeRule{"st", Form::any, N, N},    AttributeRule{"et", Form::timestamp, O, O},
    AttributeRule{"lbl", Form::texts, O, O}, AttributeRule{"acpi", Form::texts, O, O},
    AttributeRule{"cr", Form::null, O, N},
};

constexpr std::array kAe = {
    AttributeRule{"api", Form::text, M, N},  AttributeRule{"rr", Form::flag, M, O},
    AttributeRule{"srv", Form::texts, M, O}, AttributeRule{"aei", Form::any, N, N},
    AttributeRule{"apn", Form::text, O, O},  AttributeRule{"poa", Form::texts, O, O},
    AttributeRule{"nl", Form::text, O, O},   AttributeRule{"csz", Form::texts, O, O},
};
constexpr std::array kContainer = {
    AttributeRule{"mni", Form::count, O, O}, AttributeRule{"mbs", Form::count, O, O},
    AttributeRule{"mia", Form::count, O, O}, AttributeRule{"cni", Form::any, N, N},
    AttributeRule{"cbs", Form::any, N, N},   AttributeRule{"disr", Form::flag, O, O},
};
constexpr std::array kInstance = {
    AttributeRule{"con", Form::any, O, N},   AttributeRule{"cnf", Form::text, O, N},
    AttributeRule{"conr", Form::list, O, N}, AttributeRule{"cs", Form::any, N, N},
    AttributeRule{"acpi", Form::any, N, N},
};
constexpr std::array kSubscription = {
    AttributeRule{"nu", Form::texts, M, O},
    AttributeRule{"enc", Form::object, O, O},
    AttributeRule{"nct", Form::count, O, O},
    AttributeRule{"exc", Form::count, O, O},
};
constexpr std::array kPolicy = {AttributeRule{"pv", Form::object, M, O}, AttributeRule{"pvs", Form::object, M, O},
                                AttributeRule{"acpi", Form::any, N, N}};
constexpr std::array kNode = {AttributeRule{"ni", Form::text, M, O}, AttributeRule{"hael", Form::texts, O, O}};
constexpr std::array kMgmtObj = {AttributeRule{"mgd", Form::count, M, N}, AttributeRule{"obis", Form::texts, O, N},
                                 AttributeRule{"obps", Form::texts, O, N}, AttributeRule{"dc", Form::text, O, O},
                                 AttributeRule{"cmlk", Form::list, O, O}};
constexpr std::array kFlexContainer = {AttributeRule{"cnd", Form::text, M, N}, AttributeRule{"cs", Form::any, N, N},
                                       AttributeRule{"nl", Form::text, O, O}, AttributeRule{"or", Form::text, O, O}};

constexpr std::array kTimeSeries = {
    AttributeRule{"mni", Form::count, O, O},  AttributeRule{"mbs", Form::count, O, O},
    AttributeRule{"mia", Form::count, O, O},  AttributeRule{"pei", Form::count, O, O},
    AttributeRule{"peid", Form::count, O, O}, AttributeRule{"mdd", Form::flag, O, O},
    AttributeRule{"mdn", Form::count, O, O},  AttributeRule{"mdt", Form::count, O, O},
    AttributeRule{"cnf", Form::text, O, N},   AttributeRule{"cni", Form::any, N, N},
    AttributeRule{"cbs", Form::any, N, N},    AttributeRule{"mdlt", Form::any, N, N},
    AttributeRule{"mdc", Form::any, N, N},
};
constexpr std::array kSeriesInstance = {
    AttributeRule{"dgt", Form::timestamp, M, N}, AttributeRule{"con", Form::any, M, N},
    AttributeRule{"snr", Form::count, O, N},     AttributeRule{"cs", Form::any, N, N},
    AttributeRule{"acpi", Form::any, N, N},
};

std::span<const AttributeRule> rulesOf(Type type) {
  switch (type) {
    case Type::ae: return kAe;
    case Type::container: return kContainer;
    case Type::contentInstance: return kInstance;
    case Type::subscription: return kSubscription;
    case Type::accessControlPolicy: return kPolicy;
    case Type::node: return kNode;
    case Type::mgmtObj: return kMgmtObj;
    case Type::flexContainer: return kFlexContainer;
    case Type::timeSeries: return kTimeSeries;
    case Type::timeSeriesInstance: return kSeriesInstance;
    default: return {};
  }
}

const AttributeRule* ruleFor(Type type, std::string_view name) {
  const auto named = [&](const AttributeRule& rule) { return rule.name == name; };
  const auto own = rulesOf(type);
  if (const auto found = std::find_if(own.begin(), own.end(), named); found != own.end()) return &*found;
  const auto common = std::find_if(kCommon.begin(), kCommon.end(), named);
  return common == kCommon.end() ? nullptr : &*common;
}

bool hasForm(const Attribute& attribute, Form form) {
  switch (form) {
    case Form::any: return true;
    case Form::text: return attribute.type == JsonType::text;
    case Form::flag: return attribute.type == JsonType::boolean;
    case Form::object: return attribute.type == JsonType::object;
    case Form::list: return attribute.type == JsonType::array;
    case Form::null: return attribute.type == JsonType::null;
    case Form::count: return countOf(attribute).has_value();
    case Form::timestamp: {
      const auto text = textOf(attribute);
      return text && fromTimestamp(*text);
    }
    case Form::texts: {
      const auto texts = textsOf(attribute);
      return texts && !texts->empty();  // an optional list that is there is not empty (TS-0004 6.2.2)
    }
  }
  return false;
}

bool isWhole(const Attribute& attribute) {
  if (attribute.type != JsonType::number) return false;
  return attribute.json.find_first_of(".eE") == std::string::npos;
}

std::string pointer(const Content& content, std::string_view name) {
  return "/" + content.root + "/" + std::string(name);
}

Answer<> checkExpiry(const Content& content, WallTime now) {
  const Attribute* const et = lookup(content.attributes, "et");
  if (et == nullptr || et->type == JsonType::null) return {};
  if (*fromTimestamp(*textOf(*et)) <= now)
    return refuse(rsc::kBadRequest, "expirationTime is in the past (" + pointer(content, "et") + ")");
  return {};
}

enum class When { create, update };

Answer<> checkGiven(Type type, const Content& content, When when) {
  for (const Attribute& attribute : content.attributes) {
    const AttributeRule* const rule = ruleFor(type, attribute.name);
    if (rule == nullptr) continue;
    const std::string where = " (" + pointer(content, attribute.name) + ")";
    const Presence presence = when == When::create ? rule->create : rule->update;
    if (presence == Presence::never) return refuse(rsc::kBadRequest, "attribute is not to be given here" + where);
    const bool removes =
        when == When::update && attribute.type == JsonType::null && rule->create != Presence::mandatory;
    if (!removes && !hasForm(attribute, rule->form))
      return refuse(rsc::kBadRequest, "attribute has the wrong form" + where);
  }
  return {};
}

bool hasType(const Attribute& attribute, AttributeType type) {
  switch (type) {
    case AttributeType::boolean: return attribute.type == JsonType::boolean;
    case AttributeType::nonNegInteger: return countOf(attribute).has_value();
    case AttributeType::integer: return isWhole(attribute);
    case AttributeType::real: return attribute.type == JsonType::number;
    case AttributeType::list: return attribute.type == JsonType::array;
    case AttributeType::actionStatus: return attribute.type == JsonType::object;
    case AttributeType::timestamp: return hasForm(attribute, Form::timestamp);
    case AttributeType::string:
    case AttributeType::uri: break;
  }
  return attribute.type == JsonType::text;
}

bool isTrue(const Content& content, std::string_view name) {
  const Attribute* const attribute = lookup(content.attributes, name);
  return attribute != nullptr && attribute->json == "true";
}

// The attributes of a class that is known (TS-0023, TS-0004 annex D), as strictly as ACME looks at them.
Answer<> checkClass(Type type, const Content& content, When when) {
  const Specialization* const kind = specialization(type, content.root);
  if (kind == nullptr || kind->root != content.root) return {};
  for (const AttributeDefinition& known : kind->attributes) {
    const std::string where = " (" + pointer(content, known.name) + ")";
    const Attribute* const given = lookup(content.attributes, known.name);
    if (given == nullptr) {
      if (known.mandatory && when == When::create)
        return refuse(rsc::kBadRequest, "mandatory attribute is missing" + where);
      continue;
    }
    if (known.createOnly && when == When::update)
      return refuse(rsc::kBadRequest, "attribute is not to be given here" + where);
    if (!hasType(*given, known.type)) return refuse(rsc::kBadRequest, "attribute has the wrong form" + where);
    const std::string_view other = opposite(kind->root, known.name);
    if (!other.empty() && isTrue(content, known.name) && isTrue(content, other))
      return refuse(rsc::kBadRequest, std::string(other) + " is set as well" + where);
  }
  for (const Attribute& attribute : content.attributes) {
    const bool common = ruleFor(type, attribute.name) != nullptr || attribute.name == "dgt";
    if (!common && kind->attribute(attribute.name) == nullptr)
      return refuse(rsc::kBadRequest, "unknown attribute (" + pointer(content, attribute.name) + ")");
  }
  return {};
}

Answer<> checkDefinition(Type type, const Content& content) {
  const Specialization* const kind = specialization(type, content.root);
  if (kind == nullptr || kind->root != content.root) return {};
  const bool flexible = type == Type::flexContainer;
  const Attribute* const given = lookup(content.attributes, flexible ? "cnd" : "mgd");
  const bool same = flexible ? textOf(*given) == kind->definition : countOf(*given) == kind->mgmtDefinition;
  if (same) return {};
  return refuse(rsc::kBadRequest,
                "is not the definition of " + content.root + " (" + pointer(content, given->name) + ")");
}

// App-ID, TS-0001 7.1.3: registered or not registered.
Answer<> checkAe(const Content& content) {
  const std::string api = textOf(*lookup(content.attributes, "api")).value_or("");
  if (api.size() < 2 || (api[0] != 'N' && api[0] != 'R' && api[0] != 'r')) {
    return refuse(rsc::kBadRequest, "App-ID must start with N or R (" + pointer(content, "api") + ")");
  }
  return {};
}

}  // namespace

bool isKnownType(Type type) {
  const auto number = static_cast<unsigned>(type);
  constexpr unsigned kLast = 68;
  return (number >= 1 && number <= kLast) || (number >= 10001 && number <= 10068);
}

bool isSupportedType(Type type) { return type != Type::cseBase && ruleOf(type) != nullptr; }

bool mayHaveChild(Type parent, Type child) {
  const TypeRule* const rule = ruleOf(parent);
  return rule != nullptr && std::find(rule->children.begin(), rule->children.end(), child) != rule->children.end();
}

bool isSpecialized(Type type) {
  const TypeRule* const rule = ruleOf(type);
  return rule != nullptr && rule->root.empty();
}

bool hasStateTag(Type type) {
  const TypeRule* const rule = ruleOf(type);
  return rule != nullptr && rule->stateTag;
}

bool rootMatches(Type type, std::string_view root) {
  const TypeRule* const rule = ruleOf(type);
  if (rule == nullptr) return false;
  if (!rule->root.empty()) return rule->root == root;
  const auto& rules = typeRules();
  const bool taken = std::any_of(rules.begin(), rules.end(), [&](const TypeRule& other) { return other.root == root; });
  const std::size_t colon = root.find(':');
  return !taken && colon != std::string_view::npos && colon > 0 && isValidName(root.substr(colon + 1));
}

std::string_view shortName(std::string_view root) { return root.substr(root.find(':') + 1); }

bool isValidName(std::string_view name) {
  constexpr std::string_view kUnreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  constexpr std::size_t kMaxName = 255;
  return !name.empty() && name.size() <= kMaxName && name.find_first_not_of(kUnreserved) == std::string_view::npos;
}

Answer<> checkCreate(Type type, const Content& content, WallTime now) {
  for (const AttributeRule& rule : rulesOf(type)) {
    if (rule.create == Presence::mandatory && lookup(content.attributes, rule.name) == nullptr) {
      return refuse(rsc::kBadRequest, "mandatory attribute is missing (" + pointer(content, rule.name) + ")");
    }
  }
  if (const auto given = checkGiven(type, content, When::create); !given) return given;
  if (type == Type::ae) {
    if (const auto ae = checkAe(content); !ae) return ae;
  }
  if (isSpecialized(type)) {
    if (const auto definition = checkDefinition(type, content); !definition) return definition;
    if (const auto attributes = checkClass(type, content, When::create); !attributes) return attributes;
  }
  return checkExpiry(content, now);
}

Answer<> checkUpdate(const Resource& resource, const Content& content, WallTime now) {
  if (const auto given = checkGiven(resource.type, content, When::update); !given) return given;
  if (isSpecialized(resource.type)) {
    if (const auto attributes = checkClass(resource.type, content, When::update); !attributes) return attributes;
  }
  return checkExpiry(content, now);
}

}  // namespace isthmus::onem2m::cse
