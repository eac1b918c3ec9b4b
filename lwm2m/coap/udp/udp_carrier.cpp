#include "lwm2m/coap/udp/udp_carrier.h"

#include "lwm2m/coap/udp/local_addresses.h"
#include "lwm2m/coap/udp/socket_address.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <vector>

namespace isthmus::lwm2m::coap {
namespace {

// Blocks are 1024 bytes at most; what some devices send unblocked is a few kB. The odd 192 bytes keep the starts of the
// buffers from falling into the same sets of the processor's caches.
constexpr std::size_t kDatagramRoom = 16 * 1024 + 192;
constexpr int kReceiveBuffer =
    8 * 1024 * 1024;  // 100,000 devices that report within the same moment, bookkeeping included
constexpr int kSendBuffer = 4 * 1024 * 1024;
constexpr int kLongestStall = 1000;  // milliseconds for which a full socket buffer is waited for

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

tl::unexpected<Error> systemError(const char* what, const Address& local) {
  return fail(Errc::io, std::string(what) + ": " + std::strerror(errno), local.toString());
}

bool setOption(int fd, int level, int name, int value) {
  return setsockopt(fd, level, name, &value, sizeof(value)) == 0;
}

void setBuffer(int fd, int forcedName, int name, int size) {
  if (!setOption(fd, SOL_SOCKET, forcedName, size))
    setOption(fd, SOL_SOCKET, name, size);  // without CAP_NET_ADMIN: capped
}

bool isWildcard(const Address& local) {
  const std::size_t tail = local.isIpv4() ? 12 : 0;
  return std::all_of(local.ip.begin() + static_cast<std::ptrdiff_t>(tail), local.ip.end(),
                     [](std::uint8_t byte) { return byte == 0; });
}

bool reportArrivalAddress(int fd, sa_family_t family) {
  return family == AF_INET ? setOption(fd, IPPROTO_IP, IP_PKTINFO, 1)
                           : setOption(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
}

// The arrays of one recvmmsg or sendmmsg call.
struct Batch {
  explicit Batch(std::size_t size) : messages(size), parts(size), peers(size), controls(size) {
    for (std::size_t i = 0; i < size; ++i) {
      msghdr& header = messages[i].msg_hdr;
      header.msg_name = &peers[i].generic;
      header.msg_iov = &parts[i];
      header.msg_iovlen = 1;
    }
  }

  struct alignas(cmsghdr) Control {
    std::array<std::uint8_t, kPacketInfoSpace> bytes;
  };

  std::vector<mmsghdr> messages;
  std::vector<iovec> parts;
  std::vector<SocketAddress> peers;
  std::vector<Control> controls;
};

}  // namespace

struct UdpCarrier::Impl {
  Impl(Descriptor opened, sa_family_t of, bool wildcard, std::size_t batch)
      : socket(std::move(opened)),
        family(of),
        reportsArrival(wildcard),
        incoming(batch),
        outgoing(batch),
        room(new std::uint8_t[batch * kDatagramRoom]) {}

  struct Queued {
    Address to;
    std::size_t offset, length;
  };

  void prepareToReceive();
  void collect(std::size_t count);
  std::size_t prepareToSend(std::size_t from);
  struct Sent {
    std::size_t count;  // done with: sent or dropped
    bool moving;        // false: the socket takes nothing any more
  };
  Sent sendPrepared(std::size_t from, std::size_t count);
  bool waitForRoom() const;

  Descriptor socket;
  sa_family_t family;
  bool reportsArrival;
  LocalAddresses locals;
  Batch incoming, outgoing;
  std::vector<Datagram> received;
  std::unique_ptr<std::uint8_t[]> room;  // untouched pages cost nothing
  Bytes arena;                           // what is kept until flush()
  std::vector<Queued> queue;
  std::uint64_t dropped = 0;
};

Result<std::unique_ptr<UdpCarrier>> UdpCarrier::open(const Address& local, std::size_t batch) {
  const sa_family_t family = local.isIpv4() ? AF_INET : AF_INET6;
  Descriptor socket(::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) return systemError("no UDP socket", local);
  const bool wildcard = isWildcard(local);
  if (family == AF_INET6 && !setOption(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, wildcard ? 0 : 1))
    return systemError("no socket for IPv4 and IPv6", local);
  if (wildcard && !reportArrivalAddress(socket.get(), family)) return systemError("no packet information", local);
  setBuffer(socket.get(), SO_RCVBUFFORCE, SO_RCVBUF, kReceiveBuffer);
  setBuffer(socket.get(), SO_SNDBUFFORCE, SO_SNDBUF, kSendBuffer);
  const SocketAddress name(local, family);
  if (bind(socket.get(), &name.generic, name.length) != 0) {
    const bool taken = errno == EADDRINUSE;
    auto error = systemError("cannot listen for devices", local);
    if (taken) error.value().message += "; another program, perhaps another isthmus, has this port";
    return error;
  }
  auto impl = std::make_unique<Impl>(std::move(socket), family, wildcard, std::max<std::size_t>(batch, 1));
  return std::unique_ptr<UdpCarrier>(new UdpCarrier(std::move(impl)));
}

UdpCarrier::UdpCarrier(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
UdpCarrier::~UdpCarrier() = default;

int UdpCarrier::fd() const { return impl_->socket.get(); }

Address UdpCarrier::local() const {
  SocketAddress name;
  name.length = sizeof(name.v6);
  getsockname(impl_->socket.get(), &name.generic, &name.length);
  return name.toAddress();
}

void UdpCarrier::Impl::prepareToReceive() {
  for (std::size_t i = 0; i < incoming.messages.size(); ++i) {
    msghdr& header = incoming.messages[i].msg_hdr;
    header.msg_namelen = sizeof(sockaddr_in6);
    header.msg_control = reportsArrival ? incoming.controls[i].bytes.data() : nullptr;
    header.msg_controllen = reportsArrival ? kPacketInfoSpace : 0;
    incoming.parts[i] = {room.get() + i * kDatagramRoom, kDatagramRoom};
  }
}

std::size_t UdpCarrier::receive(const std::function<void(const Address& from, ByteView datagram)>& take) {
  return receiveBatch([&](std::span<const Datagram> batch) {
    for (const Datagram& datagram : batch) take(datagram.from, datagram.bytes);
  });
}

std::size_t UdpCarrier::receiveBatch(const std::function<void(std::span<const Datagram> batch)>& take) {
  Impl& impl = *impl_;
  impl.prepareToReceive();
  const auto limit = static_cast<unsigned>(impl.incoming.messages.size());
  const int got = recvmmsg(impl.socket.get(), impl.incoming.messages.data(), limit, MSG_DONTWAIT, nullptr);
  if (got <= 0) return 0;
  impl.collect(static_cast<std::size_t>(got));
  take(impl.received);
  return static_cast<std::size_t>(got);
}

void UdpCarrier::Impl::collect(std::size_t count) {
  received.clear();
  for (std::size_t i = 0; i < count; ++i) {
    mmsghdr& message = incoming.messages[i];
    if ((message.msg_hdr.msg_flags & MSG_TRUNC) != 0) {
      ++dropped;
      continue;
    }
    Datagram& datagram = received.emplace_back();
    datagram.from = incoming.peers[i].toAddress();
    if (reportsArrival) datagram.from.via = locals.numberOf(arrivedAt(message.msg_hdr));
    datagram.bytes = ByteView(room.get() + i * kDatagramRoom, message.msg_len);
  }
}

void UdpCarrier::send(const Address& to, ByteView datagram) {
  if (impl_->family == AF_INET && !to.isIpv4()) {
    ++impl_->dropped;
    return;
  }
  impl_->queue.push_back({to, impl_->arena.size(), datagram.size()});
  impl_->arena.insert(impl_->arena.end(), datagram.begin(), datagram.end());
}

std::size_t UdpCarrier::Impl::prepareToSend(std::size_t from) {
  const std::size_t count = std::min(outgoing.messages.size(), queue.size() - from);
  for (std::size_t i = 0; i < count; ++i) {
    const Queued& item = queue[from + i];
    msghdr& header = outgoing.messages[i].msg_hdr;
    outgoing.peers[i] = SocketAddress(item.to, family);
    header.msg_namelen = outgoing.peers[i].length;
    outgoing.parts[i] = {arena.data() + item.offset, item.length};
    const IpBytes* local = reportsArrival ? locals.find(item.to.via) : nullptr;
    header.msg_control = local != nullptr ? outgoing.controls[i].bytes.data() : nullptr;
    header.msg_controllen = 0;
    if (local != nullptr) leaveFrom(header, *local, family);
  }
  return count;
}

UdpCarrier::Impl::Sent UdpCarrier::Impl::sendPrepared(std::size_t from, std::size_t count) {
  const int sent = sendmmsg(socket.get(), outgoing.messages.data() + from, static_cast<unsigned>(count), MSG_DONTWAIT);
  if (sent > 0) return {static_cast<std::size_t>(sent), true};
  if (errno == EINTR) return {0, true};
  if (errno == EAGAIN || errno == EWOULDBLOCK) return {0, waitForRoom()};
  ++dropped;  // refused for its own sake: the others are still to be tried
  return {1, true};
}

bool UdpCarrier::Impl::waitForRoom() const {
  pollfd writable{socket.get(), POLLOUT, 0};
  return poll(&writable, 1, kLongestStall) != 0;
}

void UdpCarrier::flush() {
  Impl& impl = *impl_;
  std::size_t done = 0;
  bool moving = true;
  while (moving && done < impl.queue.size()) {
    const std::size_t prepared = impl.prepareToSend(done);
    for (std::size_t at = 0; moving && at < prepared;) {
      const Impl::Sent sent = impl.sendPrepared(at, prepared - at);
      at += sent.count;
      done += sent.count;
      moving = sent.moving;
    }
  }
  impl.dropped += impl.queue.size() - done;  // nothing has left for a second: CoAP sends again what matters
  impl.queue.clear();
  impl.arena.clear();
}

std::size_t UdpCarrier::queued() const { return impl_->queue.size(); }
std::uint64_t UdpCarrier::dropped() const { return impl_->dropped; }

}  // namespace isthmus::lwm2m::coap
