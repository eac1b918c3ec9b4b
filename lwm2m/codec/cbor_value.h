#pragma once

#include "lwm2m/codec/cbor_reader.h"
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

}  // namespace isthmus::lwm2m
