#include "ipe/app/carriers.h"

#include <algorithm>

namespace isthmus::app {

void Carriers::send(const lwm2m::coap::Address& to, ByteView datagram) {
  for (const Entry& entry : carriers_)
    if (entry.transport == to.transport) return entry.carrier->send(to, datagram);
}

std::size_t Carriers::receive(const std::function<void(std::span<const lwm2m::coap::Datagram> batch)>& take) {
  std::size_t count = 0;
  for (const Entry& entry : carriers_) count += entry.carrier->receiveBatch(take);
  return count;
}

void Carriers::flush() {
  for (const Entry& entry : carriers_) entry.carrier->flush();
}

void Carriers::expire() {
  for (const Entry& entry : carriers_) entry.carrier->expire();
}

std::optional<Instant> Carriers::nextDeadline() const {
  std::optional<Instant> next;
  for (const Entry& entry : carriers_) {
    const std::optional<Instant> its = entry.carrier->nextDeadline();
    if (its && (!next || *its < *next)) next = its;
  }
  return next;
}

bool Carriers::hasWork() const {
  return std::ranges::any_of(carriers_, [](const Entry& entry) { return entry.carrier->hasWork(); });
}

std::vector<int> Carriers::fds() const {
  std::vector<int> fds;
  for (const Entry& entry : carriers_) fds.push_back(entry.carrier->fd());
  return fds;
}

}  // namespace isthmus::app
