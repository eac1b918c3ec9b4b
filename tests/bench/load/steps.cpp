#include "steps.h"

#include "ledger.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <sstream>
#include <sys/resource.h>

namespace isthmus::load {
namespace {

constexpr const char* kLinks = "</1/0>,</3/0>,</3303/0>";
constexpr const char* kPath = "/3303/0/5700";
constexpr double kWindow = 512;

milliseconds toMilliseconds(double seconds) { return milliseconds(static_cast<milliseconds::rep>(seconds * 1000)); }

double cpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Target targetOf(StepText& step) {
  const auto path = step.text("path", kPath);
  const auto target = Target::parse(path);
  if (!target) throw UsageError("not a path of one to three numbers: " + path);
  return *target;
}

std::size_t windowOf(StepText& step) {
  return static_cast<std::size_t>(std::clamp(step.number("window", kWindow), 1.0, 65536.0));
}

std::string lineOf(std::string_view name, const std::string& text) {
  return JsonLine().add("step", name).add("note", text).str();
}

}  // namespace

StepText::StepText(std::string_view line) {
  std::istringstream words{std::string(line)};
  words >> name_;
  for (std::string word; words >> word;) {
    const auto equals = word.find('=');
    if (equals == std::string::npos) throw UsageError("not key=value: " + word);
    values_[word.substr(0, equals)] = word.substr(equals + 1);
  }
}

double StepText::number(const std::string& key, double otherwise) {
  const auto value = text(key, "");
  if (value.empty()) return otherwise;
  char* end = nullptr;
  const double number = std::strtod(value.c_str(), &end);
  if (*end != '\0' || number < 0 || number > 1e12) throw UsageError(key + " is no number of use: " + value);
  return number;
}

std::string StepText::text(const std::string& key, const std::string& otherwise) {
  asked_[key] = true;
  const auto found = values_.find(key);
  return found == values_.end() ? otherwise : found->second;
}

void StepText::refuseUnknown() const {
  for (const auto& [key, value] : values_)
    if (!asked_.contains(key)) throw UsageError(name_ + " has no parameter " + key);
}

void JsonLine::key(std::string_view name) {
  if (text_.size() > 1) text_ += ',';
  text_ += '"';
  text_ += name;
  text_ += "\":";
}

JsonLine& JsonLine::add(std::string_view name, double value) {
  std::array<char, 32> digits;
  std::snprintf(digits.data(), digits.size(), "%.3f", value);
  key(name);
  text_ += digits.data();
  return *this;
}

JsonLine& JsonLine::add(std::string_view name, std::uint64_t value) {
  key(name);
  text_ += std::to_string(value);
  return *this;
}

JsonLine& JsonLine::add(std::string_view name, std::string_view value) {
  key(name);
  text_ += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') text_ += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) text_ += c;
  }
  text_ += '"';
  return *this;
}

JsonLine& JsonLine::addObject(std::string_view name, const std::map<std::string, std::uint64_t>& values) {
  JsonLine inner;
  for (const auto& [code, count] : values) inner.add(code, count);
  key(name);
  text_ += inner.str();
  return *this;
}

std::string Steps::run(std::string_view line) {
  StepText step(line);
  if (step.name() == "register") return sweep(Operation::registration, step);
  if (step.name() == "deregister") return sweep(Operation::deregistration, step);
  if (step.name() == "update") return update(step);
  if (step.name() == "notify") return notify(step);
  if (step.name() == "fake") return fake(step);
  if (step.name() == "serve") return serve(step);
  if (step.name() == "ledger") return ledger(step);
  if (step.name() == "status") return status(step);
  throw UsageError("no such step: " + step.name());
}

Span Steps::spanOf(StepText& step) const {
  Span span{};
  span.most = static_cast<std::uint64_t>(step.number("count", 0));
  span.rate = step.number("rate", 0);
  span.warmUp = toMilliseconds(step.number("warmup", span.most > 0 ? 0 : 0.5));
  span.length = toMilliseconds(step.number("seconds", span.most > 0 ? 600 : 5));
  return span;
}

std::string Steps::report(const StepText& step, Tally& tally, double cpuBefore, const Counters& before) const {
  const auto& now = generator_.counters();
  const auto ended = static_cast<double>(std::max<std::uint64_t>(tally.succeeded, 1));
  JsonLine line;
  line.add("step", step.name()).add("devices", static_cast<std::uint64_t>(fleet_.size()));
  line.add("succeeded", tally.succeeded).add("seconds", tally.seconds()).add("rate", tally.rate());
  line.add("p50_ms", tally.percentile(0.5)).add("p99_ms", tally.percentile(0.99));
  line.add("sent", now.sent - before.sent).add("retransmissions", now.retransmissions - before.retransmissions);
  line.add("gave_up", tally.gaveUp).add("reset", tally.reset).addObject("refused", tally.refused);
  line.add("generator_cpu_us", (cpuSeconds() - cpuBefore) * 1e6 / ended);
  return line.str();
}

std::string Steps::sweep(Operation operation, StepText& step) {
  const auto most = static_cast<double>(fleet_.size());
  const auto from = static_cast<std::uint32_t>(std::min(step.number("from", 0), most));
  const auto to = static_cast<std::uint32_t>(std::min(step.number("to", most), most));
  const auto window = windowOf(step);
  const auto limit = toMilliseconds(step.number("seconds", 600));
  const auto links = step.text("links", kLinks);
  step.refuseUnknown();
  const auto before = generator_.counters();
  const auto cpu = cpuSeconds();
  Sweep work(operation, fleet_, from, to, links, SteadyClock::now() + limit);
  generator_.run(work, window, Patience{}, milliseconds(15000));
  return report(step, work.tally(), cpu, before);
}

std::string Steps::update(StepText& step) {
  auto span = spanOf(step);
  const auto window = windowOf(step);
  step.refuseUnknown();
  std::vector<std::uint32_t> registered;
  for (std::uint32_t i = 0; i < fleet_.size(); ++i)
    if (fleet_[i].registered) registered.push_back(i);
  const auto before = generator_.counters();
  const auto cpu = cpuSeconds();
  span.start = SteadyClock::now();
  Updates work(fleet_, std::move(registered), span);
  generator_.run(work, window, Patience{}, milliseconds(15000));
  return report(step, work.tally(), cpu, before);
}

std::string Steps::notify(StepText& step) {
  auto span = spanOf(step);
  const auto window = windowOf(step);
  const auto target = targetOf(step);
  const auto first = static_cast<std::uint64_t>(step.number("first", static_cast<double>(nextValue_)));
  const auto tracePath = step.text("trace", "");
  step.refuseUnknown();
  File trace(tracePath.empty() ? nullptr : std::fopen(tracePath.c_str(), "w"));
  if (!tracePath.empty() && !trace) throw UsageError("cannot write " + tracePath);
  const auto before = generator_.counters();
  const auto cpu = cpuSeconds();
  auto observed = fleet_.observed(target);
  span.start = SteadyClock::now();
  Notifications work(fleet_, std::move(observed), span, target, first, std::move(trace));
  generator_.run(work, window, Patience{}, milliseconds(15000));
  nextValue_ = work.nextValue();
  return report(step, work.tally(), cpu, before);
}

std::string Steps::fake(StepText& step) {
  const auto target = targetOf(step);
  step.refuseUnknown();
  std::mt19937_64 random{std::random_device{}()};
  for (std::uint32_t i = 0; i < fleet_.size(); ++i) {
    Observation observation{target, {8, {}}, 1};
    auto bits = random();
    for (auto& byte : observation.token.bytes) byte = static_cast<std::uint8_t>(bits & 0xFF), bits >>= 8;
    fleet_[i].observations = {observation};
    fleet_[i].registered = true;
    fleet_[i].location = "/rd/1";
  }
  return lineOf(step.name(), "devices take themselves for registered and observed");
}

std::string Steps::serve(StepText& step) {
  const auto seconds = step.number("seconds", 5);
  const auto wanted = static_cast<std::uint64_t>(step.number("observed", 0));
  const auto target = targetOf(step);
  step.refuseUnknown();
  const auto start = SteadyClock::now();
  const auto until = start + toMilliseconds(seconds);
  auto observed = fleet_.observed(target).size();
  while (SteadyClock::now() < until && (wanted == 0 || observed < wanted)) {
    generator_.serve(milliseconds(100));
    observed = fleet_.observed(target).size();
  }
  JsonLine line;
  line.add("step", step.name()).add("seconds", std::chrono::duration<double>(SteadyClock::now() - start).count());
  line.add("observed", static_cast<std::uint64_t>(observed)).add("requests", fleet_.requests());
  return line.str();
}

std::string Steps::ledger(StepText& step) {
  LedgerFile file(step.text("file", "ledger.txt"));
  LedgerPlan plan;
  plan.rate = step.number("rate", 200);
  plan.updateEvery = toMilliseconds(step.number("update_every", 0));
  plan.path = step.text("path", kPath);
  plan.links = step.text("links", kLinks);
  const auto length = toMilliseconds(step.number("seconds", 60));
  const Patience patience{toMilliseconds(step.number("ack_timeout", 2)), 1.5, 2.0, 4};
  const auto drain = toMilliseconds(step.number("drain", 95));  // MAX_TRANSMIT_WAIT is 93 s (RFC 7252 4.8.2)
  step.refuseUnknown();
  if (!Target::parse(plan.path)) throw UsageError("not a path of one to three numbers: " + plan.path);
  plan.start = SteadyClock::now();
  plan.end = plan.start + length;
  const auto before = generator_.counters();
  Ledger work(fleet_, file, plan);
  generator_.run(work, fleet_.size(), patience, drain);
  const auto& counts = work.counts();
  JsonLine line;
  line.add("step", step.name()).add("sent", counts.sent).add("acked", counts.acked).add("reset", counts.reset);
  line.add("gave_up", counts.gaveUp).add("registrations", counts.registrations);
  line.add("re_registrations", counts.reRegistrations).add("updates", counts.updates);
  line.add("retransmissions", generator_.counters().retransmissions - before.retransmissions);
  return line.str();
}

std::string Steps::status(StepText& step) {
  step.refuseUnknown();
  const auto& counters = generator_.counters();
  std::uint64_t registered = 0;
  for (std::uint32_t i = 0; i < fleet_.size(); ++i) registered += fleet_[i].registered ? 1 : 0;
  JsonLine line;
  line.add("step", step.name()).add("devices", static_cast<std::uint64_t>(fleet_.size()));
  line.add("registered", registered).add("requests", fleet_.requests()).add("observes", fleet_.observes());
  line.add("malformed", counters.malformed).add("unexpected", counters.unexpected);
  return line.str();
}

}  // namespace isthmus::load
