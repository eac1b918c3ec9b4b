#pragma once

#include "lwm2m/coap/exchange.h"

namespace isthmus::lwm2m::coap {

enum class Progress {
  next,      // another block is to be sent or asked for
  complete,  // `response` has it all
};

// The exchange after a response to the message that is out (RFC 7959 2.4, 2.5). Error: malformed, tooLarge,
// unavailable.
Result<Progress> advance(Exchange& exchange, const MessageView& message, BodyBudget& budget);

// The first block of a body that comes in several.
Result<Download> beginDownload(const MessageView& firstBlock, const BlockOption& block, BodyBudget& budget);

// The options and payload of the message that the exchange has to send now. The payload borrows from the request.
struct Composition {
  OptionList options;
  ByteView payload;
};
Composition compose(const Exchange& exchange);

// What the caller gets, once complete. Borrows from both.
IncomingResponse response(const Exchange& exchange, const MessageView& last);

}  // namespace isthmus::lwm2m::coap
