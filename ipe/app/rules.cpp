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

bool isThere(const fs::path& file) {
  std::error_code ignored;
  return fs::exists(file, ignored);
}

void complain(RuleFiles& all, std::string fault, const fs::path& place) {
  all.faults.push_back({Errc::configuration, std::move(fault), place.string()});
}

const EmbeddedFile* shippedSet(std::string_view name) {
  for (const EmbeddedFile& file : mapping::shippedRuleFiles())
    if (file.name == name || file.name == std::string(name) + ".json") return &file;
  return nullptr;
}

std::string shippedNames() {
  std::string names;
  for (const EmbeddedFile& file : mapping::shippedRuleFiles())
    names += (names.empty() ? "" : ", ") + std::string(file.name.substr(0, file.name.rfind('.')));
  return names;
}

void readFile(const fs::path& file, RuleFiles& all) {
  std::ifstream in(file, std::ios::binary);
  if (in) {
    all.files.push_back({file.string(), {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()}});
  } else if (isThere(file)) {
    complain(all, "cannot read this rule file", file);
  } else if (const EmbeddedFile* shipped = shippedSet(file.string())) {
    all.files.push_back({std::string(shipped->name), std::string(shipped->text)});
  } else {
    complain(all, "there is no such rule file or folder; the shipped sets are " + shippedNames(), file);
  }
}

bool isRuleFile(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.ends_with(".json") && !name.ends_with(".schema.json") && !name.ends_with(".test.json");
}

// The rule files of a folder, in the order of their names.
void readFolder(const fs::path& folder, RuleFiles& all) {
  std::error_code error;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (isRuleFile(entry.path())) files.push_back(entry.path());
  std::ranges::sort(files);
  for (const fs::path& file : files) readFile(file, all);
  if (error) return complain(all, "cannot read this folder: " + error.message(), folder);
  if (files.empty()) complain(all, "there is no rule file (*.json) in this folder", folder);
}

std::int64_t markOf(const RuleFiles& all) {
  std::string text;
  for (const mapping::RuleText& file : all.files) text += file.text + '\0';
  return static_cast<std::int64_t>(std::stoull(sha256Hex(text).substr(0, 15), nullptr, 16));
}

}  // namespace

RuleFiles readRuleFiles(const std::vector<fs::path>& places) {
  RuleFiles all;
  std::error_code ignored;
  all.shipped = places.empty();
  if (all.shipped) readFile(kShippedSet, all);
  for (const fs::path& place : places) fs::is_directory(place, ignored) ? readFolder(place, all) : readFile(place, all);
  return all;
}

mapping::ParsedRules parse(const RuleFiles& all) {
  std::vector<mapping::ParsedRules> parsed;
  if (!all.faults.empty()) parsed.push_back({{}, all.faults});
  for (const mapping::RuleText& file : all.files) parsed.push_back(mapping::parseRules(file.text, file.name));
  return mapping::mergeRules(std::move(parsed));
}

mapping::ParsedRules loadRules(const config::Config& config) { return parse(readRuleFiles(config.mapping.files)); }

mapping::EngineSettings engineSettings(const config::Config& config) {
  const auto form =
      config.mapping.form == config::ValueForm::record ? mapping::Content::record : mapping::Content::value;
  return {config.mapping.defaultRule, form};
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

Result<Settled> settleRules(const RuleFiles& files, mapping::RuleSet parsed, mapping::RuleStore& store, WallTime now) {
  using mapping::RuleMark;
  const auto sets = store.list();
  if (!sets) return tl::unexpected(sets.error());
  const auto known = store.mark(RuleMark::files), became = store.mark(RuleMark::filesSet);
  if (!known || !became) return tl::unexpected(known ? became.error() : known.error());
  const std::uint32_t newest = sets->empty() ? 0 : sets->front().number;
  const bool asKnown = *known == markOf(files);
  const bool byHand = newest > 0 && became->has_value() && **became != newest;
  if (newest > 0 && (asKnown || (files.shipped && byHand))) {
    auto current = store.current();
    if (!current) return tl::unexpected(current.error());
    std::string said;
    if (byHand) {
      said = "rule set " + std::to_string(newest) + " was applied by hand and stays in force" +
             (asKnown ? ": the rule files have not changed since they were last applied" : "");
    }
    return Settled{**std::move(current), false, std::move(said)};
  }
  auto applied = applyRules(parsed, store, now);
  if (!applied) return tl::unexpected(applied.error());
  if (auto noted = store.setMark(RuleMark::files, markOf(files)); !noted) return tl::unexpected(noted.error());
  if (auto noted = store.setMark(RuleMark::filesSet, applied->number); !noted) return tl::unexpected(noted.error());
  const bool isNew = applied->number != newest;
  return Settled{*std::move(applied), isNew, isNew ? "the rule files are applied" : ""};
}

Result<void> noteRuleFiles(const RuleFiles& files, mapping::RuleStore& store) {
  const auto known = store.mark(mapping::RuleMark::files);
  if (!known) return tl::unexpected(known.error());
  if (*known) return {};
  if (auto noted = store.setMark(mapping::RuleMark::files, markOf(files)); !noted) return noted;
  return store.setMark(mapping::RuleMark::filesSet, 0);
}

Result<std::vector<status::RuleSetView>> ruleSetsOf(mapping::RuleStore& store) {
  const auto sets = store.list();
  if (!sets) return tl::unexpected(sets.error());
  std::vector<status::RuleSetView> views;
  for (const mapping::SetSummary& set : *sets)
    views.push_back({set.number, set.name, set.hash, set.appliedAt, set.rules});
  return views;
}

status::RuleSetView headOf(const mapping::AppliedSet& set) {
  return {set.number, set.set.name, set.hash, set.appliedAt, set.set.rules.size()};
}

Result<std::uint32_t> earlierSet(const std::vector<mapping::SetSummary>& sets, std::optional<std::uint32_t> named) {
  if (named) return *named;
  for (const mapping::SetSummary& set : sets)
    if (set.hash != sets.front().hash) return set.number;
  return fail(Errc::notFound, "there is no other rule set to go back to");
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
