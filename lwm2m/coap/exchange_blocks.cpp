#include "lwm2m/coap/exchange_blocks.h"

#include "lwm2m/coap/option_rules.h"

#include <algorithm>

namespace isthmus::lwm2m::coap {
namespace {

std::size_t blockSize(const Upload& upload) { return std::size_t{16} << upload.szx; }

bool isLast(const Exchange& exchange) {
  return !exchange.upload || exchange.upload->offset + blockSize(*exchange.upload) >= exchange.request.payload.size();
}

// RFC 7959 2.9.3: a 4.13 may name the size that the device can take; then once more from the beginning.
bool startsAgainSmaller(Exchange& exchange, const MessageView& message, const std::optional<BlockOption>& block) {
  if (message.code != code::kRequestEntityTooLarge || !block || exchange.download) return false;
  const std::size_t current = exchange.upload ? blockSize(*exchange.upload) : exchange.request.payload.size();
  if (block->size() >= current) return false;
  exchange.upload = Upload{0, block->szx};
  return true;
}

// RFC 7959 2.3, 2.5: the answer echoes the block's number and may ask for smaller blocks from here on.
Result<Progress> advanceUpload(Exchange& exchange, const std::optional<BlockOption>& echo) {
  Upload& upload = *exchange.upload;
  if (!echo) return fail(Errc::malformed, "success before the last block was sent");
  if (echo->number != upload.offset / blockSize(upload)) return fail(Errc::malformed, "answer to another block");
  upload.offset += blockSize(upload);
  upload.szx = std::min(upload.szx, echo->szx);
  return Progress::next;
}

Bytes etagOf(const MessageView& message) {
  const OptionView* etag = message.find(option::kETag);
  return etag == nullptr ? Bytes{} : Bytes(etag->value.begin(), etag->value.end());
}

Result<> appendBlock(Download& download, const MessageView& message, const BlockOption& block) {
  if (block.offset() != download.body.size()) return fail(Errc::malformed, "blocks with a gap");
  if (block.more && message.payload.size() != block.size()) return fail(Errc::malformed, "block of a wrong size");
  download.szx = block.szx;
  return download.body.append(message.payload);
}

Result<Progress> advanceDownload(Exchange& exchange, const MessageView& message,
                                 const std::optional<BlockOption>& block, BodyBudget& budget) {
  if (!exchange.download) {
    if (!block || (block->number == 0 && !block->more)) return Progress::complete;
    auto begun = beginDownload(message, *block, budget);
    if (!begun) return tl::unexpected(begun.error());
    exchange.download.emplace(std::move(*begun));
    return Progress::next;
  }
  Download& download = *exchange.download;
  if (!block) return fail(Errc::malformed, "a block was asked for and none came");
  // RFC 7959 2.4: blocks of two representations are not to be joined.
  if (etagOf(message) != download.etag || message.code != download.code)
    return fail(Errc::malformed, "the representation changed between two blocks");
  if (auto appended = appendBlock(download, message, *block); !appended) return tl::unexpected(appended.error());
  return block->more ? Progress::next : Progress::complete;
}

std::optional<std::uint16_t> contentFormatOf(const MessageView& message) {
  const auto format = message.uintOption(option::kContentFormat);
  return format && *format <= 0xFFFF ? std::optional(static_cast<std::uint16_t>(*format)) : std::nullopt;
}

std::vector<std::string> locationPathOf(const MessageView& message) {
  const auto segments = message.textOptions(option::kLocationPath);
  return {segments.begin(), segments.end()};
}

}  // namespace

Result<Progress> advance(Exchange& exchange, const MessageView& message, BodyBudget& budget) {
  if (const auto number = unacceptableInResponse(message))
    return fail(Errc::malformed, "critical option that is not understood", "option " + std::to_string(*number));
  const BlockField block1 = blockField(message, option::kBlock1);
  const BlockField block2 = blockField(message, option::kBlock2);
  if (block1.unreadable() || block2.unreadable()) return fail(Errc::malformed, "unreadable block option");
  if (startsAgainSmaller(exchange, message, block1.value)) return Progress::next;
  if (!message.code.isSuccess()) return Progress::complete;
  if (!isLast(exchange) && !exchange.download) return advanceUpload(exchange, block1.value);
  if (message.code == code::kContinue) return fail(Errc::malformed, "2.31 although nothing is to be continued");
  return advanceDownload(exchange, message, block2.value, budget);
}

Result<Download> beginDownload(const MessageView& firstBlock, const BlockOption& block, BodyBudget& budget) {
  if (firstBlock.uintOption(option::kSize2).value_or(0) > budget.maxBody)
    return fail(Errc::tooLarge, "body above " + std::to_string(budget.maxBody) + " bytes");
  auto body = Body::open(budget);
  if (!body) return tl::unexpected(body.error());
  Download download{std::move(*body),
                    etagOf(firstBlock),
                    firstBlock.code,
                    contentFormatOf(firstBlock),
                    firstBlock.uintOption(option::kObserve),
                    locationPathOf(firstBlock),
                    block.szx};
  if (auto appended = appendBlock(download, firstBlock, block); !appended) return tl::unexpected(appended.error());
  return download;
}

Composition compose(const Exchange& exchange) {
  Composition message{exchange.request.options, exchange.request.payload};
  if (exchange.download) {
    // RFC 7959 2.6, 3.4: the rest is asked for without Observe. A FETCH names what it wants in its payload; another
    // payload has been delivered with the first request.
    message.options.remove(option::kObserve).remove(option::kBlock2);
    const auto block = BlockOption::at(exchange.download->body.size(), 0, exchange.download->szx);
    message.options.addUint(option::kBlock2, block.value_or(BlockOption{}).encoded());
    if (exchange.request.code != code::kFetch || exchange.upload) message.payload = {};
  } else if (exchange.upload) {
    const std::size_t total = exchange.request.payload.size();
    const auto block = BlockOption::at(exchange.upload->offset, total, exchange.upload->szx).value_or(BlockOption{});
    message.options.addUint(option::kBlock1, block.encoded());
    if (block.number == 0) message.options.addUint(option::kSize1, static_cast<std::uint32_t>(total));
    message.payload = message.payload.subspan(block.offset(), std::min(block.size(), total - block.offset()));
  }
  return message;
}

IncomingResponse response(const Exchange& exchange, const MessageView& last) {
  if (exchange.download && last.code.isSuccess()) {
    const Download& whole = *exchange.download;
    return {
        whole.code, exchange.callerToken, whole.contentFormat, whole.observe, whole.locationPath, whole.body.bytes(),
        {}};
  }
  return {last.code,
          exchange.callerToken,
          contentFormatOf(last),
          last.uintOption(option::kObserve),
          locationPathOf(last),
          last.payload,
          {}};
}

}  // namespace isthmus::lwm2m::coap
