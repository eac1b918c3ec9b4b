#pragma once

#include "ipe/app/commands.h"

#include <string>

namespace CLI {
class App;
}

namespace isthmus::app {

struct DoctorArguments {
  ConfigArguments config;
  std::string cse, base, cseId, originator;  // "": as configured
  std::string output = "table";
};

void addDoctor(CLI::App& app, DoctorArguments& arguments, int& status);

// `isthmus doctor`: what the configured CSE can do, and what to do about what it cannot. 0 fine, 1 problems, 69 nobody
// answers, 78 configuration.
int doctorCommand(const DoctorArguments& arguments);

}  // namespace isthmus::app
