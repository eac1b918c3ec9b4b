// Many devices over DTLS with pre-shared keys, on OpenSSL: it shares no code with the server. Device n proves itself as
// bench-<n> by the key n + 1, 16 bytes, most significant first.
//
// usage: dtls_load --server 127.0.0.1:PORT --devices N
// Steps on standard input, a line of JSON for each: "handshake", "register", "update seconds=S".
#include <openssl/ssl.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kWindow = 512;
constexpr auto kRetransmit = std::chrono::seconds(2);
constexpr auto kLook = std::chrono::milliseconds(100);
constexpr unsigned kMostTries = 5;
constexpr std::uint8_t kPost = 2, kCreated = 2 << 5 | 1;
constexpr std::array<char, 2> kToken = {'b', 'n'};

enum class What { handshake, registration, update };

struct Device {
  unsigned number = 0;
  int fd = -1;
  SSL* ssl = nullptr;
  bool busy = false;
  std::uint16_t messageId = 0;
  unsigned tries = 0;
  Clock::time_point began, sent;
  Bytes request;
  std::vector<std::string> location;
};

struct Figures {
  std::uint64_t succeeded = 0, retransmissions = 0, gaveUp = 0, refused = 0;
  std::vector<double> milliseconds;
};

[[noreturn]] void giveUp(const std::string& why) {
  std::cerr << "dtls_load: " << why << "\n";
  std::exit(1);
}

unsigned onPsk(SSL* ssl, const char*, char* identity, unsigned identityRoom, unsigned char* key, unsigned) {
  const auto* device = static_cast<const Device*>(SSL_get_ex_data(ssl, 0));
  std::snprintf(identity, identityRoom, "bench-%u", device->number);
  const unsigned number = device->number + 1;
  std::fill_n(key, 12, std::uint8_t{0});
  for (unsigned i = 0; i < 4; ++i) key[12 + i] = static_cast<unsigned char>(number >> (24 - 8 * i));
  return 16;
}

void addOption(Bytes& out, unsigned& last, unsigned number, const std::string& value) {
  const unsigned delta = number - last;
  last = number;
  const bool isLong = value.size() >= 13;  // RFC 7252 3.1
  out.push_back(static_cast<std::uint8_t>(delta << 4 | (isLong ? 13 : value.size())));
  if (isLong) out.push_back(static_cast<std::uint8_t>(value.size() - 13));
  out.insert(out.end(), value.begin(), value.end());
}

Bytes requestOf(Device& device, What what) {
  ++device.messageId;
  Bytes out = {0x42,
               kPost,
               static_cast<std::uint8_t>(device.messageId >> 8),
               static_cast<std::uint8_t>(device.messageId),
               kToken[0],
               kToken[1]};
  unsigned last = 0;
  if (what == What::update) {
    for (const std::string& segment : device.location) addOption(out, last, 11, segment);
    return out;
  }
  addOption(out, last, 11, "rd");
  addOption(out, last, 12, "\x28");
  for (const std::string& query : {"ep=bench-" + std::to_string(device.number), std::string("lt=86400"),
                                   std::string("lwm2m=1.1"), std::string("b=U")})
    addOption(out, last, 15, query);
  const std::string links = "\xff</1/0>";
  out.insert(out.end(), links.begin(), links.end());
  return out;
}

std::vector<std::string> locationOf(const std::uint8_t* answer, std::size_t size) {
  std::vector<std::string> path;
  std::size_t at = 4 + (answer[0] & 15U);
  unsigned number = 0;
  while (at < size && answer[at] != 0xFF) {
    number += answer[at] >> 4;
    const std::size_t length = answer[at] & 15U;
    if (number == 8 && at + 1 + length <= size) path.emplace_back(answer + at + 1, answer + at + 1 + length);
    at += 1 + length;
  }
  return path;
}

class Load {
 public:
  Load(const sockaddr_in& server, unsigned count) : server_(server), epoll_(epoll_create1(0)), devices_(count) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, count + 64);
    setrlimit(RLIMIT_NOFILE, &limit);
    context_ = SSL_CTX_new(DTLS_client_method());
    SSL_CTX_set_cipher_list(context_, "PSK-AES128-CCM8:@SECLEVEL=0");
    SSL_CTX_set_psk_client_callback(context_, onPsk);
    for (unsigned i = 0; i < count; ++i) open(devices_[i], i);
  }

  Figures run(What what, double seconds) {
    what_ = what;
    figures_ = {};
    outstanding_ = 0;
    started_ = Clock::now();
    const auto end = started_ + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    std::size_t next = 0;
    lastLook_ = started_;
    const bool once = what != What::update;
    for (;;) {
      const bool more = once ? next < devices_.size() : Clock::now() < end;
      while (more && outstanding_ < kWindow && (!once || next < devices_.size())) {
        Device& device = devices_[once ? next++ : random_() % devices_.size()];
        if (device.busy) break;
        begin(device);
      }
      if (!more && outstanding_ == 0) break;
      poll();
    }
    elapsed_ = std::chrono::duration<double>(Clock::now() - started_).count();
    return figures_;
  }
  double elapsed() const { return elapsed_; }

 private:
  void open(Device& device, unsigned number) {
    device.number = number;
    device.fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (device.fd < 0) giveUp("no socket for device " + std::to_string(number));
    if (connect(device.fd, reinterpret_cast<const sockaddr*>(&server_), sizeof server_) != 0) giveUp("cannot connect");
    device.ssl = SSL_new(context_);
    BIO* bio = BIO_new_dgram(device.fd, BIO_NOCLOSE);
    BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_CONNECTED, 0, const_cast<sockaddr_in*>(&server_));
    SSL_set_bio(device.ssl, bio, bio);
    SSL_set_options(device.ssl, SSL_OP_NO_QUERY_MTU);
    DTLS_set_link_mtu(device.ssl, 1400);
    SSL_set_ex_data(device.ssl, 0, &device);
    SSL_set_connect_state(device.ssl);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &device;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, device.fd, &event);
  }

  void begin(Device& device) {
    device.busy = true;
    device.tries = 1;
    device.began = device.sent = Clock::now();
    ++outstanding_;
    if (what_ == What::handshake) {
      SSL_do_handshake(device.ssl);
      return;
    }
    device.request = requestOf(device, what_);
    SSL_write(device.ssl, device.request.data(), static_cast<int>(device.request.size()));
  }

  void end(Device& device, bool success) {
    if (!device.busy) return;
    device.busy = false;
    --outstanding_;
    if (!success) return;
    ++figures_.succeeded;
    figures_.milliseconds.push_back(std::chrono::duration<double, std::milli>(Clock::now() - device.began).count());
  }

  void poll() {
    std::array<epoll_event, 256> events{};
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 10);
    for (int i = 0; i < count; ++i) readable(*static_cast<Device*>(events[static_cast<std::size_t>(i)].data.ptr));
    if (Clock::now() - lastLook_ < kLook) return;
    lastLook_ = Clock::now();
    for (Device& device : devices_)
      if (device.busy) late(device);
  }

  void late(Device& device) {
    if (what_ == What::handshake) {
      if (DTLSv1_handle_timeout(device.ssl) > 0) ++figures_.retransmissions;
    } else if (lastLook_ - device.sent >= kRetransmit && device.tries < kMostTries) {
      ++figures_.retransmissions;
      ++device.tries;
      device.sent = lastLook_;
      SSL_write(device.ssl, device.request.data(), static_cast<int>(device.request.size()));
    }
    if (lastLook_ - device.began < kMostTries * kRetransmit) return;
    ++figures_.gaveUp;
    end(device, false);
  }

  void readable(Device& device) {
    if (!SSL_is_init_finished(device.ssl)) {
      SSL_do_handshake(device.ssl);
      if (SSL_is_init_finished(device.ssl)) end(device, true);
      return;
    }
    std::array<std::uint8_t, 2000> room;
    for (int got = 0; (got = SSL_read(device.ssl, room.data(), static_cast<int>(room.size()))) > 0;) {
      if (got < 4 || (room[2] << 8 | room[3]) != device.messageId || !device.busy) continue;
      if (room[1] >> 5 != 2) ++figures_.refused;
      if (room[1] == kCreated) device.location = locationOf(room.data(), static_cast<std::size_t>(got));
      end(device, room[1] >> 5 == 2);
    }
  }

  sockaddr_in server_;
  int epoll_;
  SSL_CTX* context_ = nullptr;
  std::vector<Device> devices_;
  std::minstd_rand random_{1};
  What what_ = What::handshake;
  Figures figures_;
  std::size_t outstanding_ = 0;
  Clock::time_point started_, lastLook_;
  double elapsed_ = 0;
};

double percentile(std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

void print(Figures figures, double seconds) {
  std::ranges::sort(figures.milliseconds);
  std::cout << "{\"rate\":" << static_cast<double>(figures.succeeded) / seconds
            << ",\"p50_ms\":" << percentile(figures.milliseconds, 0.5)
            << ",\"p99_ms\":" << percentile(figures.milliseconds, 0.99) << ",\"succeeded\":" << figures.succeeded
            << ",\"retransmissions\":" << figures.retransmissions << ",\"gave_up\":" << figures.gaveUp
            << ",\"reset\":0,\"refused\":" << figures.refused << "}" << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  std::string server;
  unsigned devices = 0;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::string(argv[i]) == "--server") server = argv[i + 1];
    if (std::string(argv[i]) == "--devices") devices = static_cast<unsigned>(std::atoi(argv[i + 1]));
  }
  const std::size_t colon = server.find(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (colon == std::string::npos || devices == 0 ||
      inet_pton(AF_INET, server.substr(0, colon).c_str(), &address.sin_addr) != 1)
    giveUp("usage: dtls_load --server 127.0.0.1:PORT --devices N");
  if (ntohl(address.sin_addr.s_addr) >> 24 != 127) giveUp("only this machine's loopback is asked");
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(server.c_str() + colon + 1)));
  Load load(address, devices);
  for (std::string step; std::getline(std::cin, step);) {
    const std::size_t equals = step.find("seconds=");
    const double seconds = equals == std::string::npos ? 1 : std::atof(step.c_str() + equals + 8);
    const What what = step.starts_with("handshake")  ? What::handshake
                      : step.starts_with("register") ? What::registration
                                                     : What::update;
    const Figures figures = load.run(what, seconds);
    print(figures, load.elapsed());
  }
  return 0;
}
