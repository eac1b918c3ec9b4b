#pragma once

#include "generator.h"
#include "workloads.h"

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

namespace isthmus::load {

// A step that cannot be understood: the whole run ends with it (exit code 64).
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// "notify seconds=5 window=512": a name and its parameters.
class StepText {
 public:
  explicit StepText(std::string_view line);

  const std::string& name() const { return name_; }
  double number(const std::string& key, double otherwise);
  std::string text(const std::string& key, const std::string& otherwise);
  void refuseUnknown() const;  // what no one asked for is a mistake

 private:
  std::string name_;
  std::map<std::string, std::string> values_;
  std::map<std::string, bool> asked_;
};

// One line of output.
class JsonLine {
 public:
  JsonLine& add(std::string_view key, double value);
  JsonLine& add(std::string_view key, std::uint64_t value);
  JsonLine& add(std::string_view key, std::string_view value);
  JsonLine& addObject(std::string_view key, const std::map<std::string, std::uint64_t>& values);
  std::string str() const { return text_ + "}"; }

 private:
  void key(std::string_view name);
  std::string text_ = "{";
};

// The steps of one run, against one server, with one set of devices.
class Steps {
 public:
  explicit Steps(Generator& generator) : generator_(generator), fleet_(generator.fleet()) {}

  // Runs a step and returns its line. Throws UsageError.
  std::string run(std::string_view line);

 private:
  std::string sweep(Operation operation, StepText& step);
  std::string update(StepText& step);
  std::string notify(StepText& step);
  std::string fake(StepText& step);
  std::string serve(StepText& step);
  std::string ledger(StepText& step);
  std::string status(StepText& step);

  Span spanOf(StepText& step) const;
  std::string report(const StepText& step, Tally& tally, double cpuBefore, const Counters& before) const;

  Generator& generator_;
  Fleet& fleet_;
  std::uint64_t nextValue_ = 1;
};

}  // namespace isthmus::load
