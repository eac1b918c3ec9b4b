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

mapping::ParsedRules faulty(std::string fault, const fs::path& place) {
  return {{}, {{Errc::configuration, std::move(fault), place.string()}}};
}

bool isThere(const fs::path& file) {
  std::error_code ignored;
  return fs::exists(file, ignored);
}

mapping::ParsedRules readFile(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return faulty(isThere(file) ? "cannot read this rule file" : "there is no such rule file or folder", file);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  return mapping::parseRules(text, file.string());
}

bool isRuleFile(const fs::path& file) {
  return file.extension() == ".json" && file.filename() != "mapping.schema.json";
}

// The rule files of a folder, in the order of their names.
void readFolder(const fs::path& folder, std::vector<mapping::ParsedRules>& all) {
  std::error_code error;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (isRuleFile(entry.path())) files.push_back(entry.path());
  std::ranges::sort(files);
  std::ranges::transform(files, std::back_inserter(all), readFile);
  if (error) return all.push_back(faulty("cannot read this folder: " + error.message(), folder));
  if (files.empty()) all.push_back(faulty("there is no rule file (*.json) in this folder", folder));
}

}  // namespace

mapping::ParsedRules loadRules(const config::Config& config) {
  std::vector<mapping::ParsedRules> all;
  std::error_code ignored;
  for (const fs::path& place : config.mapping.files) {
    if (fs::is_directory(place, ignored)) {
      readFolder(place, all);
    } else {
      all.push_back(readFile(place));
    }
  }
  if (!config.mapping.files.empty()) return mapping::mergeRules(std::move(all));
  for (const EmbeddedFile& file : mapping::shippedRuleFiles())
    if (file.name == kShippedSet) all.push_back(mapping::parseRules(file.text, file.name));
  return mapping::mergeRules(std::move(all));
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
