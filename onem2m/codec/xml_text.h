#pragma once

#include "ipe/base/result.h"

#include <string>
#include <string_view>

namespace isthmus::onem2m {

// JSON text as XML and back (TS-0004 8.3): one root {"m2m:ae":{...}}; `rn` is an XML attribute of a resource; a list
// of plain values is one text, a list of objects an element for each; null is xsi:nil.
//
// To XML: white space within a list's item is written %20, `con` that is no string as its JSON text. Error: malformed;
// unsupported: several roots, a list of lists, or a character that XML has no way to say, such as U+0007.
Result<std::string> xmlFromJson(std::string_view json);

// From XML: kinds by attribute_kinds.h, where the text is of that kind; anything unknown is text. A document type
// declaration is refused, so no entity is ever expanded. Error: malformed, with line and column.
Result<std::string> jsonFromXml(std::string_view xml);

}  // namespace isthmus::onem2m
