#pragma once

#include "ipe/base/result.h"

#include <string>
#include <string_view>

namespace isthmus::onem2m {

// JSON text as CBOR and back (TS-0004 8.5, RFC 8949): the same names and structure. Numbers keep being integers or
// not. From CBOR also byte strings, as base64 text; a tag is dropped; what JSON has no number for becomes null.
// Error: malformed, with the byte offset; not deeper than 64 levels either way.
Result<std::string> cborFromJson(std::string_view json);
Result<std::string> jsonFromCbor(std::string_view cbor);

}  // namespace isthmus::onem2m
