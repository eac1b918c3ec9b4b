#pragma once

#include "fleet.h"
#include "sockets.h"
#include "wire.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace isthmus::load {

using SteadyClock = std::chrono::steady_clock;
using Time = SteadyClock::time_point;
using std::chrono::milliseconds;

// A confirmable message under way.
struct Flight {
  static constexpr std::uint32_t kNobody = 0xFFFFFFFF;

  std::uint32_t device = kNobody;
  std::uint8_t attempts = 0;
  bool acknowledged = false;  // a request whose answer is to come on its own (RFC 7252 5.2.2)
  Message sent;               // type, code, mid, token
  double value = 0;           // of a notification
  Time first{}, due{};
  milliseconds patience{};
  std::size_t size = 0;
  std::array<std::uint8_t, 512> bytes{};
};

enum class Ending { acknowledged, reset, gaveUp };

// Retransmission (RFC 7252 4.2). The bench uses a flat 2 s, the ledger the standard's own times.
struct Patience {
  milliseconds ackTimeout{2000};
  double randomFactor = 1.0;
  double backOff = 1.0;
  unsigned retransmissions = 4;
};

// What the load consists of: decides the next message, learns how each ended.
class Workload {
 public:
  virtual ~Workload() = default;

  struct Draft {
    std::uint32_t device = 0;
    double value = 0;
    std::optional<Writer> message;  // its type is CON; its id comes from the device's nextMid
  };
  // False: nothing to send at this time.
  virtual bool next(Time now, Draft& draft) = 0;
  // `answer` is the response, the empty ACK or the RST; null after giving up.
  virtual void ended(const Flight& flight, Ending ending, const Message* answer, Time now) = 0;
  // True: nothing more will come, now or later.
  virtual bool finished(Time now) = 0;
  virtual void retransmitted(const Flight&) {}
};

struct Counters {
  std::uint64_t sent = 0, retransmissions = 0, malformed = 0, unexpected = 0;
};

// Sends a workload's messages, at most `window` outstanding, and answers the server's requests meanwhile.
class Generator {
 public:
  Generator(const sockaddr_in& target, Fleet& fleet, unsigned sockets);

  // Until the workload is finished and every message has ended, at the latest `drain` after the workload's end.
  void run(Workload& workload, std::size_t window, const Patience& patience, milliseconds drain);
  // Only answers; true when `extra` can be read, false when the time is over.
  bool serve(milliseconds duration, int extra = -1);

  Fleet& fleet() { return fleet_; }
  const Counters& counters() const { return counters_; }

 private:
  void fill(Workload& workload, Time now);
  void launch(Workload::Draft& draft, Time now);
  std::size_t receive(Workload* workload);
  void onDatagram(std::uint32_t device, ByteSpan datagram, Workload* workload);
  void onResponse(std::uint32_t device, Workload* workload);
  void retransmit(Workload& workload, Time now);
  void end(std::size_t slot, Ending ending, const Message* answer, Workload& workload);
  Flight* flightOf(std::uint32_t device);

  Fleet& fleet_;
  DeviceSockets sockets_;
  std::vector<Flight> flights_;
  std::vector<std::uint32_t> free_;
  Patience patience_;
  Message message_;  // the datagram being handled
  Time now_{};
  Counters counters_;
  std::mt19937_64 random_{std::random_device{}()};
};

}  // namespace isthmus::load
