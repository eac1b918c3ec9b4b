#include "mapping/tools/coverage.h"

#include <algorithm>
#include <unordered_map>

namespace isthmus::mapping {
namespace {

std::string lettersOf(const lwm2m::Operations& operations) {
  return std::string(operations.read ? "R" : "") + (operations.write ? "W" : "") + (operations.execute ? "E" : "");
}

// The name as it is for this value; what stands for the device's name or a resource instance stays.
std::string placeOf(std::string name, const lwm2m::Path& path) {
  static constexpr std::string_view kPlaceholders[] = {"{object}", "{instance}", "{resource}"};
  for (std::size_t level = 0; level < 3; ++level) {
    for (auto at = name.find(kPlaceholders[level]); at != std::string::npos; at = name.find(kPlaceholders[level]))
      name.replace(at, kPlaceholders[level].size(), std::to_string(path.id(level)));
  }
  return name;
}

std::string placesOf(const Rule& rule, const lwm2m::Path& path) {
  std::string out;
  for (const Target& target : rule.to) out += (out.empty() ? "" : " ") + placeOf(target.name, path);
  return out.empty() ? "nowhere" : out;
}

}  // namespace

Coverage coverageOf(const Engine& engine, const CoverageRequest& request) {
  std::unordered_map<std::string_view, const Rule*> rules;
  for (const Rule& rule : engine.rules().rules) rules.emplace(rule.name, &rule);
  Coverage out;
  for (const lwm2m::Path& path : request.resources) {
    CoverageRow& row = out.rows.emplace_back();
    row.path = path;
    const auto* definition = request.device.definitions.resource(path.object(), path.resource());
    if (definition != nullptr) row.name = definition->name;
    if (definition != nullptr) row.operations = lettersOf(definition->operations);
    const auto name = engine.ruleOf(request.device, path);
    const auto rule = rules.find(name);
    if (rule != rules.end()) {
      row.mapped = name;
      row.to = placesOf(*rule->second, path);
    } else if (request.defaultRule) {
      row.mapped = "default rule";
      row.to = path.toString().substr(1);
    }
    for (const lwm2m::Path& observed : request.observed)
      if (observed.contains(path)) row.observed = observed.toString();
    const auto seen = std::ranges::find_if(request.seen, [&](const SeenValue& value) {
      const auto at = lwm2m::Path::parse(value.path);
      return at && path.contains(*at);
    });
    if (seen != request.seen.end()) {
      row.value = seen->value;
      row.time = seen->time;
      row.fate = seen->fate;
    }
    if (definition != nullptr && !definition->operations.read) continue;
    (rule != rules.end() ? out.byRule : request.defaultRule ? out.byDefault : out.unmapped) += 1;
    out.observed += row.observed.empty() ? 0 : 1;
    out.neverSeen += seen == request.seen.end() ? 1 : 0;
  }
  return out;
}

}  // namespace isthmus::mapping
