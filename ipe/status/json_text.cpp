#include "ipe/status/json_text.h"

#include "ipe/base/bytes.h"

#include <rapidjson/document.h>

#include <algorithm>

namespace isthmus::status {
namespace {

constexpr std::size_t kLongestSequence = 4;  // RFC 3629

std::size_t sequenceLength(std::string_view text) {
  for (std::size_t length = 1; length <= std::min(text.size(), kLongestSequence); ++length)
    if (isUtf8(text.substr(0, length))) return length;
  return 0;
}

std::string repaired(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = sequenceLength(text);
    out += length > 0 ? text.substr(0, length) : std::string_view("\xEF\xBF\xBD");
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

}  // namespace

void JsonText::value(std::string_view content) {
  if (isUtf8(content)) {
    writer_.String(content.data(), static_cast<rapidjson::SizeType>(content.size()));
  } else {
    const std::string fixed = repaired(content);
    writer_.String(fixed.data(), static_cast<rapidjson::SizeType>(fixed.size()));
  }
}

void JsonText::json(std::string_view key, std::string_view content) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(content.data(),
                                                                                         content.size());
  name(key);
  if (document.HasParseError()) {
    value(content);
  } else {
    document.Accept(writer_);
  }
}

}  // namespace isthmus::status
