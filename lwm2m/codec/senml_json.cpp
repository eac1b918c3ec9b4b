#include "lwm2m/codec/json_parser.h"
#include "lwm2m/codec/json_writer.h"
#include "lwm2m/codec/record_times.h"
#include "lwm2m/codec/senml.h"

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
  explicit Handler(senml::FieldSink& sink) : sink_(sink) {}

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
    if (!accepted(sink_.endRecord())) return false;
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
    return accepted(sink_.field(field_, scalar));
  }
  bool accepted(Result<void> result) { return result ? true : stop(std::move(result.error().message)); }
  bool stop(std::string message) {
    std::string pointer = depth_ == 0 ? "byte 0" : '/' + std::to_string(index_);
    if (!key_.empty()) pointer += '/' + key_;
    error = Error{Errc::malformed, std::move(message), std::move(pointer)};
    return false;
  }

  senml::FieldSink& sink_;
  unsigned depth_ = 0;
  std::size_t index_ = 0;
  std::string key_;
  Field field_ = Field::ignored;
};

struct ValueWriter {
  JsonWriter& json;
  bool etch;

  bool operator()(std::monostate) const {
    if (etch) json.putNull("v");
    return true;
  }
  bool operator()(const std::string& v) const { return json.put("vs", v), true; }
  bool operator()(std::int64_t v) const { return json.putNumber("v", std::to_string(v)), true; }
  bool operator()(std::uint64_t v) const { return json.putNumber("v", std::to_string(v)), true; }
  bool operator()(double v) const { return std::isfinite(v) && (json.putFloat("v", v), true); }
  bool operator()(bool v) const { return json.putBoolean("vb", v), true; }
  bool operator()(const Opaque& v) const { return json.put("vd", toBase64Url(v.bytes)), true; }
  bool operator()(const Time& v) const { return json.putNumber("v", std::to_string(v.seconds)), true; }
  bool operator()(const ObjectLink& v) const { return json.put("vlo", v.toString()), true; }
  bool operator()(const CoreLink& v) const { return json.put("vs", v.text), true; }
};

Result<void> read(ByteView payload, senml::FieldSink& sink) {
  Handler handler(sink);
  return parseJson(payload, handler);
}

}  // namespace

Result<Records> decodeSenmlJson(ByteView payload, const DecodeContext& context, PrefixSplitter* splitter) {
  if (payload.empty()) return Records();
  senml::Resolver resolver(context, splitter);
  if (auto ok = read(payload, resolver); !ok) return tl::unexpected(std::move(ok.error()));
  return resolver.take();
}

Result<std::vector<Path>> decodeSenmlJsonPaths(ByteView payload, std::string_view root) {
  senml::PathList list(root);
  if (auto ok = read(payload, list); !ok) return tl::unexpected(std::move(ok.error()));
  return list.take();
}

Bytes encodeSenmlJsonPaths(std::span<const Path> paths, std::string_view root) {
  JsonWriter json;
  json.startArray();
  for (const Path& path : paths) {
    json.startObject();
    json.put("n", nameOf(path, root));
    json.endObject();
  }
  json.endArray();
  return json.take();
}

Result<Bytes> encodeSenmlJson(std::span<const Record> records, const EncodeContext& context, bool etch) {
  const auto pack = senml::plan(records, context);
  if (!pack) return tl::unexpected(pack.error());
  JsonWriter json;
  json.startArray();
  for (const Record& record : records) {
    json.startObject();
    if (&record == records.data()) {
      json.put("bn", pack->names.base);
      if (pack->baseTime) json.putNumber("bt", decimalSeconds(*pack->baseTime));
    }
    const std::string name = pack->names.name(record);
    if (!name.empty() || pack->mustName(record, etch)) json.put("n", name);
    if (const auto time = pack->time(record)) json.putNumber("t", decimalSeconds(*time));
    if (!std::visit(ValueWriter{json, etch}, record.value))
      return fail(Errc::unsupported, "JSON has no such number", record.path.toString());
    json.endObject();
  }
  json.endArray();
  return json.take();
}

}  // namespace isthmus::lwm2m
