#pragma once

#include "ipe/base/result.h"
#include "lwm2m/model/value.h"
#include "mapping/engine/converter.h"
#include "mapping/engine/device_change.h"
#include "onem2m/model/specialization.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace isthmus::mapping {

// A colour is one text on the device and three numbers of a cod:color: the attribute that stands for all three.
inline constexpr std::string_view kColour = "red,green,blue";

// What a value says of an attribute, as JSON: {"curT0":21.5}. `siblings`: what came with it. "": nothing, as of
// a mobile network where the bearer is none, or of a colour that is a temperature. Error: the class has no such
// attribute, or takes no such value.
Result<std::string> attributeContent(const onem2m::Specialization& kind, std::string_view attribute,
                                     const Converted& value, const lwm2m::Record& record,
                                     std::span<const lwm2m::Record> siblings);

// The inverse: what an application set an attribute to, as the text that Converter::toDevice takes. Nothing: it is not
// among what was changed.
Result<std::optional<std::string>> applicationText(std::string_view attribute, std::span<const AttributeValue> changed);

}  // namespace isthmus::mapping
