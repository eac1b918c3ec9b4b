#pragma once

#include "ipe/app/commands.h"

#include <CLI/CLI.hpp>

namespace isthmus::app {

// The subcommand sim with its options; both outlive the parsing.
void addSim(CLI::App& app, SimArguments& arguments, int& status);

}  // namespace isthmus::app
