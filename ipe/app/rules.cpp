#include "ipe/app/rules.h"

#include "ipe/base/bytes.h"
#include "mapping/rules/rule_file.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace isthmus::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kShippedSet = "ts0014-semantic.json";

void add(LoadedRules& all, mapping::ParsedRules parsed) {
  std::ranges::move(parsed.set.rules, std::back_inserter(all.set.rules));
  std::ranges::move(parsed.faults, std::back_inserter(all.faults));
  if (!all.set.name.empty() && !parsed.set.name.empty()) all.set.name += "+";
  all.set.name += parsed.set.name;
}

void addFile(LoadedRules& all, const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    all.faults.push_back({Errc::configuration, "cannot read this rule file", file.string()});
    return;
  }
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  add(all, mapping::parseRules(text, file.string()));
}

bool isRuleFile(const fs::path& file) {
  return file.extension() == ".json" && file.filename() != "mapping.schema.json";
}

}  // namespace

LoadedRules loadRules(const config::Config& config) {
  LoadedRules all;
  for (const fs::path& place : config.mapping.files) {
    std::error_code error;
    if (!fs::is_directory(place, error)) {
      addFile(all, place);
      continue;
    }
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(place, error))
      if (isRuleFile(entry.path())) files.push_back(entry.path());
    std::ranges::sort(files);
    for (const fs::path& file : files) addFile(all, file);
    if (error)
      all.faults.push_back({Errc::configuration, "cannot read this folder: " + error.message(), place.string()});
  }
  if (!config.mapping.files.empty()) return all;
  for (const EmbeddedFile& file : mapping::shippedRuleFiles())
    if (file.name == kShippedSet) add(all, mapping::parseRules(file.text, file.name));
  return all;
}

Result<mapping::AppliedSet> applyRules(const mapping::RuleSet& set, mapping::RuleStore& store, WallTime now) {
  mapping::AppliedSet applied;
  applied.text = mapping::toJson(set);
  applied.hash = sha256Hex(applied.text);
  applied.appliedAt = now;
  applied.set = set;
  const Result<std::uint32_t> number = store.apply(applied);
  if (!number) return tl::unexpected(number.error());
  applied.number = *number;
  return applied;
}

status::MappingView viewOf(const mapping::AppliedSet& applied, bool defaultRule) {
  status::MappingView view{applied.number, applied.set.name, applied.hash, applied.appliedAt, {}, defaultRule};
  const auto part = [](const std::optional<std::uint16_t>& id) { return id ? std::to_string(*id) : std::string("*"); };
  for (const mapping::Rule& rule : applied.set.rules) {
    const std::string match = rule.match.endpoint + " /" + part(rule.match.object) + "/" + part(rule.match.instance) +
                              "/" + part(rule.match.resource);
    view.rules.push_back({rule.name, match, rule.to.empty() ? "" : rule.to.front().name, mapping::toJson(rule)});
  }
  return view;
}

}  // namespace isthmus::app
