#pragma once

#include "ipe/app/commands.h"

#include <string>

namespace CLI {
class App;
}

namespace isthmus::app {

struct PskArguments {
  std::string verb;  // "add", "ls", "rm"
  ConfigArguments config;
  std::string endpoint, identity, key;
  bool also = false;  // add: beside the endpoint's other identities
  std::string output = "table";
};

// Adds `psk` with its verbs; what is chosen runs and leaves its exit status.
void addPskCommands(CLI::App& app, PskArguments& arguments, int& status);

// `isthmus psk VERB ...`, on the database of an instance that does not run.
int pskCommand(const PskArguments& arguments);

}  // namespace isthmus::app
