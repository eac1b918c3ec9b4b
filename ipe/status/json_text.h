#pragma once

#include "ipe/base/clock.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace isthmus::status {

// Writes JSON with RapidJSON; for .cpp files only. Whatever a device named itself, the outcome is valid JSON: text that
// is not UTF-8 has its bad bytes replaced by U+FFFD, a number that is not finite becomes null.
class JsonText {
 public:
  template <class Body>
  void object(Body body) {
    writer_.StartObject();
    body();
    writer_.EndObject();
  }
  template <class Body>
  void object(std::string_view key, Body body) {
    name(key);
    object(body);
  }
  template <class Items, class Each>
  void array(std::string_view key, const Items& items, Each each) {
    name(key);
    writer_.StartArray();
    for (const auto& item : items) each(item);
    writer_.EndArray();
  }
  template <class Items>
  void texts(std::string_view key, const Items& items) {
    array(key, items, [this](std::string_view item) { value(item); });
  }

  void text(std::string_view key, std::string_view content) {
    name(key);
    value(content);
  }
  void number(std::string_view key, std::uint64_t content) {
    name(key);
    writer_.Uint64(content);
  }
  void seconds(std::string_view key, double content) {
    name(key);
    if (std::isfinite(content)) {
      writer_.Double(std::round(content * 1000) / 1000);
    } else {
      writer_.Null();
    }
  }
  void boolean(std::string_view key, bool content) {
    name(key);
    writer_.Bool(content);
  }
  // Null if it is not known.
  void time(std::string_view key, std::optional<WallTime> content) {
    name(key);
    if (content && *content != WallTime{}) {
      value(toIso8601(*content));
    } else {
      writer_.Null();
    }
  }
  // Text that is itself JSON; as a string if it is not.
  void json(std::string_view key, std::string_view content);

  std::string take() { return {buffer_.GetString(), buffer_.GetSize()}; }

 private:
  void name(std::string_view key) { writer_.Key(key.data(), static_cast<rapidjson::SizeType>(key.size())); }
  void value(std::string_view content);

  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_{buffer_};
};

}  // namespace isthmus::status
