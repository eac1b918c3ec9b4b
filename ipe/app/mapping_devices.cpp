// mapping coverage, draft
#include "ipe/app/device_scan.h"
#include "ipe/app/exit_codes.h"
#include "ipe/app/mapping_command.h"
#include "ipe/app/object_files.h"
#include "ipe/app/rule_desk.h"
#include "ipe/app/text_table.h"
#include "mapping/tools/coverage.h"
#include "mapping/tools/draft.h"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>

namespace isthmus::app {
namespace {

using lwm2m::Path;

// The rules by which the instance works.
struct InForce {
  mapping::RuleSet set;
  bool defaultRule = true;
};

Result<InForce> rulesInForce(const MappingArguments& arguments) {
  const auto desk = RuleDesk::open(arguments.url, arguments.config);
  if (!desk) return tl::unexpected(desk.error());
  const auto sets = (*desk)->sets();
  if (!sets) return tl::unexpected(sets.error());
  if (sets->empty()) return InForce{};
  const auto text = (*desk)->text(sets->front().number);
  if (!text) return tl::unexpected(text.error());
  auto parsed = parse(RuleFiles{{{"the set in force", *text}}, {}, false});
  if (!parsed.faults.empty()) return tl::unexpected(parsed.faults.front());
  const auto config = readConfig(arguments.config);
  return InForce{std::move(parsed.set), !config || config->mapping.defaultRule};
}

// What Discover told, else what the definitions say of the instances.
std::vector<Path> resourcesOf(const DeviceScan& scan, const lwm2m::DeviceModel& model) {
  std::vector<Path> all = scan.resources;
  for (const Path& instance : scan.instances) {
    if (instance.depth() != 2) continue;
    const auto* object = model.object(instance.object());
    const bool told = std::ranges::any_of(scan.resources, [&](const Path& it) { return instance.contains(it); });
    if (told || object == nullptr) continue;
    for (const auto& resource : object->resources) all.push_back(instance.child(resource.id));
  }
  std::ranges::sort(all);
  return all;
}

void tellNotes(const DeviceScan& scan) {
  for (const std::string& note : scan.notes) std::cerr << tame(note) << "\n";
  if (!scan.notes.empty())
    std::cerr << "what the device has is taken from the object definitions, optional resources too\n";
}

std::string jsonOf(const mapping::CoverageRow& row) {
  std::string out = "{\"path\":\"" + row.path.toString() + "\"";
  for (const auto& [key, value] :
       {std::pair("name", &row.name), std::pair("operations", &row.operations), std::pair("mapped", &row.mapped),
        std::pair("to", &row.to), std::pair("observed", &row.observed), std::pair("value", &row.value),
        std::pair("time", &row.time), std::pair("fate", &row.fate)}) {
    json::appendQuoted(out += ',', key);
    json::appendQuoted(out += ':', *value);
  }
  return out + "}";
}

void print(const mapping::Coverage& coverage, bool json) {
  std::vector<Cells> rows = {{"PATH", "NAME", "OPS", "MAPPED BY", "OBSERVED", "LAST SEEN", "GOES TO"}};
  std::string all = "[";
  const auto orDash = [](const std::string& text) { return text.empty() ? std::string("-") : tame(text); };
  for (const mapping::CoverageRow& row : coverage.rows) {
    const bool readable = row.operations.empty() || row.operations.find('R') != std::string::npos;
    const std::string seen = row.time.empty() ? (readable ? "never" : "-") : row.value + " at " + row.time;
    rows.push_back({row.path.toString(), orDash(row.name), orDash(row.operations),
                    row.mapped.empty() ? "UNMAPPED" : tame(row.mapped), orDash(row.observed), tame(seen),
                    orDash(row.to)});
    all += (all.size() > 1 ? ",\n" : "") + jsonOf(row);
  }
  std::cout << (json ? all + "]\n" : aligned(rows));
  std::cerr << coverage.rows.size() << " resources; of those with values " << coverage.byRule
            << " are mapped by rules, " << coverage.byDefault << " by the default rule, " << coverage.unmapped
            << " not at all; " << coverage.observed << " are observed, of " << coverage.neverSeen
            << " no value is known\n";
}

Result<std::string> linksOf(const std::string& given) {
  if (given.starts_with('<')) return given;
  if (given == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream in(given, std::ios::binary);
  if (!in) return fail(Errc::configuration, "these are no links (</3303/0>,...), and no file that can be read", given);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

Result<DeviceScan> scanFor(const MappingArguments& arguments) {
  if (arguments.links.empty() && arguments.endpoint.empty())
    return fail(Errc::malformed, "of which device? Give its endpoint name, or --links");
  if (arguments.links.empty()) {
    const auto client = RestClient::open(arguments.url, arguments.config);
    if (!client) return tl::unexpected(client.error());
    return scanDevice(*client, arguments.endpoint);
  }
  const auto links = linksOf(arguments.links);
  if (!links) return tl::unexpected(links.error());
  auto scan = scanLinks(*links);
  if (!scan) return scan;
  scan->endpoint = arguments.endpoint;
  if (arguments.lwm2mVersion.empty()) return scan;
  const auto version = lwm2m::Version::parse(arguments.lwm2mVersion);
  if (!version) return fail(Errc::malformed, "'" + arguments.lwm2mVersion + "' is no version: 1.1", "--lwm2m");
  scan->lwm2m = *version;
  return scan;
}

}  // namespace

int mappingCoverage(const MappingArguments& arguments) {
  const auto registry = registryOf(arguments.config, arguments.objects);
  if (!registry) return failed(registry.error());
  const auto client = RestClient::open(arguments.url, arguments.config);
  if (!client) return failed(client.error());
  const auto scan = scanDevice(*client, arguments.endpoint);
  if (!scan) return failed(scan.error());
  auto inForce = rulesInForce(arguments);
  if (!inForce) return failed(inForce.error());
  const mapping::Engine engine(std::move(inForce->set), {inForce->defaultRule, mapping::Content::value});
  const lwm2m::DeviceModel model(*registry, scan->versions, scan->lwm2m);
  const auto resources = resourcesOf(*scan, model);
  tellNotes(*scan);
  print(coverageOf(engine,
                   {{scan->endpoint, {}, {}, model, {}}, resources, scan->observed, scan->seen, inForce->defaultRule}),
        arguments.json);
  return kOk;
}

int mappingDraft(const MappingArguments& arguments) {
  const auto registry = registryOf(arguments.config, arguments.objects);
  if (!registry) return failed(registry.error());
  const auto scan = scanFor(arguments);
  if (!scan) return failed(scan.error());
  const bool leavesOut = arguments.links.empty() && !arguments.all;
  auto inForce = leavesOut ? rulesInForce(arguments) : Result<InForce>(InForce{});
  if (!inForce) return failed(inForce.error());
  const mapping::Engine engine(std::move(inForce->set), {});
  const lwm2m::DeviceModel model(*registry, scan->versions, scan->lwm2m);
  std::vector<Path> paths = scan->instances;
  paths.insert(paths.end(), scan->resources.begin(), scan->resources.end());
  const auto draft = mapping::draftRules(
      {model, scan->endpoint, paths, leavesOut ? &engine : nullptr, arguments.thisDevice && !scan->endpoint.empty()});
  tellNotes(*scan);
  std::cout << draft.text;
  std::cerr << draft.rules << " rules";
  if (draft.leftOut > 0)
    std::cerr << "; " << draft.leftOut << " resources are left out, since rules in force name them (--all: with them)";
  std::cerr << "\n";
  return kOk;
}

}  // namespace isthmus::app
