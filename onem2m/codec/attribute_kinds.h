#pragma once

#include <string_view>

namespace isthmus::onem2m {

// What an attribute's text in XML stands for: JSON tells numbers, booleans and lists apart, XML's text does not
// (TS-0004 8.3, 8.4).
enum class AttributeKind {
  text,
  number,   // also true and false, where one short name stands for both (cod:fauDn `sus`, actionStatus `sus`)
  boolean,  // also 1 and 0
  texts,    // a list in one text, by white space
  numbers,
  items,  // one element for each item of a list
};

// By short name (TS-0004 8.2, TS-0023); text for those that no table here has. `owner`: what it is an attribute of.
AttributeKind kindOf(std::string_view shortName, std::string_view owner = {});

}  // namespace isthmus::onem2m
