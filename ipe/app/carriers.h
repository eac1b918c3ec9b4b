#pragma once

#include "lwm2m/coap/carrier.h"

#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace isthmus::app {

// The carriers by which devices are reached, as one way out: each datagram goes by its address's transport. With none,
// nothing is sent: nobody is registered. Owned by the loop's thread.
class Carriers final : public lwm2m::coap::Output {
 public:
  // The carrier must outlive this.
  void add(lwm2m::coap::Transport transport, lwm2m::coap::Carrier& carrier) {
    carriers_.push_back({transport, &carrier});
  }

  void send(const lwm2m::coap::Address& to, ByteView datagram) override;
  // One batch of each. Returns how many datagrams came in.
  std::size_t receive(const std::function<void(std::span<const lwm2m::coap::Datagram> batch)>& take);
  void flush();
  void expire();
  std::optional<Instant> nextDeadline() const;
  bool hasWork() const;
  std::vector<int> fds() const;

 private:
  struct Entry {
    lwm2m::coap::Transport transport;
    lwm2m::coap::Carrier* carrier;
  };
  std::vector<Entry> carriers_;
};

}  // namespace isthmus::app
