#pragma once

#include "generator.h"

#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace isthmus::load {

// How the messages of a load ended. Only what ended within the measured span counts for the rate.
struct Tally {
  Time from{}, to{};  // the measured span; `to` follows the last success until it is fixed
  bool open = true;
  std::uint64_t succeeded = 0, measured = 0, reset = 0, gaveUp = 0;
  std::map<std::string, std::uint64_t> refused;  // by response code, "5.03"
  std::vector<std::uint32_t> latencies;          // microseconds

  void add(const Flight& flight, Ending ending, const Message* answer, Time now);
  double seconds() const;
  double rate() const;
  double percentile(double share);  // milliseconds
};

std::string codeText(std::uint8_t code);

enum class Operation { registration, update, deregistration };
Writer requestFor(Operation operation, Fleet& fleet, std::uint32_t device, const std::string& links);
// What the answer to such a request means for the device.
void settle(Operation operation, Device& device, const Message& answer);

// Each device of a range once, in order: registration, de-registration.
class Sweep final : public Workload {
 public:
  Sweep(Operation operation, Fleet& fleet, std::uint32_t from, std::uint32_t to, std::string links, Time deadline);

  bool next(Time now, Draft& draft) override;
  void ended(const Flight& flight, Ending ending, const Message* answer, Time now) override;
  bool finished(Time now) override { return next_ >= to_ || now >= deadline_; }

  Tally& tally() { return tally_; }

 private:
  Operation operation_;
  Fleet& fleet_;
  std::uint32_t next_, to_;
  std::string links_;
  Time deadline_;
  Tally tally_;
};

// Spreads messages evenly over time; a rate of 0 lets everything pass.
class Pace {
 public:
  Pace(double perSecond, Time start) : perSecond_(perSecond), start_(start) {}
  bool due(Time now) const;
  void count() { ++passed_; }

 private:
  double perSecond_;
  Time start_;
  std::uint64_t passed_ = 0;
};

struct Span {
  Time start;
  milliseconds warmUp;  // counted afterwards only
  milliseconds length;
  std::uint64_t most;  // messages, 0: as many as fit
  double rate;         // per second, 0: as fast as the window allows
};

// A random device for each message, for a time or a number of messages.
class RandomLoad : public Workload {
 public:
  RandomLoad(Fleet& fleet, std::vector<std::uint32_t> devices, const Span& span);

  bool next(Time now, Draft& draft) final;
  void ended(const Flight& flight, Ending ending, const Message* answer, Time now) override;
  bool finished(Time now) final;

  Tally& tally() { return tally_; }

 protected:
  virtual bool draft(std::uint32_t device, Time now, Draft& draft) = 0;
  Fleet& fleet() { return fleet_; }

 private:
  static constexpr int kTries = 32;

  Fleet& fleet_;
  std::vector<std::uint32_t> devices_;
  Span span_;
  Pace pace_;
  std::uint64_t launched_ = 0;
  std::mt19937 random_{std::random_device{}()};
  Tally tally_;
};

class Updates final : public RandomLoad {
 public:
  using RandomLoad::RandomLoad;
  void ended(const Flight& flight, Ending ending, const Message* answer, Time now) override;

 protected:
  bool draft(std::uint32_t device, Time now, Draft& draft) override;
};

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, FileCloser>;

class Notifications final : public RandomLoad {
 public:
  // Values count up from `firstValue`. `trace` may be null: a line "value nanoseconds" for each message, monotonic
  // clock.
  Notifications(Fleet& fleet, std::vector<std::uint32_t> devices, const Span& span, const Target& target,
                std::uint64_t firstValue, File trace)
      : RandomLoad(fleet, std::move(devices), span), target_(target), value_(firstValue), trace_(std::move(trace)) {}

  void ended(const Flight& flight, Ending ending, const Message* answer, Time now) override;
  std::uint64_t nextValue() const { return value_; }

 protected:
  bool draft(std::uint32_t device, Time now, Draft& draft) override;

 private:
  Target target_;
  std::uint64_t value_;
  File trace_;
};

Writer notification(Device& device, Observation& observation, double value);

}  // namespace isthmus::load
