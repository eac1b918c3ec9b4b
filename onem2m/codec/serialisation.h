#pragma once

#include "ipe/base/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace isthmus::onem2m {

// How resources and primitives are written on the wire (TS-0004 8). Inside the program they are JSON text; a binding
// converts where its CSE takes something else.
enum class Serialisation { json, xml, cbor };

std::string_view name(Serialisation serialisation);       // "json": also the last level of an MQTT topic
std::string_view mediaType(Serialisation serialisation);  // "application/json"
std::optional<Serialisation> serialisationNamed(std::string_view name);
// Of a Content-Type, its parameters ignored: application/xml, application/vnd.onem2m-res+xml (TS-0004 6.7).
std::optional<Serialisation> serialisationOf(std::string_view contentType);

// A resource, a notification or a primitive {"m2m:ae":{...}} from JSON text and back. Not deeper than 64 levels.
// Errors: malformed, with the byte, line or JSON pointer; unsupported: it cannot be said in that serialisation.
Result<std::string> fromJson(Serialisation serialisation, std::string_view json);
Result<std::string> toJson(Serialisation serialisation, std::string_view bytes);

}  // namespace isthmus::onem2m
