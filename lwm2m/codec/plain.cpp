// Text and opaque: one value of one resource or resource instance (LwM2M Core 7.4.1, 7.4.2, appendix C).
#include "lwm2m/codec/formats.h"
#include "lwm2m/model/number.h"

#include <cmath>

namespace isthmus::lwm2m {
namespace {

tl::unexpected<Error> notA(ResourceType type, const Path& path) {
  return fail(Errc::malformed, "the text is no " + std::string(name(type)), path.toString());
}

std::optional<Value> numberFromText(std::string_view words, ResourceType type) {
  const auto number = Number::parse(words);
  if (!number) return std::nullopt;
  if (type == ResourceType::floating) {
    const auto value = number->asDouble();
    return value ? std::optional<Value>(*value) : std::nullopt;
  }
  if (type == ResourceType::unsignedInteger) {
    const auto value = number->asUnsigned();
    return value ? std::optional<Value>(*value) : std::nullopt;
  }
  const auto value = number->asSigned();
  if (!value) return std::nullopt;
  return type == ResourceType::time ? Value(Time{*value}) : Value(*value);
}

std::optional<Value> valueFromText(std::string_view words, ResourceType type) {
  switch (type) {
    case ResourceType::none:
    case ResourceType::string: return isUtf8(words) ? std::optional<Value>(std::string(words)) : std::nullopt;
    case ResourceType::coreLink:
      return isUtf8(words) ? std::optional<Value>(CoreLink{std::string(words)}) : std::nullopt;
    case ResourceType::integer:
    case ResourceType::unsignedInteger:
    case ResourceType::floating:
    case ResourceType::time: return numberFromText(words, type);
    case ResourceType::boolean:
      if (words == "0" || words == "1") return Value(words == "1");
      return std::nullopt;
    case ResourceType::opaque: {
      auto bytes = fromBase64(words);
      return bytes ? std::optional<Value>(Opaque{*std::move(bytes)}) : std::nullopt;
    }
    case ResourceType::objectLink: {
      const auto link = ObjectLink::parse(words);
      return link ? std::optional<Value>(*link) : std::nullopt;
    }
  }
  return std::nullopt;
}

std::optional<std::string> textFrom(const Value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "1" : "0";
  if (const auto* number = std::get_if<double>(&value))
    return std::isfinite(*number) ? std::optional(toFixedDecimal(*number)) : std::nullopt;
  if (value.index() == 0) return std::nullopt;
  return toText(value);
}

}  // namespace

Records single(const Path& path, Value value) {
  Records records;
  records.push_back({path, std::move(value), std::nullopt});
  return records;
}

Result<void> needsResource(const Path& base, std::string_view format) {
  if (base.depth() >= 3) return {};
  return fail(Errc::malformed, "a " + std::string(format) + " payload holds one resource only", base.toString());
}

Result<const Value*> onlyValue(std::span<const Record> records, const EncodeContext& context) {
  if (records.size() != 1 || records[0].path != context.base || records[0].time)
    return fail(Errc::unsupported, "the format holds one value of one resource, without a time",
                context.base.toString());
  return &records[0].value;
}

Result<Records> decodeText(ByteView payload, const DecodeContext& context) {
  if (auto ok = needsResource(context.base, "text"); !ok) return tl::unexpected(ok.error());
  const ResourceType type = Types(context.model).of(context.base);
  auto value = valueFromText(text(payload), type);
  if (!value) return notA(type == ResourceType::none ? ResourceType::string : type, context.base);
  return single(context.base, *std::move(value));
}

Result<Records> decodeOpaque(ByteView payload, const DecodeContext& context) {
  if (auto ok = needsResource(context.base, "opaque"); !ok) return tl::unexpected(ok.error());
  const ResourceType type = Types(context.model).of(context.base);
  if (type != ResourceType::none && type != ResourceType::opaque)
    return fail(Errc::malformed, "opaque bytes for a resource of type " + std::string(name(type)),
                context.base.toString());
  return single(context.base, Opaque{Bytes(payload.begin(), payload.end())});
}

Result<Bytes> encodeText(std::span<const Record> records, const EncodeContext& context) {
  const auto value = onlyValue(records, context);
  if (!value) return tl::unexpected(value.error());
  const auto words = textFrom(**value);
  if (!words) return fail(Errc::unsupported, "the value has no text form", context.base.toString());
  return Bytes(words->begin(), words->end());
}

Result<Bytes> encodeOpaque(std::span<const Record> records, const EncodeContext& context) {
  const auto value = onlyValue(records, context);
  if (!value) return tl::unexpected(value.error());
  const auto* opaque = std::get_if<Opaque>(*value);
  if (opaque == nullptr) return fail(Errc::unsupported, "the value is not opaque", context.base.toString());
  return opaque->bytes;
}

}  // namespace isthmus::lwm2m
