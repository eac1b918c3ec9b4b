#pragma once

#include "mapping/engine/engine.h"
#include "mapping/rules/rule_file.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace isthmus::mapping::testing {

inline const lwm2m::ObjectRegistry& registry() {
  static const auto builtin = lwm2m::ObjectRegistry::builtin();
  return builtin;
}

// An engine and one device that it is asked about.
struct Fixture {
  explicit Fixture(std::string_view rules, EngineSettings settings = {}) : engine(parsed(rules), settings) {}

  // `rules`: the items of the list.
  static RuleSet parsed(std::string_view rules) {
    auto result = parseRules("{\"rules\": [" + std::string(rules) + "]}", "r.json");
    for (const auto& fault : result.faults) FAIL(fault.text());
    return std::move(result.set);
  }

  DeviceFacts device() const { return {endpoint, manufacturer, model, definitions, labels}; }

  Result<Mapping> map(std::string_view path, lwm2m::Value value) const {
    return engine.toOneM2m(device(), {lwm2m::Path::parse(path).value(), std::move(value), {}},
                           WallTime(milliseconds(1'763'812'345'678)));
  }

  // The content of the only target, or the error's text.
  std::string content(std::string_view path, lwm2m::Value value) const {
    const auto mapping = map(path, std::move(value));
    if (!mapping) return mapping.error().message;
    return mapping->targets.size() == 1 ? mapping->targets[0].content
                                        : std::to_string(mapping->targets.size()) + " targets";
  }

  std::string place(std::string_view path, lwm2m::Value value = std::string("x")) const {
    const auto mapping = map(path, std::move(value));
    return mapping && mapping->targets.size() == 1 ? mapping->targets[0].path : "none";
  }

  std::string winner(std::string_view path) const {
    const auto mapping = map(path, std::string("x"));
    return mapping ? std::string(mapping->rule) : mapping.error().message;
  }

  Result<lwm2m::Value> back(std::string_view path, std::string_view content) const {
    return engine.toLwm2m(device(), lwm2m::Path::parse(path).value(), content);
  }

  // "/3303/0/5700?pmin=1 /6/0"
  std::string plan(const std::vector<std::string>& instances) const {
    std::vector<lwm2m::Path> paths;
    for (const auto& text : instances) paths.push_back(lwm2m::Path::parse(text).value());
    std::string text;
    for (const auto& one : engine.plan(device(), paths)) {
      text += (text.empty() ? "" : " ") + one.path.toString() + (one.attributes.empty() ? "" : "?" + one.attributes);
    }
    return text;
  }

  Engine engine;
  std::string endpoint = "urn:dev:one", manufacturer, model;
  std::vector<std::string> labels;
  std::vector<lwm2m::ObjectVersion> versions;
  lwm2m::DeviceModel definitions{registry(), versions};
};

}  // namespace isthmus::mapping::testing
