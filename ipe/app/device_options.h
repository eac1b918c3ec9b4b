#pragma once

#include "ipe/app/device_command.h"

namespace CLI {
class App;
}

namespace isthmus::app {

// Adds `device` with its verbs; what is chosen runs and leaves its exit status.
void addDeviceCommands(CLI::App& app, DeviceArguments& arguments, int& status);
// -c and --set
void addConfigOptions(CLI::App& command, ConfigArguments& arguments);

}  // namespace isthmus::app
