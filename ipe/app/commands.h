#pragma once

#include "config/loader/load.h"
#include "ipe/base/log.h"
#include "lwm2m/client/simulated_fleet.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace isthmus::app {

// The subcommands; each returns the program's exit status.

struct ConfigArguments {
  std::string file;
  std::vector<std::string> overrides;  // "a.b=c"
};

// The configuration, or nothing after its faults went to stderr, each with file, line and JSON pointer.
std::optional<config::Config> readConfig(const ConfigArguments& arguments);

int runCommand(const ConfigArguments& arguments);
int checkCommand(const ConfigArguments& arguments);

struct CseArguments {
  std::string listen = "127.0.0.1:8080";
  std::string base = "cse-in";
  std::string id = "/id-in";
};
int cseCommand(const CseArguments& arguments);

struct SimArguments {
  lwm2m::FleetOptions fleet;
};
int simCommand(const SimArguments& arguments);

struct DemoArguments {
  std::string status = "127.0.0.1:8480";
  std::string cse = "127.0.0.1:8080";
  std::string coap = "127.0.0.1:5683";
  std::optional<unsigned> duration;  // seconds; absent: until Ctrl-C
};
int demoCommand(const DemoArguments& arguments);

}  // namespace isthmus::app
