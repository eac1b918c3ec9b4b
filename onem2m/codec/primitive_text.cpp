#include "onem2m/codec/primitive_text.h"

#include "onem2m/codec/attribute_kinds.h"
#include "onem2m/codec/json_fields.h"
#include "onem2m/codec/json_text.h"
#include "onem2m/model/timestamp.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace isthmus::onem2m {
namespace {

using rapidjson::Value;

// Query parameters that are parameters of the primitive itself; what else there is belongs to filterCriteria.
constexpr std::array<std::string_view, 5> kOwnParameters = {"rcn", "rp", "da", "drt", "sqi"};

void key(std::string& out, std::string_view name) {
  if (out.back() != '{' && out.back() != '[') out += ',';
  appendJsonString(out, name);
  out += ':';
}

void text(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  key(out, name);
  appendJsonString(out, value);
}

bool isInteger(std::string_view value) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  return error == std::errc() && end == value.data() + value.size() && (value == "0" || !value.starts_with('0'));
}

void typed(std::string& out, std::string_view name, std::string_view value) {
  if (kindOf(name) == AttributeKind::number && isInteger(value))
    out += value;
  else
    appendJsonString(out, value);
}

// TS-0004 6.3.5.8 filterCriteria: of labels and types there may be several.
void filterCriteria(std::string& out, const RequestPrimitive& request) {
  std::string criteria = "{";
  for (const auto& [name, value] : request.query) {
    if (name == "rt" || std::ranges::find(kOwnParameters, name) != kOwnParameters.end()) continue;
    if (criteria.find("\"" + name + "\":") != std::string::npos) continue;  // with the first of its name
    key(criteria, name);
    const bool isList = name == "lbl" || name == "ty" || name == "cty" || name == "atr";
    if (!isList) {
      typed(criteria, name, value);
      continue;
    }
    criteria += '[';
    for (const auto& [other, item] : request.query) {
      if (other != name) continue;
      if (criteria.back() != '[') criteria += ',';
      typed(criteria, name, item);
    }
    criteria += ']';
  }
  if (criteria.size() == 1) return;
  key(out, "fc");
  out += criteria + '}';
}

void parameters(std::string& out, const RequestPrimitive& request) {
  for (const auto& [name, value] : request.query) {
    if (name == "rt") {
      key(out, "rt");
      out += "{\"rtv\":";
      typed(out, "rtv", value);
      out += '}';
    } else if (std::ranges::find(kOwnParameters, name) != kOwnParameters.end()) {
      key(out, name);
      typed(out, name, value);
    }
  }
  filterCriteria(out, request);
}

Result<std::string> serialised(Serialisation serialisation, std::string_view root, std::string json) {
  if (serialisation == Serialisation::json) return json;
  if (serialisation == Serialisation::cbor) return fromJson(serialisation, json);
  return fromJson(serialisation, "{\"" + std::string(root) + "\":" + json + "}");
}

const Value& unwrapped(const Value& document, const char* wrapper) {
  for (const auto& member : document.GetObject()) {
    if (withoutPrefix(textOf(member.name)) == wrapper && member.value.IsObject()) return member.value;
  }
  return document;
}

std::string textOrNumber(const Value& object, const char* name) {
  const Value* value = attribute(object, name);
  return value == nullptr ? std::string() : anyText(*value);
}

int integer(const Value& object, const char* name) {
  const Value* value = attribute(object, name);
  return value == nullptr ? 0 : integerOf(*value).value_or(0);
}

std::string contentOf(const Value& primitive) {
  const Value* content = attribute(primitive, "pc");
  if (content == nullptr || (content->IsString() && content->GetStringLength() == 0)) return {};
  return compact(*content);
}

// Parses and takes the wrapper off.
template <class Read>
auto readPrimitive(Serialisation serialisation, std::string_view bytes, const char* wrapper, Read read)
    -> decltype(read(Value())) {
  const auto json = toJson(serialisation, bytes);
  if (!json) return tl::unexpected(json.error());
  rapidjson::Document document;
  if (auto parsed = parse(document, *json); !parsed) return tl::unexpected(parsed.error());
  if (!document.IsObject()) return fail(Errc::malformed, "a primitive is an object");
  return read(unwrapped(document, wrapper));
}

}  // namespace

Result<std::string> writeRequest(Serialisation serialisation, const RequestPrimitive& request) {
  std::string out = "{\"op\":" + std::to_string(static_cast<int>(request.operation));
  text(out, "to", request.to);
  text(out, "fr", request.from);
  text(out, "rqi", request.requestId);
  text(out, "rvi", request.releaseVersion);
  text(out, "rqet", request.expiration);
  if (request.type) {
    key(out, "ty");
    out += std::to_string(static_cast<int>(*request.type));
  }
  parameters(out, request);
  if (!request.content.empty()) {
    key(out, "pc");
    out += request.content;
  }
  return serialised(serialisation, "m2m:rqp", out + '}');
}

Result<std::string> writeResponse(Serialisation serialisation, const ResponsePrimitive& response, std::string_view to,
                                  std::string_view from, std::string_view releaseVersion) {
  std::string out = "{\"rsc\":" + std::to_string(response.status);
  text(out, "rqi", response.requestId);
  text(out, "rvi", releaseVersion);
  text(out, "to", to);
  text(out, "fr", from);
  if (!response.content.empty()) {
    key(out, "pc");
    out += response.content;
  }
  return serialised(serialisation, "m2m:rsp", out + '}');
}

Result<ResponsePrimitive> readResponse(Serialisation serialisation, std::string_view bytes) {
  return readPrimitive(serialisation, bytes, "rsp", [](const Value& primitive) -> Result<ResponsePrimitive> {
    const int status = integer(primitive, "rsc");
    if (status == 0) return fail(Errc::malformed, "an answer without a responseStatusCode", "/rsc");
    return ResponsePrimitive{status, textOrNumber(primitive, "rqi"), contentOf(primitive)};
  });
}

Result<RequestPrimitive> readRequest(Serialisation serialisation, std::string_view bytes) {
  return readPrimitive(serialisation, bytes, "rqp", [](const Value& primitive) -> Result<RequestPrimitive> {
    RequestPrimitive request;
    if (attribute(primitive, "op") == nullptr) {
      request.operation = Operation::notify;
      request.content = compact(primitive);
      return request;
    }
    const int operation = integer(primitive, "op");
    if (operation < 1 || operation > 5) return fail(Errc::malformed, "no such operation", "/op");
    request.operation = static_cast<Operation>(operation);
    request.to = textAttribute(primitive, "to");
    request.from = textAttribute(primitive, "fr");
    request.requestId = textOrNumber(primitive, "rqi");
    request.releaseVersion = textOrNumber(primitive, "rvi");
    if (const int type = integer(primitive, "ty"); type > 0) request.type = static_cast<ResourceType>(type);
    request.content = contentOf(primitive);
    request.expiration = textOrNumber(primitive, "rqet");
    return request;
  });
}

std::optional<WallTime> expiryOf(std::string_view text, WallTime now) {
  std::int64_t span = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), span);
  constexpr std::int64_t kLongest = std::int64_t{1000} * 60 * 60 * 24 * 365;
  if (!text.empty() && error == std::errc() && end == text.data() + text.size())
    return now + milliseconds(std::clamp<std::int64_t>(span, 0, kLongest));
  return fromTimestamp(text);
}

}  // namespace isthmus::onem2m
