#pragma once

#include "ipe/base/result.h"
#include "lwm2m/model/value.h"
#include "lwm2m/server/registration.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace isthmus::app {

// A device has an account, an instance of object 1, for each of its servers (LwM2M Core E.2).

// Those that it declares.
std::vector<std::uint16_t> declaredAccounts(const lwm2m::Registration& registration);

// Which of the accounts that the device shows at /1 is ours: the one with the Short Server ID that the operator names;
// else the only one that we may read; else the only one with the lifetime of our registration. Error: notFound,
// conflict (several may be; says which there are).
Result<std::uint16_t> accountOf(std::span<const lwm2m::Record> shown, std::uint32_t lifetime,
                                std::optional<std::uint16_t> shortServerId);

}  // namespace isthmus::app
