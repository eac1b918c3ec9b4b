#include "onem2m/codec/json_text.h"

#include "ipe/base/bytes.h"

#include <array>

namespace isthmus::onem2m {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// Bytes that stand for themselves inside a JSON string.
constexpr auto kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

bool isPlain(char c) { return kPlain[static_cast<unsigned char>(c)]; }

void appendEscape(std::string& out, char c) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  const auto byte = static_cast<unsigned char>(c);
  out += "\\u00";
  out += kHexDigits[byte >> 4];
  out += kHexDigits[byte & 15U];
}

// The length of the UTF-8 sequence that `rest` starts with; 0 if it is none.
std::size_t sequenceLength(std::string_view rest) {
  const auto lead = static_cast<unsigned char>(rest.front());
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  return rest.size() >= length && isUtf8(rest.substr(0, length)) ? length : 0;
}

}  // namespace

void appendJsonString(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    std::size_t run = 0;
    while (run < text.size() && isPlain(text[run])) ++run;
    out.append(text.data(), run);
    text.remove_prefix(run);
    if (text.empty()) break;
    if (static_cast<unsigned char>(text.front()) < 0x80) {
      appendEscape(out, text.front());
      text.remove_prefix(1);
      continue;
    }
    const std::size_t length = sequenceLength(text);
    out += length != 0 ? text.substr(0, length) : kReplacement;
    text.remove_prefix(length != 0 ? length : 1);
  }
  out += '"';
}

std::string debugText(std::string_view reason) {
  std::string text = "{\"m2m:dbg\":";
  appendJsonString(text, reason);
  return text + "}";
}

}  // namespace isthmus::onem2m
