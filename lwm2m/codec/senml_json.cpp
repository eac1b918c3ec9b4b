#include "lwm2m/codec/senml.h"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <array>
#include <cmath>

namespace isthmus::lwm2m {
namespace {

using senml::Field;

constexpr unsigned kDeepest = 16;  // of what is nested inside a field that nobody knows

struct Label {
  std::string_view key;
  Field field;
};

// RFC 8428 4.1, 4.2; vlo: LwM2M Core 7.4.4. Units, sums and update times say nothing that LwM2M uses.
constexpr std::array<Label, 10> kLabels{{{"n", Field::name},
                                         {"v", Field::value},
                                         {"vs", Field::string},
                                         {"vb", Field::boolean},
                                         {"vd", Field::data},
                                         {"vlo", Field::link},
                                         {"t", Field::time},
                                         {"bn", Field::baseName},
                                         {"bt", Field::baseTime},
                                         {"bv", Field::baseValue}}};

// Follows the parser through [ { key: scalar, ... }, ... ].
class Handler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Handler> {
 public:
  Handler(const DecodeContext& context, Records& out) : resolver_(context, out) {}

  bool Null() { return scalar(senml::Null{}); }
  bool Bool(bool flag) { return scalar(flag); }
  bool String(const char* words, rapidjson::SizeType size, bool /*copy*/) {
    return scalar(std::string_view(words, size));
  }
  bool RawNumber(const char* words, rapidjson::SizeType size, bool /*copy*/) {
    const auto number = Number::parse({words, size});
    return number ? scalar(*number) : stop("a number beyond the range of a double");
  }

  bool StartArray() { return depth_ == 0 ? enter() : nested(); }
  bool EndArray(rapidjson::SizeType /*count*/) {
    --depth_;
    return true;
  }
  bool StartObject() {
    if (depth_ != 1) return nested();
    key_.clear();
    return enter();
  }
  bool EndObject(rapidjson::SizeType /*count*/) {
    if (--depth_ != 1) return true;
    key_.clear();
    if (!accepted(resolver_.endRecord())) return false;
    ++index_;
    return true;
  }
  bool Key(const char* words, rapidjson::SizeType size, bool /*copy*/) {
    if (depth_ != 2) return true;
    key_.assign(words, std::min<std::size_t>(size, 64));
    field_ = Field::ignored;
    for (const Label& label : kLabels)
      if (label.key == std::string_view(words, size)) field_ = label.field;
    return size == 0 || words[size - 1] != '_' || stop("a field that must be understood (RFC 8428 4.4)");
  }

  std::optional<Error> error;

 private:
  bool enter() {
    ++depth_;
    return true;
  }
  bool nested() {
    if (depth_ < 2 || field_ != Field::ignored) return stop("SenML is an array of flat objects");
    return depth_ < kDeepest ? enter() : stop("nested too deep");
  }
  bool scalar(const senml::Scalar& scalar) {
    if (depth_ > 2) return true;
    if (depth_ < 2) return stop("SenML is an array of objects");
    return accepted(resolver_.field(field_, scalar));
  }
  bool accepted(Result<void> result) { return result ? true : stop(std::move(result.error().message)); }
  bool stop(std::string message) {
    std::string pointer = depth_ == 0 ? "byte 0" : '/' + std::to_string(index_);
    if (!key_.empty()) pointer += '/' + key_;
    error = Error{Errc::malformed, std::move(message), std::move(pointer)};
    return false;
  }

  senml::Resolver resolver_;
  unsigned depth_ = 0;
  std::size_t index_ = 0;
  std::string key_;
  Field field_ = Field::ignored;
};

constexpr unsigned kParseFlags =
    rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseValidateEncodingFlag | rapidjson::kParseIterativeFlag;

using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

void putText(JsonWriter& json, std::string_view words) {
  json.String(words.data(), static_cast<rapidjson::SizeType>(words.size()));
}

void put(JsonWriter& json, std::string_view key, std::string_view words) {
  putText(json, key);
  putText(json, words);
}

void putNumber(JsonWriter& json, std::string_view key, std::string_view digits) {
  putText(json, key);
  json.RawValue(digits.data(), digits.size(), rapidjson::kNumberType);
}

// A fraction or an exponent says that it is a float, also to a reader without a model.
std::string jsonFloat(double value) {
  std::string digits = toDecimal(value);
  if (digits.find_first_of(".e") == std::string::npos) digits += ".0";
  return digits;
}

struct ValueWriter {
  JsonWriter& json;
  bool etch;

  bool operator()(std::monostate) const {
    if (!etch) return true;
    putText(json, "v");
    return json.Null();
  }
  bool operator()(const std::string& v) const { return put(json, "vs", v), true; }
  bool operator()(std::int64_t v) const { return putNumber(json, "v", std::to_string(v)), true; }
  bool operator()(std::uint64_t v) const { return putNumber(json, "v", std::to_string(v)), true; }
  bool operator()(double v) const {
    if (!std::isfinite(v)) return false;
    return putNumber(json, "v", jsonFloat(v)), true;
  }
  bool operator()(bool v) const {
    putText(json, "vb");
    return json.Bool(v);
  }
  bool operator()(const Opaque& v) const { return put(json, "vd", toBase64Url(v.bytes)), true; }
  bool operator()(const Time& v) const { return putNumber(json, "v", std::to_string(v.seconds)), true; }
  bool operator()(const ObjectLink& v) const { return put(json, "vlo", v.toString()), true; }
  bool operator()(const CoreLink& v) const { return put(json, "vs", v.text), true; }
};

}  // namespace

Result<Records> decodeSenmlJson(ByteView payload, const DecodeContext& context) {
  Records records;
  if (payload.empty()) return records;
  records.reserve(1);
  Handler handler(context, records);
  rapidjson::MemoryStream stream(reinterpret_cast<const char*>(payload.data()), payload.size());
  rapidjson::Reader reader;
  const auto result = reader.Parse<kParseFlags>(stream, handler);
  if (handler.error) return tl::unexpected(*std::move(handler.error));
  if (result.IsError())
    return fail(Errc::malformed, rapidjson::GetParseError_En(result.Code()), "byte " + std::to_string(result.Offset()));
  if (stream.Tell() != payload.size())
    return fail(Errc::malformed, "a zero byte", "byte " + std::to_string(stream.Tell()));
  return records;
}

Result<Bytes> encodeSenmlJson(std::span<const Record> records, const EncodeContext& context, bool etch) {
  const auto pack = senml::plan(records, context);
  if (!pack) return tl::unexpected(pack.error());
  rapidjson::StringBuffer buffer;
  JsonWriter json(buffer);
  json.StartArray();
  for (const Record& record : records) {
    json.StartObject();
    if (&record == records.data()) {
      put(json, "bn", pack->baseName);
      if (pack->baseTime) putNumber(json, "bt", senml::decimalSeconds(*pack->baseTime));
    }
    const std::string name = pack->name(record);
    if (!name.empty() || pack->mustName(record, etch)) put(json, "n", name);
    if (const auto time = pack->time(record)) putNumber(json, "t", senml::decimalSeconds(*time));
    if (!std::visit(ValueWriter{json, etch}, record.value))
      return fail(Errc::unsupported, "JSON has no such number", record.path.toString());
    json.EndObject();
  }
  json.EndArray();
  const auto* first = reinterpret_cast<const std::uint8_t*>(buffer.GetString());
  return Bytes(first, first + buffer.GetSize());
}

}  // namespace isthmus::lwm2m
