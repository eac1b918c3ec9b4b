#include "lwm2m/coap/wire.h"

#include <array>

namespace isthmus::lwm2m::coap {

void Wire::empty(const Address& to, Type type, std::uint16_t messageId) {
  constexpr unsigned kVersionOne = 1U << 6U;
  if (type == Type::reset) ++counters_.resets;
  const std::array<std::uint8_t, 4> datagram = {
      static_cast<std::uint8_t>(kVersionOne | static_cast<unsigned>(type) << 4U), code::kEmpty.raw,
      static_cast<std::uint8_t>(messageId >> 8U), static_cast<std::uint8_t>(messageId)};
  send(to, datagram);
}

void Wire::message(const Address& to, Type type, Code code, std::uint16_t messageId, const Token& token,
                   const OptionList& options, ByteView payload) {
  buffer_.clear();
  serialize(type, code, messageId, token, options, payload, buffer_);
  send(to, buffer_);
}

void Wire::send(const Address& to, ByteView datagram) {
  ++counters_.sent;
  output_.send(to, datagram);
}

}  // namespace isthmus::lwm2m::coap
