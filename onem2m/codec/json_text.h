#pragma once

#include <string>
#include <string_view>

namespace isthmus::onem2m {

// Appends `text` as a JSON string with its quotes (RFC 8259 7). Bytes that are no UTF-8 become U+FFFD.
void appendJsonString(std::string& out, std::string_view text);

// The content of a refusal: {"m2m:dbg": reason}
std::string debugText(std::string_view reason);

}  // namespace isthmus::onem2m
