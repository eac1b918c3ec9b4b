// Rule files: whatever the text, parsing and lint end; a set without faults survives the way through its canonical
// form.
#include "mapping/rules/rule_file.h"

#include "mapping/tools/lint.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace isthmus;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = mapping::parseRules(text, "fuzz.json");
  for (const auto& fault : parsed.faults) {
    if (fault.message.empty() || fault.where.empty()) std::abort();
  }
  static const auto registry = lwm2m::ObjectRegistry::builtin();
  const mapping::RuleText file{"fuzz.json", std::string(text)};
  const auto linted = mapping::lint({&file, 1}, registry);
  if (linted.findings.size() < parsed.faults.size()) std::abort();
  if (!parsed.faults.empty()) return 0;
  const auto canonical = mapping::toJson(parsed.set);
  const auto again = mapping::parseRules(canonical, "again.json");
  if (!again.faults.empty() || again.set != parsed.set || mapping::toJson(again.set) != canonical) std::abort();
  return 0;
}
