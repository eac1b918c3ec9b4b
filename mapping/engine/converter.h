#pragma once

#include "lwm2m/model/object_registry.h"
#include "lwm2m/model/value.h"
#include "mapping/engine/number_conversion.h"
#include "mapping/rules/rule.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace isthmus::mapping {

// A value as the application gets it.
struct Converted {
  enum class Kind : std::uint8_t {
    text,
    number,   // its text is a JSON number
    boolean,  // its text is a JSON boolean
    binary,   // its text is base64
  };
  std::string text;
  Kind kind = Kind::text;
  bool operator==(const Converted&) const = default;
};

// What one rule does to a value, in both directions. `conversion` must outlive it.
class Converter {
 public:
  explicit Converter(const Conversion& conversion);

  // `deviceUnit`: what the definition says that the device means; the rule's own goes before it. A string that is not
  // valid UTF-8 has no form in JSON and XML: it goes as its bytes in base64, like an opaque value.
  Result<Converted> toApplication(const lwm2m::Value& value, std::string_view deviceUnit = {}) const;

  // `device` is the type that the device takes: none if nobody knows, then the rule's type or a string.
  // Refuses a text from which toApplication would not give that text again.
  Result<lwm2m::Value> toDevice(std::string_view text, lwm2m::ResourceType device,
                                std::string_view deviceUnit = {}) const;

 private:
  enum class Kind : std::uint8_t { plain, number, enumeration, boolean, time };

  static Kind kindOf(const Conversion& conversion, const NumberConversion& numbers);
  Result<Converted> enumerate(const lwm2m::Value& value) const;
  Result<Converted> wordFor(const lwm2m::Value& value) const;
  Result<Converted> timeOf(const lwm2m::Value& value) const;
  lwm2m::ResourceType typeOnDevice(lwm2m::ResourceType device, std::string_view deviceUnit) const;
  Result<lwm2m::Value> back(std::string_view text, lwm2m::ResourceType type, std::string_view deviceUnit) const;
  Result<lwm2m::Value> enumerateBack(std::string_view text, lwm2m::ResourceType type) const;

  const Conversion* conversion_;
  NumberConversion numbers_;
  Kind kind_;
};

}  // namespace isthmus::mapping
