#pragma once

// From what a payload says of itself to the type that the object definition asks for (LwM2M Core appendix C). Shared by
// the formats whose values carry a type of their own: JSON, SenML, CBOR.

#include "lwm2m/model/number.h"
#include "lwm2m/model/value.h"

#include <string_view>

namespace isthmus::lwm2m {

// Each gives no value (monostate) if there is no exact one of that type.
Value typedNumber(const Number& number, ResourceType type);
Value typedText(std::string_view words, ResourceType type);  // text as such: a string, links
Value typedBoolean(bool flag, ResourceType type);
Value typedBytes(ByteView bytes, ResourceType type);
// Text that a format marks as an object link.
Value typedLink(std::string_view words, ResourceType type);

}  // namespace isthmus::lwm2m
