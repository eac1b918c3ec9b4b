// mapping lint, dry-run, test
#include "ipe/app/exit_codes.h"
#include "ipe/app/mapping_command.h"
#include "ipe/app/object_files.h"
#include "ipe/app/rule_desk.h"
#include "ipe/app/text_table.h"
#include "mapping/tools/dry_run.h"
#include "mapping/tools/golden_case.h"
#include "mapping/tools/lint.h"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>

namespace isthmus::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTestEnding = ".test.json";

std::vector<fs::path> pathsOf(const std::vector<std::string>& words) { return {words.begin(), words.end()}; }

Result<std::string> contentOf(const fs::path& file) {
  if (file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(Errc::configuration, "cannot read this file", file.string());
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// The set that is named, or in force.
Result<mapping::RuleSet> setNamed(const std::vector<std::string>& words, const MappingArguments& arguments) {
  const bool current = words.empty() || words == std::vector<std::string>{"current"};
  const bool number = words.size() == 1 && words[0].find_first_not_of("0123456789") == std::string::npos &&
                      words[0].size() < 10 && !fs::exists(words[0]);
  mapping::ParsedRules parsed;
  if (current || number) {
    const auto desk = RuleDesk::open(arguments.url, arguments.config);
    if (!desk) return tl::unexpected(desk.error());
    const auto sets = (*desk)->sets();
    if (!sets) return tl::unexpected(sets.error());
    if (sets->empty()) return fail(Errc::notFound, "no rule set was applied yet: name rule files");
    const std::uint32_t which = current ? sets->front().number : static_cast<std::uint32_t>(std::stoul(words[0]));
    const auto text = (*desk)->text(which);
    if (!text) return tl::unexpected(text.error());
    parsed = parse(RuleFiles{{{"set " + std::to_string(which), *text}}, {}, false});
  } else {
    parsed = parse(readRuleFiles(pathsOf(words)));
  }
  for (const Error& fault : parsed.faults) std::cerr << mapping::toText(mapping::findingOf(fault)) << "\n";
  if (!parsed.faults.empty()) return fail(Errc::malformed, "the rules have faults, see above");
  return std::move(parsed.set);
}

Result<std::vector<mapping::RecordedReading>> readingsOf(const MappingArguments& a) {
  json::Faults faults;
  std::vector<mapping::RecordedReading> readings;
  if (!a.capture.empty()) {
    const auto text = contentOf(a.capture);
    if (!text) return tl::unexpected(text.error());
    readings = mapping::readCapture(*text, a.capture == "-" ? "standard input" : a.capture, faults);
    for (const Error& fault : faults) std::cerr << fault.text() << "\n";
    if (!faults.empty()) return fail(Errc::malformed, "the capture has lines that cannot be read, see above");
    return readings;
  }
  if (a.path.empty())
    return fail(Errc::malformed, "say what to run through the rules: --path /3303/0/5700 --value 21.5, or --capture");
  std::string line = "{";
  const auto add = [&line](std::string_view key, const std::string& value) {
    if (value.empty() && key != "value") return;
    line += line.size() > 1 ? "," : "";
    json::appendQuoted(line, key);
    json::appendQuoted(line += ':', value);
  };
  for (const auto& [key, value] : {std::pair("endpoint", &a.endpoint), std::pair("path", &a.path),
                                   std::pair("value", &a.value), std::pair("type", &a.type), std::pair("time", &a.time),
                                   std::pair("manufacturer", &a.manufacturer), std::pair("model", &a.model)})
    add(key, *value);
  const json::Document document(line + "}", "the reading");
  auto reading = mapping::readReading(document.root(), faults);
  if (!faults.empty()) return tl::unexpected(faults.front());
  reading->labels = a.labels;
  // A number on the command line is one also where no definition says so.
  if (a.value.find_first_not_of("0123456789.-+eE") == std::string::npos && !a.value.empty())
    reading->kind = json::Kind::number;
  if (a.value == "true" || a.value == "false") reading->kind = json::Kind::boolean;
  readings.push_back(std::move(*reading));
  return readings;
}

std::string tameLines(const std::string& text) {
  std::string out;
  for (std::size_t from = 0; from < text.size();) {
    const auto end = std::min(text.find('\n', from), text.size());
    out += tame(text.substr(from, end - from)) + "\n";
    from = end + 1;
  }
  return out;
}

struct Printed {
  bool json = false;
  std::string all = "[";

  void add(const std::string& text, const std::string& asJson) {
    if (!json) std::cout << tameLines(text);
    all += (all.size() > 1 ? ",\n" : "") + asJson;
  }
  void end() const {
    if (json) std::cout << all << "]\n";
  }
};

std::string signedLines(char sign, const std::string& text) {
  std::string out;
  std::size_t from = 0;
  while (from < text.size()) {
    const auto end = std::min(text.find('\n', from), text.size());
    out += std::string(1, sign) + " " + text.substr(from, end - from) + "\n";
    from = end + 1;
  }
  return out;
}

Result<std::size_t> printDifferences(const mapping::Engine& engine, const std::vector<mapping::RecordedReading>& all,
                                     const lwm2m::ObjectRegistry& registry, const MappingArguments& arguments,
                                     mapping::EngineSettings settings, WallTime now) {
  auto other = setNamed(arguments.against, arguments);
  if (!other) return tl::unexpected(other.error());
  const mapping::Engine before(std::move(*other), settings);
  Printed printed{arguments.json};
  std::size_t differences = 0;
  for (const auto& reading : all) {
    const auto old = mapping::dryRun(before, registry, reading, now), next = dryRun(engine, registry, reading, now);
    if (mapping::isSame(old, next)) continue;
    ++differences;
    printed.add(signedLines('-', toText(old)) + signedLines('+', toText(next)),
                "{\"before\":" + toJson(old) + ",\"after\":" + toJson(next) + "}");
  }
  printed.end();
  std::cerr << all.size() << " readings, " << differences << " become something else\n";
  return differences;
}

// A test file, or a folder of one case.
struct Suite {
  std::string name;
  std::vector<fs::path> rules;
  std::vector<std::unique_ptr<json::Document>> documents;
  std::vector<mapping::GoldenCase> cases;
  std::vector<std::string> faults;
};

json::Node opened(const fs::path& file, Suite& suite) {
  const auto text = contentOf(file);
  if (!text) suite.faults.push_back(text.error().text());
  suite.documents.push_back(std::make_unique<json::Document>(text.value_or("{}"), file.string()));
  for (const Error& fault : suite.documents.back()->faults()) suite.faults.push_back(fault.text());
  return suite.documents.back()->root();
}

// NAME.test.json: {"rules": [files beside it], "cases": [{"name", "reading", "expected"}]}; without "rules", NAME.json.
Suite suiteOfFile(const fs::path& file) {
  Suite suite;
  suite.name = file.string();
  const json::Node root = opened(file, suite);
  const auto cases = root.is(json::Kind::object) ? root.member("cases") : std::nullopt;
  if (!cases || !cases->is(json::Kind::array)) {
    suite.faults.push_back(file.string() + R"(: a test file has "cases": [{"name", "reading", "expected"}])");
    return suite;
  }
  if (const auto rules = root.member("rules")) {
    for (const json::Node& rule : rules->is(json::Kind::array) ? rules->children() : std::vector{*rules})
      suite.rules.push_back(file.parent_path() / std::string(rule.text()));
  } else {
    const std::string name = file.filename().string();
    suite.rules.push_back(file.parent_path() / (name.substr(0, name.size() - kTestEnding.size()) + ".json"));
  }
  for (const json::Node& node : cases->children()) {
    const auto reading = node.member("reading"), expected = node.member("expected");
    if (!reading || !expected) {
      suite.faults.push_back(node.where() + R"(: a case needs "reading" and "expected")");
      continue;
    }
    const auto name = node.member("name");
    suite.cases.push_back({name ? std::string(name->text()) : node.pointer(), *reading, *expected});
  }
  return suite;
}

// A folder with rules.json, reading.json and expected.json.
Suite suiteOfFolder(const fs::path& folder) {
  Suite suite;
  suite.name = folder.string();
  suite.rules = {folder / "rules.json"};
  const json::Node reading = opened(folder / "reading.json", suite), expected = opened(folder / "expected.json", suite);
  suite.cases.push_back({folder.filename().string(), reading, expected});
  return suite;
}

void findSuites(const fs::path& place, std::vector<Suite>& suites) {
  std::error_code error;
  if (!fs::is_directory(place, error)) return suites.push_back(suiteOfFile(place));
  if (fs::exists(place / "reading.json", error) && fs::exists(place / "expected.json", error))
    suites.push_back(suiteOfFolder(place));
  std::vector<fs::path> below;
  for (const auto& entry : fs::directory_iterator(place, error)) {
    const bool folder = entry.is_directory(error);
    if (folder || entry.path().filename().string().ends_with(kTestEnding)) below.push_back(entry.path());
  }
  std::ranges::sort(below);
  for (const fs::path& path : below) findSuites(path, suites);
}

// "passed NAME" or "FAILED NAME" and why.
void run(const Suite& suite, const lwm2m::ObjectRegistry& registry, Printed& printed, std::size_t& passed,
         std::size_t& failedOnes) {
  const auto parsed = parse(readRuleFiles(suite.rules));
  std::vector<std::string> faults = suite.faults;
  for (const Error& fault : parsed.faults) faults.push_back(fault.text());
  const auto tell = [&](const std::string& name, const std::vector<std::string>& wrong) {
    std::string text = (wrong.empty() ? "passed  " : "FAILED  ") + tame(name) + "\n", list;
    for (const std::string& what : wrong) {
      text += "        " + tame(what) + "\n";
      json::appendQuoted(list += list.empty() ? "" : ",", what);
    }
    std::string asJson = "{\"test\":";
    json::appendQuoted(asJson, name);
    printed.add(text, asJson + ",\"passed\":" + (wrong.empty() ? "true" : "false") + ",\"wrong\":[" + list + "]}");
    ++(wrong.empty() ? passed : failedOnes);
  };
  if (!faults.empty()) return tell(suite.name, faults);
  for (const mapping::GoldenCase& golden : suite.cases) {
    const bool folder = fs::path(suite.name).filename() == golden.name;
    tell(folder ? suite.name : suite.name + ": " + golden.name, check(golden, parsed.set, registry));
  }
}

}  // namespace

int mappingLint(const MappingArguments& arguments) {
  const auto registry = registryOf(arguments.config, arguments.objects);
  if (!registry) return failed(registry.error());
  const RuleFiles files = readRuleFiles(pathsOf(arguments.words));
  mapping::LintResult result = mapping::lint(files.files, *registry);
  for (const Error& fault : files.faults) result.findings.push_back(mapping::findingOf(fault));
  if (arguments.json) std::cout << mapping::toJson(result.findings) << "\n";
  std::size_t errors = 0;
  for (const mapping::Finding& finding : result.findings) {
    if (!arguments.json) std::cout << tame(toText(finding)) << "\n";
    errors += finding.severity == mapping::Severity::error ? 1 : 0;
  }
  std::cerr << result.rules << " rules, " << errors << " errors, " << result.findings.size() - errors << " warnings\n";
  return result.findings.empty() ? kOk : kFindings;
}

int mappingDryRun(const MappingArguments& arguments) {
  const auto registry = registryOf(arguments.config, arguments.objects);
  if (!registry) return failed(registry.error());
  const auto config = readConfig(arguments.config);
  if (!config) return kConfiguration;
  const auto readings = readingsOf(arguments);
  if (!readings) return failed(readings.error());
  auto set = setNamed(arguments.words, arguments);
  if (!set) return failed(set.error());
  const mapping::EngineSettings settings = engineSettings(*config);
  const mapping::Engine engine(std::move(*set), settings);
  const WallTime now = SystemClock().wall();
  if (!arguments.against.empty()) {
    const auto differences = printDifferences(engine, *readings, *registry, arguments, settings, now);
    if (!differences) return failed(differences.error());
    return *differences == 0 ? kOk : kFindings;
  }
  Printed printed{arguments.json};
  std::size_t refused = 0;
  for (const auto& reading : *readings) {
    const auto outcome = mapping::dryRun(engine, *registry, reading, now);
    refused += outcome.error.empty() ? 0 : 1;
    printed.add(toText(outcome), toJson(outcome));
  }
  printed.end();
  if (refused > 0) std::cerr << refused << " of " << readings->size() << " readings are refused by their rules\n";
  return refused == 0 ? kOk : kFindings;
}

int mappingTest(const MappingArguments& arguments) {
  const auto registry = registryOf(arguments.config, arguments.objects);
  if (!registry) return failed(registry.error());
  std::vector<Suite> suites;
  for (const std::string& word : arguments.words) {
    if (!fs::exists(word)) return failed({Errc::configuration, "there is no such test file or folder", word});
    findSuites(word, suites);
  }
  Printed printed{arguments.json};
  std::size_t passed = 0, failedOnes = 0;
  for (const Suite& suite : suites) run(suite, *registry, printed, passed, failedOnes);
  printed.end();
  std::cerr << passed << " passed, " << failedOnes << " failed\n";
  if (suites.empty()) std::cerr << "no test was found: NAME.test.json files, or folders with reading.json\n";
  return failedOnes == 0 && !suites.empty() ? kOk : kFindings;
}

int failed(const Error& error) {
  std::cerr << "isthmus: " << error.text() << "\n";
  switch (error.code) {
    case Errc::malformed: return kUsage;
    case Errc::notFound: return kFindings;
    case Errc::configuration: return kConfiguration;
    case Errc::timeout: return kTemporary;
    case Errc::unavailable:
    case Errc::conflict:
    case Errc::io: return kUnavailable;
    default: return kInternal;
  }
}

int failed(const std::vector<Error>& faults) {
  const bool ofRules = std::ranges::all_of(
      faults, [](const Error& it) { return it.code == Errc::configuration || it.code == Errc::malformed; });
  if (!ofRules) return failed(faults.front());
  for (const Error& fault : faults) std::cerr << tame(mapping::toText(mapping::findingOf(fault))) << "\n";
  return kFindings;
}

}  // namespace isthmus::app
