#include "db/stores/record_codec.h"

#include <algorithm>

namespace isthmus::db {
namespace {

using lwm2m::coap::Address;
using lwm2m::coap::AnsweredExchange;
using lwm2m::coap::Transport;

constexpr std::size_t kIpv4Prefix = 12;  // ::ffff:0:0/96 stands before an IPv4 address
enum class Peer : std::uint8_t { ipv4, ipv6, linkLocal };
constexpr std::uint8_t kOverDtls = 0x10;  // beside one of them

Peer kindOf(const Address& address) {
  static constexpr std::array<std::uint8_t, kIpv4Prefix> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (address.scope != 0) return Peer::linkLocal;
  return std::equal(kMapped.begin(), kMapped.end(), address.ip.begin()) ? Peer::ipv4 : Peer::ipv6;
}

void encodePeer(const Address& address, BlobWriter& out) {
  const Peer kind = kindOf(address);
  const ByteView ip(address.ip);
  const std::uint8_t secure = address.transport == Transport::dtls ? kOverDtls : 0;
  out.u8(static_cast<std::uint8_t>(static_cast<std::uint8_t>(kind) | secure));
  out.raw(kind == Peer::ipv4 ? ip.subspan(kIpv4Prefix) : ip);
  out.u16(address.port);
  if (kind == Peer::linkLocal) out.u32(address.scope);
}

bool decodePeer(BlobReader& in, Address& address) {
  const std::uint8_t first = in.u8();
  const auto kind = static_cast<std::uint8_t>(first & ~kOverDtls);
  if (kind > static_cast<std::uint8_t>(Peer::linkLocal)) return false;
  address = {};
  if (first != kind) address.transport = Transport::dtls;
  if (kind == static_cast<std::uint8_t>(Peer::ipv4)) address.ip[10] = address.ip[11] = 0xff;
  const std::size_t from = kind == static_cast<std::uint8_t>(Peer::ipv4) ? kIpv4Prefix : 0;
  const ByteView ip = in.raw(address.ip.size() - from);
  std::copy(ip.begin(), ip.end(), address.ip.begin() + static_cast<std::ptrdiff_t>(from));
  address.port = in.u16();
  if (kind == static_cast<std::uint8_t>(Peer::linkLocal)) address.scope = in.u32();
  return in.ok();
}

// No path: nothing stands below a level that is absent. What follows is no planned observation, but of this kind.
constexpr std::uint64_t kOther = 0xFFFF'0000'0000'0000;
enum class Other : std::uint8_t { byOperator, composite, gateway, observing, leave, together };

void encodeOther(Other kind, BlobWriter& out) {
  out.u64(kOther);
  out.u8(static_cast<std::uint8_t>(kind));
}

Other kindOf(const lwm2m::Observation& observation) {
  if (!observation.isByOperator()) return Other::together;
  return observation.isComposite() ? Other::composite : Other::byOperator;
}

void encodeOneOf(const lwm2m::Observation& observation, BlobWriter& out) {
  encodeOther(kindOf(observation), out);
  out.text(observation.attributes());
  out.number(observation.paths().size());
  for (const lwm2m::Path& path : observation.paths()) out.u64(path.packed());
}

bool decodeOneOf(BlobReader& in, Other kind, std::vector<lwm2m::Observation>& observations) {
  const std::string_view attributes = in.text();
  std::vector<lwm2m::Path> paths;
  for (std::uint64_t left = in.number(); left > 0 && in.ok(); --left) paths.push_back(lwm2m::Path::unpacked(in.u64()));
  if (!in.ok() || paths.empty()) return false;
  using lwm2m::Observation;
  observations.push_back(kind == Other::together ? Observation::together(std::move(paths))
                                                 : Observation::byOperator(std::move(paths), kind == Other::composite,
                                                                           std::string(attributes)));
  return true;
}

bool decodeOther(BlobReader& in, lwm2m::Registration& registration, std::vector<lwm2m::Observation>& observations) {
  const auto kind = static_cast<Other>(in.u8());
  if (kind == Other::byOperator || kind == Other::composite || kind == Other::together)
    return decodeOneOf(in, kind, observations);
  if (kind == Other::observing) {
    registration.observing = true;
    return in.ok();
  }
  if (kind == Other::leave) {
    const std::uint8_t why = in.u8();
    registration.leave = static_cast<lwm2m::Leave>(why);
    return in.ok() && why <= static_cast<std::uint8_t>(lwm2m::Leave::disabled);
  }
  if (kind != Other::gateway) return false;
  registration.gateway = in.u32();
  registration.prefix = in.text();
  return in.ok();
}

constexpr std::size_t kFigures = proxy::kFates + 2;

std::array<std::uint64_t, kFigures> figures(const proxy::Account& account) {
  std::array<std::uint64_t, kFigures> all{account.received, account.inDoubt};
  std::copy(account.fates.begin(), account.fates.end(), all.begin() + 2);
  return all;
}

}  // namespace

void encodeAddress(const Address& address, BlobWriter& out) {
  out.raw(address.ip);
  out.u16(address.port);
  out.u32(address.scope);
  if (address.transport != Transport::udp) out.u8(static_cast<std::uint8_t>(address.transport));
}

bool decodeAddress(ByteView bytes, Address& address) {
  BlobReader in(bytes);
  const ByteView ip = in.raw(address.ip.size());
  std::copy(ip.begin(), ip.end(), address.ip.begin());
  address.port = in.u16();
  address.scope = in.u32();
  address.transport = Transport::udp;
  if (!in.more()) return in.ok();
  address.transport = static_cast<Transport>(in.u8());
  return !in.more() && address.transport == Transport::dtls;
}

void encodeObservations(const lwm2m::Registration& registration, BlobWriter& out) {
  for (const auto& observation : registration.observations) {
    if (observation.isByOperator() || observation.isComposite()) {
      encodeOneOf(observation, out);
    } else {
      out.u64(observation.isFree() ? lwm2m::Path().packed() : observation.paths()[0].packed());
      out.text(observation.attributes());
    }
  }
  if (registration.observing) encodeOther(Other::observing, out);
  if (registration.leave != lwm2m::Leave::none) {
    encodeOther(Other::leave, out);
    out.u8(static_cast<std::uint8_t>(registration.leave));
  }
  if (registration.gateway == lwm2m::kNoGateway) return;
  encodeOther(Other::gateway, out);
  out.u32(registration.gateway);
  out.text(registration.prefix);
}

bool decodeObservations(ByteView bytes, lwm2m::Registration& registration) {
  std::vector<lwm2m::Observation> observations;
  registration.observing = false;
  registration.leave = lwm2m::Leave::none;
  registration.gateway = lwm2m::kNoGateway;
  registration.prefix = {};
  BlobReader in(bytes);
  while (in.more()) {
    const std::uint64_t path = in.u64();
    if (path == kOther) {
      if (!decodeOther(in, registration, observations)) return false;
      continue;
    }
    const std::string_view attributes = in.text();
    if (in.ok()) observations.emplace_back(lwm2m::Path::unpacked(path), std::string(attributes));
  }
  registration.observations = observations;
  return in.ok();
}

void encodeAnswered(std::span<const AnsweredExchange> answered, BlobWriter& out) {
  for (const auto& exchange : answered) {
    encodePeer(exchange.key.peer, out);
    out.u16(exchange.key.messageId);
    out.u64(exchange.key.contentHash);
    out.u8(exchange.answer.raw);
    out.number(exchange.rebuildKey);
  }
}

bool decodeAnswered(ByteView bytes, const std::function<void(const AnsweredExchange&)>& each) {
  BlobReader in(bytes);
  while (in.more()) {
    AnsweredExchange exchange;
    if (!decodePeer(in, exchange.key.peer)) return false;
    exchange.key.messageId = in.u16();
    exchange.key.contentHash = in.u64();
    exchange.answer.raw = in.u8();
    const std::uint64_t rebuildKey = in.number();
    if (!in.ok() || rebuildKey > UINT32_MAX) return false;
    exchange.rebuildKey = static_cast<std::uint32_t>(rebuildKey);
    each(exchange);
  }
  return in.ok();
}

// The device, one bit for each figure that changed, and those figures.
void encodeAccounts(std::span<const proxy::AccountChange> accounts, BlobWriter& out) {
  for (const auto& account : accounts) {
    const auto all = figures(account.change);
    std::uint64_t present = 0;
    for (std::size_t i = 0; i < kFigures; ++i) present |= static_cast<std::uint64_t>(all[i] != 0) << i;
    out.number(account.device);
    out.number(present);
    for (const std::uint64_t figure : all) {
      if (figure != 0) out.change(figure);
    }
  }
}

bool decodeAccounts(ByteView bytes, const std::function<void(const proxy::AccountChange&)>& each) {
  BlobReader in(bytes);
  while (in.more()) {
    const std::uint64_t device = in.number();
    const std::uint64_t present = in.number();
    std::array<std::uint64_t, kFigures> all{};
    for (std::size_t i = 0; i < kFigures; ++i) {
      if ((present >> i & 1U) != 0) all[i] = in.change();
    }
    if (!in.ok() || device > UINT32_MAX || present >> kFigures != 0) return false;
    proxy::AccountChange account;
    account.device = static_cast<proxy::DeviceIndex>(device);
    account.change.received = all[0];
    account.change.inDoubt = all[1];
    std::copy(all.begin() + 2, all.end(), account.change.fates.begin());
    each(account);
  }
  return in.ok();
}

}  // namespace isthmus::db
