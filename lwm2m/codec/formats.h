#pragma once

// The formats behind decode() and encode(), one pair each.

#include "lwm2m/codec/codec.h"

namespace isthmus::lwm2m {

using Records = std::vector<Record>;
class PrefixSplitter;

Result<Records> decodeText(ByteView payload, const DecodeContext& context);
Result<Records> decodeOpaque(ByteView payload, const DecodeContext& context);
Result<Records> decodeCbor(ByteView payload, const DecodeContext& context);
Result<Records> decodeTlv(ByteView payload, const DecodeContext& context);
Result<Records> decodeJson(ByteView payload, const DecodeContext& context);
// With a splitter, records go to its parts instead.
Result<Records> decodeSenmlJson(ByteView payload, const DecodeContext& context, PrefixSplitter* splitter = nullptr);
Result<Records> decodeSenmlCbor(ByteView payload, const DecodeContext& context, PrefixSplitter* splitter = nullptr);
Result<Records> decodeLwm2mCbor(ByteView payload, const DecodeContext& context, PrefixSplitter* splitter = nullptr);

// The records have been checked and typed by encode().
Result<Bytes> encodeText(std::span<const Record> records, const EncodeContext& context);
Result<Bytes> encodeOpaque(std::span<const Record> records, const EncodeContext& context);
Result<Bytes> encodeCbor(std::span<const Record> records, const EncodeContext& context);
Result<Bytes> encodeTlv(std::span<const Record> records, const EncodeContext& context);
Result<Bytes> encodeJson(std::span<const Record> records, const EncodeContext& context);
Result<Bytes> encodeSenmlJson(std::span<const Record> records, const EncodeContext& context, bool etch);
Result<Bytes> encodeSenmlCbor(std::span<const Record> records, const EncodeContext& context, bool etch);
Result<Bytes> encodeLwm2mCbor(std::span<const Record> records, const EncodeContext& context);

// Names and nothing else, as composite requests carry them.
Result<std::vector<Path>> decodeSenmlJsonPaths(ByteView payload, std::string_view root);
Result<std::vector<Path>> decodeSenmlCborPaths(ByteView payload, std::string_view root);
Bytes encodeSenmlJsonPaths(std::span<const Path> paths, std::string_view root);
Bytes encodeSenmlCborPaths(std::span<const Path> paths, std::string_view root);

// For the formats that hold one value of one resource or resource instance.
Result<void> needsResource(const Path& base, std::string_view format);
Records single(const Path& path, Value value);
Result<const Value*> onlyValue(std::span<const Record> records, const EncodeContext& context);

// A record whose path and time another one before it has too, null if there is none.
const Record* duplicate(std::span<const Record> records);

// Types of resources; remembers the object last asked for, since payloads stay with one.
class Types {
 public:
  explicit Types(const DeviceModel& model) : model_(model) {}
  const ResourceDefinition* definition(const Path& path);
  ResourceType of(const Path& path);  // none for what the model does not know

 private:
  DeviceModel model_;
  const ObjectDefinition* object_ = nullptr;
  std::uint32_t known_ = 0x10000;  // no object has this id
};

}  // namespace isthmus::lwm2m
