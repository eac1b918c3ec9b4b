#include "mapping/engine/number_conversion.h"

#include "mapping/units/unit.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <vector>

namespace isthmus::mapping {
namespace {

using lwm2m::ResourceType;
using lwm2m::Value;

tl::unexpected<Error> refused(std::string message) { return fail(Errc::malformed, std::move(message)); }

struct ExactUnit {
  Decimal factor, divisor, zero;
};

// A table of units holds what is written as decimals, so all of them can be had exactly.
const ExactUnit& exact(const Unit& unit) {
  static const auto kExact = [] {
    std::vector<ExactUnit> all;
    for (const auto& one : allUnits()) {
      all.push_back({Decimal::of(one.factor).value(), Decimal::of(one.divisor).value(), Decimal::of(one.zero).value()});
    }
    return all;
  }();
  return kExact[static_cast<std::size_t>(&unit - allUnits().data())];
}

std::optional<Decimal> decimalOf(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return Decimal::of(*number);
  if (const auto* number = std::get_if<std::uint64_t>(&value)) return Decimal::of(*number);
  if (const auto* number = std::get_if<double>(&value)) return Decimal::of(*number);
  return {};
}

std::optional<Decimal> readDigits(std::string_view text, int base) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  std::uint64_t size = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), size, base);
  if (text.empty() || code != std::errc() || end != text.data() + text.size()) return {};
  const auto number = Decimal::of(size);
  return negative ? Decimal().minus(number) : number;
}

std::string writeDigits(const Value& whole, int base) {
  char text[72];
  const auto write = [&](auto number) { return std::to_chars(std::begin(text), std::end(text), number, base).ptr; };
  const auto* size = std::get_if<std::uint64_t>(&whole);
  std::string digits(std::begin(text), size != nullptr ? write(*size) : write(std::get<std::int64_t>(whole)));
  std::ranges::transform(digits, digits.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return digits;
}

std::optional<Value> wholeOf(const Decimal& number) {
  const auto whole = number.rounded(0);
  if (const auto value = whole.toSigned()) return Value(*value);
  if (const auto value = whole.toUnsigned()) return Value(*value);
  return {};
}

std::string shown(double number) { return Decimal::of(number).value_or(Decimal()).toText(); }

}  // namespace

NumberConversion::NumberConversion(const Conversion& conversion)
    : conversion_(&conversion),
      scale_(Decimal::of(conversion.scale).value_or(Decimal::of(std::int64_t{1}))),
      offset_(Decimal::of(conversion.offset).value_or(Decimal())),
      scaled_(conversion.scale != 1 || conversion.offset != 0),
      unit_(findUnit(conversion.unit)) {
  if (const auto steps = stepsFrom(conversion.deviceUnit); steps && !conversion.deviceUnit.empty()) always_ = *steps;
}

bool NumberConversion::calculates() const {
  return scaled_ || conversion_->base != 0 || conversion_->precision || conversion_->range;
}

bool NumberConversion::doesNothing() const { return !calculates() && conversion_->unit.empty(); }

std::string_view NumberConversion::unitBefore(std::string_view deviceUnit) const {
  return conversion_->deviceUnit.empty() ? deviceUnit : conversion_->deviceUnit;
}

bool NumberConversion::onlyNamesUnit(std::string_view deviceUnit) const {
  const auto from = unitBefore(deviceUnit);
  return !calculates() && (from.empty() || from == conversion_->unit || (unit_ != nullptr && findUnit(from) == unit_));
}

Result<NumberConversion::Steps> NumberConversion::stepsFrom(std::string_view deviceUnit) const {
  if (always_) return *always_;
  const auto from = unitBefore(deviceUnit);
  if (from.empty() || conversion_->unit.empty() || from == conversion_->unit) return Steps();
  const auto* source = findUnit(from);
  if (source != nullptr && source == unit_) return Steps();
  if (const auto checked = checkConvertible(from, conversion_->unit); !checked) {
    return refused(checked.error().message + "; the rule's \"deviceUnit\" says what the device means");
  }
  const auto& device = exact(*source);
  const auto& application = exact(*unit_);
  const auto factor = device.factor.times(application.divisor), divisor = device.divisor.times(application.factor);
  if (!factor || !divisor) return refused("the units are too far apart");
  return Steps({device.zero, *factor, *divisor, application.zero});
}

std::optional<Decimal> NumberConversion::numberOf(const Value& value) const {
  if (!readsText()) return decimalOf(value);
  const auto* digits = std::get_if<std::string>(&value);
  return digits == nullptr ? std::nullopt : readDigits(*digits, conversion_->base);
}

Result<std::string> NumberConversion::toApplication(const Value& value, std::string_view deviceUnit) const {
  const auto number = numberOf(value);
  if (!number) {
    const auto* real = std::get_if<double>(&value);
    if (real != nullptr && !conversion_->range) return lwm2m::toText(value);  // infinities and NaN stay what they are
    if (readsText()) return refused("these are no digits of base " + std::to_string(conversion_->base));
    return refused("the rule calculates, and this is no number but of type " +
                   std::string(lwm2m::name(lwm2m::typeOf(value))));
  }
  const auto steps = stepsFrom(deviceUnit);
  if (!steps) return tl::unexpected(steps.error());
  const auto result = forward(*number, *steps);
  if (!result) return refused(lwm2m::toText(value) + " leaves the range of numbers when it is converted");
  if (isInside(*result)) return result->toText();
  return refused(result->toText() + " lies outside the rule's range [" + shown(conversion_->range->min) + ", " +
                 shown(conversion_->range->max) + "]");
}

bool NumberConversion::isInside(const Decimal& number) const {
  if (!conversion_->range) return true;
  const double size = number.toDouble();
  return size >= conversion_->range->min && size <= conversion_->range->max;
}

std::optional<Decimal> NumberConversion::forward(const Decimal& number, const Steps& steps) const {
  auto result = exactly(number, steps);
  if (!result) result = Decimal::of(nearly(number.toDouble(), steps));  // beyond 38 digits
  if (result && conversion_->precision) return result->rounded(*conversion_->precision);
  return result;
}

std::optional<Decimal> NumberConversion::exactly(const Decimal& number, const Steps& steps) const {
  auto result = scaled_ ? number.times(scale_) : number;
  if (result && scaled_) result = result->plus(offset_);
  if (!steps) return result;
  if (result) result = result->plus(steps->before);
  if (result) result = result->times(steps->factor);
  bool even = true;
  if (result) result = result->quotient(steps->divisor, even);
  if (result) result = result->minus(steps->after);
  // A third has no end in decimals: it is written as a double would be.
  return result && !even && !conversion_->precision ? Decimal::of(result->toDouble()) : result;
}

double NumberConversion::nearly(double number, const Steps& steps) const {
  const double scaled = number * conversion_->scale + conversion_->offset;
  if (!steps) return scaled;
  return (scaled + steps->before.toDouble()) * steps->factor.toDouble() / steps->divisor.toDouble() -
         steps->after.toDouble();
}

Result<Value> NumberConversion::toDevice(std::string_view text, ResourceType type, std::string_view deviceUnit) const {
  const auto wanted = Decimal::parse(text);
  if (!wanted) return refused("it is no number");
  if (!isInside(*wanted)) {
    return refused("it lies outside the rule's range [" + shown(conversion_->range->min) + ", " +
                   shown(conversion_->range->max) + "]");
  }
  const auto steps = stepsFrom(deviceUnit);
  if (!steps) return tl::unexpected(steps.error());
  const auto number = backward(*wanted, *steps);
  const auto candidate = number ? nearest(*number, type) : std::nullopt;
  if (!candidate) return refused("it leaves the type's range");
  if (givesBack(*candidate, *wanted, *steps)) return *candidate;
  const auto again = toApplication(*candidate, deviceUnit);
  return refused("the nearest that the device can hold would be " + (again ? *again : "none"));
}

std::optional<Decimal> NumberConversion::backward(const Decimal& wanted, const Steps& steps) const {
  bool even = true;
  auto result = std::optional(wanted);
  if (steps) {
    result = result->plus(steps->after);
    if (result) result = result->times(steps->divisor);
    if (result) result = result->quotient(steps->factor, even);
    if (result) result = result->minus(steps->before);
  }
  if (result) result = result->minus(offset_);
  if (result) result = result->quotient(scale_, even);
  if (result) return result;
  double size = wanted.toDouble();  // beyond 38 digits
  if (steps) {
    size = (size + steps->after.toDouble()) * steps->divisor.toDouble() / steps->factor.toDouble() -
           steps->before.toDouble();
  }
  return Decimal::of((size - conversion_->offset) / conversion_->scale);
}

// The device's value that comes nearest.
std::optional<Value> NumberConversion::nearest(const Decimal& number, ResourceType type) const {
  const auto whole = wholeOf(number);
  switch (type) {
    case ResourceType::floating: {
      const double value = number.toDouble();
      return std::isfinite(value) ? std::optional<Value>(value) : std::nullopt;
    }
    case ResourceType::integer: return whole && std::holds_alternative<std::int64_t>(*whole) ? whole : std::nullopt;
    case ResourceType::unsignedInteger: {
      const auto value = number.rounded(0).toUnsigned();
      return value ? std::optional<Value>(*value) : std::nullopt;
    }
    case ResourceType::string:
      return whole && readsText() ? std::optional<Value>(writeDigits(*whole, conversion_->base)) : std::nullopt;
    default: return {};
  }
}

bool NumberConversion::givesBack(const Value& candidate, const Decimal& wanted, const Steps& steps) const {
  const auto number = numberOf(candidate);
  const auto again = number ? forward(*number, steps) : std::nullopt;
  if (!again) return false;
  if (*again == wanted) return true;
  const auto* real = std::get_if<double>(&candidate);
  if (real == nullptr || conversion_->precision) return false;
  // A float has no more digits than a double: 70 F is 21.11111111111111 C, and that is 69.999999999999998 F. What its
  // last digit means to the application is no difference.
  const double digit = std::nextafter(std::abs(*real), std::numeric_limits<double>::infinity()) - std::abs(*real);
  const double slope = std::abs(nearly(1, steps) - nearly(0, steps));
  const auto difference = again->minus(wanted);
  return difference && std::abs(difference->toDouble()) <= digit * slope;
}

}  // namespace isthmus::mapping
