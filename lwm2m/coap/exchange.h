#pragma once

#include "lwm2m/coap/block_option.h"
#include "lwm2m/coap/body.h"
#include "lwm2m/coap/endpoint.h"
#include "lwm2m/coap/slab.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace isthmus::lwm2m::coap {

// Our payload on its way as Block1.
struct Upload {
  std::size_t offset = 0;  // of the block that is on its way
  std::uint8_t szx = BlockOption::kLargestSzx;
};

// The device's payload on its way as Block2, and what the first block said.
struct Download {
  Body body;
  Bytes etag;
  Code code;
  std::optional<std::uint16_t> contentFormat;
  std::optional<std::uint32_t> observe;
  std::vector<std::string> locationPath;
  std::uint8_t szx = BlockOption::kLargestSzx;
};

// The notification whose rest an exchange fetches.
struct RestOf {
  Token token;
  std::uint16_t messageId = 0;
  std::uint64_t contentHash = 0;
};

enum class ExchangeState : std::uint8_t {
  waiting,         // behind another one, or with its next block to be sent
  unacknowledged,  // a CON is out: retransmitted until something comes
  acknowledged,    // nothing to retransmit: a response is expected
};

// A request of ours from send() to its completion.
struct Exchange {
  std::uint32_t peer = kNone;
  std::uint32_t next = kNone;  // of the same peer
  ExchangeState state = ExchangeState::waiting;
  std::uint16_t messageId = 0;  // of the message that is out
  Token token;                  // of the message that is out
  Token callerToken;
  unsigned retransmissions = 0;
  milliseconds patience{};
  OutgoingRequest request;
  Completion done;
  std::optional<Upload> upload;
  std::optional<Download> download;
  std::optional<RestOf> rest;
};

// The exchanges of all peers: found by index, and per peer as a list, oldest first.
class ExchangeTable {
 public:
  Exchange& operator[](std::uint32_t index) { return *exchanges_[index]; }
  const Exchange& operator[](std::uint32_t index) const { return *exchanges_[index]; }

  std::uint32_t append(std::uint32_t& first, std::unique_ptr<Exchange> exchange);
  std::uint32_t prepend(std::uint32_t& first, std::unique_ptr<Exchange> exchange);
  std::unique_ptr<Exchange> remove(std::uint32_t& first, std::uint32_t index);

  // The first of the list for which `matches` holds, or kNone.
  template <class Matches>
  std::uint32_t find(std::uint32_t first, Matches matches) const {
    std::uint32_t index = first;
    while (index != kNone && !matches((*this)[index])) index = (*this)[index].next;
    return index;
  }
  std::size_t count(std::uint32_t first) const;

 private:
  std::uint32_t place(std::unique_ptr<Exchange> exchange);

  Slab<std::unique_ptr<Exchange>> exchanges_;
};

}  // namespace isthmus::lwm2m::coap
