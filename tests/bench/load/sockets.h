#pragma once

#include "wire.h"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <vector>

namespace isthmus::load {

// "127.0.0.1:5683", "coap://localhost:5683". Anything but a loopback address is refused: this is a load generator.
std::optional<sockaddr_in> parseTarget(std::string_view text, std::string& problem);

// A few sockets that speak for many devices: device d has its own source address 127.x.y.z (IP_PKTINFO) and, shared
// with others, one of the ports.
class DeviceSockets {
 public:
  // Throws std::system_error if the sockets cannot be had.
  DeviceSockets(const sockaddr_in& target, std::uint32_t devices, unsigned sockets);
  ~DeviceSockets();
  DeviceSockets(const DeviceSockets&) = delete;
  DeviceSockets& operator=(const DeviceSockets&) = delete;

  void send(std::uint32_t device, ByteSpan datagram);  // queued; leaves with the batch
  void flush();

  using Receiver = std::function<void(std::uint32_t device, ByteSpan datagram)>;
  std::size_t receive(const Receiver& receiver);  // what is there now; returns how many
  // Until a datagram is there, or `extra` (a descriptor, -1 for none) can be read, or the time is over. True: `extra`.
  bool wait(int milliseconds, int extra = -1);

  std::uint64_t strangers() const { return strangers_; }

 private:
  static constexpr std::size_t kBatch = 128;
  static constexpr std::size_t kLongest = 1536;

  struct Batch {
    std::array<mmsghdr, kBatch> headers;
    std::array<iovec, kBatch> parts;
    std::array<sockaddr_in, kBatch> addresses;
    std::array<std::array<char, CMSG_SPACE(sizeof(in_pktinfo))>, kBatch> controls;
    std::array<std::array<std::uint8_t, kLongest>, kBatch> bytes;
    std::size_t used = 0;
  };
  struct Socket {
    int fd = -1;
    std::unique_ptr<Batch> out;
  };

  static int open();
  void prepareReceive();
  void flush(Socket& socket);
  std::size_t receive(std::size_t index, const Receiver& receiver);
  in_addr addressOf(std::uint32_t device) const;
  std::optional<std::uint32_t> deviceAt(in_addr address, std::size_t socket) const;

  sockaddr_in target_;
  std::uint32_t devices_;
  std::vector<Socket> sockets_;
  std::unique_ptr<Batch> in_;
  std::uint64_t strangers_ = 0;  // datagrams to addresses that no device has
};

}  // namespace isthmus::load
