#pragma once

#include "lwm2m/coap/endpoint.h"

namespace isthmus::lwm2m::coap {

// The way out: builds each message in the same buffer and hands it to the output.
class Wire {
 public:
  Wire(Output& output, Counters& counters) : output_(output), counters_(counters) {}

  // An ACK or RST without content (RFC 7252 4.1).
  void empty(const Address& to, Type type, std::uint16_t messageId);
  void message(const Address& to, Type type, Code code, std::uint16_t messageId, const Token& token,
               const OptionList& options, ByteView payload);

 private:
  void send(const Address& to, ByteView datagram);

  Output& output_;
  Counters& counters_;
  Bytes buffer_;
};

}  // namespace isthmus::lwm2m::coap
