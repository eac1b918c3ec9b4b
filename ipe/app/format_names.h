#pragma once

#include "ipe/base/result.h"
#include "lwm2m/codec/content_format.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace isthmus::app {

// Content formats as operators write them: "senml-cbor", or a number. Error: malformed, with those that are known.
Result<lwm2m::ContentFormat> formatNamed(std::string_view word);
// "senml-cbor"; the number of one without a name; "" of none.
std::string formatName(std::optional<std::uint16_t> number);

}  // namespace isthmus::app
