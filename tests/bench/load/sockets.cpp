#include "sockets.h"

#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <poll.h>
#include <system_error>
#include <unistd.h>

namespace isthmus::load {
namespace {

// Device addresses are 127.1.0.0 + n: apart from 127.0.0.1, where servers are.
constexpr std::uint32_t kFirstAddress = 0x7F010000;
constexpr int kBufferBytes = 16 << 20;

[[noreturn]] void raise(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

void setBuffer(int fd, int forced, int plain) {
  if (setsockopt(fd, SOL_SOCKET, forced, &kBufferBytes, sizeof kBufferBytes) == 0) return;
  setsockopt(fd, SOL_SOCKET, plain, &kBufferBytes, sizeof kBufferBytes);
}

}  // namespace

std::optional<sockaddr_in> parseTarget(std::string_view text, std::string& problem) {
  constexpr std::string_view kScheme = "coap://";
  if (text.starts_with(kScheme)) text.remove_prefix(kScheme.size());
  const auto colon = text.rfind(':');
  const auto host = text.substr(0, colon);
  std::uint16_t port = 5683;
  if (colon != std::string_view::npos) {
    const auto digits = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size() || port == 0) {
      problem = "no port number: " + std::string(digits);
      return std::nullopt;
    }
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  const std::string name(host == "localhost" ? "127.0.0.1" : host);
  if (inet_pton(AF_INET, name.c_str(), &address.sin_addr) != 1) {
    problem = "not an IPv4 address: " + name;
    return std::nullopt;
  }
  if (ntohl(address.sin_addr.s_addr) >> 24 != 127) {
    problem = name + " is not a loopback address (127.0.0.0/8); this load generator takes no other target";
    return std::nullopt;
  }
  return address;
}

DeviceSockets::DeviceSockets(const sockaddr_in& target, std::uint32_t devices, unsigned sockets)
    : target_(target), devices_(devices), sockets_(sockets), in_(std::make_unique<Batch>()) {
  for (auto& socket : sockets_) {
    socket.fd = open();
    socket.out = std::make_unique<Batch>();
  }
  prepareReceive();
}

DeviceSockets::~DeviceSockets() {
  for (const auto& socket : sockets_) close(socket.fd);
}

int DeviceSockets::open() {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) raise("socket");
  const int on = 1;
  sockaddr_in any{};
  any.sin_family = AF_INET;
  if (setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) != 0) raise("IP_PKTINFO");
  if (bind(fd, reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0) raise("bind");
  setBuffer(fd, SO_RCVBUFFORCE, SO_RCVBUF);
  setBuffer(fd, SO_SNDBUFFORCE, SO_SNDBUF);
  return fd;
}

in_addr DeviceSockets::addressOf(std::uint32_t device) const {
  return {htonl(kFirstAddress + device / static_cast<std::uint32_t>(sockets_.size()))};
}

std::optional<std::uint32_t> DeviceSockets::deviceAt(in_addr address, std::size_t socket) const {
  const auto host = ntohl(address.s_addr) - kFirstAddress;
  const auto device = static_cast<std::uint64_t>(host) * sockets_.size() + socket;
  if (device >= devices_) return std::nullopt;
  return static_cast<std::uint32_t>(device);
}

void DeviceSockets::send(std::uint32_t device, ByteSpan datagram) {
  auto& socket = sockets_[device % sockets_.size()];
  auto& out = *socket.out;
  const auto i = out.used++;
  std::memcpy(out.bytes[i].data(), datagram.data(), datagram.size());
  out.parts[i] = {out.bytes[i].data(), datagram.size()};
  auto& header = out.headers[i].msg_hdr;
  header = {};
  header.msg_name = &target_;
  header.msg_namelen = sizeof target_;
  header.msg_iov = &out.parts[i];
  header.msg_iovlen = 1;
  header.msg_control = out.controls[i].data();
  header.msg_controllen = out.controls[i].size();
  auto* control = CMSG_FIRSTHDR(&header);
  control->cmsg_level = IPPROTO_IP;
  control->cmsg_type = IP_PKTINFO;
  control->cmsg_len = CMSG_LEN(sizeof(in_pktinfo));
  in_pktinfo info{};
  info.ipi_spec_dst = addressOf(device);
  std::memcpy(CMSG_DATA(control), &info, sizeof info);
  if (out.used == kBatch) flush(socket);
}

void DeviceSockets::flush() {
  for (auto& socket : sockets_) flush(socket);
}

void DeviceSockets::flush(Socket& socket) {
  auto& out = *socket.out;
  std::size_t done = 0;
  while (done < out.used) {
    const int sent = sendmmsg(socket.fd, out.headers.data() + done, static_cast<unsigned>(out.used - done), 0);
    if (sent > 0) {
      done += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN) {
      pollfd writable{socket.fd, POLLOUT, 0};
      poll(&writable, 1, 10);
    } else if (errno != EINTR) {
      ++done;  // this one is lost, as on any network; retransmission makes up for it
    }
  }
  out.used = 0;
}

void DeviceSockets::prepareReceive() {
  for (std::size_t i = 0; i < kBatch; ++i) {
    in_->parts[i] = {in_->bytes[i].data(), in_->bytes[i].size()};
    auto& header = in_->headers[i].msg_hdr;
    header = {};
    header.msg_name = &in_->addresses[i];
    header.msg_iov = &in_->parts[i];
    header.msg_iovlen = 1;
    header.msg_control = in_->controls[i].data();
  }
}

std::size_t DeviceSockets::receive(const Receiver& receiver) {
  std::size_t total = 0;
  for (std::size_t i = 0; i < sockets_.size(); ++i) total += receive(i, receiver);
  return total;
}

std::size_t DeviceSockets::receive(std::size_t index, const Receiver& receiver) {
  for (std::size_t i = 0; i < kBatch; ++i) {
    in_->headers[i].msg_hdr.msg_namelen = sizeof(sockaddr_in);
    in_->headers[i].msg_hdr.msg_controllen = in_->controls[i].size();
  }
  const int count = recvmmsg(sockets_[index].fd, in_->headers.data(), kBatch, MSG_DONTWAIT, nullptr);
  if (count <= 0) return 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    auto& header = in_->headers[i].msg_hdr;
    std::optional<std::uint32_t> device;
    for (auto* control = CMSG_FIRSTHDR(&header); control; control = CMSG_NXTHDR(&header, control)) {
      if (control->cmsg_level != IPPROTO_IP || control->cmsg_type != IP_PKTINFO) continue;
      in_pktinfo info;
      std::memcpy(&info, CMSG_DATA(control), sizeof info);
      device = deviceAt(info.ipi_addr, index);
    }
    const bool fromTarget = in_->addresses[i].sin_port == target_.sin_port;
    if (device && fromTarget) {
      receiver(*device, {in_->bytes[i].data(), in_->headers[i].msg_len});
    } else {
      ++strangers_;
    }
  }
  return static_cast<std::size_t>(count);
}

bool DeviceSockets::wait(int milliseconds, int extra) {
  std::vector<pollfd> ready;
  for (const auto& socket : sockets_) ready.push_back({socket.fd, POLLIN, 0});
  ready.push_back({extra, POLLIN, 0});  // poll() passes over a negative descriptor
  poll(ready.data(), ready.size(), milliseconds);
  return ready.back().revents != 0;
}

}  // namespace isthmus::load
