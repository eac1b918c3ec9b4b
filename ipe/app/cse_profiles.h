#pragma once

#include "config/loader/config.h"
#include "onem2m/client/cse_settings.h"

namespace isthmus::app {

// What the shipped profile of that name says, and nothing else (config/loader/config.h: Profile).
config::Config::Profile shippedProfile(config::CseKind kind);

// What is configured, with the shipped profile where it is silent.
config::Config::Profile effectiveProfile(const config::Config& config);

// Sets what is known; what nobody said is left to be found out.
void apply(const config::Config::Profile& known, onem2m::CseProfile& profile);

}  // namespace isthmus::app
