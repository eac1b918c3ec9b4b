#include "lwm2m/coap/dtls/dtls_carrier.h"

#include "lwm2m/coap/dtls/associations.h"
#include "lwm2m/coap/dtls/tls_context.h"
#include "lwm2m/coap/udp/udp_carrier.h"

#include <algorithm>
#include <vector>

namespace isthmus::lwm2m::coap {
namespace {

constexpr milliseconds kLeastForHandshakes{2}, kMostForHandshakes{20};

// What was decrypted in a turn, until the endpoint has seen it: at its end, or before a session ends in it.
class Inbox {
 public:
  using Take = std::function<void(std::span<const Datagram> batch)>;

  void open(const Take& take) {
    clear();
    take_ = &take;
  }
  void close() {
    handOut();
    take_ = nullptr;
  }
  void handOut() {
    if (take_ == nullptr || items_.empty()) return;
    (*take_)(batch());
    clear();
  }
  void add(const Address& from, ByteView plaintext) {
    items_.push_back({from, arena_.size(), plaintext.size()});
    arena_.insert(arena_.end(), plaintext.begin(), plaintext.end());
  }

 private:
  std::span<const Datagram> batch() {
    datagrams_.clear();
    for (const Item& item : items_)
      datagrams_.push_back({item.from, ByteView(arena_).subspan(item.offset, item.length)});
    return datagrams_;
  }
  void clear() {
    items_.clear();
    arena_.clear();
  }

  struct Item {
    Address from;
    std::size_t offset, length;
  };
  std::vector<Item> items_;
  Bytes arena_;
  std::vector<Datagram> datagrams_;
  const Take* take_ = nullptr;  // only within a turn
};

// How long handshakes may take in this turn: as long as all else took since the last one, so half of the time at most.
class HandshakeTime {
 public:
  explicit HandshakeTime(const Clock& stopwatch) : stopwatch_(stopwatch), ended_(stopwatch.now()) {}

  void begin() {
    const Instant now = stopwatch_.now();
    until_ = now + std::clamp(now - ended_, kLeastForHandshakes, kMostForHandshakes);
  }
  bool left() const { return stopwatch_.now() < until_; }
  void end() { ended_ = stopwatch_.now(); }

 private:
  const Clock& stopwatch_;
  Instant ended_, until_{};
};

}  // namespace

struct DtlsCarrier::Impl {
  Impl(std::unique_ptr<UdpCarrier> opened, std::unique_ptr<TlsContext> made, const DtlsSettings& settings,
       const Parts& parts, std::uint64_t seed)
      : socket(std::move(opened)),
        context(std::move(made)),
        associations(settings, {*context, *socket, parts.listener, parts.clock, [this] { inbox.handOut(); }}, seed),
        time(parts.stopwatch) {}

  std::unique_ptr<UdpCarrier> socket;
  std::unique_ptr<TlsContext> context;
  Associations associations;
  HandshakeTime time;
  Inbox inbox;
};

Result<std::unique_ptr<DtlsCarrier>> DtlsCarrier::open(const Address& local, const DtlsSettings& settings,
                                                       const Parts& parts, std::uint64_t seed) {
  auto context = TlsContext::make(parts.keys, settings.ticketKey);
  if (!context) return tl::unexpected(context.error());
  auto socket = UdpCarrier::open(local);
  if (!socket) return tl::unexpected(socket.error());
  auto impl = std::make_unique<Impl>(std::move(*socket), std::move(*context), settings, parts, seed);
  return std::unique_ptr<DtlsCarrier>(new DtlsCarrier(std::move(impl)));
}

DtlsCarrier::DtlsCarrier(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DtlsCarrier::~DtlsCarrier() = default;

Address DtlsCarrier::local() const {
  Address address = impl_->socket->local();
  address.transport = Transport::dtls;
  return address;
}

int DtlsCarrier::fd() const { return impl_->socket->fd(); }

std::size_t DtlsCarrier::receiveBatch(const std::function<void(std::span<const Datagram> batch)>& take) {
  Impl& impl = *impl_;
  impl.inbox.open(take);
  const auto keep = [&impl](const Address& from, ByteView plaintext) { impl.inbox.add(from, plaintext); };
  std::size_t count = impl.socket->receive(
      [&](const Address& from, ByteView datagram) { impl.associations.receive(from, datagram, keep); });
  if (impl.associations.hasWork()) {
    impl.time.begin();
    count += impl.associations.work([&impl] { return impl.time.left(); }, keep);
  }
  impl.time.end();
  impl.inbox.close();
  return count;
}

void DtlsCarrier::send(const Address& to, ByteView datagram) { impl_->associations.send(to, datagram); }
void DtlsCarrier::flush() { impl_->socket->flush(); }
void DtlsCarrier::expire() { impl_->associations.expire(); }
std::optional<Instant> DtlsCarrier::nextDeadline() const { return impl_->associations.nextDeadline(); }
bool DtlsCarrier::hasWork() const { return impl_->associations.hasWork(); }

const PeerIdentity* DtlsCarrier::identityOf(const Address& peer) const { return impl_->associations.identityOf(peer); }

void DtlsCarrier::endSessionsOf(const PeerIdentity& identity) { impl_->associations.endSessionsOf(identity); }
void DtlsCarrier::setTicketKey(const std::optional<TicketKey>& key) { impl_->context->setTicketKey(key); }

std::size_t DtlsCarrier::sessions() const { return impl_->associations.sessions(); }
std::size_t DtlsCarrier::halfOpen() const { return impl_->associations.halfOpen(); }
const DtlsCounters& DtlsCarrier::counters() const { return impl_->associations.counters(); }
std::uint64_t DtlsCarrier::dropped() const { return impl_->socket->dropped(); }

}  // namespace isthmus::lwm2m::coap
