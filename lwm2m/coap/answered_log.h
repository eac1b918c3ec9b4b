#pragma once

#include "ipe/base/clock.h"
#include "lwm2m/coap/message.h"
#include "lwm2m/coap/slab.h"

#include <array>
#include <cstdint>
#include <span>

namespace isthmus::lwm2m::coap {

enum class AnswerOrigin : std::uint8_t {
  handler,   // rebuilt by the handler
  endpoint,  // follows from the code and the request
};

// A message that was answered, small enough to keep sixteen of them for every peer.
struct Answered {
  std::uint16_t messageId = 0;
  Code code;
  AnswerOrigin origin = AnswerOrigin::handler;
  std::uint32_t contentHash = 0;  // the upper half: enough beside the message id
  std::uint32_t rebuildKey = 0;
  std::uint32_t at = 0;  // milliseconds, modulo 2^32
};
static_assert(sizeof(Answered) == 16);

// A peer's place in the log.
struct AnsweredRing {
  std::uint32_t block = kNone;
  std::uint8_t sizeClass = 0;
  std::uint8_t count = 0;
  std::uint8_t oldest = 0;
};

// The last message ids of every peer within the exchange lifetime (RFC 7252 4.5, 4.8.2). A ring starts with 4 places
// and grows to 8 and 16 only while its entries are younger than that: a device that reports once a minute stays at 64
// bytes.
class AnsweredLog {
 public:
  explicit AnsweredLog(milliseconds lifetime) : lifetime_(static_cast<std::uint32_t>(lifetime.count())) {}

  // The answer to the same message, if it is no older than the exchange lifetime. The same id with another content is a
  // new message: the device has rebooted.
  const Answered* find(const AnsweredRing& ring, std::uint16_t messageId, std::uint64_t contentHash, Instant now) const;
  void remember(AnsweredRing& ring, std::uint16_t messageId, std::uint64_t contentHash, Answered answer, Instant at);
  void forget(AnsweredRing& ring);

 private:
  static constexpr std::uint8_t kLargestClass = 2;

  std::span<Answered> places(const AnsweredRing& ring);
  std::span<const Answered> places(const AnsweredRing& ring) const;
  Answered& placeFor(AnsweredRing& ring, std::uint16_t messageId, std::uint32_t now);
  void grow(AnsweredRing& ring);
  std::uint32_t takeBlock(std::uint8_t sizeClass);

  std::uint32_t lifetime_;
  Slab<std::array<Answered, 4>> small_;
  Slab<std::array<Answered, 8>> medium_;
  Slab<std::array<Answered, 16>> large_;
};

}  // namespace isthmus::lwm2m::coap
