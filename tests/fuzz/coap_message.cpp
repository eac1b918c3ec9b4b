// A datagram that is understood is written as it is read: taken apart, put together and taken apart again it is the
// same.
#include "lwm2m/coap/message.h"

#include <cstdlib>

using namespace isthmus;
using namespace isthmus::lwm2m::coap;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView datagram(data, size);
  const auto header = peekHeader(datagram);
  const auto message = MessageView::parse(datagram);
  if (!message) {
    require(message.error().code == Errc::malformed);
    return 0;
  }
  require(header && header->messageId == message->messageId && header->code == message->code);
  OptionList options;
  for (const OptionView& option : message->options()) {
    require(message->find(option.number) != nullptr);
    (void)option.asUint();
    options.add(option.number, option.value);
  }
  Bytes written;
  serialize(message->type, message->code, message->messageId, message->token, options, message->payload, written);
  const auto again = MessageView::parse(written);
  require(again.has_value());
  require(again->token == message->token && again->options().size() == message->options().size());
  for (std::size_t i = 0; i < again->options().size(); ++i) {
    require(again->options()[i].number == message->options()[i].number);
    require(text(again->options()[i].value) == text(message->options()[i].value));
  }
  require(text(again->payload) == text(message->payload));
  return 0;
}
