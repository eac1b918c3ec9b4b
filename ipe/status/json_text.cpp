#include "ipe/status/json_text.h"

#include "ipe/base/bytes.h"

#include <rapidjson/document.h>

namespace isthmus::status {

void JsonText::value(std::string_view content) {
  if (isUtf8(content)) {
    writer_.String(content.data(), static_cast<rapidjson::SizeType>(content.size()));
  } else {
    const std::string fixed = repairedUtf8(content);
    writer_.String(fixed.data(), static_cast<rapidjson::SizeType>(fixed.size()));
  }
}

void JsonText::json(std::string_view key, std::string_view content) {
  rapidjson::Document document;
  constexpr auto kHow =
      rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag | rapidjson::kParseFullPrecisionFlag;
  document.Parse<kHow>(content.data(), content.size());
  name(key);
  if (document.HasParseError()) {
    value(content);
  } else {
    document.Accept(writer_);
  }
}

}  // namespace isthmus::status
