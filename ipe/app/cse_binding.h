#pragma once

#include "config/loader/config.h"
#include "ipe/base/result.h"
#include "onem2m/client/binding.h"
#include "onem2m/client/notification_source.h"

#include <memory>
#include <string>

namespace isthmus::app {

// The way to the CSE that onem2m.cse names by its scheme.
struct CseBinding {
  std::unique_ptr<onem2m::Binding> binding;
  onem2m::NotificationSource* notifications = nullptr;  // the same, where the CSE's notifications come by it too
};

// Does not connect. With `guest`, a broker sees that AE-ID, in a session that it forgets: beside a running instance.
// Error: configuration, with the JSON pointer; also for a scheme that is not built yet.
Result<CseBinding> makeCseBinding(const config::Config& config, const std::string& guest = {});

}  // namespace isthmus::app
