#pragma once

#include "lwm2m/coap/carrier.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace isthmus::lwm2m::coap {

// One UDP socket, read and written in batches (recvmmsg, sendmmsg). Bound to a wildcard, it notes to which of our
// addresses a device spoke (Address::via) and answers from there. Owned by one thread.
class UdpCarrier final : public Carrier {
 public:
  // Binds `local`; an IPv6 wildcard takes IPv4 too. Error: io, with the address in `where`.
  static Result<std::unique_ptr<UdpCarrier>> open(const Address& local, std::size_t batch = 512);
  ~UdpCarrier() override;

  int fd() const override;
  Address local() const;

  // Reads one batch and hands out each datagram (borrowed for the call). Returns how many there were; 0: nothing waits.
  std::size_t receive(const std::function<void(const Address& from, ByteView datagram)>& take);

  // The same with the whole batch in one call.
  std::size_t receiveBatch(const std::function<void(std::span<const Datagram> batch)>& take) override;

  void send(const Address& to, ByteView datagram) override;  // kept until flush()
  // Sends what is kept. A datagram that the kernel refuses for its own sake (unreachable peer) is dropped and counted;
  // when the socket buffer is full, waits for room.
  void flush() override;
  std::size_t queued() const;
  std::uint64_t dropped() const;  // also what came in longer than a CoAP message over UDP can sensibly be

 private:
  struct Impl;
  explicit UdpCarrier(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace isthmus::lwm2m::coap
