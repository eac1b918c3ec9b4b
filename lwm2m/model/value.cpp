#include "lwm2m/model/value.h"

#include "lwm2m/model/number.h"

#include <array>
#include <charconv>

namespace isthmus::lwm2m {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

constexpr std::array<std::string_view, 10> kTypeNames = {"None",    "String", "Integer", "Unsigned Integer", "Float",
                                                         "Boolean", "Opaque", "Time",    "Objlnk",           "Corelnk"};
static_assert(std::variant_size_v<Value> == kTypeNames.size());

tl::unexpected<Error> cannotConvert(const Value& value, ResourceType to) {
  return fail(Errc::malformed,
              "a value of type " + std::string(name(typeOf(value))) + " is no exact " + std::string(name(to)));
}

std::optional<Number> numberOf(const Value& value) {
  return std::visit(Overloaded{[](std::int64_t v) { return std::optional(Number::of(v)); },
                               [](std::uint64_t v) { return std::optional(Number::of(v)); },
                               [](double v) { return std::optional(Number::of(v)); },
                               [](const Time& v) { return std::optional(Number::of(v.seconds)); },
                               [](bool v) { return std::optional(Number::of(std::int64_t{v})); },
                               [](const std::string& v) { return Number::parse(v); },
                               [](const auto&) { return std::optional<Number>(); }},
                    value);
}

template <class T>
std::optional<Value> lift(std::optional<T> value) {
  if (!value) return std::nullopt;
  return Value(*std::move(value));
}

std::optional<Value> toBoolean(const Value& value) {
  if (const auto* words = std::get_if<std::string>(&value)) {
    if (*words == "true") return Value(true);
    if (*words == "false") return Value(false);
  }
  const auto number = numberOf(value);
  const auto bit = number ? number->asUnsigned() : std::nullopt;
  if (!bit || *bit > 1) return std::nullopt;
  return Value(*bit == 1);
}

std::optional<Value> toNumber(const Value& value, ResourceType to) {
  const auto number = numberOf(value);
  if (!number) return std::nullopt;
  if (to == ResourceType::integer) return lift(number->asSigned());
  if (to == ResourceType::unsignedInteger) return lift(number->asUnsigned());
  if (to == ResourceType::floating) return lift(number->asDouble());
  const auto seconds = number->asSigned();
  return seconds ? std::optional<Value>(Time{*seconds}) : std::nullopt;
}

std::optional<Value> fromText(const std::string& words, ResourceType to) {
  if (to == ResourceType::coreLink) return Value(CoreLink{words});
  if (to == ResourceType::objectLink) return lift(ObjectLink::parse(words));
  if (to != ResourceType::opaque) return std::nullopt;
  auto bytes = fromBase64(words);
  return bytes ? std::optional<Value>(Opaque{*std::move(bytes)}) : std::nullopt;
}

std::optional<Value> converted(const Value& value, ResourceType to) {
  switch (to) {
    case ResourceType::none: return value;
    case ResourceType::string: return Value(toText(value));
    case ResourceType::integer:
    case ResourceType::unsignedInteger:
    case ResourceType::floating:
    case ResourceType::time: return toNumber(value, to);
    case ResourceType::boolean: return toBoolean(value);
    case ResourceType::opaque:
    case ResourceType::objectLink:
    case ResourceType::coreLink: break;
  }
  const auto* words = std::get_if<std::string>(&value);
  return words != nullptr ? fromText(*words, to) : std::nullopt;
}

std::optional<std::uint16_t> parseId(std::string_view text) {
  std::uint16_t id = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return id;
}

}  // namespace

std::optional<ObjectLink> ObjectLink::parse(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto object = parseId(text.substr(0, colon));
  const auto instance = parseId(text.substr(colon + 1));
  if (!object || !instance) return std::nullopt;
  return ObjectLink{*object, *instance};
}

std::string ObjectLink::toString() const { return std::to_string(object) + ':' + std::to_string(instance); }

ResourceType typeOf(const Value& value) { return static_cast<ResourceType>(value.index()); }

std::string_view name(ResourceType type) { return kTypeNames.at(static_cast<std::size_t>(type)); }

Result<Value> convert(const Value& value, ResourceType to) {
  if (typeOf(value) == to) return value;
  if (std::holds_alternative<std::monostate>(value)) return cannotConvert(value, to);
  auto result = converted(value, to);
  if (!result) return cannotConvert(value, to);
  return *std::move(result);
}

std::string toText(const Value& value) {
  return std::visit(
      Overloaded{[](std::monostate) { return std::string(); }, [](const std::string& v) { return v; },
                 [](std::int64_t v) { return std::to_string(v); }, [](std::uint64_t v) { return std::to_string(v); },
                 [](double v) { return toDecimal(v); }, [](bool v) { return std::string(v ? "true" : "false"); },
                 [](const Opaque& v) { return toBase64(v.bytes); },
                 [](const Time& v) { return std::to_string(v.seconds); },
                 [](const ObjectLink& v) { return v.toString(); }, [](const CoreLink& v) { return v.text; }},
      value);
}

}  // namespace isthmus::lwm2m
