// mapping ls, apply, diff, rollback, export
#include "ipe/app/exit_codes.h"
#include "ipe/app/mapping_command.h"
#include "ipe/app/rule_desk.h"
#include "ipe/app/text_table.h"
#include "mapping/tools/set_difference.h"

#include <algorithm>
#include <iostream>

namespace isthmus::app {
namespace {

using status::RuleSetView;

std::string jsonOf(const RuleSetView& set) {
  std::string out = "{\"number\":" + std::to_string(set.number) + ",\"set\":";
  json::appendQuoted(out, set.set);
  return out + ",\"hash\":\"" + set.hash + "\",\"applied_at\":\"" + toIso8601(set.appliedAt) +
         "\",\"rules\":" + std::to_string(set.rules) + "}";
}

// Sets of the same rules are named: a rollback makes them.
std::string noteOn(const std::vector<RuleSetView>& sets, std::size_t at) {
  std::string note = at == 0 ? "in force" : "";
  for (std::size_t older = at + 1; older < sets.size(); ++older) {
    if (sets[older].hash != sets[at].hash) continue;
    return note + (note.empty() ? "" : ", ") + "the rules of " + std::to_string(sets[older].number);
  }
  return note;
}

int tell(const status::Checked<status::AppliedView>& outcome, const MappingArguments& arguments, bool byInstance) {
  if (!outcome) {
    const int code = failed(outcome.error());
    if (outcome.error().front().code == Errc::configuration) std::cerr << "nothing is changed\n";
    return code;
  }
  if (arguments.json) std::cout << jsonOf(outcome->set) << "\n";
  if (!outcome->note.empty()) std::cerr << outcome->note << "\n";
  std::cerr << "set " << outcome->set.number << " (" << tame(outcome->set.set) << ", " << outcome->set.rules
            << " rules) is in force" << (byInstance ? "" : " from the next start of the instance on") << "\n";
  return kOk;
}

std::optional<std::uint32_t> numberOf(const std::string& word) {
  const bool digits = !word.empty() && word.size() < 10 && word.find_first_not_of("0123456789") == std::string::npos;
  return digits ? std::optional(static_cast<std::uint32_t>(std::stoul(word))) : std::nullopt;
}

Result<mapping::RuleSet> setOf(RuleDesk& desk, std::uint32_t number) {
  const auto text = desk.text(number);
  if (!text) return tl::unexpected(text.error());
  auto parsed = parse(RuleFiles{{{"set " + std::to_string(number), *text}}, {}, false});
  if (!parsed.faults.empty()) return tl::unexpected(parsed.faults.front());
  return std::move(parsed.set);
}

struct Side {
  std::string name;
  mapping::RuleSet set;
};

void print(const Side& from, const Side& to, const mapping::SetDifference& found) {
  std::cout << "from " << tame(from.name) << " to " << tame(to.name) << "\n";
  for (const mapping::RuleChange& change : found.changes) {
    const char sign = change.kind == mapping::RuleChange::Kind::added     ? '+'
                      : change.kind == mapping::RuleChange::Kind::removed ? '-'
                                                                          : '~';
    std::cout << sign << " " << tame(change.name) << "\n";
    if (!change.before.empty()) std::cout << "    - " << tame(change.before) << "\n";
    if (!change.after.empty()) std::cout << "    + " << tame(change.after) << "\n";
  }
  if (found.reordered) std::cout << "the order of the rules is another: it decides between rules that match alike\n";
}

std::string jsonOf(const mapping::SetDifference& found, const Side& from, const Side& to) {
  std::string out = "{\"from\":";
  json::appendQuoted(out, from.name);
  json::appendQuoted(out += ",\"to\":", to.name);
  out += ",\"changes\":[";
  for (const mapping::RuleChange& change : found.changes) {
    out += out.ends_with('[') ? "{\"kind\":\"" : ",{\"kind\":\"";
    json::appendQuoted(out += std::string(mapping::name(change.kind)) + "\",\"name\":", change.name);
    if (!change.before.empty()) out += ",\"before\":" + change.before;
    if (!change.after.empty()) out += ",\"after\":" + change.after;
    out += '}';
  }
  return out + "],\"reordered\":" + (found.reordered ? "true" : "false") + "}";
}

// The set in force without the rules of these names.
Result<mapping::RuleText> othersInForce(RuleDesk& desk, const std::vector<mapping::RuleText>& files) {
  mapping::RuleSet added;
  for (const mapping::RuleText& file : files) {
    const auto set = mapping::parseRules(file.text, file.name).set;  // with faults: the desk tells them
    added.rules.insert(added.rules.end(), set.rules.begin(), set.rules.end());
    if (!set.name.empty()) added.name += (added.name.empty() ? "" : "+") + set.name;
  }
  const auto sets = desk.sets();
  if (!sets) return tl::unexpected(sets.error());
  mapping::RuleSet rest;
  if (!sets->empty()) {
    auto set = setOf(desk, sets->front().number);
    if (!set) return tl::unexpected(set.error());
    rest = std::move(*set);
  }
  std::erase_if(rest.rules, [&](const mapping::Rule& rule) {
    return std::ranges::find(added.rules, rule.name, &mapping::Rule::name) != added.rules.end();
  });
  // Not "a+b+b" after a second time.
  if (rest.name.ends_with("+" + added.name)) rest.name.resize(rest.name.size() - added.name.size() - 1);
  return mapping::RuleText{"the set in force", mapping::exportText(rest)};
}

// Numbers and files as they were given; what is missing is the set in force.
Result<std::pair<Side, Side>> sidesOf(RuleDesk& desk, const std::vector<std::string>& words) {
  std::vector<std::uint32_t> numbers;
  std::vector<std::filesystem::path> places;
  for (const std::string& word : words) {
    const auto number = numberOf(word);
    if (number && places.empty() && !std::filesystem::exists(word)) {
      numbers.push_back(*number);
    } else {
      places.emplace_back(word);
    }
  }
  if (numbers.size() + (places.empty() ? 0 : 1) > 2)
    return fail(Errc::malformed, "two sets at most are compared: two numbers, or a number and rule files");
  std::vector<Side> sides;
  for (const std::uint32_t number : numbers) {
    auto set = setOf(desk, number);
    if (!set) return tl::unexpected(set.error());
    sides.push_back({"set " + std::to_string(number), std::move(*set)});
  }
  if (!places.empty()) {
    auto parsed = parse(readRuleFiles(places));
    if (!parsed.faults.empty()) return tl::unexpected(parsed.faults.front());
    sides.push_back({places.front().string() + (places.size() > 1 ? " ..." : ""), std::move(parsed.set)});
  }
  if (sides.size() == 1) {
    const auto sets = desk.sets();
    if (!sets) return tl::unexpected(sets.error());
    if (sets->empty()) return fail(Errc::notFound, "no rule set was applied yet");
    auto set = setOf(desk, sets->front().number);
    if (!set) return tl::unexpected(set.error());
    Side inForce{"set " + std::to_string(sets->front().number) + " (in force)", std::move(*set)};
    sides.insert(places.empty() ? sides.end() : sides.begin(), std::move(inForce));
  }
  return std::pair(std::move(sides[0]), std::move(sides[1]));
}

}  // namespace

int mappingList(const MappingArguments& arguments) {
  const auto desk = RuleDesk::open(arguments.url, arguments.config);
  if (!desk) return failed(desk.error());
  const auto sets = (*desk)->sets();
  if (!sets) return failed(sets.error());
  std::vector<Cells> rows = {{"NUMBER", "SET", "RULES", "APPLIED", "HASH", ""}};
  std::string all = "[";
  for (std::size_t i = 0; i < sets->size(); ++i) {
    const RuleSetView& set = (*sets)[i];
    rows.push_back({std::to_string(set.number), tame(set.set), std::to_string(set.rules), toIso8601(set.appliedAt),
                    set.hash.substr(0, 12), noteOn(*sets, i)});
    all += (i == 0 ? "" : ",\n") + jsonOf(set);
  }
  std::cout << (arguments.json ? all + "]\n" : aligned(rows));
  return kOk;
}

int mappingApply(const MappingArguments& arguments) {
  const RuleFiles files = readRuleFiles({arguments.words.begin(), arguments.words.end()});
  const std::vector<Error> faults = arguments.add ? files.faults : parse(files).faults;
  if (!faults.empty()) return tell(tl::unexpected<status::RuleFaults>(faults), arguments, false);
  const auto desk = RuleDesk::open(arguments.url, arguments.config, true);
  if (!desk) return failed(desk.error());
  auto texts = files.files;
  if (arguments.add) {
    auto rest = othersInForce(**desk, files.files);
    if (!rest) return failed(rest.error());
    texts.insert(texts.begin(), std::move(*rest));
  }
  return tell((*desk)->apply(texts), arguments, (*desk)->byInstance());
}

int mappingRollBack(const MappingArguments& arguments) {
  const auto desk = RuleDesk::open(arguments.url, arguments.config);
  if (!desk) return failed(desk.error());
  return tell((*desk)->rollBack(arguments.to), arguments, (*desk)->byInstance());
}

int mappingDiff(const MappingArguments& arguments) {
  const auto desk = RuleDesk::open(arguments.url, arguments.config);
  if (!desk) return failed(desk.error());
  const auto sides = sidesOf(**desk, arguments.words);
  if (!sides) return failed(sides.error());
  const auto& [from, to] = *sides;
  const auto found = mapping::difference(from.set, to.set);
  if (arguments.json) {
    std::cout << jsonOf(found, from, to) << "\n";
  } else {
    print(from, to, found);
  }
  const bool same = found.changes.empty() && !found.reordered;
  if (same) std::cerr << "no difference\n";
  return same ? kOk : kFindings;
}

int mappingExport(const MappingArguments& arguments) {
  const auto desk = RuleDesk::open(arguments.url, arguments.config);
  if (!desk) return failed(desk.error());
  std::uint32_t number = arguments.to.value_or(0);
  if (!arguments.to) {
    const auto sets = (*desk)->sets();
    if (!sets) return failed(sets.error());
    if (sets->empty()) return failed({Errc::notFound, "no rule set was applied yet", {}});
    number = sets->front().number;
  }
  const auto text = (*desk)->text(number);
  if (!text) return failed(text.error());
  std::cout << *text;
  return kOk;
}

}  // namespace isthmus::app
