#include "lwm2m/coap/answered_log.h"

#include <algorithm>

namespace isthmus::lwm2m::coap {
namespace {

constexpr seconds::rep kLongestLifetime = 4000;  // sixteen of them are still less than 2^16

std::uint16_t stamp(Instant time) {
  return static_cast<std::uint16_t>(std::chrono::floor<seconds>(time.time_since_epoch()).count());
}

std::uint32_t shortHash(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32U); }

// The place of that message id; the number of places in use if there is none.
std::size_t placeOf(const AnsweredRing& ring, std::uint16_t messageId) {
  const auto end = ring.messageIds.begin() + ring.count;
  return static_cast<std::size_t>(std::find(ring.messageIds.begin(), end, messageId) - ring.messageIds.begin());
}

}  // namespace

AnsweredLog::AnsweredLog(milliseconds lifetime)
    : lifetime_(static_cast<std::uint16_t>(
          std::clamp<seconds::rep>(std::chrono::ceil<seconds>(lifetime).count(), 0, kLongestLifetime))) {}

Answered& AnsweredLog::answer(const AnsweredRing& ring, std::size_t place) const {
  return blocks_[ring.blocks[place / AnsweredRing::kPerBlock]][place % AnsweredRing::kPerBlock];
}

bool AnsweredLog::isFresh(const Answered& answer, std::uint16_t now) const {
  return static_cast<std::uint16_t>(now - answer.at) <= lifetime_;
}

const Answered* AnsweredLog::find(const AnsweredRing& ring, std::uint16_t messageId, std::uint64_t contentHash,
                                  Instant now) const {
  const std::size_t place = placeOf(ring, messageId);
  if (place == ring.count) return nullptr;
  const Answered& found = answer(ring, place);
  return found.contentHash == shortHash(contentHash) && isFresh(found, stamp(now)) ? &found : nullptr;
}

void AnsweredLog::remember(AnsweredRing& ring, std::uint16_t messageId, std::uint64_t contentHash, Answered answered,
                           Instant at) {
  answered.contentHash = shortHash(contentHash);
  answered.at = stamp(at);
  const std::size_t place = placeFor(ring, messageId, answered.at);
  ring.messageIds[place] = messageId;
  answer(ring, place) = answered;
}

std::size_t AnsweredLog::placeFor(AnsweredRing& ring, std::uint16_t messageId, std::uint16_t now) {
  if (const std::size_t same = placeOf(ring, messageId); same < ring.count) return makeNewest(ring, same);
  const bool full = ring.count == ring.capacity();
  const bool mayGrow = ring.capacity() < AnsweredRing::kPlaces;
  if (full && mayGrow && (ring.count == 0 || isFresh(answer(ring, ring.oldest), now))) grow(ring);
  if (ring.count < ring.capacity()) return ring.count++;
  const std::size_t place = ring.oldest;
  ring.oldest = static_cast<std::uint8_t>((place + 1) % ring.capacity());
  return place;
}

std::size_t AnsweredLog::makeNewest(AnsweredRing& ring, std::size_t place) const {
  const std::size_t newest = (ring.oldest + ring.count - 1U) % ring.count;
  while (place != newest) {
    const std::size_t following = (place + 1) % ring.count;
    ring.messageIds[place] = ring.messageIds[following];
    answer(ring, place) = answer(ring, following);
    place = following;
  }
  return newest;
}

void AnsweredLog::grow(AnsweredRing& ring) {
  // What goes round is put in order first, so that the new places follow the newest entry.
  std::array<Answered, AnsweredRing::kPlaces> answers;
  for (std::size_t i = 0; i < ring.count; ++i) answers[i] = answer(ring, (ring.oldest + i) % ring.capacity());
  for (std::size_t i = 0; i < ring.count; ++i) answer(ring, i) = answers[i];
  std::rotate(ring.messageIds.begin(), ring.messageIds.begin() + ring.oldest, ring.messageIds.begin() + ring.count);
  ring.oldest = 0;
  ring.blocks[ring.blockCount++] = blocks_.take();
}

void AnsweredLog::prefetch(const AnsweredRing& ring) const {
  if (ring.blockCount == 0) return;
  const std::size_t place = ring.count < ring.capacity() ? ring.count : ring.oldest;
  __builtin_prefetch(&answer(ring, place), 1);
}

void AnsweredLog::sweep(AnsweredRing& ring, Instant now) {
  for (std::size_t place = 0; place < ring.count; ++place)
    if (isFresh(answer(ring, place), stamp(now))) return;
  forget(ring);
}

void AnsweredLog::forget(AnsweredRing& ring) {
  for (std::size_t i = 0; i < ring.blockCount; ++i) blocks_.give(ring.blocks[i]);
  ring = AnsweredRing{};
}

}  // namespace isthmus::lwm2m::coap
