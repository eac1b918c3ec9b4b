// What finding and applying a rule costs per reading, by the number of rules: one JSON object on stdout.
//
// usage: mapping_speed [seconds per figure, default 0.2]
#include "mapping/engine/engine.h"
#include "mapping/rules/rule_file.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <time.h>

namespace {

using namespace isthmus;
using namespace isthmus::mapping;

constexpr int kRounds = 5;               // the median of these is what is printed
constexpr std::size_t kDevices = 1'000;  // that report in turn, the same for every number of rules
constexpr std::array<std::size_t, 3> kRules = {1, 100, 10'000};

std::string endpointOf(std::size_t device) { return "urn:imei:49015420" + std::to_string(1'000'000 + device); }

// One rule for all temperatures, and so many more for single devices or other resources, in turn. None converts: what
// differs is finding the rule. Of 10,000 rules half of the devices have one of their own.
std::string ruleFile(std::size_t rules) {
  std::string text = R"({"rules": [{"match": {"object": 3303, "resource": 5700}})";
  for (std::size_t i = 1; i < rules; ++i) {
    const auto match =
        i % 2 == 0 ? R"({"object": 3303, "resource": 5700, "endpoint": ")" + endpointOf(i % kDevices) + "-" +
                         std::to_string(i / kDevices) + "\"}"
                   : R"({"object": )" + std::to_string(10'000 + i) + R"(, "resource": )" + std::to_string(i % 50) + "}";
    text += ",\n{\"match\": " + match + "}";
  }
  return text + "]}";
}

// Of this thread: others of the machine take time, but none of this.
double cpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

[[noreturn]] void broken(const Error& error) {
  std::fprintf(stderr, "mapping_speed: %s\n", error.text().c_str());
  std::exit(70);
}

class Readings {
 public:
  Readings() {
    for (std::size_t i = 0; i < kDevices; ++i) endpoints_.push_back(endpointOf(i) + "-0");
  }

  // Nanoseconds a reading: the median of some rounds.
  double cost(const Engine& engine, double duration) const {
    const lwm2m::DeviceModel definitions(registry_, {}, lwm2m::Version{1, 1});
    const lwm2m::Record record{lwm2m::Path(3303, 0, 5700), 21.5, {}};
    std::size_t sink = 0, reading = 0;
    std::array<double, kRounds> rounds{};
    for (double& round : rounds) {
      std::size_t count = 0;
      const double start = cpuSeconds();
      double took = 0;
      for (; took < duration / kRounds; took = cpuSeconds() - start) {
        for (std::size_t i = 0; i < kDevices; ++i, ++count) {
          const DeviceFacts device{endpoints_[reading++ % kDevices], {}, {}, definitions};
          const auto mapping = engine.toOneM2m(device, record, WallTime());
          if (!mapping) broken(mapping.error());
          sink += mapping->targets.size();
        }
      }
      round = took * 1e9 / static_cast<double>(count);
    }
    if (sink == 0) broken({Errc::internal, "nothing was done", {}});
    std::ranges::sort(rounds);
    return rounds[kRounds / 2];
  }

 private:
  lwm2m::ObjectRegistry registry_ = lwm2m::ObjectRegistry::builtin();
  std::vector<std::string> endpoints_;
};

}  // namespace

int main(int argc, char** argv) {
  const double duration = argc > 1 ? std::atof(argv[1]) : 0.2;
  const Readings readings;
  double least = 0, load = 0;
  std::printf(R"({"ns_per_reading":{)");
  for (const auto rules : kRules) {
    const auto text = ruleFile(rules);
    const double start = cpuSeconds();
    auto parsed = mergeRules({parseRules(text, "bench.json")});
    if (!parsed.faults.empty()) broken(parsed.faults.front());
    const Engine engine(std::move(parsed.set), {});
    load = cpuSeconds() - start;
    const double cost = readings.cost(engine, duration);
    if (rules == kRules.front()) least = cost;
    std::printf(R"(%s"%zu":%.0f)", rules == kRules.front() ? "" : ",", rules, cost);
    if (rules == kRules.back()) std::printf(R"(},"ratio":%.2f,)", cost / least);
  }
  std::printf(R"("load_ms":%.0f})"
              "\n",
              load * 1000);
  return 0;
}
