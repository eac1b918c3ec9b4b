#include "lwm2m/coap/peer_table.h"

namespace isthmus::lwm2m::coap {

PeerTable::PeerTable(milliseconds lifetime, std::size_t limit, Random& random, Instant start)
    : lifetime_(lifetime), limit_(limit), random_(random), seed_(random.bits()), log_(lifetime), wheel_(start) {}

std::uint32_t PeerTable::find(const Address& address, std::uint32_t hash) const {
  return index_.find(hash, [&](std::uint32_t peer) { return peers_[peer].address == address; });
}

std::uint32_t PeerTable::prefetchRecord(std::uint32_t hash) const {
  const std::uint32_t peer = index_.find(hash, [](std::uint32_t) { return true; });
  if (peer == kNone) return kNone;
  const auto* record = reinterpret_cast<const std::uint8_t*>(&peers_[peer]);
  __builtin_prefetch(record);
  __builtin_prefetch(record + sizeof(Peer) - 1);
  return peer;
}

void PeerTable::prefetchAnswers(std::uint32_t likely) const {
  if (likely != kNone) log_.prefetch(peers_[likely].answered);
}

std::uint32_t PeerTable::obtain(const Address& address, Instant now) {
  const std::uint32_t hash = hashOf(address);
  const std::uint32_t known = find(address, hash);
  if (known != kNone) return known;
  if (full()) return kNone;
  const std::uint32_t peer = peers_.take();
  peers_[peer].address = address;
  peers_[peer].lastSeen = now;
  peers_[peer].nextMessageId = random_.messageId();
  index_.insert(hash, peer);
  wheel_.arm(peer, now + lifetime_);
  return peer;
}

void PeerTable::touch(std::uint32_t peer, const Address& from, Instant now) {
  peers_[peer].lastSeen = now;
  if (from.via != 0) peers_[peer].address.via = from.via;
}

const Answered* PeerTable::answered(std::uint32_t peer, std::uint16_t messageId, std::uint64_t contentHash,
                                    Instant now) const {
  return log_.find(peers_[peer].answered, messageId, contentHash, now);
}

void PeerTable::remember(std::uint32_t peer, std::uint16_t messageId, std::uint64_t contentHash, Answered answer,
                         Instant at) {
  log_.remember(peers_[peer].answered, messageId, contentHash, answer, at);
}

void PeerTable::expire(Instant now) {
  wheel_.advance(now, [this, now](std::uint32_t peer) { recheck(peer, now); });
}

void PeerTable::recheck(std::uint32_t peer, Instant now) {
  Peer& record = peers_[peer];
  const bool busy = record.firstExchange != kNone || record.firstTransfer != kNone;
  if (busy || record.lastSeen + lifetime_ > now) {
    log_.sweep(record.answered, now);
    wheel_.arm(peer, busy ? now + lifetime_ : record.lastSeen + lifetime_);
    return;
  }
  log_.forget(record.answered);
  index_.erase(hashOf(record.address), peer);
  peers_.give(peer);
}

}  // namespace isthmus::lwm2m::coap
