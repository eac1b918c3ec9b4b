#pragma once

#include "ipe/base/timer_wheel.h"
#include "lwm2m/coap/core.h"

#include <memory>

namespace isthmus::lwm2m::coap {

enum class TransferKind : std::uint8_t {
  request,  // a device's request that comes in blocks
  answer,   // an answer of ours that is fetched in blocks
};

// A body of a device's request or of its answer, between two blocks.
struct Transfer {
  Transfer(TransferKind of, std::uint32_t from, std::uint64_t what, Body held)
      : kind(of), peer(from), key(what), body(std::move(held)) {}

  TransferKind kind;
  std::uint32_t peer;
  std::uint64_t key;  // what it is about: see transferKey
  Body body;
  Bytes head;          // request: the first message without its payload
  Code code;           // answer
  OptionList options;  // answer
  std::uint32_t next = kNone;
};

// What makes two messages parts of one transfer: method, path, query, what is accepted, Request-Tag (RFC 7959 2.4, 2.5,
// RFC 9175 3.3). The peer is told apart by the table.
std::uint64_t transferKey(const MessageView& request);

// The transfers in progress: few per peer, each ended by its lifetime without a new block.
class TransferTable {
 public:
  explicit TransferTable(Core& core);

  // In place of an earlier one. Error: unavailable, at a limit.
  Result<Transfer*> open(TransferKind kind, std::uint32_t peer, std::uint64_t key);
  Transfer* find(TransferKind kind, std::uint32_t peer, std::uint64_t key);
  void refresh(const Transfer& transfer);
  // Out of the table, for as long as its owner works on it.
  std::unique_ptr<Transfer> take(const Transfer& transfer);
  void putBack(std::unique_ptr<Transfer> transfer);
  void closeAll(std::uint32_t peer);

  void expire(Instant now);
  std::optional<Instant> next() const { return wheel_.next(); }

 private:
  std::uint32_t indexOf(TransferKind kind, std::uint32_t peer, std::uint64_t key) const;
  std::unique_ptr<Transfer> remove(std::uint32_t index);

  Core& core_;
  Slab<std::unique_ptr<Transfer>, 64> transfers_;
  TimerWheel wheel_;  // by index of the transfer
};

}  // namespace isthmus::lwm2m::coap
