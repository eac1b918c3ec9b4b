#include "lwm2m/codec/cbor_reader.h"
#include "lwm2m/codec/senml.h"

#include <cbor.h>

#include <array>
#include <bit>

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
constexpr std::string_view kLink = "vlo";      // LwM2M Core 7.4.5: has no number
constexpr std::uint64_t kDecimalFraction = 4;  // RFC 8949 3.4.4

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

Number negative(std::uint64_t number) {
  if (static_cast<std::int64_t>(number) >= 0) return Number::of(-1 - static_cast<std::int64_t>(number));
  return {-1.0 - static_cast<double>(number), std::nullopt, true, true};
}

bool isInteger(const CborItem& item) {
  return item.kind == Kind::unsignedInteger || item.kind == Kind::negativeInteger;
}

Number integerOf(const CborItem& item) {
  return item.kind == Kind::negativeInteger ? negative(item.number) : Number::of(item.number);
}

std::string digits(const CborItem& item) {
  if (item.kind == Kind::unsignedInteger) return std::to_string(item.number);
  return std::to_string(-1 - static_cast<std::int64_t>(item.number));
}

class SenmlCborDecoder {
 public:
  SenmlCborDecoder(ByteView payload, const DecodeContext& context) : reader_(payload), resolver_(context, records_) {}

  Result<Records> decode() {
    const auto pack = reader_.next();
    if (!pack) return tl::unexpected(pack.error());
    if (pack->kind != Kind::array) return reader_.broken("SenML CBOR is an array of maps");
    records_.reserve(1);
    for (std::uint64_t i = 0; pack->indefinite || i < pack->number; ++i) {
      const auto map = reader_.next();
      if (!map) return tl::unexpected(map.error());
      if (pack->indefinite && map->kind == Kind::end) break;
      if (map->kind != Kind::map) return reader_.broken("SenML CBOR is an array of maps");
      if (auto ok = record(*map); !ok) return tl::unexpected(std::move(ok.error()));
    }
    if (!reader_.atEnd()) return reader_.broken("something follows the last record");
    return std::move(records_);
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
    return located(resolver_.endRecord());
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
      case Kind::null: return located(resolver_.field(field, senml::Null{}));
      case Kind::boolean: return located(resolver_.field(field, item->flag));
      case Kind::unsignedInteger:
      case Kind::negativeInteger: return located(resolver_.field(field, integerOf(*item)));
      case Kind::floating: return located(resolver_.field(field, Number::of(item->real)));
      case Kind::text: return located(resolver_.field(field, text(item->data)));
      case Kind::bytes: return located(resolver_.field(field, item->data));
      default: break;
    }
    if (item->kind != Kind::tag || item->number != kDecimalFraction) return reader_.broken("not a value");
    const auto number = decimalFraction();
    if (!number) return tl::unexpected(number.error());
    return located(resolver_.field(field, *number));
  }

  // [exponent, mantissa]
  Result<Number> decimalFraction() {
    const auto pair = reader_.next();
    if (!pair) return tl::unexpected(pair.error());
    if (pair->kind != Kind::array || (!pair->indefinite && pair->number != 2))
      return reader_.broken("not a decimal fraction");
    const auto exponent = reader_.next();
    if (!exponent) return tl::unexpected(exponent.error());
    const auto mantissa = reader_.next();
    if (!mantissa) return tl::unexpected(mantissa.error());
    if (!isInteger(*exponent) || !isInteger(*mantissa) || integerOf(*mantissa).lossy || integerOf(*exponent).lossy)
      return reader_.broken("not a decimal fraction");
    if (pair->indefinite) {
      const auto end = reader_.next();
      if (!end) return tl::unexpected(end.error());
      if (end->kind != Kind::end) return reader_.broken("not a decimal fraction");
    }
    auto number = Number::parse(digits(*mantissa) + 'e' + digits(*exponent));
    if (!number) return reader_.broken("a number beyond the range of a double");
    number->plain = number->integer.has_value() && exponent->kind == Kind::unsignedInteger;
    return *number;
  }

  Result<void> located(Result<void> result) const {
    return result ? result : reader_.broken(std::move(result.error().message));
  }

  Records records_;
  CborReader reader_;
  senml::Resolver resolver_;
};

class SenmlCborWriter {
 public:
  explicit SenmlCborWriter(bool etch) : etch_(etch) {}

  void array(std::size_t count) { put<cbor_encode_array_start>(count); }
  void map(std::size_t count) { put<cbor_encode_map_start>(count); }
  void label(int label) { integer(label); }
  void integer(std::int64_t value) {
    if (value >= 0) return put<cbor_encode_uint>(static_cast<std::uint64_t>(value));
    put<cbor_encode_negint>(static_cast<std::uint64_t>(-1 - value));
  }
  void words(std::string_view words) {
    put<cbor_encode_string_start>(words.size());
    out_.insert(out_.end(), words.begin(), words.end());
  }
  void real(double value) {
    const auto small = static_cast<float>(value);
    if (std::bit_cast<std::uint64_t>(double{small}) == std::bit_cast<std::uint64_t>(value))
      return put<cbor_encode_single>(small);
    put<cbor_encode_double>(value);
  }
  void seconds(WallTime time) {
    const std::int64_t count = time.time_since_epoch().count();
    if (count % 1000 == 0) return integer(count / 1000);
    put<cbor_encode_double>(static_cast<double>(count) / 1000);
  }
  Bytes take() { return std::move(out_); }

  void operator()(std::monostate) {
    if (!etch_) return;
    label(kValue);
    std::array<unsigned char, 1> byte{};
    append(byte.data(), cbor_encode_null(byte.data(), byte.size()));
  }
  void operator()(const std::string& v) { label(kString), words(v); }
  void operator()(std::int64_t v) { label(kValue), integer(v); }
  void operator()(std::uint64_t v) { label(kValue), put<cbor_encode_uint>(v); }
  void operator()(double v) { label(kValue), real(v); }
  void operator()(bool v) { label(kBoolean), put<cbor_encode_bool>(v); }
  void operator()(const Opaque& v) {
    label(kData);
    put<cbor_encode_bytestring_start>(v.bytes.size());
    out_.insert(out_.end(), v.bytes.begin(), v.bytes.end());
  }
  void operator()(const Time& v) { label(kValue), integer(v.seconds); }
  void operator()(const ObjectLink& v) { words(kLink), words(v.toString()); }
  void operator()(const CoreLink& v) { label(kString), words(v.text); }

 private:
  template <auto encode, class T>
  void put(T value) {
    std::array<unsigned char, 9> bytes{};
    append(bytes.data(), encode(value, bytes.data(), bytes.size()));
  }
  void append(const unsigned char* bytes, std::size_t size) { out_.insert(out_.end(), bytes, bytes + size); }

  Bytes out_;
  bool etch_;
};

}  // namespace

Result<Records> decodeSenmlCbor(ByteView payload, const DecodeContext& context) {
  if (payload.empty()) return Records();
  return SenmlCborDecoder(payload, context).decode();
}

Result<Bytes> encodeSenmlCbor(std::span<const Record> records, const EncodeContext& context, bool etch) {
  const auto pack = senml::plan(records, context);
  if (!pack) return tl::unexpected(pack.error());
  SenmlCborWriter cbor(etch);
  cbor.array(records.size());
  for (const Record& record : records) {
    const bool first = &record == records.data();
    const std::string name = pack->name(record);
    const auto time = pack->time(record);
    const bool hasValue = etch || record.value.index() != 0;
    const bool hasName = !name.empty() || pack->mustName(record, etch);
    cbor.map((first ? 1U : 0U) + (first && pack->baseTime ? 1U : 0U) + (hasName ? 1U : 0U) + (time ? 1U : 0U) +
             (hasValue ? 1U : 0U));
    if (first) cbor.label(kBaseName), cbor.words(pack->baseName);
    if (first && pack->baseTime) cbor.label(kBaseTime), cbor.seconds(*pack->baseTime);
    if (hasName) cbor.label(kName), cbor.words(name);
    if (time) cbor.label(kTime), cbor.seconds(*time);
    std::visit(cbor, record.value);
  }
  return cbor.take();
}

}  // namespace isthmus::lwm2m
