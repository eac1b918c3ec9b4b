#pragma once

#include "lwm2m/coap/address.h"

#include <array>
#include <cstdint>
#include <netinet/in.h>
#include <sys/socket.h>

namespace isthmus::lwm2m::coap {

using IpBytes = std::array<std::uint8_t, 16>;

// The operating system's form of an address.
struct SocketAddress {
  union {
    sockaddr generic;
    sockaddr_in v4;
    sockaddr_in6 v6;
  };
  socklen_t length = 0;

  SocketAddress() : v6{} {}
  // IPv4 addresses take the mapped form on an IPv6 socket (RFC 3493 3.7).
  SocketAddress(const Address& address, sa_family_t family);
  Address toAddress() const;
};

// The control message that says at which of our addresses a datagram arrived, or from which it is to leave.
constexpr std::size_t kPacketInfoSpace = CMSG_SPACE(sizeof(in6_pktinfo));
static_assert(CMSG_SPACE(sizeof(in_pktinfo)) <= kPacketInfoSpace);

// All zero: none was given, or a multicast address.
IpBytes arrivedAt(msghdr& received);
// Writes the control message into `received.msg_control`, which has kPacketInfoSpace bytes.
void leaveFrom(msghdr& outgoing, const IpBytes& local, sa_family_t family);

}  // namespace isthmus::lwm2m::coap
