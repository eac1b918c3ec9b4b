#include "generator.h"

#include <algorithm>

namespace isthmus::load {
namespace {

constexpr milliseconds kScanEvery{50};

}  // namespace

Generator::Generator(const sockaddr_in& target, Fleet& fleet, unsigned sockets)
    : fleet_(fleet), sockets_(target, fleet.size(), sockets) {}

void Generator::run(Workload& workload, std::size_t window, const Patience& patience, milliseconds drain) {
  patience_ = patience;
  flights_.assign(window, {});
  free_.clear();
  for (std::size_t i = window; i > 0; --i) free_.push_back(static_cast<std::uint32_t>(i - 1));
  now_ = SteadyClock::now();
  auto nextScan = now_ + kScanEvery;
  std::optional<Time> last;
  while (true) {
    if (workload.finished(now_)) {
      if (!last) last = now_ + drain;
      if (free_.size() == flights_.size() || now_ >= *last) break;
    } else {
      fill(workload, now_);
    }
    sockets_.flush();
    if (receive(&workload) == 0) sockets_.wait(1);
    now_ = SteadyClock::now();
    if (now_ < nextScan) continue;
    retransmit(workload, now_);
    nextScan = now_ + kScanEvery;
  }
  for (std::size_t slot = 0; slot < flights_.size(); ++slot)
    if (flights_[slot].device != Flight::kNobody) end(slot, Ending::gaveUp, nullptr, workload);
  sockets_.flush();
}

bool Generator::serve(milliseconds duration, int extra) {
  const auto until = SteadyClock::now() + duration;
  while (SteadyClock::now() < until) {
    if (receive(nullptr) > 0) {
      sockets_.flush();
    } else if (sockets_.wait(20, extra)) {
      return true;
    }
  }
  return false;
}

void Generator::fill(Workload& workload, Time now) {
  Workload::Draft draft;
  while (!free_.empty() && workload.next(now, draft)) launch(draft, now);
}

void Generator::launch(Workload::Draft& draft, Time now) {
  const auto slot = free_.back();
  free_.pop_back();
  auto& flight = flights_[slot];
  const auto bytes = draft.message->bytes();
  flight.device = draft.device;
  flight.attempts = 0;
  flight.acknowledged = false;
  parse(bytes.first(std::min<std::size_t>(bytes.size(), 4u + (bytes[0] & 15u))), flight.sent);
  flight.value = draft.value;
  flight.first = now;
  flight.size = bytes.size();
  std::copy(bytes.begin(), bytes.end(), flight.bytes.begin());
  const auto spread = std::uniform_real_distribution<>(1.0, std::max(1.0, patience_.randomFactor))(random_);
  flight.patience = std::chrono::duration_cast<milliseconds>(patience_.ackTimeout * spread);
  flight.due = now + flight.patience;
  fleet_[draft.device].flight = static_cast<std::int32_t>(slot);
  ++counters_.sent;
  sockets_.send(draft.device, bytes);
}

std::size_t Generator::receive(Workload* workload) {
  now_ = SteadyClock::now();
  return sockets_.receive([&](std::uint32_t device, ByteSpan datagram) { onDatagram(device, datagram, workload); });
}

void Generator::onDatagram(std::uint32_t device, ByteSpan datagram, Workload* workload) {
  if (!parse(datagram, message_)) {
    ++counters_.malformed;
  } else if (message_.isRequest()) {
    sockets_.send(device, fleet_.answer(device, message_).bytes());
  } else if (message_.isResponse()) {
    onResponse(device, workload);
  } else if (auto* flight = flightOf(device); flight && workload && flight->sent.mid == message_.mid) {
    const auto slot = static_cast<std::size_t>(flight - flights_.data());
    if (message_.type == Type::rst) return end(slot, Ending::reset, &message_, *workload);
    if (message_.type != Type::ack) return;
    if (flight->sent.isRequest()) {
      flight->acknowledged = true;
    } else {
      end(slot, Ending::acknowledged, &message_, *workload);
    }
  } else if (message_.type == Type::con) {  // a ping (RFC 7252 4.3)
    sockets_.send(device, Writer(Type::rst, kEmpty, message_.mid).bytes());
  }
}

void Generator::onResponse(std::uint32_t device, Workload* workload) {
  if (message_.type == Type::con) sockets_.send(device, Writer(Type::ack, kEmpty, message_.mid).bytes());
  auto* flight = flightOf(device);
  const bool expected = flight && workload && flight->sent.isRequest() && flight->sent.token == message_.token &&
                        (message_.type != Type::ack || message_.mid == flight->sent.mid);
  if (!expected) {
    ++counters_.unexpected;
    return;
  }
  end(static_cast<std::size_t>(flight - flights_.data()), Ending::acknowledged, &message_, *workload);
}

Flight* Generator::flightOf(std::uint32_t device) {
  const auto slot = fleet_[device].flight;
  return slot == Device::kIdle ? nullptr : &flights_[static_cast<std::size_t>(slot)];
}

void Generator::retransmit(Workload& workload, Time now) {
  for (std::size_t slot = 0; slot < flights_.size(); ++slot) {
    auto& flight = flights_[slot];
    if (flight.device == Flight::kNobody || flight.due > now) continue;
    if (flight.attempts == patience_.retransmissions) {
      end(slot, Ending::gaveUp, nullptr, workload);
      continue;
    }
    ++flight.attempts;
    flight.patience = std::chrono::duration_cast<milliseconds>(flight.patience * patience_.backOff);
    flight.due = now + flight.patience;
    if (flight.acknowledged) continue;
    ++counters_.retransmissions;
    workload.retransmitted(flight);
    sockets_.send(flight.device, {flight.bytes.data(), flight.size});
  }
}

void Generator::end(std::size_t slot, Ending ending, const Message* answer, Workload& workload) {
  auto& flight = flights_[slot];
  fleet_[flight.device].flight = Device::kIdle;
  workload.ended(flight, ending, answer, now_);
  flight.device = Flight::kNobody;
  free_.push_back(static_cast<std::uint32_t>(slot));
}

}  // namespace isthmus::load
