#pragma once

#include "ipe/base/clock.h"
#include "lwm2m/coap/body.h"
#include "lwm2m/coap/endpoint.h"
#include "lwm2m/coap/peer_table.h"
#include "lwm2m/coap/random.h"
#include "lwm2m/coap/wire.h"

namespace isthmus::lwm2m::coap {

// What the parts of an endpoint share.
struct Core {
  Core(const Limits& given, Output& output, const Clock& time, std::uint64_t seed)
      : limits(given),
        clock(time),
        random(seed),
        wire(output, counters),
        peers(limits.exchangeLifetime, limits.maxPeers, random, clock.now()),
        bodies{limits.maxBody, limits.maxTransfers, limits.maxTransferBytes} {}

  const Limits limits;
  const Clock& clock;
  Counters counters;
  Random random;
  Wire wire;
  PeerTable peers;
  BodyBudget bodies;
  Handler* handler = nullptr;
};

// A message on its way through the endpoint. Borrows; lives for one receive().
struct Incoming {
  const Address& from;
  const MessageView& message;
  ByteView datagram;
  std::uint64_t contentHash;
  std::uint32_t peer;  // kNone: not known
  Instant now;

  bool confirmable() const { return message.type == Type::confirmable; }
  ExchangeKey key() const { return {from, message.messageId, contentHash}; }
};

}  // namespace isthmus::lwm2m::coap
