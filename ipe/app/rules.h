#pragma once

#include "config/loader/config.h"
#include "ipe/base/log.h"
#include "ipe/base/result.h"
#include "ipe/status/mapping_access.h"
#include "ipe/status/status_source.h"
#include "mapping/engine/engine.h"
#include "mapping/rules/rule_file.h"
#include "mapping/rules/rule_store.h"
#include "mapping/tools/finding.h"

#include <filesystem>
#include <string>
#include <vector>

namespace isthmus::app {

// Rule files as they were found.
struct RuleFiles {
  std::vector<mapping::RuleText> files;
  std::vector<Error> faults;  // places without any
  bool shipped = false;       // no place was named: the program's own set
};

// Each place is a file, a folder of *.json (in the order of their names, without tests: *.test.json), or the name of a
// shipped set that is no file here: "ts0014-semantic".
RuleFiles readRuleFiles(const std::vector<std::filesystem::path>& places);
mapping::ParsedRules parse(const RuleFiles& files);
// The rules of mapping.files, or the shipped set without any.
mapping::ParsedRules loadRules(const config::Config& config);

mapping::EngineSettings engineSettings(const config::Config& config);

// Puts the set into the database's tables as the next number, if it differs from the current one.
Result<mapping::AppliedSet> applyRules(const mapping::RuleSet& set, mapping::RuleStore& store, WallTime now);

// What the configured files ask for, weighed against what is in force. Files are applied when they changed since they
// were last applied; until then a rollback, or a set that was applied by hand, stays. The program's own set, which
// changes with the program, takes only its own place.
struct Settled {
  mapping::AppliedSet inForce;
  bool applied = false;  // the files were
  std::string said;      // what a person should know, "" if nothing
};
Result<Settled> settleRules(const RuleFiles& files, mapping::RuleSet parsed, mapping::RuleStore& store, WallTime now);
// A set that was applied by hand is to outlive the next start: the files as they are now count as known.
Result<void> noteRuleFiles(const RuleFiles& files, mapping::RuleStore& store);

Result<std::vector<status::RuleSetView>> ruleSetsOf(mapping::RuleStore& store);  // newest first
status::RuleSetView headOf(const mapping::AppliedSet& set);
// To which set a rollback goes: the one that is named, else the newest whose rules are not those in force. `sets`:
// newest first. Error: notFound.
Result<std::uint32_t> earlierSet(const std::vector<mapping::SetSummary>& sets, std::optional<std::uint32_t> named);

status::MappingView viewOf(const mapping::AppliedSet& applied, bool defaultRule);

}  // namespace isthmus::app
