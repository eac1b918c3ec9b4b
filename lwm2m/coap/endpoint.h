#pragma once

#include "ipe/base/clock.h"
#include "lwm2m/coap/address.h"
#include "lwm2m/coap/message.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

namespace isthmus::lwm2m::coap {

// As it came in. Borrowed for the call.
struct Datagram {
  Address from;
  ByteView bytes;
};

// Where datagrams go. What is sent in a turn leaves together after the turn's rows are on disk.
class Output {
 public:
  virtual ~Output() = default;
  virtual void send(const Address& to, ByteView datagram) = 0;  // copies
};

// What identifies a message that was answered: enough to know a retransmission, also across a crash.
struct ExchangeKey {
  Address peer;
  std::uint16_t messageId = 0;
  std::uint64_t contentHash = 0;  // over code, token, options and payload
  bool operator==(const ExchangeKey&) const = default;
};

// An answered message, and what is needed to build the same answer again (packets are not kept).
struct AnsweredExchange {
  ExchangeKey key;
  Code answer;                   // kEmpty: acknowledged by an empty ACK
  std::uint32_t rebuildKey = 0;  // as the handler gave it
};

// A complete request from a device: blocks are joined, duplicates are gone. Borrows; valid during the call.
struct IncomingRequest {
  ExchangeKey key;
  const MessageView& message;  // options of the first block's message
  ByteView payload;            // the joined body
};

// A response that belongs to no outstanding request: a notification, complete. Valid during the call.
struct IncomingNotification {
  ExchangeKey key;
  const MessageView& message;
  ByteView payload;  // the joined body (RFC 7959 3.4)
};

// A response to a request of ours, complete. Valid during the call.
struct IncomingResponse {
  Code code;
  Token token;
  std::optional<std::uint16_t> contentFormat;
  std::optional<std::uint32_t> observe;
  std::vector<std::string> locationPath;
  ByteView payload;
  ExchangeKey key;
};

struct Response {
  Code code;  // kEmpty: say nothing, remember nothing; the device will ask again
  OptionList options;
  Bytes payload;  // larger than a block: sent as RFC 7959 Block2
  std::uint32_t rebuildKey = 0;
};

enum class Verdict {
  acknowledge,
  reset,     // the token was never issued, or is cancelled: RST ends the observation (RFC 7641 3.6)
  withhold,  // say nothing, remember nothing: the device will send it again
};

struct OutgoingRequest {
  Code code = code::kGet;
  OptionList options;
  Bytes payload;               // larger than a block: sent as Block1
  std::optional<Token> token;  // absent: the endpoint makes one
  Type type = Type::confirmable;
  // If others of this peer go before it so long, it is not sent at all (expired). What began goes on.
  std::optional<Instant> notAfter = {};
};

// Who gives the messages their meaning. Called on the endpoint's thread, from within receive() and expire(); may send
// and cancel. What it sends from within a call leaves after the answer of that call.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual Response onRequest(const IncomingRequest& request) = 0;
  // The options and payload of an earlier answer to `peer`, for a retransmitted request.
  virtual Response rebuild(const Address& peer, Code answer, std::uint32_t rebuildKey) = 0;
  virtual Verdict onNotification(const IncomingNotification& notification) = 0;
  // Of a notification in blocks only the first arrives by itself (RFC 7959 2.6). False: its token was never issued, or
  // is cancelled, and it gets RST at once.
  virtual bool knowsToken(const Address& /*peer*/, const Token& /*token*/) { return true; }
  // The request that fetches the rest: a GET of what is observed, without Observe, Block2 and token. Nothing: the
  // notification is withheld. With it, onNotification follows when the body is complete; until then nothing is
  // acknowledged.
  virtual std::optional<OutgoingRequest> requestForRest(const IncomingNotification& /*firstBlock*/) {
    return std::nullopt;
  }
};

// Called once: with the response (success or error code), or with timeout (no answer), refused (RST), unavailable
// (cancelled, queue full), tooLarge (a body above maxBody), malformed (blocks that do not fit together, unknown
// critical options) or expired (its notAfter came first: it was not sent).
using Completion = std::function<void(Result<IncomingResponse>)>;

struct Limits {
  milliseconds ackTimeout{2000};  // RFC 7252 4.8
  double ackRandomFactor = 1.5;
  unsigned maxRetransmit = 4;
  milliseconds exchangeLifetime{247000};
  milliseconds responseTimeout{120000};             // after an empty ACK
  std::size_t queuedPerPeer = 32;                   // requests waiting behind the outstanding one (NSTART 1)
  std::size_t blockSize = 1024;                     // of blocks we choose; a power of two, 16..1024
  std::size_t maxBody = 256 * 1024;                 // of a body joined from blocks
  std::size_t maxTransfers = 10'000;                // bodies being joined at once, over all peers
  std::size_t maxTransferBytes = 64 * 1024 * 1024;  // of them all
  std::size_t transfersPerPeer = 4;
  milliseconds transferLifetime{30000};  // without a new block
  std::size_t maxPeers = 2'000'000;      // remembered at once; above it, newcomers are left unanswered
};

struct Counters {
  std::uint64_t received = 0, sent = 0, malformed = 0, duplicates = 0, retransmissions = 0, timeouts = 0, resets = 0,
                withheld = 0;
};

// The CoAP message layer towards devices, in both roles: RFC 7252 reliability and de-duplication, RFC 7641 as a client,
// RFC 7959 blocks. Does no I/O. Owned by one thread. All state is per peer and found in O(1); a peer that is silent for
// an exchange lifetime is forgotten. A peer is remembered once something of it was accepted: refusals and resets to
// unknown addresses leave no trace, so that forged ones cost no memory.
class Endpoint {
 public:
  // `output`, `clock` and `handler` must outlive the endpoint. `seed` feeds message ids, tokens and timing jitter.
  Endpoint(const Limits& limits, Output& output, const Clock& clock, std::uint64_t seed);
  ~Endpoint();
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  void setHandler(Handler& handler);  // before the first receive()

  void receive(const Address& from, ByteView datagram);
  // The same for many: what is known of their senders is fetched into the cache while the ones before are worked on.
  void receive(std::span<const Datagram> batch);

  // Queued behind the peer's outstanding request. The completion may be called before send() returns only if the queue
  // is full, or the time of what is in it is over.
  void send(const Address& to, OutgoingRequest request, Completion completion);

  // Ends every request and transfer of the peer: completions are called with unavailable.
  void cancel(const Address& peer);

  // The peer began anew (RFC 7252 9.1.1): what it says from now on repeats nothing that it said before.
  void forgetAnswers(const Address& peer);

  // Loads what was answered before a restart, `age` ago.
  void restore(const AnsweredExchange& exchange, milliseconds age);

  // Runs what is due; call no later than nextDeadline().
  void expire();
  std::optional<Instant> nextDeadline() const;

  const Counters& counters() const;
  std::size_t peers() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace isthmus::lwm2m::coap
