#pragma once

#include "ipe/base/clock.h"
#include "lwm2m/coap/message.h"
#include "lwm2m/coap/slab.h"

#include <array>
#include <cstdint>

namespace isthmus::lwm2m::coap {

enum class AnswerOrigin : std::uint8_t {
  handler,   // rebuilt by the handler
  endpoint,  // follows from the code and the request
};

// What was answered, small enough to keep sixteen of them for every peer.
struct Answered {
  std::uint32_t contentHash = 0;  // the upper half: enough beside the message id
  std::uint32_t rebuildKey = 0;
  std::uint16_t at = 0;  // seconds, modulo 2^16: see sweep()
  Code code;
  AnswerOrigin origin = AnswerOrigin::handler;
};
static_assert(sizeof(Answered) == 12);

// A peer's part of the log, inside the peer's record: whether a message is new is known without touching more memory.
struct AnsweredRing {
  static constexpr std::size_t kPlaces = 16;
  static constexpr std::size_t kPerBlock = 4;

  std::array<std::uint16_t, kPlaces> messageIds{};
  std::array<std::uint32_t, kPlaces / kPerBlock> blocks{};
  std::uint8_t blockCount = 0;
  std::uint8_t count = 0;
  std::uint8_t oldest = 0;

  std::size_t capacity() const { return blockCount * kPerBlock; }
};

// The last message ids of every peer within the exchange lifetime (RFC 7252 4.5, 4.8.2). A ring grows by four places up
// to sixteen, and only while its entries are younger than that: a device that reports once a minute stays at 48 bytes.
class AnsweredLog {
 public:
  explicit AnsweredLog(milliseconds lifetime);

  // The answer to the same message, if it is no older than the exchange lifetime. The same id with another content is a
  // new message: the device has rebooted.
  const Answered* find(const AnsweredRing& ring, std::uint16_t messageId, std::uint64_t contentHash, Instant now) const;
  void remember(AnsweredRing& ring, std::uint16_t messageId, std::uint64_t contentHash, Answered answered, Instant at);
  // Forgets the ring if all in it is older than the exchange lifetime. To be called once in a lifetime: then no entry
  // grows so old that its time wraps round.
  void sweep(AnsweredRing& ring, Instant now);
  void forget(AnsweredRing& ring);
  void prefetch(const AnsweredRing& ring) const;  // the place that the next message takes

 private:
  Answered& answer(const AnsweredRing& ring, std::size_t place) const;
  std::size_t placeFor(AnsweredRing& ring, std::uint16_t messageId, std::uint16_t now);
  // Moves the younger ones up; the place that becomes free is the one after them.
  std::size_t makeNewest(AnsweredRing& ring, std::size_t place) const;
  void grow(AnsweredRing& ring);
  bool isFresh(const Answered& answer, std::uint16_t now) const;

  std::uint16_t lifetime_;  // seconds
  Slab<std::array<Answered, AnsweredRing::kPerBlock>> blocks_;
};

}  // namespace isthmus::lwm2m::coap
