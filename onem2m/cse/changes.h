#pragma once

#include "onem2m/cse/operations.h"

namespace isthmus::onem2m::cse {

// Puts the attributes of a checked CREATE or UPDATE into `resource`; null removes. All or nothing.
Answer<> apply(Store& store, Request& request, Resource& resource);

}  // namespace isthmus::onem2m::cse
