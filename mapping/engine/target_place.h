#pragma once

#include "lwm2m/model/path.h"
#include "mapping/engine/rule_index.h"

#include <string>
#include <string_view>

namespace isthmus::mapping {

// Where a target stands for what is at `path`, below the device's place: "3303/0/5700". Segments that need more of the
// path than there is are left out.
std::string placeOf(const CompiledTarget& target, const Match& match, const lwm2m::Path& path,
                    std::string_view endpoint);
std::string defaultPlace(const lwm2m::Path& path);

}  // namespace isthmus::mapping
