#include "lwm2m/codec/cbor_value.h"

#include "lwm2m/codec/typed_value.h"

#include <charconv>
#include <chrono>

namespace isthmus::lwm2m {
namespace {

using Kind = CborItem::Kind;

constexpr std::uint64_t kDateText = 0;
constexpr std::uint64_t kEpoch = 1;

Number negative(std::uint64_t number) {
  if (static_cast<std::int64_t>(number) >= 0) return Number::of(-1 - static_cast<std::int64_t>(number));
  return {-1.0 - static_cast<double>(number), std::nullopt, true, true};
}

std::string digits(const CborItem& item) {
  if (item.kind == Kind::unsignedInteger) return std::to_string(item.number);
  return std::to_string(-1 - static_cast<std::int64_t>(item.number));
}

// Reads what a pattern such as "dddd-dd-dd" has digits for; nothing if the text does not follow it.
bool follows(std::string_view text, std::string_view pattern) {
  if (text.size() != pattern.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (pattern[i] == 'd' ? !digit : text[i] != pattern[i]) return false;
  }
  return true;
}

int numberAt(std::string_view text, std::size_t at, std::size_t count) {
  int value = 0;
  std::from_chars(text.data() + at, text.data() + at + count, value);
  return value;
}

// Minutes east of UTC: "Z", "+02:00" (RFC 3339 5.6).
std::optional<int> zoneOffset(std::string_view zone) {
  if (zone == "Z" || zone == "z") return 0;
  const bool west = zone.starts_with('-');
  if ((!west && !zone.starts_with('+')) || !follows(zone.substr(1), "dd:dd")) return std::nullopt;
  const int hours = numberAt(zone, 1, 2);
  const int minutes = numberAt(zone, 4, 2);
  if (hours > 23 || minutes > 59) return std::nullopt;
  return (west ? -1 : 1) * (hours * 60 + minutes);
}

// RFC 3339 5.6, whole seconds: what a Time can hold.
std::optional<std::int64_t> secondsOf(std::string_view text) {
  using namespace std::chrono;
  constexpr std::size_t kDateAndTime = 19;
  if (text.size() <= kDateAndTime || text[10] != 'T') return std::nullopt;
  if (!follows(text.substr(0, kDateAndTime), "dddd-dd-ddTdd:dd:dd")) return std::nullopt;
  const year_month_day date{year(numberAt(text, 0, 4)), month(static_cast<unsigned>(numberAt(text, 5, 2))),
                            day(static_cast<unsigned>(numberAt(text, 8, 2)))};
  const int hour = numberAt(text, 11, 2), minute = numberAt(text, 14, 2), second = numberAt(text, 17, 2);
  std::string_view rest = text.substr(kDateAndTime);
  if (rest.starts_with('.')) {
    const auto end = rest.find_first_not_of('0', 1);
    if (end == 1) return std::nullopt;
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end);
  }
  const auto offset = zoneOffset(rest);
  if (!date.ok() || hour > 23 || minute > 59 || second > 59 || !offset) return std::nullopt;
  const std::int64_t days = sys_days(date).time_since_epoch().count();
  return ((days * 24 + hour) * 60 + minute - *offset) * 60 + second;
}

class ValueReader {
 public:
  ValueReader(CborReader& reader, ResourceType type) : reader_(reader), type_(type) {}

  Result<Value> read(const CborItem& item) {
    switch (item.kind) {
      case Kind::null: return Value();
      case Kind::boolean: return fitting(typedBoolean(item.flag, type_));
      case Kind::unsignedInteger:
      case Kind::negativeInteger: return fitting(typedNumber(integerOf(item), type_));
      case Kind::floating: return fitting(typedNumber(Number::of(item.real), type_));
      case Kind::text: return fitting(typedText(text(item.data), type_));
      case Kind::bytes: return fitting(typedBytes(item.data, type_));
      case Kind::tag: return tagged(item.number);
      default: return reader_.broken("not a value");
    }
  }

 private:
  Result<Value> tagged(std::uint64_t tag) {
    if (tag == kDecimalFraction) {
      const auto number = readDecimalFraction(reader_);
      if (!number) return tl::unexpected(number.error());
      return fitting(typedNumber(*number, type_));
    }
    if (tag != kDateText && tag != kEpoch) return reader_.broken("a tag that no value has");
    if (type_ != ResourceType::none && type_ != ResourceType::time) return fitting({});
    // Of a resource that nobody knows, seconds: without its type nobody could write the tag again.
    const ResourceType type = type_ == ResourceType::none ? ResourceType::integer : type_;
    const auto item = reader_.next();
    if (!item) return tl::unexpected(item.error());
    if (tag == kDateText) {
      const auto seconds = item->kind == Kind::text ? secondsOf(text(item->data)) : std::nullopt;
      if (!seconds) return reader_.broken("not a date and time of whole seconds");
      return fitting(typedNumber(Number::of(*seconds), type));
    }
    if (isInteger(*item)) return fitting(typedNumber(integerOf(*item), type));
    if (item->kind != Kind::floating) return reader_.broken("a time is a number");
    return fitting(typedNumber(Number::of(item->real), type));
  }

  Result<Value> fitting(Value value) const {
    if (value.index() == 0) return reader_.broken("the value does not fit type " + std::string(name(type_)));
    return value;
  }

  CborReader& reader_;
  ResourceType type_;
};

struct ValueWriter {
  CborWriter& cbor;

  void operator()(std::monostate) const { cbor.null(); }
  void operator()(const std::string& v) const { cbor.text(v); }
  void operator()(std::int64_t v) const { cbor.integer(v); }
  void operator()(std::uint64_t v) const { cbor.unsignedInteger(v); }
  void operator()(double v) const { cbor.real(v); }
  void operator()(bool v) const { cbor.boolean(v); }
  void operator()(const Opaque& v) const { cbor.bytes(v.bytes); }
  void operator()(const Time& v) const { cbor.integer(v.seconds); }
  void operator()(const ObjectLink& v) const { cbor.text(v.toString()); }
  void operator()(const CoreLink& v) const { cbor.text(v.text); }
};

}  // namespace

bool isInteger(const CborItem& item) {
  return item.kind == Kind::unsignedInteger || item.kind == Kind::negativeInteger;
}

Number integerOf(const CborItem& item) {
  return item.kind == Kind::negativeInteger ? negative(item.number) : Number::of(item.number);
}

Result<Number> readDecimalFraction(CborReader& reader) {
  const auto pair = reader.next();
  if (!pair) return tl::unexpected(pair.error());
  if (pair->kind != Kind::array || (!pair->indefinite && pair->number != 2))
    return reader.broken("not a decimal fraction");
  const auto exponent = reader.next();
  if (!exponent) return tl::unexpected(exponent.error());
  const auto mantissa = reader.next();
  if (!mantissa) return tl::unexpected(mantissa.error());
  if (!isInteger(*exponent) || !isInteger(*mantissa) || integerOf(*mantissa).lossy || integerOf(*exponent).lossy)
    return reader.broken("not a decimal fraction");
  if (pair->indefinite) {
    const auto end = reader.next();
    if (!end) return tl::unexpected(end.error());
    if (end->kind != Kind::end) return reader.broken("not a decimal fraction");
  }
  auto number = Number::parse(digits(*mantissa) + 'e' + digits(*exponent));
  if (!number) return reader.broken("a number beyond the range of a double");
  number->plain = number->integer.has_value() && exponent->kind == Kind::unsignedInteger;
  return *number;
}

Result<Value> readCborValue(CborReader& reader, const CborItem& first, ResourceType type) {
  return ValueReader(reader, type).read(first);
}

void writeCborValue(CborWriter& cbor, const Value& value) { std::visit(ValueWriter{cbor}, value); }

}  // namespace isthmus::lwm2m
