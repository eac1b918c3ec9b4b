#include "lwm2m/coap/udp/socket_address.h"

#include <algorithm>
#include <cstring>

namespace isthmus::lwm2m::coap {
namespace {

constexpr std::size_t kMappedPrefix = 12;  // bytes before the IPv4 address in a mapped one

IpBytes mapped(const in_addr& v4) {
  IpBytes ip{};
  ip[10] = ip[11] = 0xFF;
  std::memcpy(ip.data() + kMappedPrefix, &v4, sizeof(v4));
  return ip;
}

template <class Info>
void writeControl(msghdr& outgoing, int level, int type, const Info& info) {
  outgoing.msg_controllen = CMSG_SPACE(sizeof(Info));
  cmsghdr* control = CMSG_FIRSTHDR(&outgoing);
  control->cmsg_level = level;
  control->cmsg_type = type;
  control->cmsg_len = CMSG_LEN(sizeof(Info));
  std::memcpy(CMSG_DATA(control), &info, sizeof(Info));
}

}  // namespace

SocketAddress::SocketAddress(const Address& address, sa_family_t family) : v6{} {
  if (family == AF_INET) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.port);
    std::memcpy(&v4.sin_addr, address.ip.data() + kMappedPrefix, sizeof(v4.sin_addr));
    length = sizeof(v4);
    return;
  }
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(address.port);
  v6.sin6_scope_id = address.scope;
  std::memcpy(&v6.sin6_addr, address.ip.data(), sizeof(v6.sin6_addr));
  length = sizeof(v6);
}

Address SocketAddress::toAddress() const {
  Address address;
  if (generic.sa_family == AF_INET) {
    address.ip = mapped(v4.sin_addr);
    address.port = ntohs(v4.sin_port);
    return address;
  }
  std::memcpy(address.ip.data(), &v6.sin6_addr, sizeof(v6.sin6_addr));
  address.port = ntohs(v6.sin6_port);
  address.scope = v6.sin6_scope_id;
  return address;
}

IpBytes arrivedAt(msghdr& received) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&received); control != nullptr; control = CMSG_NXTHDR(&received, control)) {
    if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
      in_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(control), sizeof(info));
      return mapped(info.ipi_spec_dst);
    }
    if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(control), sizeof(info));
      IpBytes ip{};
      if (!IN6_IS_ADDR_MULTICAST(&info.ipi6_addr)) std::memcpy(ip.data(), &info.ipi6_addr, ip.size());
      return ip;
    }
  }
  return {};
}

void leaveFrom(msghdr& outgoing, const IpBytes& local, sa_family_t family) {
  if (family == AF_INET) {
    in_pktinfo info{};
    std::memcpy(&info.ipi_spec_dst, local.data() + kMappedPrefix, sizeof(info.ipi_spec_dst));
    writeControl(outgoing, IPPROTO_IP, IP_PKTINFO, info);
  } else {
    in6_pktinfo info{};
    std::memcpy(&info.ipi6_addr, local.data(), local.size());
    writeControl(outgoing, IPPROTO_IPV6, IPV6_PKTINFO, info);
  }
}

}  // namespace isthmus::lwm2m::coap
