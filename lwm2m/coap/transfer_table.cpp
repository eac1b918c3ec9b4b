#include "lwm2m/coap/transfer_table.h"

namespace isthmus::lwm2m::coap {
namespace {

bool tellsTransfersApart(std::uint16_t number) {
  switch (number) {
    case option::kUriHost:
    case option::kUriPath:
    case option::kUriQuery:
    case option::kContentFormat:
    case option::kAccept:
    case option::kRequestTag: return true;
    default: return false;
  }
}

}  // namespace

std::uint64_t transferKey(const MessageView& request) {
  std::uint64_t key = request.code.raw;
  for (const OptionView& option : request.options())
    if (tellsTransfersApart(option.number)) key = hash64(option.value, key * 31 + option.number);
  return key;
}

TransferTable::TransferTable(Core& core) : core_(core), wheel_(core.clock.now()) {}

Result<Transfer*> TransferTable::open(TransferKind kind, std::uint32_t peer, std::uint64_t key) {
  const std::uint32_t earlier = indexOf(kind, peer, key);
  if (earlier != kNone) remove(earlier);
  std::size_t ofPeer = 0;
  for (std::uint32_t at = core_.peers[peer].firstTransfer; at != kNone; at = transfers_[at]->next) ++ofPeer;
  if (ofPeer >= core_.limits.transfersPerPeer) return fail(Errc::unavailable, "too many transfers with this device");
  auto body = Body::open(core_.bodies);
  if (!body) return tl::unexpected(body.error());
  auto transfer = std::make_unique<Transfer>(kind, peer, key, std::move(*body));
  Transfer* opened = transfer.get();
  putBack(std::move(transfer));
  return opened;
}

void TransferTable::putBack(std::unique_ptr<Transfer> transfer) {
  std::uint32_t& first = core_.peers[transfer->peer].firstTransfer;
  transfer->next = first;
  first = transfers_.take();
  transfers_[first] = std::move(transfer);
  wheel_.arm(first, core_.clock.now() + core_.limits.transferLifetime);
}

std::uint32_t TransferTable::indexOf(TransferKind kind, std::uint32_t peer, std::uint64_t key) const {
  std::uint32_t index = core_.peers[peer].firstTransfer;
  while (index != kNone && (transfers_[index]->kind != kind || transfers_[index]->key != key))
    index = transfers_[index]->next;
  return index;
}

Transfer* TransferTable::find(TransferKind kind, std::uint32_t peer, std::uint64_t key) {
  if (peer == kNone) return nullptr;
  const std::uint32_t index = indexOf(kind, peer, key);
  return index == kNone ? nullptr : transfers_[index].get();
}

void TransferTable::refresh(const Transfer& transfer) {
  wheel_.arm(indexOf(transfer.kind, transfer.peer, transfer.key), core_.clock.now() + core_.limits.transferLifetime);
}

std::unique_ptr<Transfer> TransferTable::take(const Transfer& transfer) {
  return remove(indexOf(transfer.kind, transfer.peer, transfer.key));
}

std::unique_ptr<Transfer> TransferTable::remove(std::uint32_t index) {
  wheel_.cancel(index);
  std::uint32_t* link = &core_.peers[transfers_[index]->peer].firstTransfer;
  while (*link != index) link = &transfers_[*link]->next;
  *link = transfers_[index]->next;
  std::unique_ptr<Transfer> transfer = std::move(transfers_[index]);
  transfers_.give(index);
  return transfer;
}

void TransferTable::closeAll(std::uint32_t peer) {
  while (core_.peers[peer].firstTransfer != kNone) remove(core_.peers[peer].firstTransfer);
}

void TransferTable::expire(Instant now) {
  wheel_.advance(now, [this](std::uint32_t index) { remove(index); });
}

}  // namespace isthmus::lwm2m::coap
