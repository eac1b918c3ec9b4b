#pragma once

#include "ipe/base/timer_wheel.h"
#include "lwm2m/coap/dtls/cookies.h"
#include "lwm2m/coap/dtls/dtls_settings.h"
#include "lwm2m/coap/dtls/records.h"
#include "lwm2m/coap/dtls/session.h"
#include "lwm2m/coap/hash_index.h"
#include "lwm2m/coap/slab.h"

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

namespace isthmus::lwm2m::coap {

// Which session a record belongs to: the demultiplexer. Beside the session that lives there may be one that is pending,
// so that a device which rebooted gets in from the same address while nobody else can end its session: the new one
// takes over only once its handshake is complete. Does no I/O; owned by the carrier's thread.
class Associations {
 public:
  struct Parts {
    const TlsContext& context;
    Output& wire;  // for records
    DtlsListener& listener;
    const Clock& clock;
    // A session that was heard is about to end, or to be another's: what it said is to be seen, and may be answered,
    // now. Must not end sessions.
    std::function<void()> beforeEnd = [] {};
  };
  // All parts must outlive it. `seed` keeps peers from choosing addresses that collide.
  Associations(const DtlsSettings& settings, const Parts& parts, std::uint64_t seed);

  using Take = std::function<void(const Address& from, ByteView plaintext)>;

  // What lives is served at once; records of handshakes, and what came behind them, are put off to work().
  void receive(Address from, ByteView datagram, const Take& take);
  // Works on what was put off while `mayGoOn()`. Returns how many records that were.
  std::size_t work(const std::function<bool()>& mayGoOn, const Take& take);
  bool hasWork() const { return !putOff_.empty(); }

  void send(const Address& to, ByteView plaintext);
  const PeerIdentity* identityOf(const Address& peer) const;  // null: no session; valid until the next call
  // Its handshakes under way, which may hold the former key or ticket, come to nothing.
  void endSessionsOf(const PeerIdentity& identity);

  void expire();
  std::optional<Instant> nextDeadline() const;

  std::size_t sessions() const { return live_; }
  std::size_t halfOpen() const { return halfOpen_; }
  const DtlsCounters& counters() const { return counters_; }

 private:
  struct Association {
    Address address;
    std::unique_ptr<Session> live, pending;
    Instant established{}, heard{};  // of `live`
    Instant deadline{};              // of `pending`
    std::uint64_t number = 0;        // of the handshake of `pending`
    std::uint32_t waiting = 0;       // records of this peer that were put off
  };
  struct PutOff {
    Address from;
    Bytes bytes;
    std::optional<HelloState> hello;  // a ClientHello with a valid cookie
  };

  std::uint32_t hashOf(const Address& address) const { return static_cast<std::uint32_t>(address.hash(seed_)); }
  std::uint32_t find(const Address& address) const;
  std::uint32_t obtain(const Address& address);
  bool makeRoom();
  void removeIfEmpty(std::uint32_t at);

  void route(const Address& from, const Record& record, const Take& take);
  void onClientHello(std::uint32_t at, const Address& from, const Record& record);
  void putOff(std::uint32_t at, const Address& from, const Record& record, std::optional<HelloState> hello = {});
  void process(const PutOff& item, const Take& take);
  void begin(std::uint32_t at, const Address& from, const Record& hello, const HelloState& state);
  void step(std::uint32_t at, ByteView record);
  bool revoked(const Association& it) const;
  void establish(std::uint32_t at);
  void takeOver(std::uint32_t at);
  void giveUp(std::uint32_t at);
  void dropPending(std::uint32_t at);
  void endLive(std::uint32_t at);
  void read(std::uint32_t at, const Address& from, ByteView record, const Take& take);

  const DtlsSettings settings_;
  const Parts parts_;
  std::uint64_t seed_;
  Cookies cookies_;
  HashIndex index_;
  Slab<Association> table_;
  std::unordered_map<std::string, std::uint32_t> byIdentity_;  // an identity has one session: its newest
  // Identities whose credential was changed while handshakes were under way: no handshake up to this number counts.
  std::unordered_map<std::string, std::uint64_t> revoked_;
  TimerWheel handshakes_, upkeep_;
  std::deque<PutOff> putOff_;
  std::vector<std::uint8_t> room_;
  std::size_t live_ = 0, halfOpen_ = 0;
  std::uint64_t begun_ = 0;   // handshakes
  std::uint32_t used_ = 0;    // indexes of the table ever given
  std::uint32_t cursor_ = 0;  // where room is looked for next
  DtlsCounters counters_;
};

}  // namespace isthmus::lwm2m::coap
