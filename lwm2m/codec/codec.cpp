#include "lwm2m/codec/codec.h"

#include "lwm2m/codec/formats.h"

#include <algorithm>

namespace isthmus::lwm2m {
namespace {

tl::unexpected<Error> noCodec(ContentFormat format) {
  return fail(Errc::unsupported, "no codec for content format " + std::to_string(static_cast<unsigned>(format)) + " (" +
                                     std::string(name(format)) + ")");
}

const std::string* textOf(const Value& value) {
  if (const auto* words = std::get_if<std::string>(&value)) return words;
  if (const auto* link = std::get_if<CoreLink>(&value)) return &link->text;
  return nullptr;
}

// Every record below the base, of the type that the device expects, with text that is text.
Result<Records> typed(std::span<const Record> records, const EncodeContext& context) {
  Types types(context.model);
  Records ready(records.begin(), records.end());
  for (Record& record : ready) {
    const std::string where = record.path.toString();
    if (record.path.depth() < 3) return fail(Errc::unsupported, "a value belongs to a resource", where);
    if (!context.base.contains(record.path))
      return fail(Errc::unsupported, "a record outside " + context.base.toString(), where);
    const ResourceType type = types.of(record.path);
    if (type != ResourceType::none && record.value.index() != 0 && typeOf(record.value) != type) {
      auto value = convert(record.value, type);
      if (!value) return fail(Errc::unsupported, value.error().message, where);
      record.value = *std::move(value);
    }
    const std::string* words = textOf(record.value);
    if (words != nullptr && !isUtf8(*words)) return fail(Errc::unsupported, "text that is not UTF-8", where);
  }
  return ready;
}

Result<Bytes> encodeTyped(ContentFormat format, const Records& records, const EncodeContext& context) {
  switch (format) {
    case ContentFormat::text: return encodeText(records, context);
    case ContentFormat::opaque: return encodeOpaque(records, context);
    case ContentFormat::tlv:
    case ContentFormat::tlvPreRelease: return encodeTlv(records, context);
    case ContentFormat::senmlJson: return encodeSenmlJson(records, context, false);
    case ContentFormat::senmlEtchJson: return encodeSenmlJson(records, context, true);
    case ContentFormat::senmlCbor: return encodeSenmlCbor(records, context, false);
    case ContentFormat::senmlEtchCbor: return encodeSenmlCbor(records, context, true);
    default: return noCodec(format);
  }
}

}  // namespace

const ResourceDefinition* Types::definition(const Path& path) {
  if (known_ != path.object()) {
    known_ = path.object();
    object_ = model_.object(path.object());
  }
  if (object_ == nullptr) return nullptr;
  const ResourceDefinition* found = object_->resource(path.resource());
  return found != nullptr ? found : model_.resource(path.object(), path.resource());
}

ResourceType Types::of(const Path& path) {
  const ResourceDefinition* known = definition(path);
  return known == nullptr ? ResourceType::none : known->type;
}

Result<std::vector<Record>> decode(ContentFormat format, ByteView payload, const DecodeContext& context) {
  switch (format) {
    case ContentFormat::text: return decodeText(payload, context);
    case ContentFormat::opaque: return decodeOpaque(payload, context);
    case ContentFormat::tlv:
    case ContentFormat::tlvPreRelease: return decodeTlv(payload, context);
    case ContentFormat::senmlJson:
    case ContentFormat::senmlEtchJson: return decodeSenmlJson(payload, context);
    case ContentFormat::senmlCbor:
    case ContentFormat::senmlEtchCbor: return decodeSenmlCbor(payload, context);
    default: return noCodec(format);
  }
}

Result<Bytes> encode(ContentFormat format, std::span<const Record> records, const EncodeContext& context) {
  if (!isSupported(format)) return noCodec(format);
  auto ready = typed(records, context);
  if (!ready) return tl::unexpected(std::move(ready.error()));
  return encodeTyped(format, *ready, context);
}

bool isSupported(ContentFormat format) {
  switch (format) {
    case ContentFormat::text:
    case ContentFormat::opaque:
    case ContentFormat::tlv:
    case ContentFormat::tlvPreRelease:
    case ContentFormat::senmlJson:
    case ContentFormat::senmlEtchJson:
    case ContentFormat::senmlCbor:
    case ContentFormat::senmlEtchCbor: return true;
    default: return false;
  }
}

}  // namespace isthmus::lwm2m
