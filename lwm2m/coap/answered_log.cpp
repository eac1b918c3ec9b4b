#include "lwm2m/coap/answered_log.h"

#include <algorithm>

namespace isthmus::lwm2m::coap {
namespace {

std::uint32_t stamp(Instant time) { return static_cast<std::uint32_t>(time.time_since_epoch().count()); }
std::uint32_t shortHash(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32U); }

}  // namespace

const Answered* AnsweredLog::find(const AnsweredRing& ring, std::uint16_t messageId, std::uint64_t contentHash,
                                  Instant now) const {
  for (const Answered& entry : places(ring).first(ring.count)) {
    if (entry.messageId != messageId) continue;
    const bool same = entry.contentHash == shortHash(contentHash);
    return same && stamp(now) - entry.at <= lifetime_ ? &entry : nullptr;
  }
  return nullptr;
}

void AnsweredLog::remember(AnsweredRing& ring, std::uint16_t messageId, std::uint64_t contentHash, Answered answer,
                           Instant at) {
  answer.messageId = messageId;
  answer.contentHash = shortHash(contentHash);
  answer.at = stamp(at);
  placeFor(ring, messageId, answer.at) = answer;
}

Answered& AnsweredLog::placeFor(AnsweredRing& ring, std::uint16_t messageId, std::uint32_t now) {
  if (ring.block == kNone) ring.block = takeBlock(ring.sizeClass);
  std::span<Answered> all = places(ring);
  for (Answered& entry : all.first(ring.count))
    if (entry.messageId == messageId) return entry;
  if (ring.count == all.size() && ring.sizeClass < kLargestClass && now - all[ring.oldest].at <= lifetime_) {
    grow(ring);
    all = places(ring);
  }
  if (ring.count < all.size()) return all[ring.count++];
  Answered& oldest = all[ring.oldest];
  ring.oldest = static_cast<std::uint8_t>((ring.oldest + 1U) % all.size());
  return oldest;
}

void AnsweredLog::grow(AnsweredRing& ring) {
  AnsweredRing larger;
  larger.sizeClass = static_cast<std::uint8_t>(ring.sizeClass + 1U);
  larger.count = ring.count;
  larger.block = takeBlock(larger.sizeClass);
  const std::span<Answered> from = places(ring);
  std::rotate_copy(from.begin(), from.begin() + ring.oldest, from.end(), places(larger).begin());
  forget(ring);
  ring = larger;
}

void AnsweredLog::forget(AnsweredRing& ring) {
  if (ring.block != kNone) {
    if (ring.sizeClass == 0) small_.give(ring.block);
    if (ring.sizeClass == 1) medium_.give(ring.block);
    if (ring.sizeClass == 2) large_.give(ring.block);
  }
  ring = AnsweredRing{};
}

std::uint32_t AnsweredLog::takeBlock(std::uint8_t sizeClass) {
  return sizeClass == 0 ? small_.take() : sizeClass == 1 ? medium_.take() : large_.take();
}

std::span<Answered> AnsweredLog::places(const AnsweredRing& ring) {
  if (ring.block == kNone) return {};
  if (ring.sizeClass == 0) return small_[ring.block];
  if (ring.sizeClass == 1) return medium_[ring.block];
  return large_[ring.block];
}

std::span<const Answered> AnsweredLog::places(const AnsweredRing& ring) const {
  if (ring.block == kNone) return {};
  if (ring.sizeClass == 0) return small_[ring.block];
  if (ring.sizeClass == 1) return medium_[ring.block];
  return large_[ring.block];
}

}  // namespace isthmus::lwm2m::coap
