#pragma once

#include "ipe/base/result.h"

#include <rapidjson/document.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What the readers of JSON here share. For this module's .cpp files: others do not see RapidJSON.
namespace isthmus::onem2m {

// Not deeper than 64 levels; a byte order mark is skipped. Error: malformed, with the byte offset.
Result<> parse(rapidjson::Document& document, std::string_view json);

std::string_view textOf(const rapidjson::Value& value);       // of a string
std::string_view withoutPrefix(std::string_view name);        // "m2m:cin" is "cin"
std::string compact(const rapidjson::Value& value);           // as JSON
std::string anyText(const rapidjson::Value& value);           // a string as it is, anything else as JSON
std::optional<int> integerOf(const rapidjson::Value& value);  // also 4.0 and "4"

// Of an object; null counts as missing.
const rapidjson::Value* attribute(const rapidjson::Value& resource, const char* name);
std::string textAttribute(const rapidjson::Value& resource, const char* name);  // "" if it is no string
std::optional<bool> booleanAttribute(const rapidjson::Value& resource, const char* name);
std::vector<std::string> listAttribute(const rapidjson::Value& resource, const char* name);  // also of a single string

}  // namespace isthmus::onem2m
