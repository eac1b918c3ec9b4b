// CBOR: one value of one resource or resource instance (LwM2M Core 7.4.3).
#include "ipe/base/cbor_writer.h"
#include "lwm2m/codec/cbor_value.h"

namespace isthmus::lwm2m {

Result<Records> decodeCbor(ByteView payload, const DecodeContext& context) {
  if (auto ok = needsResource(context.base, "CBOR"); !ok) return tl::unexpected(std::move(ok.error()));
  CborReader reader(payload);
  const auto item = reader.next();
  if (!item) return tl::unexpected(item.error());
  auto value = readCborValue(reader, *item, Types(context.model).of(context.base));
  if (!value) return tl::unexpected(std::move(value.error()));
  if (!reader.atEnd()) return reader.broken("something follows the value");
  return single(context.base, *std::move(value));
}

Result<Bytes> encodeCbor(std::span<const Record> records, const EncodeContext& context) {
  const auto value = onlyValue(records, context);
  if (!value) return tl::unexpected(value.error());
  CborWriter cbor;
  writeCborValue(cbor, **value);
  return cbor.take();
}

}  // namespace isthmus::lwm2m
