#pragma once

#include "ipe/base/result.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace isthmus::onem2m {

// Attributes of a resource as they stand in JSON: short name and the value's text, in their order.
using Attributes = std::vector<std::pair<std::string, std::string>>;

// Of a JSON object: {"curT0":21.5}. Error: malformed, with the byte offset.
Result<Attributes> readAttributes(std::string_view json);
// Of a resource as a CSE answers it: {"cod:tempe":{"curT0":21.5}}, under whatever root.
Result<Attributes> readResourceAttributes(std::string_view json);

const std::string* find(const Attributes& attributes, std::string_view name);  // null: not among them
// However they are written: "\u00fc" is "ü", and 1.0 is 1.
bool isSameValue(std::string_view one, std::string_view other);
// What is newer takes the place of what had the same name.
void merge(Attributes& into, const Attributes& newer);

}  // namespace isthmus::onem2m
