#include "mapping/engine/converter.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace isthmus::mapping {
namespace {

using lwm2m::Opaque;
using lwm2m::ResourceType;
using lwm2m::Value;

std::string quoted(std::string_view text) {
  static constexpr std::size_t kMostShown = 40;
  return "\"" + std::string(text.substr(0, kMostShown)) + (text.size() > kMostShown ? "...\"" : "\"");
}

tl::unexpected<Error> refused(std::string message) { return fail(Errc::malformed, std::move(message)); }

std::uint64_t bigEndian(ByteView bytes) {
  std::uint64_t number = 0;
  for (const auto byte : bytes) number = number << 8 | byte;
  return number;
}

// A resource that no definition knows comes out of TLV as bytes; a rule that states its type says how to read them
// (LwM2M Core 7.4.3, appendix C: two's complement of 1, 2, 4 or 8 bytes, IEEE 754 of 4 or 8, one byte, UTF-8).
std::optional<Value> fromTlvBytes(ByteView bytes, ResourceType type) {
  const auto size = bytes.size();
  const bool integral = size == 1 || size == 2 || size == 4 || size == 8;
  switch (type) {
    case ResourceType::integer:
    case ResourceType::time: {
      if (!integral) return {};
      const auto shift = 64 - 8 * size;
      const auto number = static_cast<std::int64_t>(bigEndian(bytes) << shift) >> shift;
      return type == ResourceType::time ? Value(lwm2m::Time{number}) : Value(number);
    }
    case ResourceType::unsignedInteger: return integral ? std::optional<Value>(bigEndian(bytes)) : std::nullopt;
    case ResourceType::floating:
      if (size == 4) return double{std::bit_cast<float>(static_cast<std::uint32_t>(bigEndian(bytes)))};
      if (size == 8) return std::bit_cast<double>(bigEndian(bytes));
      return {};
    case ResourceType::boolean:
      if (size != 1 || bytes[0] > 1) return {};
      return bytes[0] == 1;
    case ResourceType::objectLink:
      if (size != 4) return {};
      return lwm2m::ObjectLink{static_cast<std::uint16_t>(bigEndian(bytes) >> 16),
                               static_cast<std::uint16_t>(bigEndian(bytes) & 0xFFFF)};
    case ResourceType::string:
      return isUtf8(text(bytes)) ? std::optional<Value>(std::string(text(bytes))) : std::nullopt;
    case ResourceType::coreLink: return lwm2m::CoreLink{std::string(text(bytes))};
    default: return {};
  }
}

Result<Value> typed(const Value& value, ResourceType type) {
  if (const auto* opaque = std::get_if<Opaque>(&value); opaque != nullptr && type != ResourceType::opaque) {
    if (auto read = fromTlvBytes(opaque->bytes, type)) return *std::move(read);
  }
  return lwm2m::convert(value, type);
}

bool isCalculable(ResourceType type) {
  return type == ResourceType::integer || type == ResourceType::unsignedInteger || type == ResourceType::floating;
}

std::optional<Decimal> decimalOf(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return Decimal::of(*number);
  if (const auto* number = std::get_if<std::uint64_t>(&value)) return Decimal::of(*number);
  if (const auto* number = std::get_if<double>(&value)) return Decimal::of(*number);
  return {};
}

Converted plain(const Value& value) {
  using enum Converted::Kind;
  if (const auto* words = std::get_if<std::string>(&value); words != nullptr && !isUtf8(*words)) {
    return {toBase64(view(*words)), binary};
  }
  const auto kind = [&] {
    switch (lwm2m::typeOf(value)) {
      case ResourceType::integer:
      case ResourceType::unsignedInteger:
      case ResourceType::time: return number;
      case ResourceType::floating: return std::isfinite(std::get<double>(value)) ? number : text;
      case ResourceType::boolean: return boolean;
      case ResourceType::opaque: return binary;
      default: return text;
    }
  }();
  return {lwm2m::toText(value), kind};
}

}  // namespace

Converter::Converter(const Conversion& conversion)
    : conversion_(&conversion),
      scale_(Decimal::of(conversion.scale).value_or(Decimal::of(std::int64_t{1}))),
      offset_(Decimal::of(conversion.offset).value_or(Decimal())),
      scaled_(conversion.scale != 1 || conversion.offset != 0) {}

Result<Converted> Converter::toApplication(const Value& given) const {
  if (std::holds_alternative<std::monostate>(given)) return refused("the device gave no value");
  const auto& type = conversion_->type;
  const auto& enumeration = conversion_->enumeration;
  if (!type && !calculates() && enumeration.empty()) return plain(given);
  auto value = type ? typed(given, *type) : Result<Value>(given);
  if (!value) return tl::unexpected(value.error());
  if (calculates()) return calculate(*value);
  auto result = plain(*value);
  if (enumeration.empty()) return result;
  const auto same = [](std::string_view text) { return [text](const auto& pair) { return pair.first == text; }; };
  auto found = std::find_if(enumeration.begin(), enumeration.end(), same(result.text));
  if (found == enumeration.end() && std::holds_alternative<bool>(*value)) {
    found = std::find_if(enumeration.begin(), enumeration.end(), same(std::get<bool>(*value) ? "1" : "0"));
  }
  if (found == enumeration.end()) return refused(quoted(result.text) + " is not in the rule's enumeration");
  return Converted{found->second, Converted::Kind::text};
}

std::optional<Decimal> Converter::forward(const Decimal& number) const {
  const auto product = scaled_ ? number.times(scale_) : number;
  auto sum = product && scaled_ ? product->plus(offset_) : product;
  if (!sum) sum = Decimal::of(number.toDouble() * conversion_->scale + conversion_->offset);  // beyond 38 digits
  if (sum && conversion_->precision) return sum->rounded(*conversion_->precision);
  return sum;
}

Result<Converted> Converter::calculate(const Value& value) const {
  if (!isCalculable(lwm2m::typeOf(value))) {
    return refused("scale, offset and precision are for numbers, not for a value of type " +
                   std::string(lwm2m::name(lwm2m::typeOf(value))));
  }
  const auto number = decimalOf(value);
  if (!number) return plain(value);  // infinities and NaN stay what they are
  const auto result = forward(*number);
  if (!result) return refused(lwm2m::toText(value) + " leaves the range of numbers when it is scaled");
  return Converted{result->toText(), Converted::Kind::number};
}

Result<Value> Converter::toDevice(std::string_view text, ResourceType device) const {
  const auto& enumeration = conversion_->enumeration;
  if (!enumeration.empty()) {
    const auto found =
        std::find_if(enumeration.begin(), enumeration.end(), [&](const auto& pair) { return pair.second == text; });
    if (found == enumeration.end()) return refused(quoted(text) + " is not in the rule's enumeration");
    text = found->first;
  }
  const auto fallback = device == ResourceType::none ? ResourceType::string : device;
  const auto type =
      conversion_->type.value_or(calculates() && !isCalculable(fallback) ? ResourceType::floating : fallback);
  auto value = calculates() ? calculateBack(text, type) : lwm2m::convert(Value(std::string(text)), type);
  if (!value) {
    return refused(quoted(text) + " has no exact counterpart of type " + std::string(lwm2m::name(type)) +
                   " on the device: " + value.error().message);
  }
  if (device == ResourceType::none || device == type) return value;
  return lwm2m::convert(*value, device);
}

Result<Value> Converter::calculateBack(std::string_view text, ResourceType type) const {
  const auto wanted = Decimal::parse(text);
  if (!wanted) return refused("it is no number");
  const auto candidate = isCalculable(type) ? nearest(*wanted, type) : std::nullopt;
  if (!candidate) return refused("it leaves the type's range");
  if (!givesBack(*candidate, *wanted)) {
    const auto shown = toApplication(*candidate);
    return refused("the nearest that the device can hold would be " + (shown ? shown->text : "none"));
  }
  return *candidate;
}

// The device's value that comes nearest to `wanted`.
std::optional<Value> Converter::nearest(const Decimal& wanted, ResourceType type) const {
  const auto difference = wanted.minus(offset_);
  const auto exact = difference ? difference->dividedBy(scale_) : std::nullopt;
  const auto number = exact ? *exact : Decimal::of((wanted.toDouble() - conversion_->offset) / conversion_->scale);
  if (!number) return {};
  if (type == ResourceType::floating) {
    const double value = number->toDouble();
    return std::isfinite(value) ? std::optional<Value>(value) : std::nullopt;
  }
  const auto whole = number->rounded(0);
  if (type == ResourceType::integer) {
    const auto value = whole.toSigned();
    return value ? std::optional<Value>(*value) : std::nullopt;
  }
  const auto value = whole.toUnsigned();
  return value ? std::optional<Value>(*value) : std::nullopt;
}

bool Converter::givesBack(const Value& candidate, const Decimal& wanted) const {
  const auto number = decimalOf(candidate);
  const auto again = number ? forward(*number) : std::nullopt;
  if (!again) return false;
  if (*again == wanted) return true;
  // A float has no more digits than a double: 70 F is 21.11111111111111 C, and that is 69.999999999999998 F.
  const bool exactly = conversion_->precision.has_value() || !std::holds_alternative<double>(candidate);
  return !exactly && again->toDouble() == wanted.toDouble();
}

}  // namespace isthmus::mapping
