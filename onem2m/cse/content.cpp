#include "onem2m/cse/content.h"

#include "ipe/base/exact_json.h"
#include "onem2m/codec/json_text.h"

#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace isthmus::onem2m::cse {
namespace {

constexpr int kMaxNesting = 64;               // the tree of a request is walked recursively
constexpr std::size_t kMaxAttributes = 1000;  // they are searched in a row

// RapidJSON has no nesting limit of its own, so brackets outside strings are counted before it sees the text.
bool tooDeep(std::string_view json) {
  int depth = 0;
  bool inString = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (inString) {
      if (c == '\\') ++i;
      inString = c != '"';
      continue;
    }
    if (c == '"') inString = true;
    if (c == '{' || c == '[') {
      if (++depth > kMaxNesting) return true;
    }
    if (c == '}' || c == ']') --depth;
  }
  return false;
}

JsonType typeOf(const rapidjson::Value& value) {
  if (value.IsString()) return JsonType::text;
  if (value.IsNumber()) return JsonType::number;
  if (value.IsBool()) return JsonType::boolean;
  if (value.IsArray()) return JsonType::array;
  return value.IsObject() ? JsonType::object : JsonType::null;
}

std::string_view viewOf(const rapidjson::Value& value) { return {value.GetString(), value.GetStringLength()}; }

Attribute toAttribute(std::string_view name, const rapidjson::Value& value) {
  rapidjson::StringBuffer out;
  rapidjson::Writer<rapidjson::StringBuffer> writer(out);
  value.Accept(writer);
  Attribute attribute{std::string(name), typeOf(value), {out.GetString(), out.GetSize()}, out.GetSize()};
  if (value.IsString()) attribute.size = value.GetStringLength();
  return attribute;
}

// Parses text that was written by toAttribute.
class Reparsed {
 public:
  explicit Reparsed(const Attribute& attribute) { json::parseExactly(document_, attribute.json); }
  const rapidjson::Value& value() const { return document_; }

 private:
  rapidjson::Document document_;
};

}  // namespace

Answer<Content> parseContent(std::string_view json) {
  if (json.empty()) return refuse(rsc::kBadRequest, "the request has no content");
  if (tooDeep(json)) return refuse(rsc::kBadRequest, "content is nested deeper than 64 levels");
  std::array<char, 8192> memory;  // NOLINT: the parser's first chunk, written before it is read
  rapidjson::MemoryPoolAllocator<> pool(memory.data(), memory.size());
  rapidjson::Document document(&pool);
  if (const rapidjson::ParseResult parsed = isthmus::json::parseExactly(document, json); parsed.IsError()) {
    const char* const text = parsed.Code() == rapidjson::kParseErrorTermination
                                 ? "a number is too large"
                                 : rapidjson::GetParseError_En(parsed.Code());
    return refuse(rsc::kBadRequest, std::string(text) + " (at byte " + std::to_string(parsed.Offset()) + ")");
  }
  if (!document.IsObject() || document.MemberCount() != 1) {
    return refuse(rsc::kBadRequest, "content must be an object with exactly one member");
  }
  const auto& member = *document.MemberBegin();
  if (!member.value.IsObject())
    return refuse(rsc::kBadRequest, "a resource must be an object (/" + std::string(viewOf(member.name)) + ")");
  if (member.value.MemberCount() > kMaxAttributes) return refuse(rsc::kBadRequest, "more than 1000 attributes");
  Content content{std::string(viewOf(member.name)), {}};
  content.attributes.reserve(member.value.MemberCount());
  for (const auto& [name, value] : member.value.GetObject())
    setAttribute(content.attributes, toAttribute(viewOf(name), value));
  return content;
}

std::optional<std::string> textOf(const Attribute& attribute) {
  if (attribute.type != JsonType::text) return std::nullopt;
  return std::string(viewOf(Reparsed(attribute).value()));
}

std::optional<std::vector<std::string>> textsOf(const Attribute& attribute) {
  if (attribute.type != JsonType::array) return std::nullopt;
  const Reparsed parsed(attribute);
  std::vector<std::string> texts;
  for (const auto& element : parsed.value().GetArray()) {
    if (!element.IsString()) return std::nullopt;
    texts.emplace_back(viewOf(element));
  }
  return texts;
}

std::optional<std::uint64_t> countOf(const Attribute& attribute) {
  if (attribute.type != JsonType::number) return std::nullopt;
  std::uint64_t whole = 0;
  const char* const last = attribute.json.data() + attribute.json.size();
  if (const auto [end, error] = std::from_chars(attribute.json.data(), last, whole);
      error == std::errc{} && end == last)
    return whole;
  constexpr double kExact = 9007199254740992.0;  // 2^53
  const double number = Reparsed(attribute).value().GetDouble();
  if (number < 0 || number > kExact || number != static_cast<double>(static_cast<std::uint64_t>(number)))
    return std::nullopt;
  return static_cast<std::uint64_t>(number);
}

std::optional<bool> flagOf(const Attribute& attribute) {
  if (attribute.type != JsonType::boolean) return std::nullopt;
  return attribute.json == "true";
}

const Attribute* lookup(const std::vector<Attribute>& attributes, std::string_view name) {
  const auto found =
      std::find_if(attributes.begin(), attributes.end(), [&](const Attribute& a) { return a.name == name; });
  return found == attributes.end() ? nullptr : &*found;
}

void setAttribute(std::vector<Attribute>& attributes, Attribute attribute) {
  const auto found =
      std::find_if(attributes.begin(), attributes.end(), [&](const Attribute& a) { return a.name == attribute.name; });
  if (found == attributes.end())
    attributes.push_back(std::move(attribute));
  else
    *found = std::move(attribute);
}

bool eraseAttribute(std::vector<Attribute>& attributes, std::string_view name) {
  return std::erase_if(attributes, [&](const Attribute& a) { return a.name == name; }) > 0;
}

std::string quoted(std::string_view text) {
  std::string out;
  appendJsonString(out, text);
  return out;
}

}  // namespace isthmus::onem2m::cse
