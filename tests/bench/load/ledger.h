#pragma once

#include "workloads.h"

#include <optional>
#include <random>
#include <string>
#include <vector>

namespace isthmus::load {

// Where the ledger of a crash test stands: one line per event, "sent|acked|reset|gaveup <unix ms> <endpoint> <path>
// <value>", each handed to the kernel before anything else happens.
class LedgerFile {
 public:
  explicit LedgerFile(const std::string& path);  // throws std::system_error
  ~LedgerFile();
  LedgerFile(const LedgerFile&) = delete;
  LedgerFile& operator=(const LedgerFile&) = delete;

  void write(const char* event, const std::string& endpoint, const std::string& path, double value);

 private:
  int fd_;
};

struct LedgerPlan {
  Time start, end;             // no new value after `end`
  double rate = 200;           // values per second, all devices together
  milliseconds updateEvery{};  // per device; 0: never
  std::string path = "/3303/0/5700";
  std::string links;
};

struct LedgerCounts {
  std::uint64_t sent = 0, acked = 0, reset = 0, gaveUp = 0, registrations = 0, updates = 0, reRegistrations = 0;
};

// Devices that live through crashes of the server: each sends values that count up, writes down what it sent and what
// was acknowledged, and registers anew when it is told that it is not known.
class Ledger final : public Workload {
 public:
  Ledger(Fleet& fleet, LedgerFile& file, const LedgerPlan& plan);

  bool next(Time now, Draft& draft) override;
  void ended(const Flight& flight, Ending ending, const Message* answer, Time now) override;
  bool finished(Time now) override { return now >= plan_.end; }

  const LedgerCounts& counts() const { return counts_; }

 private:
  struct State {
    Operation operation = Operation::registration;  // of the request under way
    Time notBefore{};                               // of the next registration
    Time nextUpdate{};
    std::uint64_t lastValue = 0;
    bool everRegistered = false;
  };

  bool draftFor(std::uint32_t device, Time now, Draft& draft);
  bool draftRequest(std::uint32_t device, Operation operation, Draft& draft);
  void requestEnded(std::uint32_t device, Ending ending, const Message* answer, Time now);
  Time spread(Time now, milliseconds most);

  Fleet& fleet_;
  LedgerFile& file_;
  LedgerPlan plan_;
  Target target_;
  Pace pace_;
  std::vector<State> states_;
  std::uint32_t cursor_ = 0;
  std::mt19937 random_{std::random_device{}()};
  LedgerCounts counts_;
};

}  // namespace isthmus::load
