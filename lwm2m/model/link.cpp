#include "lwm2m/model/link.h"

#include <algorithm>

namespace isthmus::lwm2m {

const LinkAttribute* Link::attribute(std::string_view name) const {
  const auto found = std::ranges::find(attributes, name, &LinkAttribute::name);
  return found == attributes.end() ? nullptr : &*found;
}

}  // namespace isthmus::lwm2m
