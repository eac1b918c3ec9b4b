#pragma once

#include "ipe/app/commands.h"
#include "mapping/tools/finding.h"

#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace isthmus::app {

struct MappingArguments {
  ConfigArguments config;
  std::string url;
  bool json = false;
  std::vector<std::string> words;    // files, sets, test folders
  std::vector<std::string> objects;  // object definitions beside the built-in ones and those of the configuration
  std::optional<std::uint32_t> to;   // rollback, export

  std::string endpoint;  // coverage, draft, dry-run
  std::string path, value, type, time, manufacturer, model;
  std::vector<std::string> labels, against;
  std::string capture, links, lwm2mVersion;
  bool all = false, thisDevice = false, add = false;
};

// Adds `mapping` with its verbs; what is chosen runs and leaves its exit status.
void addMappingCommands(CLI::App& app, MappingArguments& arguments, int& status);

// `isthmus mapping VERB ...`. Data on stdout, talk on stderr.
int mappingLint(const MappingArguments& arguments);
int mappingDryRun(const MappingArguments& arguments);
int mappingTest(const MappingArguments& arguments);
int mappingList(const MappingArguments& arguments);
int mappingApply(const MappingArguments& arguments);
int mappingDiff(const MappingArguments& arguments);
int mappingRollBack(const MappingArguments& arguments);
int mappingExport(const MappingArguments& arguments);
int mappingCoverage(const MappingArguments& arguments);
int mappingDraft(const MappingArguments& arguments);

// What they share: says what went wrong and returns the exit code.
int failed(const Error& error);
int failed(const std::vector<Error>& faults);

}  // namespace isthmus::app
