#include "lwm2m/codec/codec.h"

#include "lwm2m/codec/formats.h"
#include "lwm2m/codec/prefix_splitter.h"
#include "lwm2m/codec/record_groups.h"
#include "lwm2m/codec/record_names.h"

#include <algorithm>

namespace isthmus::lwm2m {
namespace {

tl::unexpected<Error> unsupported(ContentFormat format, std::string_view why) {
  return fail(Errc::unsupported, std::string(why) + " content format " + std::to_string(static_cast<unsigned>(format)) +
                                     " (" + std::string(name(format)) + ")");
}

tl::unexpected<Error> noCodec(ContentFormat format) { return unsupported(format, "no codec for"); }
tl::unexpected<Error> noPaths(ContentFormat format) { return unsupported(format, "no list of paths in"); }

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
    case ContentFormat::cbor: return encodeCbor(records, context);
    case ContentFormat::json:
    case ContentFormat::jsonPreRelease: return encodeJson(records, context);
    case ContentFormat::tlv:
    case ContentFormat::tlvPreRelease: return encodeTlv(records, context);
    case ContentFormat::senmlJson: return encodeSenmlJson(records, context, false);
    case ContentFormat::senmlEtchJson: return encodeSenmlJson(records, context, true);
    case ContentFormat::senmlCbor: return encodeSenmlCbor(records, context, false);
    case ContentFormat::senmlEtchCbor: return encodeSenmlCbor(records, context, true);
    case ContentFormat::lwm2mCbor: return encodeLwm2mCbor(records, context);
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

const Record* duplicate(std::span<const Record> records) {
  const auto key = [](const Record& record) { return std::pair(record.path, record.time); };
  const auto less = [&](const Record& a, const Record& b) { return key(a) < key(b); };
  const auto descends = [&](const Record& a, const Record& b) { return !less(a, b); };
  if (std::ranges::adjacent_find(records, descends) == records.end()) return nullptr;
  auto order = pointersTo(records);
  std::ranges::sort(order, [&](const Record* a, const Record* b) { return less(*a, *b); });
  const auto same = [&](const Record* a, const Record* b) { return key(*a) == key(*b); };
  const auto twice = std::ranges::adjacent_find(order, same);
  return twice == order.end() ? nullptr : *twice;
}

ResourceType Types::of(const Path& path) {
  const ResourceDefinition* known = definition(path);
  return known == nullptr ? ResourceType::none : known->type;
}

Result<std::vector<Record>> decode(ContentFormat format, ByteView payload, const DecodeContext& context) {
  switch (format) {
    case ContentFormat::text: return decodeText(payload, context);
    case ContentFormat::opaque: return decodeOpaque(payload, context);
    case ContentFormat::cbor: return decodeCbor(payload, context);
    case ContentFormat::json:
    case ContentFormat::jsonPreRelease: return decodeJson(payload, context);
    case ContentFormat::tlv:
    case ContentFormat::tlvPreRelease: return decodeTlv(payload, context);
    case ContentFormat::senmlJson:
    case ContentFormat::senmlEtchJson: return decodeSenmlJson(payload, context);
    case ContentFormat::senmlCbor:
    case ContentFormat::senmlEtchCbor: return decodeSenmlCbor(payload, context);
    case ContentFormat::lwm2mCbor: return decodeLwm2mCbor(payload, context);
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
  return format != ContentFormat::link && name(format) != name(static_cast<ContentFormat>(0xFFFF));
}

Result<Bytes> encodePaths(ContentFormat format, std::span<const Path> paths, std::string_view rootPath,
                          std::string_view prefix) {
  if (paths.empty()) return fail(Errc::malformed, "no paths");
  const std::string root = rootOf(rootPath, prefix);
  switch (format) {
    case ContentFormat::senmlJson:
    case ContentFormat::senmlEtchJson: return encodeSenmlJsonPaths(paths, root);
    case ContentFormat::senmlCbor:
    case ContentFormat::senmlEtchCbor: return encodeSenmlCborPaths(paths, root);
    default: return noPaths(format);
  }
}

Result<std::vector<Path>> decodePaths(ContentFormat format, ByteView payload, std::string_view rootPath,
                                      std::string_view prefix) {
  const std::string root = rootOf(rootPath, prefix);
  Result<std::vector<Path>> paths = noPaths(format);
  if (format == ContentFormat::senmlJson || format == ContentFormat::senmlEtchJson)
    paths = decodeSenmlJsonPaths(payload, root);
  if (format == ContentFormat::senmlCbor || format == ContentFormat::senmlEtchCbor)
    paths = decodeSenmlCborPaths(payload, root);
  if (paths && paths->empty()) return fail(Errc::malformed, "no paths");
  return paths;
}

Result<std::vector<Record>> decodeComposite(ContentFormat format, ByteView payload, std::span<const Path> paths,
                                            const DecodeContext& context) {
  auto records = decode(format, payload, {context.model, Path(), context.now, context.rootPath, context.prefix});
  if (!records) return records;
  std::erase_if(*records, [](const Record& record) { return record.value.index() == 0; });
  for (const Record& record : *records)
    if (std::ranges::none_of(paths, [&](const Path& path) { return path.contains(record.path); }))
      return fail(Errc::malformed, "not asked for", record.path.toString());
  return records;
}

Result<std::vector<EndDeviceRecords>> decodeByPrefix(ContentFormat format, ByteView payload,
                                                     const GatewayContext& context) {
  PrefixSplitter splitter(context);
  const DeviceModel gateway = context.modelOf("");
  const DecodeContext whole{gateway, Path(), context.now, context.rootPath};
  Result<Records> rest;
  switch (format) {
    case ContentFormat::senmlJson:
    case ContentFormat::senmlEtchJson: rest = decodeSenmlJson(payload, whole, &splitter); break;
    case ContentFormat::senmlCbor:
    case ContentFormat::senmlEtchCbor: rest = decodeSenmlCbor(payload, whole, &splitter); break;
    case ContentFormat::lwm2mCbor: rest = decodeLwm2mCbor(payload, whole, &splitter); break;
    default: return unsupported(format, "no names of end devices in");
  }
  if (!rest) return tl::unexpected(std::move(rest.error()));
  const Record* twice = format == ContentFormat::lwm2mCbor ? splitter.duplicate() : nullptr;
  if (twice != nullptr) return fail(Errc::malformed, "two values", twice->path.toString());
  return splitter.finish();
}

}  // namespace isthmus::lwm2m
