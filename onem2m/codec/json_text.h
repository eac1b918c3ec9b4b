#pragma once

#include <string>
#include <string_view>

namespace isthmus::onem2m {

// Appends `text` as a JSON string with its quotes (RFC 8259 7). Bytes that are no UTF-8 become U+FFFD.
void appendJsonString(std::string& out, std::string_view text);

}  // namespace isthmus::onem2m
