#pragma once

#include "lwm2m/model/value.h"

#include <memory>
#include <string>
#include <string_view>

namespace isthmus::proxy {

// Writes JSON, compact, in the order of the calls. What a device says need not be UTF-8: bytes that are not are
// replaced by U+FFFD, so that the outcome is valid JSON in any case.
class JsonWriter {
 public:
  JsonWriter();
  ~JsonWriter();
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;

  template <class Body>
  void object(Body body) {
    startObject();
    body();
    endObject();
  }
  template <class Items, class Each>
  void array(std::string_view name, const Items& items, Each each) {
    key(name);
    startArray();
    for (const auto& item : items) each(item);
    endArray();
  }

  void key(std::string_view name);
  void string(std::string_view text);
  void boolean(bool value);
  void number(std::string_view decimal);  // as it is written
  void null();
  void value(const lwm2m::Value& value);  // as value_json.h describes it

  void text(std::string_view name, std::string_view content) {
    key(name);
    string(content);
  }
  void number(std::string_view name, std::string_view decimal) {
    key(name);
    number(decimal);
  }

  std::string take() const;

 private:
  void startObject();
  void endObject();
  void startArray();
  void endArray();

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace isthmus::proxy
