#include "ipe/proxy/json_writer.h"

#include "ipe/base/bytes.h"
#include "lwm2m/model/number.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cmath>

namespace isthmus::proxy {

struct JsonWriter::Impl {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer{buffer};
};

namespace {

struct ValueWriter {
  JsonWriter& json;

  void operator()(std::monostate) const { json.null(); }
  void operator()(std::int64_t v) const { json.number(std::to_string(v)); }
  void operator()(std::uint64_t v) const { json.number(std::to_string(v)); }
  void operator()(double v) const { std::isfinite(v) ? json.number(number(v)) : json.string(lwm2m::toDecimal(v)); }
  void operator()(bool v) const { json.boolean(v); }
  void operator()(const lwm2m::Time& v) const { json.number(std::to_string(v.seconds)); }
  template <class Text>
  void operator()(const Text& v) const {
    json.string(lwm2m::toText(lwm2m::Value(v)));
  }

  // A fraction or an exponent says that it is a float, also to a reader without a model.
  static std::string number(double v) {
    std::string digits = lwm2m::toDecimal(v);
    if (digits.find_first_of(".e") == std::string::npos) digits += ".0";
    return digits;
  }
};

}  // namespace

JsonWriter::JsonWriter() : impl_(std::make_unique<Impl>()) {}
JsonWriter::~JsonWriter() = default;

void JsonWriter::key(std::string_view name) { string(name); }

void JsonWriter::string(std::string_view text) {
  if (isUtf8(text)) {
    impl_->writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  } else {
    const std::string fixed = repairedUtf8(text);
    impl_->writer.String(fixed.data(), static_cast<rapidjson::SizeType>(fixed.size()));
  }
}

void JsonWriter::boolean(bool value) { impl_->writer.Bool(value); }
void JsonWriter::number(std::string_view decimal) {
  impl_->writer.RawValue(decimal.data(), decimal.size(), rapidjson::kNumberType);
}
void JsonWriter::null() { impl_->writer.Null(); }
void JsonWriter::value(const lwm2m::Value& value) { std::visit(ValueWriter{*this}, value); }

std::string JsonWriter::take() const { return {impl_->buffer.GetString(), impl_->buffer.GetSize()}; }

void JsonWriter::startObject() { impl_->writer.StartObject(); }
void JsonWriter::endObject() { impl_->writer.EndObject(); }
void JsonWriter::startArray() { impl_->writer.StartArray(); }
void JsonWriter::endArray() { impl_->writer.EndArray(); }

}  // namespace isthmus::proxy
