#include "lwm2m/coap/request_receiver.h"

#include "lwm2m/coap/option_rules.h"

#include <algorithm>
#include <array>

namespace isthmus::lwm2m::coap {
namespace {

bool isSafe(Code method) { return method == code::kGet || method == code::kFetch; }

// The body could not be taken: too large for us, or too much at the moment.
Code refusal(const Error& error) {
  return error.code == Errc::tooLarge ? code::kRequestEntityTooLarge : code::kServiceUnavailable;
}

ByteView withoutPayload(const Incoming& in) {
  const std::size_t tail = in.message.payload.empty() ? 0 : in.message.payload.size() + 1;  // and its marker
  return in.datagram.first(in.datagram.size() - tail);
}

// So that a device can see whether the blocks it gets are of one answer (RFC 7959 2.4).
void addEtag(Response& response) {
  const auto isEtag = [](const OptionList::Entry& entry) { return entry.number == option::kETag; };
  const auto entries = response.options.entries();
  if (std::any_of(entries.begin(), entries.end(), isEtag)) return;
  response.options.addUint(option::kETag, static_cast<std::uint32_t>(hash64(response.payload)));
}

}  // namespace

RequestReceiver::RequestReceiver(Core& core, RequestSender& sender) : core_(core), sender_(sender), transfers_(core) {}

void RequestReceiver::receive(const Incoming& in) {
  if (in.peer != kNone) {
    const Answered* answered = core_.peers.answered(in.peer, in.message.messageId, in.contentHash, in.now);
    if (answered != nullptr) return answerAgain(in, *answered);
  }
  const BlockField upload = blockField(in.message, option::kBlock1);
  const BlockField wanted = blockField(in.message, option::kBlock2);
  const Blocks blocks{upload.value, wanted.value};
  if (unacceptableInRequest(in.message)) {
    // RFC 7252 5.4.1: rejected if non-confirmable.
    if (in.confirmable()) answerOwn(in, {}, code::kBadOption);
    return;
  }
  if (upload.unreadable() || wanted.unreadable()) return answerOwn(in, {}, code::kBadRequest);
  if (blocks.answer && blocks.answer->number > 0) return onAnswerBlock(in, blocks);
  if (blocks.upload) return onBlock(in, blocks);
  ask(in, blocks, in.message, in.message.payload);
}

void RequestReceiver::answerAgain(const Incoming& in, const Answered& answered) {
  ++core_.counters.duplicates;
  if (!in.confirmable()) return;
  const Answered earlier = answered;  // the handler may send, and so move the log
  Response response = earlier.origin == AnswerOrigin::endpoint
                          ? own(earlier.code)
                          : core_.handler->rebuild(in.from, earlier.code, earlier.rebuildKey);
  response.code = earlier.code;
  const Blocks blocks{blockField(in.message, option::kBlock1).value, blockField(in.message, option::kBlock2).value};
  transmit(in, blocks, std::move(response));
}

void RequestReceiver::onBlock(const Incoming& in, const Blocks& blocks) {
  // RFC 7959 2.2: every block but the last has the size it names.
  const std::size_t size = in.message.payload.size();
  const bool fits = blocks.upload->more ? size == blocks.upload->size() : size <= blocks.upload->size();
  if (!fits) return answerOwn(in, blocks, code::kBadRequest);
  if (blocks.upload->number > 0) return onFurtherBlock(in, blocks);
  if (blocks.upload->more) return onFirstBlock(in, blocks);
  ask(in, blocks, in.message, in.message.payload);
}

void RequestReceiver::onFirstBlock(const Incoming& in, const Blocks& blocks) {
  if (in.message.uintOption(option::kSize1).value_or(0) > core_.limits.maxBody)
    return answerOwn(in, blocks, code::kRequestEntityTooLarge);
  const std::uint32_t peer = core_.peers.obtain(in.from, in.now);
  const auto opened = transfers_.open(TransferKind::request, peer, transferKey(in.message));
  if (!opened) return answerOwn(in, blocks, code::kServiceUnavailable);
  Transfer& transfer = **opened;
  const ByteView head = withoutPayload(in);
  transfer.head.assign(head.begin(), head.end());
  if (const auto appended = transfer.body.append(in.message.payload); !appended) {
    transfers_.take(transfer);
    return answerOwn(in, blocks, refusal(appended.error()));
  }
  answerOwn(in, blocks, code::kContinue);
}

void RequestReceiver::onFurtherBlock(const Incoming& in, const Blocks& blocks) {
  Transfer* transfer = transfers_.find(TransferKind::request, in.peer, transferKey(in.message));
  if (transfer == nullptr) return answerOwn(in, blocks, code::kRequestEntityIncomplete);
  const std::size_t end = blocks.upload->offset() + in.message.payload.size();
  const std::size_t have = transfer->body.size();
  // A block that is there already comes again under a new message id when its answers were lost.
  const bool repeated = blocks.upload->more ? end <= have : end == have && !in.message.payload.empty();
  if (!repeated) {
    if (blocks.upload->offset() != have) return answerOwn(in, blocks, code::kRequestEntityIncomplete);
    if (const auto appended = transfer->body.append(in.message.payload); !appended) {
      transfers_.take(*transfer);
      return answerOwn(in, blocks, refusal(appended.error()));
    }
  }
  if (!blocks.upload->more) return onLastBlock(in, blocks, *transfer);
  transfers_.refresh(*transfer);
  answerOwn(in, blocks, code::kContinue);
}

void RequestReceiver::onLastBlock(const Incoming& in, const Blocks& blocks, const Transfer& transfer) {
  std::unique_ptr<Transfer> whole = transfers_.take(transfer);
  Result<MessageView> first = MessageView::parse(whole->head);
  if (!first) return;  // it was parsed before
  first->type = in.message.type;
  first->messageId = in.message.messageId;
  first->token = in.message.token;
  if (ask(in, blocks, *first, whole->body.bytes()) == Answering::withheld) transfers_.putBack(std::move(whole));
}

void RequestReceiver::onAnswerBlock(const Incoming& in, const Blocks& blocks) {
  const Transfer* transfer = transfers_.find(TransferKind::answer, in.peer, transferKey(in.message));
  if (transfer == nullptr) {
    // What can be asked again without harm is; its answer is cut where the device wants it.
    if (!isSafe(in.message.code)) return answerOwn(in, {}, code::kRequestEntityIncomplete);
    ask(in, blocks, in.message, in.message.payload);
    return;
  }
  transfers_.refresh(*transfer);
  const Response block = blockOf(transfer->options, transfer->code, transfer->body.bytes(), *blocks.answer);
  transmit(in, {}, block);
}

RequestReceiver::Answering RequestReceiver::ask(const Incoming& in, const Blocks& blocks, const MessageView& message,
                                                ByteView payload) {
  const RequestSender::Hold answerFirst(sender_);
  return answer(in, blocks, core_.handler->onRequest({in.key(), message, payload}), AnswerOrigin::handler);
}

Response RequestReceiver::own(Code code) const {
  Response response;
  response.code = code;
  if (code == code::kRequestEntityTooLarge)
    response.options.addUint(option::kSize1, static_cast<std::uint32_t>(core_.limits.maxBody));
  if (code == code::kServiceUnavailable)
    response.options.addUint(option::kMaxAge,
                             static_cast<std::uint32_t>(core_.limits.transferLifetime / std::chrono::seconds(1)));
  return response;
}

void RequestReceiver::answerOwn(const Incoming& in, const Blocks& blocks, Code code) {
  answer(in, blocks, own(code), AnswerOrigin::endpoint);
}

RequestReceiver::Answering RequestReceiver::answer(const Incoming& in, const Blocks& blocks, Response response,
                                                   AnswerOrigin origin) {
  if (response.code == code::kEmpty) {
    ++core_.counters.withheld;
    return Answering::withheld;
  }
  // Looked up again: the handler may have made the peer known. Refusals make nobody known.
  const std::uint32_t peer =
      response.code.isSuccess() ? core_.peers.obtain(in.from, in.now) : core_.peers.find(in.from);
  if (peer != kNone) {
    Answered answered;
    answered.code = response.code;
    answered.origin = origin;
    answered.rebuildKey = response.rebuildKey;
    core_.peers.remember(peer, in.message.messageId, in.contentHash, answered, in.now);
  }
  transmit(in, blocks, std::move(response));
  return Answering::answered;
}

void RequestReceiver::transmit(const Incoming& in, const Blocks& blocks, Response response) {
  Response ready = cut(in, blocks, std::move(response));
  addUploadEcho(blocks, ready.code, ready.options);
  if (in.confirmable()) {
    core_.wire.message(in.from, Type::acknowledgement, ready.code, in.message.messageId, in.message.token,
                       ready.options, ready.payload);
    return;
  }
  const std::uint32_t peer = core_.peers.find(in.from);
  const std::uint16_t messageId = peer == kNone ? core_.random.messageId() : core_.peers.takeMessageId(peer);
  core_.wire.message(in.from, Type::nonConfirmable, ready.code, messageId, in.message.token, ready.options,
                     ready.payload);
}

void RequestReceiver::addUploadEcho(const Blocks& blocks, Code code, OptionList& options) const {
  if (!blocks.upload) return;
  BlockOption echo = *blocks.upload;
  echo.more = code == code::kContinue;  // RFC 7959 2.3
  options.addUint(option::kBlock1, echo.encoded());
}

Response RequestReceiver::cut(const Incoming& in, const Blocks& blocks, Response response) {
  BlockOption wanted;
  wanted.szx = BlockOption::szxFor(core_.limits.blockSize);
  if (blocks.answer) {
    wanted.number = blocks.answer->number;
    wanted.szx = std::min(wanted.szx, blocks.answer->szx);
    if (wanted.number > 0) wanted.szx = blocks.answer->szx;  // numbers count in the device's size
  }
  if (!response.code.isSuccess()) return response;
  if (!blocks.answer && response.payload.size() <= wanted.size()) return response;
  if (response.payload.size() > wanted.size()) {
    addEtag(response);
    keepForLater(in, response);
  }
  return blockOf(response.options, response.code, response.payload, wanted);
}

void RequestReceiver::keepForLater(const Incoming& in, const Response& response) {
  const std::uint32_t peer = core_.peers.find(in.from);
  if (peer == kNone) return;
  // Without room the device is served as long as it asks for what can be asked again.
  const auto opened = transfers_.open(TransferKind::answer, peer, transferKey(in.message));
  if (!opened) return;
  Transfer& transfer = **opened;
  transfer.code = response.code;
  transfer.options = response.options;
  if (!transfer.body.append(response.payload)) transfers_.take(transfer);
}

Response RequestReceiver::blockOf(const OptionList& options, Code code, ByteView body,
                                  const BlockOption& wanted) const {
  const auto block = BlockOption::at(wanted.offset(), body.size(), wanted.szx);
  if (!block || (wanted.number > 0 && wanted.offset() >= body.size())) return own(code::kBadRequest);
  Response part;
  part.code = code;
  part.options = options;
  part.options.addUint(option::kBlock2, block->encoded());
  if (block->number == 0) part.options.addUint(option::kSize2, static_cast<std::uint32_t>(body.size()));
  const ByteView slice = body.subspan(block->offset(), std::min(block->size(), body.size() - block->offset()));
  part.payload.assign(slice.begin(), slice.end());
  return part;
}

}  // namespace isthmus::lwm2m::coap
