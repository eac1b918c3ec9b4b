#include "workloads.h"

#include <algorithm>
#include <cinttypes>

namespace isthmus::load {

std::string codeText(std::uint8_t code) {
  const auto minor = code & 31u;
  return std::to_string(code >> 5) + (minor < 10 ? ".0" : ".") + std::to_string(minor);
}

void Tally::add(const Flight& flight, Ending ending, const Message* answer, Time now) {
  if (ending == Ending::gaveUp) {
    ++gaveUp;
  } else if (ending == Ending::reset) {
    ++reset;
  } else if (answer->isResponse() && answer->code >> 5 != 2) {
    ++refused[codeText(answer->code)];
  } else {
    ++succeeded;
    if (now < from || (!open && now > to)) return;
    ++measured;
    if (open) to = now;
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(now - flight.first).count();
    latencies.push_back(static_cast<std::uint32_t>(took));
  }
}

double Tally::seconds() const { return std::chrono::duration<double>(to - from).count(); }

double Tally::rate() const { return seconds() > 0 ? static_cast<double>(measured) / seconds() : 0; }

double Tally::percentile(double share) {
  if (latencies.empty()) return 0;
  const auto index = static_cast<std::ptrdiff_t>(share * static_cast<double>(latencies.size() - 1));
  std::nth_element(latencies.begin(), latencies.begin() + index, latencies.end());
  return latencies[static_cast<std::size_t>(index)] / 1000.0;
}

namespace {

Token tokenOf(std::uint16_t mid) {
  Token token;
  token.length = 2;
  token.bytes[0] = static_cast<std::uint8_t>(mid >> 8);
  token.bytes[1] = static_cast<std::uint8_t>(mid & 0xFF);
  return token;
}

}  // namespace

Writer requestFor(Operation operation, Fleet& fleet, std::uint32_t index, const std::string& links) {
  auto& device = fleet[index];
  const auto mid = device.nextMid++;
  if (operation == Operation::registration) {
    Writer writer(Type::con, kPost, mid, tokenOf(mid));
    writer.segments(kUriPath, "/rd").option(kContentFormat, kLink);
    writer.option(kUriQuery, "ep=" + fleet.endpoint(index)).option(kUriQuery, "lt=86400");
    writer.option(kUriQuery, "lwm2m=1.0").option(kUriQuery, "b=U");
    writer.payload({reinterpret_cast<const std::uint8_t*>(links.data()), links.size()});
    return writer;
  }
  Writer writer(Type::con, operation == Operation::update ? kPost : kDelete, mid, tokenOf(mid));
  writer.segments(kUriPath, device.location);
  return writer;
}

void settle(Operation operation, Device& device, const Message& answer) {
  if (operation == Operation::registration && answer.code == kCreated) {
    device.registered = true;
    device.location = answer.location;
  } else if (operation == Operation::deregistration || answer.code == kNotFound) {
    device.forget();
  }
}

Sweep::Sweep(Operation operation, Fleet& fleet, std::uint32_t from, std::uint32_t to, std::string links, Time deadline)
    : operation_(operation), fleet_(fleet), next_(from), to_(to), links_(std::move(links)), deadline_(deadline) {
  tally_.from = tally_.to = SteadyClock::now();
}

bool Sweep::next(Time now, Draft& draft) {
  if (operation_ == Operation::deregistration)
    while (next_ < to_ && !fleet_[next_].registered) ++next_;
  if (finished(now)) return false;
  draft.device = next_;
  draft.message = requestFor(operation_, fleet_, next_, links_);
  ++next_;
  return true;
}

void Sweep::ended(const Flight& flight, Ending ending, const Message* answer, Time now) {
  tally_.add(flight, ending, answer, now);
  if (ending == Ending::acknowledged) settle(operation_, fleet_[flight.device], *answer);
}

bool Pace::due(Time now) const {
  if (perSecond_ <= 0) return true;
  return static_cast<double>(passed_) < std::chrono::duration<double>(now - start_).count() * perSecond_;
}

RandomLoad::RandomLoad(Fleet& fleet, std::vector<std::uint32_t> devices, const Span& span)
    : fleet_(fleet), devices_(std::move(devices)), span_(span), pace_(span.rate, span.start) {
  tally_.from = tally_.to = span.start + span.warmUp;
  tally_.open = span.most > 0;
  if (!tally_.open) tally_.to = tally_.from + span.length;
}

bool RandomLoad::finished(Time now) {
  return devices_.empty() || now >= span_.start + span_.warmUp + span_.length ||
         (span_.most > 0 && launched_ >= span_.most);
}

bool RandomLoad::next(Time now, Draft& out) {
  if (finished(now) || !pace_.due(now)) return false;
  std::uniform_int_distribution<std::size_t> pick(0, devices_.size() - 1);
  for (int i = 0; i < kTries; ++i) {
    const auto device = devices_[pick(random_)];
    if (fleet_[device].flight != Device::kIdle || !draft(device, now, out)) continue;
    out.device = device;
    pace_.count();
    ++launched_;
    return true;
  }
  return false;
}

void RandomLoad::ended(const Flight& flight, Ending ending, const Message* answer, Time now) {
  tally_.add(flight, ending, answer, now);
}

bool Updates::draft(std::uint32_t device, Time, Draft& draft) {
  if (!fleet()[device].registered) return false;
  draft.message = requestFor(Operation::update, fleet(), device, {});
  return true;
}

void Updates::ended(const Flight& flight, Ending ending, const Message* answer, Time now) {
  RandomLoad::ended(flight, ending, answer, now);
  if (ending == Ending::acknowledged) settle(Operation::update, fleet()[flight.device], *answer);
}

Writer notification(Device& device, Observation& observation, double value) {
  Writer writer(Type::con, kContent, device.nextMid++, observation.token);
  const auto content = contentOf(observation.target, value, kTlv);
  observation.sequence = (observation.sequence + 1) & 0xFFFFFF;
  writer.option(kObserve, observation.sequence).option(kContentFormat, content->format).payload(content->view());
  return writer;
}

bool Notifications::draft(std::uint32_t index, Time now, Draft& draft) {
  auto& device = fleet()[index];
  auto* observation = device.observing(target_);
  if (!observation) return false;
  draft.value = static_cast<double>(value_++);
  draft.message = notification(device, *observation, draft.value);
  if (trace_) {
    const auto at = std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count();
    std::fprintf(trace_.get(), "%.0f %" PRId64 "\n", draft.value, static_cast<std::int64_t>(at));
  }
  return true;
}

void Notifications::ended(const Flight& flight, Ending ending, const Message* answer, Time now) {
  RandomLoad::ended(flight, ending, answer, now);
  if (ending == Ending::reset) fleet()[flight.device].forgetObservation(flight.sent.token);
}

}  // namespace isthmus::load
