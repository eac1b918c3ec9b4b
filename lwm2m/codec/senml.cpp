#include "lwm2m/codec/senml.h"

#include "lwm2m/codec/record_times.h"
#include "lwm2m/codec/typed_value.h"

#include <algorithm>
#include <cmath>

namespace isthmus::lwm2m::senml {
namespace {

constexpr double kRelativeBelow = 268435456;  // RFC 8428 4.5.3: 2^28 seconds
constexpr std::size_t kLongestName = 1024;

tl::unexpected<Error> malformed(std::string message) { return fail(Errc::malformed, std::move(message)); }

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

std::uint16_t bit(Field field) { return static_cast<std::uint16_t>(1U << static_cast<unsigned>(field)); }

}  // namespace

Result<void> Names::take(std::string& target, const Scalar& scalar) {
  const auto* words = std::get_if<std::string_view>(&scalar);
  if (words == nullptr) return malformed("a name is text");
  if (words->size() > kLongestName) return malformed("a name longer than any path");
  target = *words;
  return {};
}

Result<std::string_view> Names::resolve() {
  joined_ = base_;
  joined_ += own_;
  std::string_view full = joined_;
  if (!full.starts_with(root_)) return malformed("a name outside the root path: " + joined_.substr(0, 64));
  full.remove_prefix(root_.size());
  if (full.empty() && !root_.empty()) full = "/";
  return full;
}

Result<Path> Names::path(std::string_view name) const {
  auto parsed = Path::parse(name);
  if (!parsed) return malformed("not a path: " + joined_.substr(0, 64));
  return parsed;
}

Resolver::Resolver(const DecodeContext& context, PrefixSplitter* splitter)
    : context_(context),
      splitter_(splitter),
      plain_{"", Types(context.model), {}},
      names_(rootOf(context.rootPath, context.prefix)) {
  plain_.records.reserve(1);
}

Result<void> Resolver::field(Field field, const Scalar& scalar) {
  if (field == Field::ignored) return {};
  if ((seen_ & bit(field)) != 0) return malformed("the same field twice");
  seen_ = static_cast<std::uint16_t>(seen_ | bit(field));
  switch (field) {
    case Field::baseName: return names_.base(scalar);
    case Field::name: return names_.own(scalar);
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
  const bool says = valueField_.has_value() || (seen_ & bit(Field::name)) != 0;
  if (says)
    if (auto ok = addRecord(); !ok) return ok;
  seen_ = 0;
  names_.endRecord();
  time_.reset();
  valueField_.reset();
  given_ = {};
  number_.reset();
  return {};
}

Result<void> Resolver::addRecord() {
  auto name = names_.resolve();
  if (!name) return tl::unexpected(std::move(name.error()));
  PrefixSplitter::Part* part = splitter_ == nullptr ? &plain_ : splitter_->take(*name);
  if (part == nullptr) return malformed("more end devices than one payload may name");
  const auto path = names_.path(name->empty() ? "/" : *name);
  if (!path) return tl::unexpected(path.error());
  if (!context_.base.contains(*path) && !(path->depth() < 3 && path->contains(context_.base)))
    return malformed(path->toString() + " was not asked for");
  const auto when = time();
  if (!when) return tl::unexpected(when.error());
  if (path->depth() < 3) {
    if (!number_ && given_.index() == 0) return {};
    return malformed("a value belongs to a resource, not to " + path->toString());
  }
  auto typed = value(part->types.of(*path));
  if (!typed) return malformed(path->toString() + ": " + typed.error().message);
  part->records.push_back({*path, *std::move(typed), *when});
  return {};
}

Result<std::optional<WallTime>> Resolver::time() const {
  const double seconds = baseTime_.value_or(0) + time_.value_or(0);
  // Zero says that the device does not know the time, and means roughly now (RFC 8428 4.5.3).
  if (seconds == 0) return std::nullopt;
  const auto when = timeFrom(seconds, seconds < kRelativeBelow ? context_.now : WallTime());
  if (!when) return malformed("a time beyond the year 9999");
  return when;
}

Result<Value> Resolver::value(ResourceType type) {
  if (!number_ && given_.index() == 0) return Value();
  Value typed;
  if (number_) {
    typed = typedNumber(baseValue_ ? sum(*baseValue_, *number_) : *number_, type);
  } else if (const auto* words = std::get_if<std::string>(&given_)) {
    typed = *valueField_ == Field::link ? typedLink(*words, type) : typedText(*words, type);
  } else if (type == ResourceType::none || typeOf(given_) == type) {
    typed = std::move(given_);
  }
  if (typed.index() == 0) return malformed("the value does not fit type " + std::string(lwm2m::name(type)));
  return typed;
}

Result<void> PathList::field(Field field, const Scalar& scalar) {
  switch (field) {
    case Field::ignored: return {};
    case Field::baseName: named_ = true; return names_.base(scalar);
    case Field::name: named_ = true; return names_.own(scalar);
    default: return malformed("a list of paths has neither values nor times");
  }
}

Result<void> PathList::endRecord() {
  if (!named_) return malformed("a record without a name");
  const auto name = names_.resolve();
  if (!name) return tl::unexpected(name.error());
  const auto path = names_.path(*name);
  if (!path) return tl::unexpected(path.error());
  paths_.push_back(*path);
  names_.endRecord();
  named_ = false;
  return {};
}

std::optional<WallTime> Pack::time(const Record& record) const { return baseTime ? std::nullopt : record.time; }

Result<Pack> plan(std::span<const Record> records, const EncodeContext& context) {
  for (const Record& record : records)
    if (record.time && *record.time < WallTime(seconds(static_cast<std::int64_t>(kRelativeBelow))))
      return fail(Errc::unsupported, "SenML has no times before 1978", record.path.toString());
  return Pack{namesOf(records, context), sharedTime(records)};
}

}  // namespace isthmus::lwm2m::senml
