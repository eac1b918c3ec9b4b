#pragma once

// The formats behind decode() and encode(), one pair each.

#include "lwm2m/codec/codec.h"

namespace isthmus::lwm2m {

using Records = std::vector<Record>;

Result<Records> decodeText(ByteView payload, const DecodeContext& context);
Result<Records> decodeOpaque(ByteView payload, const DecodeContext& context);
Result<Records> decodeTlv(ByteView payload, const DecodeContext& context);
Result<Records> decodeSenmlJson(ByteView payload, const DecodeContext& context);
Result<Records> decodeSenmlCbor(ByteView payload, const DecodeContext& context);

// The records have been checked and typed by encode().
Result<Bytes> encodeText(std::span<const Record> records, const EncodeContext& context);
Result<Bytes> encodeOpaque(std::span<const Record> records, const EncodeContext& context);
Result<Bytes> encodeTlv(std::span<const Record> records, const EncodeContext& context);
Result<Bytes> encodeSenmlJson(std::span<const Record> records, const EncodeContext& context, bool etch);
Result<Bytes> encodeSenmlCbor(std::span<const Record> records, const EncodeContext& context, bool etch);

// Types of resources; remembers the object last asked for, since payloads stay with one.
class Types {
 public:
  explicit Types(const DeviceModel& model) : model_(model) {}
  const ResourceDefinition* definition(const Path& path);
  ResourceType of(const Path& path);  // none for what the model does not know

 private:
  const DeviceModel& model_;
  const ObjectDefinition* object_ = nullptr;
  std::uint32_t known_ = 0x10000;  // no object has this id
};

}  // namespace isthmus::lwm2m
