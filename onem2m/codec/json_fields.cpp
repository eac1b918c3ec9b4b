#include "onem2m/codec/json_fields.h"

#include "ipe/base/exact_json.h"

#include <rapidjson/error/en.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <charconv>
#include <cmath>

namespace isthmus::onem2m {
namespace {

constexpr std::size_t kMaxDepth = 64;  // so that nothing that walks a document recursively can exhaust the stack

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

}  // namespace

std::string_view textOf(const rapidjson::Value& value) { return {value.GetString(), value.GetStringLength()}; }

Result<> parse(rapidjson::Document& document, std::string_view json) {
  if (json.starts_with("\xEF\xBB\xBF")) json.remove_prefix(3);
  if (const auto at = tooDeepAt(json)) {
    return fail(Errc::malformed, "JSON is nested deeper than 64 levels", "offset " + std::to_string(*at));
  }
  const rapidjson::ParseResult parsed = isthmus::json::parseExactly(document, json);
  if (!parsed.IsError()) return {};
  const bool tooLarge = parsed.Code() == rapidjson::kParseErrorTermination;
  return fail(Errc::malformed, tooLarge ? "a number is too large" : rapidjson::GetParseError_En(parsed.Code()),
              "offset " + std::to_string(parsed.Offset()));
}

std::string_view withoutPrefix(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

const rapidjson::Value* attribute(const rapidjson::Value& resource, const char* name) {
  const auto member = resource.FindMember(name);
  return member == resource.MemberEnd() || member->value.IsNull() ? nullptr : &member->value;
}

std::string textAttribute(const rapidjson::Value& resource, const char* name) {
  const rapidjson::Value* value = attribute(resource, name);
  return value != nullptr && value->IsString() ? std::string(textOf(*value)) : std::string();
}

std::vector<std::string> listAttribute(const rapidjson::Value& resource, const char* name) {
  std::vector<std::string> out;
  const rapidjson::Value* value = attribute(resource, name);
  if (value == nullptr) return out;
  if (value->IsString()) out.emplace_back(textOf(*value));
  if (!value->IsArray()) return out;
  for (const rapidjson::Value& element : value->GetArray()) {
    if (element.IsString()) out.emplace_back(textOf(element));
  }
  return out;
}

std::optional<int> integerOf(const rapidjson::Value& value) {
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

std::optional<bool> booleanAttribute(const rapidjson::Value& resource, const char* name) {
  const rapidjson::Value* value = attribute(resource, name);
  if (value == nullptr) return std::nullopt;
  if (value->IsBool()) return value->GetBool();
  if (value->IsString()) return textOf(*value) == "true";
  if (const auto number = integerOf(*value)) return *number != 0;
  return std::nullopt;
}

std::string compact(const rapidjson::Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

std::string anyText(const rapidjson::Value& value) {
  return value.IsString() ? std::string(textOf(value)) : compact(value);
}

}  // namespace isthmus::onem2m
