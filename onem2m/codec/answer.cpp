#include "onem2m/codec/answer.h"

#include "ipe/base/bytes.h"
#include "onem2m/codec/json_fields.h"

namespace isthmus::onem2m {
namespace {

using rapidjson::Document;
using rapidjson::Value;

constexpr std::size_t kMaxDiagnostics = 200;

// Mobius wraps some answers in m2m:rsp, and rcn=3 comes in m2m:rce (TS-0004 6.3.5.9).
bool isWrapper(std::string_view name) { return name == "rsp" || name == "rce"; }

const Value* firstOf(const Value& value) {
  if (value.IsArray()) return !value.Empty() && value[0].IsObject() ? &value[0] : nullptr;
  return value.IsObject() ? &value : nullptr;
}

// The resource with the short name `wanted` ("" for any) that the document holds.
const Value* resourceIn(const Value& holder, std::string_view wanted) {
  if (!holder.IsObject()) return nullptr;
  for (const auto& member : holder.GetObject()) {
    const std::string_view name = withoutPrefix(textOf(member.name));
    if (isWrapper(name)) {
      if (const Value* inner = resourceIn(member.value, wanted)) return inner;
    } else if (wanted.empty() || name == wanted) {
      if (const Value* resource = firstOf(member.value)) return resource;
    }
  }
  return nullptr;
}

std::vector<AccessRule> rulesAttribute(const Value& resource, const char* name) {
  std::vector<AccessRule> out;
  const Value* set = attribute(resource, name);
  const Value* rules = set != nullptr && set->IsObject() ? attribute(*set, "acr") : nullptr;
  if (rules == nullptr) return out;
  const auto add = [&out](const Value& rule) {
    if (!rule.IsObject()) return;
    const Value* operations = attribute(rule, "acop");
    out.push_back({listAttribute(rule, "acor"), operations != nullptr ? integerOf(*operations).value_or(0) : 0});
  };
  if (rules->IsArray()) {
    for (const Value& rule : rules->GetArray()) add(rule);
  } else {
    add(*rules);
  }
  return out;
}

// Parses, finds the resource and hands it to `read`.
template <class Read>
auto readResource(std::string_view json, std::string_view shortName, Read read) -> Result<decltype(read(Value()))> {
  Document document;
  if (auto parsed = parse(document, json); !parsed) return tl::unexpected(parsed.error());
  const Value* resource = resourceIn(document, shortName);
  if (resource == nullptr) {
    return fail(Errc::malformed, shortName.empty() ? "no resource in the answer" : "no such resource in the answer",
                "/m2m:" + std::string(shortName));
  }
  return read(*resource);
}

bool looksLikeMarkup(std::string_view body) {
  const std::size_t first = body.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && body[first] == '<';
}

std::string withoutTags(std::string_view markup) {
  std::string out;
  bool inTag = false;
  for (const char c : markup) {
    if (c == '<') inTag = true;
    if (!inTag) out += c;
    if (c != '>') continue;
    inTag = false;
    out += ' ';
  }
  return out;
}

// One line, white space folded, cut at a character's border.
std::string oneLine(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool blank = static_cast<unsigned char>(c) <= 0x20 || c == 0x7F;
    if (!blank)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
    if (out.size() > kMaxDiagnostics) break;
  }
  if (out.size() > kMaxDiagnostics) {
    std::size_t end = kMaxDiagnostics - 3;
    while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0U) == 0x80U) --end;
    out.resize(end);
    out += "...";
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  if (isUtf8(out)) return out;
  for (char& c : out) {
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
  return out;
}

}  // namespace

Result<AeResource> readAe(std::string_view json) {
  return readResource(json, "ae", [](const Value& resource) {
    AeResource ae;
    ae.name = textAttribute(resource, "rn");
    ae.appId = textAttribute(resource, "api");
    ae.appName = textAttribute(resource, "apn");
    ae.aeId = textAttribute(resource, "aei");
    ae.reachable = booleanAttribute(resource, "rr");
    ae.pointsOfAccess = listAttribute(resource, "poa");
    ae.releases = listAttribute(resource, "srv");
    ae.labels = listAttribute(resource, "lbl");
    ae.policies = listAttribute(resource, "acpi");
    ae.nodeLink = textAttribute(resource, "nl");
    return ae;
  });
}

Result<PolicyResource> readPolicy(std::string_view json) {
  return readResource(json, "acp", [](const Value& resource) {
    return PolicyResource{textAttribute(resource, "rn"), rulesAttribute(resource, "pv"),
                          rulesAttribute(resource, "pvs")};
  });
}

Result<std::string> readContent(std::string_view json) {
  return readResource(json, "cin", [](const Value& resource) {
    const Value* content = attribute(resource, "con");
    return content != nullptr ? anyText(*content) : std::string();
  });
}

Result<std::string> readResourceId(std::string_view json) {
  return readResource(json, "", [](const Value& resource) { return textAttribute(resource, "ri"); });
}

Result<std::string> readResourceName(std::string_view json) {
  return readResource(json, "", [](const Value& resource) { return textAttribute(resource, "rn"); });
}

Result<std::vector<std::string>> readLabels(std::string_view json) {
  return readResource(json, "", [](const Value& resource) { return listAttribute(resource, "lbl"); });
}

std::string diagnostics(std::string_view body) {
  Document document;
  if (parse(document, body)) {
    if (!document.IsObject()) return oneLine(anyText(document));
    for (const auto& member : document.GetObject()) {
      if (withoutPrefix(textOf(member.name)) == "dbg") return oneLine(anyText(member.value));
    }
  }
  if (looksLikeMarkup(body)) return oneLine(withoutTags(body));
  return oneLine(body);
}

}  // namespace isthmus::onem2m
