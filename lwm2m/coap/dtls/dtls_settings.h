#pragma once

#include "ipe/base/clock.h"
#include "lwm2m/coap/address.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace isthmus::lwm2m::coap {

using TicketKey = std::array<std::uint8_t, 64>;  // secret: who has it can read every resumed session

struct DtlsSettings {
  std::optional<TicketKey> ticketKey;  // the same after a restart: devices resume their sessions
  std::size_t maxSessions = 200'000;   // some 10.6 kB each
  std::size_t maxHalfOpen = 4'096;     // handshakes under way
  std::size_t maxPutOff = 4'096;       // records of handshakes that wait for a turn with time
  milliseconds handshakeDeadline{20'000};
  milliseconds staleAfter{1'800'000};  // when there is no room, a session that was silent for so long makes some
};

struct DtlsCounters {
  std::uint64_t handshakes = 0, resumed = 0;  // completed; resumed ones are among them
  std::uint64_t failed = 0;                   // broken off, by whichever side
  std::uint64_t unknownIdentity = 0;          // of the failed: the peer named an identity without a key
  std::uint64_t timedOut = 0;                 // not completed before the deadline
  std::uint64_t wrongKey = 0;                 // of those: after a known identity was named, so most likely by its key
  std::uint64_t refused = 0;                  // no room for another session or handshake
  std::uint64_t cookies = 0;                  // ClientHellos answered by a cookie, without any state
  std::uint64_t replaced = 0;                 // sessions that gave way to a new one of the same peer or identity
  std::uint64_t ended = 0;                    // by the peer's goodbye or alert, or with their credential
  std::uint64_t stray = 0;                    // records that belong to no session or were not authentic
  std::uint64_t unsent = 0;                   // datagrams for peers without a session, or too large
};

// What becomes of handshakes and sessions. Called on the carrier's thread, from within receiveBatch(), expire() and
// endSessionsOf().
class DtlsListener {
 public:
  virtual ~DtlsListener() = default;
  enum class Failure : std::uint8_t { unknownIdentity, wrongKey };
  virtual void onFailed(const Address& peer, Failure why, std::string_view identity) = 0;
  // The session is over, or another identity now stands behind the address: what is on its way there is not for it.
  virtual void onEnded(const Address& peer) = 0;
  // The peer made a full handshake while its session stood: it has rebooted.
  virtual void onRebooted(const Address& peer) = 0;
};

}  // namespace isthmus::lwm2m::coap
