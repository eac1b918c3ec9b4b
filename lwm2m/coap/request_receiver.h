#pragma once

#include "lwm2m/coap/block_option.h"
#include "lwm2m/coap/core.h"
#include "lwm2m/coap/request_sender.h"
#include "lwm2m/coap/transfer_table.h"

namespace isthmus::lwm2m::coap {

// The requests that devices start: each is given to the handler once, its answer rebuilt for each retransmission
// (RFC 7252 4.2, 4.5), bodies joined from Block1 and answers given out as Block2 (RFC 7959).
class RequestReceiver {
 public:
  RequestReceiver(Core& core, RequestSender& sender);

  void receive(const Incoming& in);
  void cancel(std::uint32_t peer) { transfers_.closeAll(peer); }
  void expire(Instant now) { transfers_.expire(now); }
  std::optional<Instant> next() const { return transfers_.next(); }

 private:
  // What the request says of blocks.
  struct Blocks {
    std::optional<BlockOption> upload, answer;
  };
  enum class Answering { answered, withheld };

  void answerAgain(const Incoming& in, const Answered& answered);
  void onBlock(const Incoming& in, const Blocks& blocks);
  void onFirstBlock(const Incoming& in, const Blocks& blocks);
  void onFurtherBlock(const Incoming& in, const Blocks& blocks);
  void onLastBlock(const Incoming& in, const Blocks& blocks, const Transfer& transfer);
  void onAnswerBlock(const Incoming& in, const Blocks& blocks);
  Answering ask(const Incoming& in, const Blocks& blocks, const MessageView& message, ByteView payload);

  // An answer that follows from its code and the request.
  Response own(Code code) const;
  void answerOwn(const Incoming& in, const Blocks& blocks, Code code);
  Answering answer(const Incoming& in, const Blocks& blocks, Response response, AnswerOrigin origin);
  void transmit(const Incoming& in, const Blocks& blocks, Response response);
  void addUploadEcho(const Blocks& blocks, Code code, OptionList& options) const;
  Response cut(const Incoming& in, const Blocks& blocks, Response response);
  Response blockOf(const OptionList& options, Code code, ByteView body, const BlockOption& wanted) const;
  void keepForLater(const Incoming& in, const Response& response);

  Core& core_;
  RequestSender& sender_;
  TransferTable transfers_;
};

}  // namespace isthmus::lwm2m::coap
