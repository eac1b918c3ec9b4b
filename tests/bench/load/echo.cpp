#include "echo.h"

#include "wire.h"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <memory>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace isthmus::load {
namespace {

constexpr std::size_t kBatch = 256;
constexpr int kBufferBytes = 16 << 20;

struct Buffers {
  std::array<mmsghdr, kBatch> in, out;
  std::array<iovec, kBatch> inParts, outParts;
  std::array<sockaddr_in, kBatch> addresses;
  std::array<std::array<std::uint8_t, 1536>, kBatch> bytes;
};

volatile std::sig_atomic_t stop = 0;

// Writes the answer over the request, in place: the first four bytes and the token are all that it needs.
std::size_t answer(std::array<std::uint8_t, 1536>& bytes, std::size_t size) {
  constexpr std::array<std::uint8_t, 5> kLocation{0x82, 'r', 'd', 0x01, '1'};  // Location-Path rd, 1
  const std::uint8_t tokenLength = bytes[0] & 15;
  const auto code = bytes[1];
  if (size < 4 || tokenLength > 8) return 0;
  if (code == kEmpty || code >= 32) {
    bytes[0] = 0x60;
    bytes[1] = kEmpty;
    return 4;
  }
  const std::size_t head = 4u + tokenLength;
  const bool registers = code == kPost && size > head + 3 && bytes[head] == 0xB2 && bytes[head + 3] >> 4 != 0;
  bytes[0] = static_cast<std::uint8_t>(0x60 | tokenLength);
  bytes[1] = code == kDelete ? kDeleted : registers ? kCreated : kChanged;
  if (!registers) return head;
  std::copy(kLocation.begin(), kLocation.end(), bytes.begin() + static_cast<std::ptrdiff_t>(head));
  return head + kLocation.size();
}

int openSocket(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &kBufferBytes, sizeof kBufferBytes);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &kBufferBytes, sizeof kBufferBytes);
  const timeval patience{0, 200'000};  // so that a signal just before recvmmsg is noticed
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (fd < 0 || bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    std::perror("isthmus-load echo");
    return -1;
  }
  socklen_t length = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  std::printf("{\"port\":%u}\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return fd;
}

void serve(int fd, Buffers& buffers) {
  for (std::size_t i = 0; i < kBatch; ++i) {
    buffers.inParts[i] = {buffers.bytes[i].data(), buffers.bytes[i].size()};
    buffers.in[i].msg_hdr = {&buffers.addresses[i], sizeof(sockaddr_in), &buffers.inParts[i], 1, nullptr, 0, 0};
  }
  const int count = recvmmsg(fd, buffers.in.data(), kBatch, MSG_WAITFORONE, nullptr);
  unsigned answers = 0;
  for (std::size_t i = 0; count > 0 && i < static_cast<std::size_t>(count); ++i) {
    const auto size = answer(buffers.bytes[i], buffers.in[i].msg_len);
    if (size == 0) continue;
    buffers.outParts[answers] = {buffers.bytes[i].data(), size};
    buffers.out[answers].msg_hdr = {
        &buffers.addresses[i], sizeof(sockaddr_in), &buffers.outParts[answers], 1, nullptr, 0, 0};
    ++answers;
  }
  for (unsigned done = 0; done < answers;) {
    const int sent = sendmmsg(fd, buffers.out.data() + done, answers - done, 0);
    if (sent <= 0 && errno != EINTR) return;
    if (sent > 0) done += static_cast<unsigned>(sent);
  }
}

}  // namespace

int runEcho(std::uint16_t port) {
  struct sigaction action{};
  action.sa_handler = [](int) { stop = 1; };
  sigaction(SIGTERM, &action, nullptr);  // no SA_RESTART: recvmmsg returns
  sigaction(SIGINT, &action, nullptr);
  const int fd = openSocket(port);
  if (fd < 0) return 69;
  const auto buffers = std::make_unique<Buffers>();
  while (!stop) serve(fd, *buffers);
  close(fd);
  return 0;
}

}  // namespace isthmus::load
