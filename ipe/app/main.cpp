#include "ipe/app/commands.h"
#include "ipe/app/device_options.h"
#include "ipe/app/doctor_command.h"
#include "ipe/app/exit_codes.h"
#include "ipe/app/mapping_command.h"
#include "ipe/app/psk_command.h"
#include "ipe/app/sim_options.h"

#include <CLI/CLI.hpp>

#include <iostream>

namespace {

using namespace isthmus::app;

void addRun(CLI::App& app, ConfigArguments& arguments, int& status) {
  CLI::App* run = app.add_subcommand("run", "run the proxy");
  addConfigOptions(*run, arguments);
  run->callback([&] { status = runCommand(arguments); });
  CLI::App* check = app.add_subcommand("check", "check a configuration and its rule files; print every key's value");
  addConfigOptions(*check, arguments);
  check->callback([&] { status = checkCommand(arguments); });
}

void addDemo(CLI::App& app, DemoArguments& arguments, int& status) {
  CLI::App* demo =
      app.add_subcommand("demo", "run a try-out CSE, the proxy and five simulated devices on this machine");
  demo->add_option("--status", arguments.status, "address of the console");
  demo->add_option("--cse", arguments.cse, "address of the try-out CSE");
  demo->add_option("--coap", arguments.coap, "address that the devices register at");
  demo->add_option("--duration", arguments.duration, "end after so many seconds");
  demo->callback([&] { status = demoCommand(arguments); });
}

void addCse(CLI::App& app, CseArguments& arguments, int& status) {
  CLI::App* cse = app.add_subcommand("cse", "run the try-out CSE alone (in memory, no replacement for a real one)");
  cse->add_option("--listen", arguments.listen, "address and port");
  cse->add_option("--base", arguments.base, "resource name of the CSEBase");
  cse->add_option("--id", arguments.id, "CSE-ID");
  cse->callback([&] { status = cseCommand(arguments); });
}

int run(int argc, char** argv) {
  CLI::App app("Isthmus joins LwM2M devices to a oneM2M platform.", "isthmus");
  app.option_defaults()->always_capture_default();
  app.require_subcommand(1);
  app.set_version_flag("--version", "isthmus " ISTHMUS_VERSION);
  int status = kOk;
  ConfigArguments configArguments;
  DemoArguments demoArguments;
  CseArguments cseArguments;
  SimArguments simArguments;
  PskArguments pskArguments;
  DeviceArguments deviceArguments;
  MappingArguments mappingArguments;
  DoctorArguments doctorArguments;
  addRun(app, configArguments, status);
  addDemo(app, demoArguments, status);
  addCse(app, cseArguments, status);
  addSim(app, simArguments, status);
  addMappingCommands(app, mappingArguments, status);
  addPskCommands(app, pskArguments, status);
  addDeviceCommands(app, deviceArguments, status);
  addDoctor(app, doctorArguments, status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error, std::cout, std::cerr) == 0 ? kOk : kUsage;
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "isthmus: " << error.what() << "\n";
    return kInternal;
  }
}
