#include "lwm2m/coap/dtls/associations.h"

#include <algorithm>

namespace isthmus::lwm2m::coap {
namespace {

constexpr std::size_t kLargestRecord = 16 * 1024;
// The network does not deliver a ClientHello later than this; after it the same random is a device that draws it badly.
constexpr milliseconds kLateHello{60'000};
constexpr milliseconds kBuffersKept{61'000};
constexpr std::uint32_t kLookedAtForRoom = 64;

bool ofHandshake(const Record& record) { return record.epoch == 0 || record.type == RecordType::handshake; }

}  // namespace

Associations::Associations(const DtlsSettings& settings, const Parts& parts, std::uint64_t seed)
    : settings_(settings),
      parts_(parts),
      seed_(seed),
      cookies_(parts.clock),
      handshakes_(parts.clock.now()),
      upkeep_(parts.clock.now()),
      room_(kLargestRecord) {}

std::uint32_t Associations::find(const Address& address) const {
  return index_.find(hashOf(address), [&](std::uint32_t at) { return table_[at].address == address; });
}

// The peer's place, made if it is new; kNone: there is no room.
std::uint32_t Associations::obtain(const Address& address) {
  if (table_.size() >= settings_.maxSessions + settings_.maxHalfOpen && !makeRoom()) return kNone;
  const std::uint32_t at = table_.take();
  used_ = std::max(used_, at + 1);
  table_[at].address = address;
  index_.insert(hashOf(address), at);
  return at;
}

// Ends a session that was silent for long, if one is found soon.
bool Associations::makeRoom() {
  const Instant limit = parts_.clock.now() - settings_.staleAfter;
  for (std::uint32_t looked = 0; looked < std::min(kLookedAtForRoom, used_); ++looked) {
    const std::uint32_t at = cursor_++ % used_;
    const Association& it = table_[at];
    if (!it.live || it.pending || it.heard > limit) continue;
    endLive(at);
    return true;
  }
  return false;
}

void Associations::removeIfEmpty(std::uint32_t at) {
  Association& it = table_[at];
  if (it.live || it.pending) return;
  index_.erase(hashOf(it.address), at);
  table_.give(at);
}

void Associations::receive(Address from, ByteView datagram, const Take& take) {
  from.transport = Transport::dtls;
  RecordReader reader(datagram);
  while (const auto record = reader.next()) route(from, *record, take);
}

void Associations::route(const Address& from, const Record& record, const Take& take) {
  const std::uint32_t at = find(from);
  if (isClientHello(record)) return onClientHello(at, from, record);
  if (at == kNone) {
    ++counters_.stray;
    return;
  }
  const Association& it = table_[at];
  if (it.waiting > 0 || (it.pending && ofHandshake(record))) return putOff(at, from, record);
  if (it.live && record.epoch > 0) return read(at, from, record.bytes, take);
  ++counters_.stray;  // in the clear, to a session that is not: forged, or late
}

void Associations::onClientHello(std::uint32_t at, const Address& from, const Record& record) {
  const ByteView random = clientRandom(record);
  if (at != kNone) {
    const Association& it = table_[at];
    if (it.pending && it.pending->began(random)) return putOff(at, from, record);
    if (it.live && it.live->began(random) && parts_.clock.now() - it.established < kLateHello) return;
  }
  if (const auto state = cookies_.verify(from, record.bytes)) return putOff(at, from, record, state);
  ++counters_.cookies;
  cookies_.request(from, record.bytes, parts_.wire);
}

void Associations::putOff(std::uint32_t at, const Address& from, const Record& record,
                          std::optional<HelloState> hello) {
  if (putOff_.size() >= settings_.maxPutOff) {  // the peer will send it again
    ++counters_.refused;
    return;
  }
  if (at != kNone) ++table_[at].waiting;
  putOff_.push_back({from, Bytes(record.bytes.begin(), record.bytes.end()), hello});
}

std::size_t Associations::work(const std::function<bool()>& mayGoOn, const Take& take) {
  std::size_t done = 0;
  for (; !putOff_.empty() && mayGoOn(); ++done) {
    const PutOff item = std::move(putOff_.front());
    putOff_.pop_front();
    process(item, take);
  }
  return done;
}

void Associations::process(const PutOff& item, const Take& take) {
  const std::uint32_t at = find(item.from);
  if (at != kNone && table_[at].waiting > 0) --table_[at].waiting;
  const auto record = RecordReader(item.bytes).next();
  if (item.hello) return begin(at, item.from, *record, *item.hello);
  if (at == kNone) {
    ++counters_.stray;
    return;
  }
  const Association& it = table_[at];
  if (it.pending && ofHandshake(*record)) return step(at, record->bytes);
  if (it.live && record->epoch > 0) return read(at, item.from, record->bytes, take);
  ++counters_.stray;
}

// A new handshake of the peer; one of its own that is not complete gives way.
void Associations::begin(std::uint32_t at, const Address& from, const Record& hello, const HelloState& state) {
  const ByteView random = clientRandom(hello);
  if (at != kNone && table_[at].pending) {
    if (table_[at].pending->began(random)) return step(at, hello.bytes);
    table_[at].pending.reset();
    --halfOpen_;
  }
  if (halfOpen_ < settings_.maxHalfOpen && at == kNone) at = obtain(from);
  if (halfOpen_ >= settings_.maxHalfOpen || at == kNone) {
    ++counters_.refused;
    return;
  }
  Association& it = table_[at];
  it.pending = std::make_unique<Session>(parts_.context, parts_.wire, from, state, random, settings_.handshakeDeadline);
  it.deadline = parts_.clock.now() + settings_.handshakeDeadline;
  it.number = ++begun_;
  ++halfOpen_;
  step(at, hello.bytes);
}

// An empty record: its timer has fired.
void Associations::step(std::uint32_t at, ByteView record) {
  Association& it = table_[at];
  switch (it.pending->handshake(record)) {
    case Session::Step::waiting:
      return handshakes_.arm(at, std::min(it.deadline, parts_.clock.now() + it.pending->untilRetry()));
    case Session::Step::established: return establish(at);
    case Session::Step::failed: return giveUp(at);
  }
}

// A ticket, and the key that a handshake began with, may outlive the credential.
bool Associations::revoked(const Association& it) const {
  const std::string& name = it.pending->identity().name;
  const auto found = revoked_.find(name);
  return (found != revoked_.end() && it.number <= found->second) || parts_.context.keys().keyOf(name).empty();
}

void Associations::establish(std::uint32_t at) {
  Association& it = table_[at];
  if (revoked(it)) {
    it.pending->refuse();
    ++counters_.failed;
    return dropPending(at);
  }
  if (!it.live && live_ >= settings_.maxSessions && !makeRoom()) {
    it.pending->close();
    ++counters_.refused;
    return dropPending(at);
  }
  ++counters_.handshakes;
  if (it.pending->resumed()) ++counters_.resumed;
  takeOver(at);
}

// The live session ends without a word: its peer has forgotten it.
void Associations::takeOver(std::uint32_t at) {
  Association& it = table_[at];
  const PeerIdentity identity = it.pending->identity();
  if (it.live) parts_.beforeEnd();
  if (const auto other = byIdentity_.find(identity.name); other != byIdentity_.end() && other->second != at) {
    ++counters_.replaced;
    parts_.beforeEnd();
    endLive(other->second);  // the device has moved
  }
  const bool rebooted = it.live && !it.pending->resumed();
  const bool another = it.live && !(it.live->identity() == identity);
  if (another) byIdentity_.erase(it.live->identity().name);
  ++(it.live ? counters_.replaced : live_);
  it.live = std::move(it.pending);
  --halfOpen_;
  handshakes_.cancel(at);
  byIdentity_[identity.name] = at;
  it.established = it.heard = parts_.clock.now();
  upkeep_.arm(at, it.established + kBuffersKept);
  if (rebooted) parts_.listener.onRebooted(it.address);
  if (another) parts_.listener.onEnded(it.address);
}

void Associations::giveUp(std::uint32_t at) {
  const Association& it = table_[at];
  ++counters_.failed;
  if (it.pending->unknown()) {
    ++counters_.unknownIdentity;
    parts_.listener.onFailed(it.address, DtlsListener::Failure::unknownIdentity, it.pending->named());
  }
  dropPending(at);
}

void Associations::dropPending(std::uint32_t at) {
  handshakes_.cancel(at);
  table_[at].pending.reset();
  --halfOpen_;
  removeIfEmpty(at);
}

void Associations::endLive(std::uint32_t at) {
  Association& it = table_[at];
  const auto bound = byIdentity_.find(it.live->identity().name);
  if (bound != byIdentity_.end() && bound->second == at) byIdentity_.erase(bound);
  upkeep_.cancel(at);
  it.live.reset();
  --live_;
  parts_.listener.onEnded(it.address);
  removeIfEmpty(at);
}

void Associations::read(std::uint32_t at, const Address& from, ByteView record, const Take& take) {
  Association& it = table_[at];
  const Session::Received received = it.live->receive(record, room_);
  if (received.what == Session::Got::nothing) {
    ++counters_.stray;
    return;
  }
  if (received.what == Session::Got::goodbye || received.what == Session::Got::closed) {
    parts_.beforeEnd();
    if (received.what == Session::Got::goodbye) it.live->close();
    ++counters_.ended;
    return endLive(at);
  }
  it.heard = parts_.clock.now();
  it.live->moved(from);
  take(from, received.data);
}

void Associations::send(const Address& to, ByteView plaintext) {
  const std::uint32_t at = find(to);
  if (at == kNone || !table_[at].live || !table_[at].live->send(plaintext)) ++counters_.unsent;
}

const PeerIdentity* Associations::identityOf(const Address& peer) const {
  const std::uint32_t at = find(peer);
  return at == kNone || !table_[at].live ? nullptr : &table_[at].live->identity();
}

void Associations::endSessionsOf(const PeerIdentity& identity) {
  if (halfOpen_ == 0) revoked_.clear();  // none is left that they would stop
  revoked_[identity.name] = begun_;
  const auto found = byIdentity_.find(identity.name);
  if (found == byIdentity_.end()) return;
  const std::uint32_t at = found->second;
  table_[at].live->close();
  ++counters_.ended;
  endLive(at);
}

void Associations::expire() {
  const Instant now = parts_.clock.now();
  handshakes_.advance(now, [this, now](std::uint32_t at) {
    const Association& it = table_[at];
    if (!it.pending) return;
    if (now < it.deadline) return step(at, {});
    ++counters_.timedOut;
    if (!it.pending->named().empty()) {
      ++counters_.wrongKey;
      parts_.listener.onFailed(it.address, DtlsListener::Failure::wrongKey, it.pending->named());
    }
    dropPending(at);
  });
  upkeep_.advance(now, [this](std::uint32_t at) {
    if (table_[at].live) table_[at].live->releaseBuffers();
  });
}

std::optional<Instant> Associations::nextDeadline() const {
  const auto handshake = handshakes_.next(), upkeep = upkeep_.next();
  if (!handshake || !upkeep) return handshake ? handshake : upkeep;
  return std::min(*handshake, *upkeep);
}

}  // namespace isthmus::lwm2m::coap
