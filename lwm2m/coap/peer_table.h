#pragma once

#include "ipe/base/timer_wheel.h"
#include "lwm2m/coap/address.h"
#include "lwm2m/coap/answered_log.h"
#include "lwm2m/coap/hash_index.h"
#include "lwm2m/coap/random.h"
#include "lwm2m/coap/slab.h"

#include <cstdint>
#include <optional>

namespace isthmus::lwm2m::coap {

// What is kept of a peer: these 96 bytes, and 48 for every four messages that were answered, up to sixteen.
struct alignas(32) Peer {
  Address address;
  Instant lastSeen{};
  std::uint32_t firstExchange = kNone;  // requests of ours, oldest first
  std::uint32_t firstTransfer = kNone;  // bodies in blocks
  AnsweredRing answered;
  std::uint16_t nextMessageId = 0;
};
static_assert(sizeof(Peer) == 96);

// The peers that were heard within an exchange lifetime, by address. A refresh only stores the time; when the peer's
// timer fires it looks again (lazy recheck).
class PeerTable {
 public:
  PeerTable(milliseconds lifetime, std::size_t limit, Random& random, Instant start);

  std::uint32_t hashOf(const Address& address) const { return static_cast<std::uint32_t>(address.hash(seed_)); }
  std::uint32_t find(const Address& address) const { return find(address, hashOf(address)); }  // kNone: not known
  std::uint32_t find(const Address& address, std::uint32_t hash) const;
  // The peer, made if it is new; kNone when the table is full.
  std::uint32_t obtain(const Address& address, Instant now);
  // Hints that a peer of this hash will be looked for, one after the other: each needs what the one before has brought.
  // What prefetchRecord gives is for prefetchAnswers only: most likely the peer, or kNone.
  void prefetchIndex(std::uint32_t hash) const { index_.prefetch(hash); }
  std::uint32_t prefetchRecord(std::uint32_t hash) const;
  void prefetchAnswers(std::uint32_t likely) const;
  bool full() const { return peers_.size() >= limit_; }

  Peer& operator[](std::uint32_t peer) { return peers_[peer]; }
  void touch(std::uint32_t peer, const Address& from, Instant now);
  std::uint16_t takeMessageId(std::uint32_t peer) { return peers_[peer].nextMessageId++; }

  const Answered* answered(std::uint32_t peer, std::uint16_t messageId, std::uint64_t contentHash, Instant now) const;
  void forgetAnswers(std::uint32_t peer) { log_.forget(peers_[peer].answered); }
  void remember(std::uint32_t peer, std::uint16_t messageId, std::uint64_t contentHash, Answered answer, Instant at);

  void expire(Instant now);
  std::optional<Instant> next() const { return wheel_.next(); }
  std::size_t size() const { return peers_.size(); }

 private:
  void recheck(std::uint32_t peer, Instant now);

  milliseconds lifetime_;
  std::size_t limit_;
  Random& random_;
  std::uint64_t seed_;  // so that a peer cannot choose addresses that collide
  HashIndex index_;
  Slab<Peer> peers_;
  AnsweredLog log_;
  TimerWheel wheel_;
};

}  // namespace isthmus::lwm2m::coap
