#include "mapping/engine/converter.h"

#include "mapping/engine/time_form.h"

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
    : conversion_(&conversion), numbers_(conversion), kind_(kindOf(conversion, numbers_)) {}

Converter::Kind Converter::kindOf(const Conversion& conversion, const NumberConversion& numbers) {
  if (!conversion.enumeration.empty()) return Kind::enumeration;
  if (conversion.boolean) return Kind::boolean;
  if (conversion.time) return Kind::time;
  return numbers.doesNothing() ? Kind::plain : Kind::number;
}

Result<Converted> Converter::toApplication(const Value& given, std::string_view deviceUnit) const {
  if (std::holds_alternative<std::monostate>(given)) return refused("the device gave no value");
  const auto& type = conversion_->type;
  if (!type && kind_ == Kind::plain) return plain(given);
  const auto value = type ? typed(given, *type) : Result<Value>(given);
  if (!value) return tl::unexpected(value.error());
  switch (kind_) {
    case Kind::plain: return plain(*value);
    case Kind::enumeration: return enumerate(*value);
    case Kind::boolean: return wordFor(*value);
    case Kind::time: return timeOf(*value);
    case Kind::number: break;
  }
  if (numbers_.onlyNamesUnit(deviceUnit)) return plain(*value);
  auto number = numbers_.toApplication(*value, deviceUnit);
  if (!number) return tl::unexpected(number.error());
  const auto* real = std::get_if<double>(&*value);
  const bool isNumber = real == nullptr || std::isfinite(*real);
  return Converted{*std::move(number), isNumber ? Converted::Kind::number : Converted::Kind::text};
}

Result<Converted> Converter::enumerate(const Value& value) const {
  const auto& enumeration = conversion_->enumeration;
  const auto result = plain(value);
  const auto same = [](std::string_view text) { return [text](const auto& pair) { return pair.first == text; }; };
  auto found = std::find_if(enumeration.begin(), enumeration.end(), same(result.text));
  if (found == enumeration.end() && std::holds_alternative<bool>(value)) {
    found = std::find_if(enumeration.begin(), enumeration.end(), same(std::get<bool>(value) ? "1" : "0"));
  }
  if (found != enumeration.end()) return Converted{found->second, Converted::Kind::text};
  if (conversion_->otherwise) return Converted{*conversion_->otherwise, Converted::Kind::text};
  return refused(quoted(result.text) + " is not in the rule's enumeration");
}

Result<Converted> Converter::wordFor(const Value& value) const {
  const auto converted = lwm2m::convert(value, ResourceType::boolean);
  if (!converted) return refused(quoted(lwm2m::toText(value)) + " is no boolean");
  const auto& [yes, no] = *conversion_->boolean;
  const auto kind = yes == "1" && no == "0"          ? Converted::Kind::number
                    : yes == "true" && no == "false" ? Converted::Kind::boolean
                                                     : Converted::Kind::text;
  return Converted{std::get<bool>(*converted) ? yes : no, kind};
}

Result<Converted> Converter::timeOf(const Value& value) const {
  const auto converted = lwm2m::convert(value, ResourceType::time);
  if (!converted) return refused(quoted(lwm2m::toText(value)) + " is no time in seconds");
  auto words = toText(*conversion_->time, std::get<lwm2m::Time>(*converted).seconds);
  if (!words) return refused(lwm2m::toText(value) + " s since 1970 is a time that cannot be written so");
  return Converted{*std::move(words), isNumber(*conversion_->time) ? Converted::Kind::number : Converted::Kind::text};
}

// What the text becomes before it is what the device takes.
ResourceType Converter::typeOnDevice(ResourceType device, std::string_view deviceUnit) const {
  const auto type = conversion_->type.value_or(device == ResourceType::none ? ResourceType::string : device);
  if (kind_ == Kind::boolean) return ResourceType::boolean;
  if (kind_ == Kind::time) return ResourceType::time;
  if (kind_ != Kind::number || numbers_.onlyNamesUnit(deviceUnit)) return type;
  if (numbers_.readsText()) return ResourceType::string;
  return conversion_->type || isCalculable(type) ? type : ResourceType::floating;
}

Result<Value> Converter::toDevice(std::string_view text, ResourceType device, std::string_view deviceUnit) const {
  const auto type = typeOnDevice(device, deviceUnit);
  auto value = back(text, type, deviceUnit);
  if (!value) {
    return refused(quoted(text) + " has no exact counterpart of type " + std::string(lwm2m::name(type)) +
                   " on the device: " + value.error().message);
  }
  if (device == ResourceType::none || device == type) return value;
  return lwm2m::convert(*value, device);
}

Result<Value> Converter::back(std::string_view text, ResourceType type, std::string_view deviceUnit) const {
  switch (kind_) {
    case Kind::number:
      if (!numbers_.onlyNamesUnit(deviceUnit)) return numbers_.toDevice(text, type, deviceUnit);
      break;
    case Kind::enumeration: return enumerateBack(text, type);
    case Kind::plain: break;
    case Kind::boolean:
      if (text == conversion_->boolean->yes) return Value(true);
      if (text == conversion_->boolean->no) return Value(false);
      return refused("the words are " + quoted(conversion_->boolean->yes) + " and " + quoted(conversion_->boolean->no));
    case Kind::time:
      if (const auto time = parseTime(*conversion_->time, text)) return Value(lwm2m::Time{*time});
      return refused("it is no whole second in the rule's form of times");
  }
  return lwm2m::convert(Value(std::string(text)), type);
}

Result<Value> Converter::enumerateBack(std::string_view text, ResourceType type) const {
  const auto& enumeration = conversion_->enumeration;
  const auto found =
      std::find_if(enumeration.begin(), enumeration.end(), [&](const auto& pair) { return pair.second == text; });
  if (found != enumeration.end()) return lwm2m::convert(Value(found->first), type);
  if (text == conversion_->otherwise) return refused("it stands for all that the enumeration does not name");
  return refused("it is not in the rule's enumeration");
}

}  // namespace isthmus::mapping
