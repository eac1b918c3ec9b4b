#pragma once

#include "lwm2m/model/object_registry.h"
#include "lwm2m/model/value.h"
#include "mapping/engine/decimal.h"
#include "mapping/rules/rule.h"

#include <optional>
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

  // A string that is not valid UTF-8 has no form in JSON and XML: it goes as its bytes in base64, like an opaque value.
  Result<Converted> toApplication(const lwm2m::Value& value) const;

  // `device` is the type that the device takes: none if nobody knows, then the rule's type or a string.
  // Refuses a text from which toApplication would not give that text again.
  Result<lwm2m::Value> toDevice(std::string_view text, lwm2m::ResourceType device) const;

 private:
  bool calculates() const { return scaled_ || conversion_->precision.has_value(); }
  Result<Converted> calculate(const lwm2m::Value& value) const;
  std::optional<Decimal> forward(const Decimal& number) const;
  Result<lwm2m::Value> calculateBack(std::string_view text, lwm2m::ResourceType type) const;
  std::optional<lwm2m::Value> nearest(const Decimal& wanted, lwm2m::ResourceType type) const;
  bool givesBack(const lwm2m::Value& candidate, const Decimal& wanted) const;

  const Conversion* conversion_;
  Decimal scale_, offset_;
  bool scaled_ = false;
};

}  // namespace isthmus::mapping
