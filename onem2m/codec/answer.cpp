#include "onem2m/codec/answer.h"

#include "ipe/base/bytes.h"

#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <charconv>
#include <cmath>
#include <optional>

namespace isthmus::onem2m {
namespace {

using rapidjson::Document;
using rapidjson::Value;

constexpr std::size_t kMaxDepth = 64;  // so that nothing that walks a document recursively can exhaust the stack
constexpr std::size_t kMaxDiagnostics = 200;

std::string_view textOf(const Value& value) { return {value.GetString(), value.GetStringLength()}; }

// The offset of the first bracket that nests too deeply.
std::optional<std::size_t> tooDeepAt(std::string_view json) {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (quoted) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxDepth) return i;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return std::nullopt;
}

Result<> parse(Document& document, std::string_view json) {
  if (json.starts_with("\xEF\xBB\xBF")) json.remove_prefix(3);
  if (const auto at = tooDeepAt(json)) {
    return fail(Errc::malformed, "JSON is nested deeper than 64 levels", "offset " + std::to_string(*at));
  }
  document.Parse<rapidjson::kParseValidateEncodingFlag>(json.data(), json.size());
  if (!document.HasParseError()) return {};
  return fail(Errc::malformed, rapidjson::GetParseError_En(document.GetParseError()),
              "offset " + std::to_string(document.GetErrorOffset()));
}

std::string_view withoutPrefix(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

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

const Value* attribute(const Value& resource, const char* name) {
  const auto member = resource.FindMember(name);
  return member == resource.MemberEnd() || member->value.IsNull() ? nullptr : &member->value;
}

std::string textAttribute(const Value& resource, const char* name) {
  const Value* value = attribute(resource, name);
  return value != nullptr && value->IsString() ? std::string(textOf(*value)) : std::string();
}

std::vector<std::string> listAttribute(const Value& resource, const char* name) {
  std::vector<std::string> out;
  const Value* value = attribute(resource, name);
  if (value == nullptr) return out;
  if (value->IsString()) out.emplace_back(textOf(*value));
  if (!value->IsArray()) return out;
  for (const Value& element : value->GetArray()) {
    if (element.IsString()) out.emplace_back(textOf(element));
  }
  return out;
}

std::optional<int> integerOf(const Value& value) {
  if (value.IsInt()) return value.GetInt();
  if (value.IsNumber()) {
    const double number = value.GetDouble();
    if (std::trunc(number) != number || std::abs(number) > 1e9) return std::nullopt;
    return static_cast<int>(number);
  }
  if (!value.IsString()) return std::nullopt;
  const std::string_view digits = textOf(value);
  int number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

std::optional<bool> booleanAttribute(const Value& resource, const char* name) {
  const Value* value = attribute(resource, name);
  if (value == nullptr) return std::nullopt;
  if (value->IsBool()) return value->GetBool();
  if (value->IsString()) return textOf(*value) == "true";
  if (const auto number = integerOf(*value)) return *number != 0;
  return std::nullopt;
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

std::string compact(const Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

std::string anyText(const Value& value) { return value.IsString() ? std::string(textOf(value)) : compact(value); }

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
