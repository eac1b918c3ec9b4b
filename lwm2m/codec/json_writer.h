#pragma once

// What JSON and SenML JSON write alike.

#include "ipe/base/bytes.h"
#include "lwm2m/model/number.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <string>
#include <string_view>

namespace isthmus::lwm2m {

class JsonWriter {
 public:
  void startArray() { json_.StartArray(); }
  void endArray() { json_.EndArray(); }
  void startObject() { json_.StartObject(); }
  void endObject() { json_.EndObject(); }
  void key(std::string_view key) { text(key); }

  void put(std::string_view name, std::string_view words) {
    key(name);
    text(words);
  }
  void putNumber(std::string_view name, std::string_view digits) {
    key(name);
    json_.RawValue(digits.data(), digits.size(), rapidjson::kNumberType);
  }
  // A fraction or an exponent says that it is a float, also to a reader without a model.
  void putFloat(std::string_view name, double value) {
    std::string digits = toDecimal(value);
    if (digits.find_first_of(".e") == std::string::npos) digits += ".0";
    putNumber(name, digits);
  }
  void putBoolean(std::string_view name, bool value) {
    key(name);
    json_.Bool(value);
  }
  void putNull(std::string_view name) {
    key(name);
    json_.Null();
  }

  Bytes take() const {
    const auto* first = reinterpret_cast<const std::uint8_t*>(buffer_.GetString());
    return {first, first + buffer_.GetSize()};
  }

 private:
  void text(std::string_view words) { json_.String(words.data(), static_cast<rapidjson::SizeType>(words.size())); }

  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> json_{buffer_};
};

}  // namespace isthmus::lwm2m
