#pragma once

#include "ipe/base/cbor_reader.h"
#include "ipe/base/cbor_writer.h"
#include "lwm2m/codec/formats.h"
#include "lwm2m/model/number.h"

namespace isthmus::lwm2m {

bool isInteger(const CborItem& item);
Number integerOf(const CborItem& item);

// What follows a tag 4: [exponent, mantissa] (RFC 8949 3.4.4). Error: malformed, with the byte.
inline constexpr std::uint64_t kDecimalFraction = 4;
Result<Number> readDecimalFraction(CborReader& reader);

// The value that an item given out by next() begins, as CBOR and LwM2M CBOR have it (LwM2M Core C): numbers, text,
// bytes, booleans; null for no value; times also as tag 0 (RFC 3339 text) and tag 1 (RFC 8949 3.4.1, 3.4.2).
// Error: malformed, with the byte.
Result<Value> readCborValue(CborReader& reader, const CborItem& first, ResourceType type);
// The inverse: times as seconds, links as text, null for none.
void writeCborValue(CborWriter& cbor, const Value& value);

}  // namespace isthmus::lwm2m
