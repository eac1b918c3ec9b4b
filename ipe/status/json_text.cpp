#include "ipe/status/json_text.h"

#include "ipe/base/bytes.h"
#include "ipe/base/exact_json.h"

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
  const bool isJson = !json::parseExactly<rapidjson::kParseIterativeFlag>(document, content).IsError();
  name(key);
  if (!isJson) {
    value(content);
  } else {
    document.Accept(writer_);
  }
}

}  // namespace isthmus::status
