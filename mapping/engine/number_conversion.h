#pragma once

#include "lwm2m/model/value.h"
#include "mapping/engine/decimal.h"
#include "mapping/rules/rule.h"

#include <optional>
#include <string>
#include <string_view>

namespace isthmus::mapping {

struct Unit;

// The steps of a rule that calculate: base, scale, offset, unit to unit, precision, range. `conversion` must outlive
// it. `deviceUnit` is what the device's definition says; the rule's own goes before it.
class NumberConversion {
 public:
  explicit NumberConversion(const Conversion& conversion);

  bool doesNothing() const;
  // A unit is named, and it is the device's: numbers, and what is no number, stay as they are.
  bool onlyNamesUnit(std::string_view deviceUnit) const;
  bool readsText() const { return conversion_->base != 0; }

  // As the text of a JSON number; of infinities and NaN as they are. Error: no number, no such digits, outside the
  // range, a unit of another quantity.
  Result<std::string> toApplication(const lwm2m::Value& value, std::string_view deviceUnit) const;
  // The value of the type (integer, unsigned or float; a string where digits are read) from which toApplication gives
  // this number again. Error: there is none.
  Result<lwm2m::Value> toDevice(std::string_view text, lwm2m::ResourceType type, std::string_view deviceUnit) const;

 private:
  // From unit to unit: (number + before) * factor / divisor - after.
  struct Step {
    Decimal before, factor, divisor, after;
  };
  using Steps = std::optional<Step>;

  bool calculates() const;
  std::string_view unitBefore(std::string_view deviceUnit) const;
  Result<Steps> stepsFrom(std::string_view deviceUnit) const;
  std::optional<Decimal> numberOf(const lwm2m::Value& value) const;
  std::optional<Decimal> forward(const Decimal& number, const Steps& steps) const;
  std::optional<Decimal> exactly(const Decimal& number, const Steps& steps) const;
  double nearly(double number, const Steps& steps) const;
  std::optional<Decimal> backward(const Decimal& wanted, const Steps& steps) const;
  std::optional<lwm2m::Value> nearest(const Decimal& number, lwm2m::ResourceType type) const;
  bool givesBack(const lwm2m::Value& candidate, const Decimal& wanted, const Steps& steps) const;
  bool isInside(const Decimal& number) const;

  const Conversion* conversion_;
  Decimal scale_, offset_;
  bool scaled_ = false;
  const Unit* unit_ = nullptr;   // the application's, if known
  std::optional<Steps> always_;  // where the rule says what the device means
};

}  // namespace isthmus::mapping
