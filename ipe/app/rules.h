#pragma once

#include "config/loader/config.h"
#include "ipe/base/result.h"
#include "ipe/status/status_source.h"
#include "mapping/rules/rule_file.h"
#include "mapping/rules/rule_store.h"

#include <string>
#include <vector>

namespace isthmus::app {

// The rules of mapping.files (files, or folders of *.json), or the shipped set without any.
mapping::ParsedRules loadRules(const config::Config& config);

// Puts the set into the database's tables as the next number, if it differs from the current one.
Result<mapping::AppliedSet> applyRules(const mapping::RuleSet& set, mapping::RuleStore& store, WallTime now);

status::MappingView viewOf(const mapping::AppliedSet& applied, bool defaultRule);

}  // namespace isthmus::app
