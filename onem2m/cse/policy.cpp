#include "onem2m/cse/policy.h"

#include <rapidjson/document.h>

#include <algorithm>
#include <optional>

namespace isthmus::onem2m::cse {
namespace {

using rapidjson::Value;

tl::unexpected<Refusal> malformed(const std::string& where) {
  return refuse(rsc::kBadRequest, "malformed (" + where + ")");
}

Answer<std::vector<std::uint64_t>> numbers(const Value& value, const std::string& where) {
  if (!value.IsArray()) return malformed(where);
  std::vector<std::uint64_t> out;
  for (const Value& element : value.GetArray()) {
    if (!element.IsUint64()) return malformed(where);
    out.push_back(element.GetUint64());
  }
  return out;
}

Answer<std::vector<std::string>> strings(const Value& value, const std::string& where) {
  if (!value.IsArray()) return malformed(where);
  std::vector<std::string> out;
  for (const Value& element : value.GetArray()) {
    if (!element.IsString()) return malformed(where);
    out.emplace_back(element.GetString(), element.GetStringLength());
  }
  return out;
}

Answer<std::vector<AccessRule::Details>> detailsOf(const Value& rule, const std::string& where) {
  std::vector<AccessRule::Details> out;
  const auto acod = rule.FindMember("acod");
  if (acod == rule.MemberEnd()) return out;
  if (!acod->value.IsArray()) return malformed(where + "/acod");
  for (const Value& entry : acod->value.GetArray()) {
    if (!entry.IsObject()) return malformed(where + "/acod");
    AccessRule::Details details;
    if (const auto ty = entry.FindMember("ty"); ty != entry.MemberEnd()) {
      if (ty->value.IsUint64())
        details.types = {ty->value.GetUint64()};
      else
        return malformed(where + "/acod/ty");
    }
    if (const auto chty = entry.FindMember("chty"); chty != entry.MemberEnd()) {
      auto types = numbers(chty->value, where + "/acod/chty");
      if (!types) return tl::unexpected(types.error());
      details.childTypes = std::move(*types);
    }
    out.push_back(std::move(details));
  }
  return out;
}

Answer<AccessRule> accessRuleOf(const Value& value, const std::string& where) {
  constexpr unsigned kAll = 63;
  if (!value.IsObject()) return malformed(where);
  for (const char* const key :
       {"acco", "aca"}) {  // a restriction that is not understood must not widen what is allowed
    if (value.HasMember(key)) return refuse(rsc::kNotImplemented, "not supported (" + where + "/" + key + ")");
  }
  const auto acor = value.FindMember("acor");
  const auto acop = value.FindMember("acop");
  if (acor == value.MemberEnd()) return malformed(where + "/acor");
  if (acop == value.MemberEnd() || !acop->value.IsUint() || acop->value.GetUint() > kAll)
    return malformed(where + "/acop");
  auto originators = strings(acor->value, where + "/acor");
  if (!originators) return tl::unexpected(originators.error());
  auto details = detailsOf(value, where);
  if (!details) return tl::unexpected(details.error());
  return AccessRule{std::move(*originators), acop->value.GetUint(), std::move(*details)};
}

Answer<std::vector<AccessRule>> accessRulesOf(const Attribute& attribute) {
  rapidjson::Document document;
  document.Parse(attribute.json.data(), attribute.json.size());
  std::vector<AccessRule> rules;
  const std::string where = "/m2m:acp/" + attribute.name + "/acr";
  const auto acr = document.FindMember("acr");
  if (acr == document.MemberEnd()) return rules;
  if (!acr->value.IsArray()) return malformed(where);
  for (const Value& value : acr->value.GetArray()) {
    auto rule = accessRuleOf(value, where + "/" + std::to_string(rules.size()));
    if (!rule) return tl::unexpected(rule.error());
    rules.push_back(std::move(*rule));
  }
  return rules;
}

bool oneOf(const std::vector<std::uint64_t>& numbers, std::uint64_t number) {
  return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

bool covers(const AccessRule::Details& details, Permission permission, ResourceType target, ResourceType child) {
  if (!details.types.empty() && !oneOf(details.types, static_cast<std::uint64_t>(target))) return false;
  if (details.childTypes.empty() || permission != Permission::create) return true;
  return oneOf(details.childTypes, static_cast<std::uint64_t>(child));
}

// "all", an AE-ID, or a pattern with one star at its end ("C*").
bool names(std::string_view pattern, std::string_view originator) {
  if (pattern == "all" || pattern == originator) return true;
  return !pattern.empty() && pattern.back() == '*' &&
         originator.substr(0, pattern.size() - 1) == pattern.substr(0, pattern.size() - 1);
}

constexpr std::uint64_t kBlockingUpdate = 7;

// notificationContentTypes that go with each notificationEventType, TS-0001 Table 9.6.8-4.
bool fits(std::uint64_t event, std::uint64_t contentType) {
  switch (event) {
    case 1: return contentType >= 1 && contentType <= 3;
    case 2:
    case 3:
    case 4: return contentType == 1 || contentType == 3;
    case kBlockingUpdate: return true;
    default: return false;
  }
}

Answer<> readCriteria(const Attribute& enc, Criteria& criteria) {
  rapidjson::Document document;
  document.Parse(enc.json.data(), enc.json.size());
  if (const auto net = document.FindMember("net"); net != document.MemberEnd()) {
    auto events = numbers(net->value, "/m2m:sub/enc/net");
    if (!events) return tl::unexpected(events.error());
    if (!events->empty()) criteria.events = std::move(*events);
  }
  if (const auto chty = document.FindMember("chty"); chty != document.MemberEnd()) {
    auto types = numbers(chty->value, "/m2m:sub/enc/chty");
    if (!types) return tl::unexpected(types.error());
    criteria.childTypes = std::move(*types);
  }
  if (const auto atr = document.FindMember("atr"); atr != document.MemberEnd()) {
    auto attributes = strings(atr->value, "/m2m:sub/enc/atr");
    if (!attributes) return tl::unexpected(attributes.error());
    criteria.attributes = std::move(*attributes);
  }
  return {};
}

}  // namespace

Answer<Policy> policyOf(const std::vector<Attribute>& attributes) {
  Policy policy;
  for (const auto& [name, rules] : {std::pair{"pv", &policy.privileges}, std::pair{"pvs", &policy.selfPrivileges}}) {
    auto parsed = accessRulesOf(*lookup(attributes, name));
    if (!parsed) return tl::unexpected(parsed.error());
    *rules = std::move(*parsed);
  }
  if (policy.selfPrivileges.empty())
    return refuse(rsc::kBadRequest, "nobody could change this policy (/m2m:acp/pvs/acr)");
  return policy;
}

Answer<Criteria> criteriaOf(const std::vector<Attribute>& attributes) {
  Criteria criteria;
  criteria.targets = textsOf(*lookup(attributes, "nu")).value_or(std::vector<std::string>{});
  if (const Attribute* const enc = lookup(attributes, "enc")) {
    if (const auto read = readCriteria(*enc, criteria); !read) return tl::unexpected(read.error());
  }
  if (const Attribute* const nct = lookup(attributes, "nct")) criteria.contentType = countOf(*nct).value_or(0);
  const bool blocking = oneOf(criteria.events, kBlockingUpdate);
  if (blocking && criteria.events.size() > 1)
    return refuse(rsc::kBadRequest, "blocking update must stand alone (/m2m:sub/enc/net)");
  for (const std::uint64_t event : criteria.events) {
    if (!fits(event, criteria.contentType))
      return refuse(rsc::kBadRequest, "net and nct do not go together (/m2m:sub/nct)");
  }
  return criteria;
}

bool grants(const std::vector<AccessRule>& rules, std::string_view originator, Permission permission,
            ResourceType target, ResourceType child) {
  return std::any_of(rules.begin(), rules.end(), [&](const AccessRule& rule) {
    if ((rule.operations & static_cast<unsigned>(permission)) == 0) return false;
    const auto covering = [&](const AccessRule::Details& details) {
      return covers(details, permission, target, child);
    };
    if (!rule.details.empty() && std::none_of(rule.details.begin(), rule.details.end(), covering)) return false;
    return std::any_of(rule.originators.begin(), rule.originators.end(),
                       [&](const std::string& pattern) { return names(pattern, originator); });
  });
}

}  // namespace isthmus::onem2m::cse
