#include "ledger.h"

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace isthmus::load {
namespace {

constexpr milliseconds kRegistrationPause{2000};

}  // namespace

LedgerFile::LedgerFile(const std::string& path)
    : fd_(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), path);
}

LedgerFile::~LedgerFile() { close(fd_); }

void LedgerFile::write(const char* event, const std::string& endpoint, const std::string& path, double value) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::int64_t at = std::chrono::duration_cast<milliseconds>(now).count();
  std::array<char, 256> line;
  const int size = std::snprintf(line.data(), line.size(), "%s %" PRId64 " %s %s %.0f\n", event, at, endpoint.c_str(),
                                 path.c_str(), value);
  if (::write(fd_, line.data(), static_cast<std::size_t>(size)) != size)
    throw std::system_error(errno, std::generic_category(), "the ledger");
}

Ledger::Ledger(Fleet& fleet, LedgerFile& file, const LedgerPlan& plan)
    : fleet_(fleet),
      file_(file),
      plan_(plan),
      target_(*Target::parse(plan.path)),
      pace_(plan.rate, plan.start),
      states_(fleet.size()) {
  for (auto& state : states_) state.notBefore = spread(plan.start, milliseconds(1000));
}

Time Ledger::spread(Time now, milliseconds most) {
  return now + milliseconds(std::uniform_int_distribution<milliseconds::rep>(0, most.count())(random_));
}

bool Ledger::next(Time now, Draft& draft) {
  if (finished(now)) return false;
  for (std::uint32_t i = 0; i < fleet_.size(); ++i) {
    const auto device = (cursor_ + i) % fleet_.size();
    if (fleet_[device].flight != Device::kIdle || !draftFor(device, now, draft)) continue;
    cursor_ = device + 1;
    draft.device = device;
    return true;
  }
  return false;
}

bool Ledger::draftFor(std::uint32_t index, Time now, Draft& draft) {
  auto& device = fleet_[index];
  auto& state = states_[index];
  if (!device.registered) return now >= state.notBefore && draftRequest(index, Operation::registration, draft);
  if (plan_.updateEvery.count() > 0 && now >= state.nextUpdate) return draftRequest(index, Operation::update, draft);
  auto* observation = device.observing(target_);
  if (!observation || !pace_.due(now)) return false;
  pace_.count();
  draft.value = static_cast<double>(++state.lastValue);
  draft.message = notification(device, *observation, draft.value);
  ++counts_.sent;
  file_.write("sent", fleet_.endpoint(index), plan_.path, draft.value);
  return true;
}

bool Ledger::draftRequest(std::uint32_t index, Operation operation, Draft& draft) {
  states_[index].operation = operation;
  draft.message = requestFor(operation, fleet_, index, plan_.links);
  draft.value = 0;
  return true;
}

void Ledger::ended(const Flight& flight, Ending ending, const Message* answer, Time now) {
  if (flight.sent.isRequest()) return requestEnded(flight.device, ending, answer, now);
  const auto endpoint = fleet_.endpoint(flight.device);
  switch (ending) {
    case Ending::acknowledged: ++counts_.acked; return file_.write("acked", endpoint, plan_.path, flight.value);
    case Ending::gaveUp: ++counts_.gaveUp; return file_.write("gaveup", endpoint, plan_.path, flight.value);
    case Ending::reset:
      // The server does not know the observation: so it may not know the device either (LwM2M Core 6.2).
      ++counts_.reset;
      file_.write("reset", endpoint, plan_.path, flight.value);
      if (!fleet_[flight.device].forgetObservation(flight.sent.token)) return;  // observed anew meanwhile
      fleet_[flight.device].forget();
      states_[flight.device].notBefore = spread(now, milliseconds(200));
  }
}

void Ledger::requestEnded(std::uint32_t index, Ending ending, const Message* answer, Time now) {
  auto& device = fleet_[index];
  auto& state = states_[index];
  if (ending == Ending::acknowledged) settle(state.operation, device, *answer);
  if (state.operation == Operation::update && device.registered) ++counts_.updates;
  if (device.registered) {
    if (state.operation == Operation::registration) {
      ++counts_.registrations;
      if (state.everRegistered) ++counts_.reRegistrations;
      state.everRegistered = true;
    }
    state.nextUpdate = now + plan_.updateEvery / 2 + (spread(now, plan_.updateEvery / 2) - now);
    return;
  }
  const bool later = answer && answer->maxAge;  // 5.03 with Max-Age
  state.notBefore = spread(now, kRegistrationPause) + (later ? std::chrono::seconds(*answer->maxAge) : milliseconds(0));
}

}  // namespace isthmus::load
