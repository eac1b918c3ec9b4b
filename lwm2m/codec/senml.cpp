#include "lwm2m/codec/senml.h"

#include <algorithm>
#include <cmath>

namespace isthmus::lwm2m::senml {
namespace {

constexpr double kRelativeBelow = 268435456;  // RFC 8428 4.5.3: 2^28 seconds
constexpr double kFurthest = 253402300800;    // the year 10000, where RFC 3339 ends
constexpr std::size_t kLongestName = 1024;

tl::unexpected<Error> malformed(std::string message) { return fail(Errc::malformed, std::move(message)); }

Value untyped(const Number& number) {
  if (number.plain) {
    if (const auto value = number.asSigned()) return *value;
    if (const auto value = number.asUnsigned()) return *value;
  }
  return number.approximation;
}

template <class T>
Value lift(const std::optional<T>& value) {
  return value ? Value(*value) : Value();
}

// Nothing (monostate) if the number has no exact form of that type.
Value typedNumber(const Number& number, ResourceType type) {
  switch (type) {
    case ResourceType::none: return number.lossy ? Value() : untyped(number);
    case ResourceType::integer: return lift(number.asSigned());
    case ResourceType::unsignedInteger: return lift(number.asUnsigned());
    case ResourceType::floating: return lift(number.asDouble());
    case ResourceType::time: {
      const auto seconds = number.asSigned();
      return seconds ? Value(Time{*seconds}) : Value();
    }
    default: return {};
  }
}

// RFC 8428 4.1: the value is the base value plus what the record says.
Number sum(const Number& base, const Number& number) {
  const auto a = base.asSigned();
  const auto b = number.asSigned();
  std::int64_t exact = 0;
  if (a && b && !__builtin_add_overflow(*a, *b, &exact)) {
    Number both = Number::of(exact);
    both.plain = base.plain && number.plain;
    return both;
  }
  return Number::of(base.approximation + number.approximation);
}

Value typedText(const std::string& words, Field field, ResourceType type) {
  const bool link = field == Field::link;
  if (type == ResourceType::objectLink || (link && type == ResourceType::none)) return lift(ObjectLink::parse(words));
  if (link) return {};
  if (type == ResourceType::coreLink) return CoreLink{words};
  if (type == ResourceType::none || type == ResourceType::string) return words;
  return {};
}

}  // namespace

Resolver::Resolver(const DecodeContext& context, Records& out) : context_(context), out_(out), types_(context.model) {}

Result<void> Resolver::field(Field field, const Scalar& scalar) {
  if (field == Field::ignored) return {};
  const auto bit = static_cast<std::uint16_t>(1U << static_cast<unsigned>(field));
  if ((seen_ & bit) != 0) return malformed("the same field twice");
  seen_ = static_cast<std::uint16_t>(seen_ | bit);
  switch (field) {
    case Field::baseName: return nameField(baseName_, scalar);
    case Field::name: return nameField(name_, scalar);
    case Field::baseTime: return numberField(baseTime_, scalar);
    case Field::time: return numberField(time_, scalar);
    case Field::baseValue: {
      const auto* number = std::get_if<Number>(&scalar);
      if (number == nullptr) return malformed("the base value is no number");
      baseValue_ = *number;
      return {};
    }
    default: return valueField(field, scalar);
  }
}

Result<void> Resolver::nameField(std::string& target, const Scalar& scalar) {
  const auto* words = std::get_if<std::string_view>(&scalar);
  if (words == nullptr) return malformed("a name is text");
  if (words->size() > kLongestName) return malformed("a name longer than any path");
  target = *words;
  return {};
}

Result<void> Resolver::numberField(std::optional<double>& target, const Scalar& scalar) {
  const auto* number = std::get_if<Number>(&scalar);
  if (number == nullptr || !std::isfinite(number->approximation)) return malformed("a time is a number");
  target = number->approximation;
  return {};
}

Result<void> Resolver::valueField(Field field, const Scalar& scalar) {
  if (valueField_) return malformed("a record with two values");
  valueField_ = field;
  if (std::holds_alternative<Null>(scalar)) return {};
  if (field == Field::value) {
    const auto* number = std::get_if<Number>(&scalar);
    if (number == nullptr) return malformed("v is a number");
    number_ = *number;
    return {};
  }
  if (field == Field::boolean) {
    const auto* flag = std::get_if<bool>(&scalar);
    if (flag == nullptr) return malformed("vb is true or false");
    given_ = *flag;
    return {};
  }
  const auto* words = std::get_if<std::string_view>(&scalar);
  if (field == Field::data) {
    const auto* bytes = std::get_if<ByteView>(&scalar);
    if (bytes == nullptr && words == nullptr) return malformed("vd is data");
    auto decoded = bytes != nullptr ? Result<Bytes>(Bytes(bytes->begin(), bytes->end())) : fromBase64(*words);
    if (!decoded) return malformed("vd is no base64");
    given_ = Opaque{*std::move(decoded)};
    return {};
  }
  if (words == nullptr) return malformed(field == Field::string ? "vs is text" : "vlo is text");
  given_ = std::string(*words);
  return {};
}

Result<void> Resolver::endRecord() {
  const bool says = valueField_.has_value() || (seen_ & (1U << static_cast<unsigned>(Field::name))) != 0;
  if (says) {
    auto where = path();
    if (!where) return tl::unexpected(std::move(where.error()));
    const auto when = time();
    if (!when) return tl::unexpected(when.error());
    if (where->depth() >= 3) {
      auto typed = value(types_.of(*where));
      if (!typed) return malformed(where->toString() + ": " + typed.error().message);
      out_.push_back({*where, *std::move(typed), *when});
    } else if (valueField_ && (number_ || given_.index() != 0)) {
      return malformed("a value belongs to a resource, not to " + where->toString());
    }
  }
  seen_ = 0;
  name_.clear();
  time_.reset();
  valueField_.reset();
  given_ = {};
  number_.reset();
  return {};
}

Result<Path> Resolver::path() {
  joined_ = baseName_;
  joined_ += name_;
  std::string_view full = joined_;
  if (!full.starts_with(context_.rootPath)) return malformed("a name outside the root path: " + joined_.substr(0, 64));
  full.remove_prefix(context_.rootPath.size());
  if (full.empty() && !context_.rootPath.empty()) full = "/";
  const auto parsed = Path::parse(full);
  if (!parsed) return malformed("not a path: " + joined_.substr(0, 64));
  if (!context_.base.contains(*parsed) && !(parsed->depth() < 3 && parsed->contains(context_.base)))
    return malformed(parsed->toString() + " was not asked for");
  return *parsed;
}

Result<std::optional<WallTime>> Resolver::time() const {
  const double seconds = baseTime_.value_or(0) + time_.value_or(0);
  // Zero says that the device does not know the time, and means roughly now (RFC 8428 4.5.3).
  if (seconds == 0) return std::nullopt;
  if (std::fabs(seconds) >= kFurthest) return malformed("a time beyond the year 9999");
  const milliseconds offset(std::llround(seconds * 1000));
  if (seconds < kRelativeBelow) return context_.now + offset;
  return WallTime(offset);
}

Result<Value> Resolver::value(ResourceType type) {
  Value typed;
  if (number_) {
    typed = typedNumber(baseValue_ ? sum(*baseValue_, *number_) : *number_, type);
  } else if (given_.index() == 0) {
    return Value();
  } else if (const auto* words = std::get_if<std::string>(&given_)) {
    typed = typedText(*words, *valueField_, type);
  } else if (type == ResourceType::none || typeOf(given_) == type) {
    typed = std::move(given_);
  }
  if (typed.index() == 0) return malformed("the value does not fit type " + std::string(lwm2m::name(type)));
  return typed;
}

std::string Pack::name(const Record& record) const {
  return std::string(prefix).append(record.path.toString()).substr(baseLength);
}

std::optional<WallTime> Pack::time(const Record& record) const { return baseTime ? std::nullopt : record.time; }

Result<Pack> plan(std::span<const Record> records, const EncodeContext& context) {
  Pack pack;
  pack.prefix = context.rootPath;
  if (records.empty()) return pack;
  for (const Record& record : records)
    if (record.time && *record.time < WallTime(seconds(static_cast<std::int64_t>(kRelativeBelow))))
      return fail(Errc::unsupported, "SenML has no times before 1978", record.path.toString());
  const auto same = [&](const Record& record) { return record.time == records[0].time; };
  if (std::ranges::all_of(records, same)) pack.baseTime = records[0].time;

  const auto isBase = [&](const Record& record) { return record.path == context.base; };
  const bool alone = std::ranges::all_of(records, isBase);
  const bool below = std::ranges::none_of(records, isBase);
  const Path base = alone || below ? context.base : context.base.prefix(context.base.depth() - 1);
  pack.baseName = std::string(context.rootPath) + base.toString();
  if (!alone && !base.isRoot()) pack.baseName += '/';
  pack.baseLength = pack.baseName.size();
  return pack;
}

std::string decimalSeconds(WallTime time) {
  const std::int64_t count = time.time_since_epoch().count();
  std::string text = std::to_string(count / 1000);
  if (count % 1000 == 0) return text;
  std::string fraction = std::to_string(1000 + count % 1000);
  fraction[0] = '.';
  while (fraction.back() == '0') fraction.pop_back();
  return text + fraction;
}

}  // namespace isthmus::lwm2m::senml
