#include "lwm2m/codec/typed_value.h"

namespace isthmus::lwm2m {
namespace {

Value untyped(const Number& number) {
  if (number.lossy) return {};
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

}  // namespace

Value typedNumber(const Number& number, ResourceType type) {
  switch (type) {
    case ResourceType::none: return untyped(number);
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

Value typedText(std::string_view words, ResourceType type) {
  switch (type) {
    case ResourceType::none:
    case ResourceType::string: return std::string(words);
    case ResourceType::coreLink: return CoreLink{std::string(words)};
    case ResourceType::objectLink: return lift(ObjectLink::parse(words));
    default: return {};
  }
}

Value typedBoolean(bool flag, ResourceType type) {
  return type == ResourceType::none || type == ResourceType::boolean ? Value(flag) : Value();
}

Value typedBytes(ByteView bytes, ResourceType type) {
  if (type != ResourceType::none && type != ResourceType::opaque) return {};
  return Opaque{Bytes(bytes.begin(), bytes.end())};
}

Value typedLink(std::string_view words, ResourceType type) {
  if (type != ResourceType::none && type != ResourceType::objectLink) return {};
  return lift(ObjectLink::parse(words));
}

}  // namespace isthmus::lwm2m
