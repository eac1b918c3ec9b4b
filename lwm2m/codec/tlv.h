#pragma once

#include "lwm2m/model/value.h"

#include <cstdint>

namespace isthmus::lwm2m {

// LwM2M Core 7.4.3: bits 7-6 of the type byte.
enum class TlvKind : std::uint8_t { objectInstance, resourceInstance, multipleResource, resource };

// The bytes of one value (LwM2M Core C, column TLV). Errors: malformed, unsupported.
Result<Value> decodeTlvValue(ByteView bytes, ResourceType type);
Result<Bytes> encodeTlvValue(const Value& value);

}  // namespace isthmus::lwm2m
