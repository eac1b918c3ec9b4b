#include "ipe/base/cbor_writer.h"
#include "lwm2m/codec/cbor_value.h"
#include "lwm2m/codec/senml.h"

namespace isthmus::lwm2m {
namespace {

using Kind = CborItem::Kind;
using senml::Field;

// RFC 8428 6, table 4.
enum Label : int {
  kBaseValue = -5,
  kBaseTime = -3,
  kBaseName = -2,
  kName = 0,
  kValue = 2,
  kString = 3,
  kBoolean = 4,
  kTime = 6,
  kData = 8
};
constexpr std::string_view kLink = "vlo";  // LwM2M Core 7.4.5: has no number

Field fieldOf(std::int64_t label) {
  switch (label) {
    case kBaseName: return Field::baseName;
    case kBaseTime: return Field::baseTime;
    case kBaseValue: return Field::baseValue;
    case kName: return Field::name;
    case kTime: return Field::time;
    case kValue: return Field::value;
    case kString: return Field::string;
    case kBoolean: return Field::boolean;
    case kData: return Field::data;
    default: return Field::ignored;
  }
}

class SenmlCborDecoder {
 public:
  SenmlCborDecoder(ByteView payload, senml::FieldSink& sink) : reader_(payload), sink_(sink) {}

  Result<void> decode() {
    const auto pack = reader_.next();
    if (!pack) return tl::unexpected(pack.error());
    if (pack->kind != Kind::array) return reader_.broken("SenML CBOR is an array of maps");
    for (std::uint64_t i = 0; pack->indefinite || i < pack->number; ++i) {
      const auto map = reader_.next();
      if (!map) return tl::unexpected(map.error());
      if (pack->indefinite && map->kind == Kind::end) break;
      if (map->kind != Kind::map) return reader_.broken("SenML CBOR is an array of maps");
      if (auto ok = record(*map); !ok) return tl::unexpected(std::move(ok.error()));
    }
    if (!reader_.atEnd()) return reader_.broken("something follows the last record");
    return {};
  }

 private:
  Result<void> record(const CborItem& map) {
    for (std::uint64_t i = 0; map.indefinite || i < map.number; ++i) {
      const auto key = reader_.next();
      if (!key) return tl::unexpected(key.error());
      if (map.indefinite && key->kind == Kind::end) break;
      const auto field = label(*key);
      if (!field) return tl::unexpected(field.error());
      if (auto ok = value(*field); !ok) return ok;
    }
    return located(sink_.endRecord());
  }

  Result<Field> label(const CborItem& key) const {
    if (isInteger(key)) {
      const auto number = integerOf(key).asSigned();
      return number ? fieldOf(*number) : Field::ignored;
    }
    if (key.kind != Kind::text) return reader_.broken("a label is an integer or text");
    const std::string_view words = text(key.data);
    if (words.ends_with('_')) return reader_.broken("a field that must be understood (RFC 8428 4.4)");
    return words == kLink ? Field::link : Field::ignored;
  }

  Result<void> value(Field field) {
    const auto item = reader_.next();
    if (!item) return tl::unexpected(item.error());
    if (field == Field::ignored) return reader_.skip(*item);
    switch (item->kind) {
      case Kind::null: return located(sink_.field(field, senml::Null{}));
      case Kind::boolean: return located(sink_.field(field, item->flag));
      case Kind::unsignedInteger:
      case Kind::negativeInteger: return located(sink_.field(field, integerOf(*item)));
      case Kind::floating: return located(sink_.field(field, Number::of(item->real)));
      case Kind::text: return located(sink_.field(field, text(item->data)));
      case Kind::bytes: return located(sink_.field(field, item->data));
      default: break;
    }
    if (item->kind != Kind::tag || item->number != kDecimalFraction) return reader_.broken("not a value");
    const auto number = readDecimalFraction(reader_);
    if (!number) return tl::unexpected(number.error());
    return located(sink_.field(field, *number));
  }

  Result<void> located(Result<void> result) const {
    return result ? result : reader_.broken(std::move(result.error().message));
  }

  CborReader reader_;
  senml::FieldSink& sink_;
};

void putSeconds(CborWriter& cbor, WallTime time) {
  const std::int64_t count = time.time_since_epoch().count();
  if (count % 1000 == 0) return cbor.integer(count / 1000);
  cbor.real(static_cast<double>(count) / 1000);
}

struct ValueWriter {
  CborWriter& cbor;
  bool etch;

  void operator()(std::monostate) const {
    if (etch) cbor.integer(kValue), cbor.null();
  }
  void operator()(const std::string& v) const { cbor.integer(kString), cbor.text(v); }
  void operator()(std::int64_t v) const { cbor.integer(kValue), cbor.integer(v); }
  void operator()(std::uint64_t v) const { cbor.integer(kValue), cbor.unsignedInteger(v); }
  void operator()(double v) const { cbor.integer(kValue), cbor.real(v); }
  void operator()(bool v) const { cbor.integer(kBoolean), cbor.boolean(v); }
  void operator()(const Opaque& v) const { cbor.integer(kData), cbor.bytes(v.bytes); }
  void operator()(const Time& v) const { cbor.integer(kValue), cbor.integer(v.seconds); }
  void operator()(const ObjectLink& v) const { cbor.text(kLink), cbor.text(v.toString()); }
  void operator()(const CoreLink& v) const { cbor.integer(kString), cbor.text(v.text); }
};

}  // namespace

Result<Records> decodeSenmlCbor(ByteView payload, const DecodeContext& context, PrefixSplitter* splitter) {
  if (payload.empty()) return Records();
  senml::Resolver resolver(context, splitter);
  if (auto ok = SenmlCborDecoder(payload, resolver).decode(); !ok) return tl::unexpected(std::move(ok.error()));
  return resolver.take();
}

Result<std::vector<Path>> decodeSenmlCborPaths(ByteView payload, std::string_view root) {
  senml::PathList list(root);
  if (auto ok = SenmlCborDecoder(payload, list).decode(); !ok) return tl::unexpected(std::move(ok.error()));
  return list.take();
}

Bytes encodeSenmlCborPaths(std::span<const Path> paths, std::string_view root) {
  CborWriter cbor;
  cbor.array(paths.size());
  for (const Path& path : paths) {
    cbor.map(1);
    cbor.integer(kName);
    cbor.text(nameOf(path, root));
  }
  return cbor.take();
}

Result<Bytes> encodeSenmlCbor(std::span<const Record> records, const EncodeContext& context, bool etch) {
  const auto pack = senml::plan(records, context);
  if (!pack) return tl::unexpected(pack.error());
  CborWriter cbor;
  cbor.array(records.size());
  for (const Record& record : records) {
    const bool first = &record == records.data();
    const std::string name = pack->names.name(record);
    const auto time = pack->time(record);
    const bool hasValue = etch || record.value.index() != 0;
    const bool hasName = !name.empty() || pack->mustName(record, etch);
    cbor.map((first ? 1U : 0U) + (first && pack->baseTime ? 1U : 0U) + (hasName ? 1U : 0U) + (time ? 1U : 0U) +
             (hasValue ? 1U : 0U));
    if (first) cbor.integer(kBaseName), cbor.text(pack->names.base);
    if (first && pack->baseTime) cbor.integer(kBaseTime), putSeconds(cbor, *pack->baseTime);
    if (hasName) cbor.integer(kName), cbor.text(name);
    if (time) cbor.integer(kTime), putSeconds(cbor, *time);
    std::visit(ValueWriter{cbor, etch}, record.value);
  }
  return cbor.take();
}

}  // namespace isthmus::lwm2m
