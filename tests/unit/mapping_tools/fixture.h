#pragma once

#include "lwm2m/model/object_registry.h"
#include "mapping/rules/rule_file.h"
#include "mapping/tools/lint.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace isthmus::mapping::testing {

inline const lwm2m::ObjectRegistry& registry() {
  static const auto all = lwm2m::ObjectRegistry::builtin();
  return all;
}

inline RuleSet setOf(const std::string& rules) {
  auto parsed = mergeRules({parseRules(R"({"set":"test","rules":[)" + rules + "]}", "test.json")});
  for (const auto& fault : parsed.faults) FAIL(fault.text());
  return std::move(parsed.set);
}

// "check pointer", one each.
inline std::vector<std::string> lintOf(const std::string& rules) {
  const std::vector<RuleText> files = {{"test.json", R"({"rules":[)" + rules + "]}"}};
  std::vector<std::string> out;
  for (const auto& finding : lint(files, registry()).findings) out.push_back(finding.check + " " + finding.pointer);
  return out;
}

}  // namespace isthmus::mapping::testing
