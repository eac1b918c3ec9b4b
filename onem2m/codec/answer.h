#pragma once

#include "ipe/base/result.h"
#include "onem2m/model/resources.h"

#include <string>
#include <string_view>
#include <vector>

namespace isthmus::onem2m {

// Reading what a CSE answers. CSEs differ, so this is liberal: the root with or without its prefix or inside m2m:rsp,
// one element where a list belongs, integers as 4.0 or "4", attributes that are unknown or missing. It is not liberal
// about JSON itself. Errors say the byte offset or the JSON pointer.

Result<AeResource> readAe(std::string_view json);
Result<PolicyResource> readPolicy(std::string_view json);

// `con` of a contentInstance as text: a string as it is, anything else as compact JSON, a missing one as "".
Result<std::string> readContent(std::string_view json);

// `ri` of the resource, whatever its type.
Result<std::string> readResourceId(std::string_view json);
// `rn`, likewise.
Result<std::string> readResourceName(std::string_view json);

// `lbl`, likewise.
Result<std::vector<std::string>> readLabels(std::string_view json);

// What the body of a refusal has to say, for people: m2m:dbg of any type, or the text of a plain or an HTML page; one
// line of at most 200 bytes, always valid UTF-8.
std::string diagnostics(std::string_view body);

}  // namespace isthmus::onem2m
